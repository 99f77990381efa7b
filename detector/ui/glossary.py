"""The words of the trade, each with the plain sentence that the page shows on hover, focus and touch."""

from __future__ import annotations

TERMS = {
    "p_fake": (
        "The calibrated probability that the face was altered: near 0 % is real, near 100 % is fake. "
        "Calibrated means: of faces given 80 %, about 8 in 10 were fakes on the pictures it was fitted on."
    ),
    "LR": (
        "Likelihood ratio: how many times as common such a score is among fakes as among genuine faces. In"
        " brackets where eight of ten new collections would put it."
    ),
    "heat map": (
        "Which parts of the face pushed the network towards fake, and which towards genuine. "
        "It shows where the network looked, which need not be where the picture was altered."
    ),
    "detector": "A neural network trained to tell altered faces from untouched ones.",
    "AUC": (
        "The chance that a random fake gets a higher probability than a random real picture. 1 is perfect,"
        " 0.5 is a coin toss."
    ),
    "in-domain": "Measured on unseen pictures from the same sources as the training pictures. Flattering.",
    "cross-dataset": "Measured on data sets that training never touched. Nearer to what you will meet.",
    "parameters": "The numbers a network learned. More of them: slower, and not always better.",
    "operations": "Multiply-adds for one face, in thousand millions (GMAC): what one answer costs.",
    "input size": "The side, in pixels, of the square picture of a face that the network is given.",
    "latency": (
        "The time one face takes, from crop to score, on one core of a processor: the shortest of several"
        " runs."
    ),
    "accuracy": (
        "The share of answers that are right. It depends on where the line between real and fake is drawn,"
        " and on how many of the pictures are fakes, so the same detector can be given almost any; this page"
        " gives none."
    ),
    "precision": (
        "Of the faces called fake, the share that is fake. It depends on how many of the pictures are fakes."
    ),
    "recall": "Of the fakes, the share that is called fake. Calling everything fake makes it 1.",
    "F1": "Precision and recall in one figure (their harmonic mean), at one line between real and fake.",
    "file size": (
        "Megabytes of the file that holds what the network learned: what is downloaded, and about what memory"
        " it takes."
    ),
    "faces a second": (
        "How many faces are judged in a second, one after another. It depends on the machine more than on the"
        " network."
    ),
    "32 bits": "Every learned number in 4 bytes (float32, fp32): as a network is trained and computes.",
    "16 bits": (
        "Every learned number in 2 bytes (float16, fp16): half the file. The files here are stored so, unless"
        " packed."
    ),
    "8 bits": (
        "Every learned number of a layer in 1 byte, with one scale for each of the layer's outputs: a quarter"
        " of the file."
    ),
    "packed": (
        "One bit for each weight that is only a sign, the rest in 2 bytes. Possible with the binary networks"
        " alone."
    ),
    "Fourier plane": (
        "The picture taken apart into waves. Each dot stands for waves of one length and direction: long ones"
        " in the middle, short ones at the rim, bright where there is much of them."
    ),
    "window spectra": (
        "The strength of each wave in small windows of 16 by 16 pixels: what is odd in one place stands out"
        " from the next."
    ),
    "local binary pattern": (
        "A pixel is compared with three others six pixels away, and those that are at least as bright are"
        " counted. White: all three; black: none."
    ),
    "Sobel slope": "The difference of brightness across a pixel, by a small filter named after Irwin Sobel.",
    "95 % interval": (
        "If everything were measured again on other pictures of the same kind, the figure would nearly always"
        " fall in here."
    ),
    "calibration error": (
        "How far probabilities lie from the share of fakes among the faces that got them, on average: 0 is"
        " perfect, 0.05 means off by 5 in 100 (ECE over 15 bins of equally many faces)."
    ),
    "extrapolation": "A value beyond what was measured. Nothing is known of how far it can be trusted.",
    "track": "One person followed through the video.",
    "self-blended": (
        "A real face blended with a slightly shifted copy of itself: a made fake that shows only the seams."
    ),
}
