"""The words of the page, in one place; figures in them come from the manifest and the settings, never from
here.
"""

from __future__ import annotations

from html import escape

from detector.structures import Verdict

TITLE = "Unblend"
TAGLINE = (
    "Drop in a photo or a video. See which faces look altered, where, and how far the answer can be trusted."
)

TERMS = {
    "p_fake": (
        "The calibrated probability that the face was altered: near 0 % is real, near 100 % is fake. "
        "Calibrated means: of faces given 80 %, about 8 in 10 were fakes on the pictures it was fitted on."
    ),
    "uncertain band": (
        "Between its two ends the detector was not right nine times in ten on pictures from data sets "
        "it had never seen. Within it the answer is: uncertain."
    ),
    "heat map": (
        "Which parts of the face pushed the network towards fake (Grad-CAM). "
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
        "The time one face takes, from crop to probability: the median of several runs on this machine."
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
    "sure verdict": (
        "“Likely fake” or “likely real”. Where a detector is not right nine times in ten it should answer"
        " “uncertain” instead."
    ),
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

PHOTO_LABEL = "Photo"
PHOTO_ASK = "Drop one or more photos here, paste one, or click to choose."
PHOTO_KINDS = (
    "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP, up to {photo_mb} MB each. Photos are deleted {minutes}"
    " minutes later."
)
CAMERA_LABEL = "Use the camera"
CAMERA_HINT = "Look at the camera and press the button under the picture. It is judged at once."
EXAMPLES = "Or try one of these"
PHOTO_EXAMPLES = {
    "portrait_collins.jpg": "A portrait",
    "collins_selfblend.jpg": "The same, blended",
    "group.jpg": "A group",
    "group_selfblend.jpg": "A group, blended",
    "portrait_obama.jpg": "An official portrait",
    "no_face.jpg": "No face",
}
VIDEO_EXAMPLES = {
    "clip_real.mp4": "A real clip",
    "clip_half_selfblend.mp4": "Blended from the middle on",
}
DETECTOR_LABEL = "Detector"
DETECTOR_INFO = (
    "The network that judges. Another one may see it differently. {trained} of {all} are trained; the others"
    " are greyed."
)
NOT_TRAINED = "not trained"
NO_WEIGHTS = "Its weights do not come with this program, so it cannot judge."
NOT_TRAINED_CARD = (
    "{title} is not trained: its weights do not come with this program, so it cannot judge. Trained are:"
    " {trained}."
)
PICKED_FIGURES = "{auc} {in_domain} {test}, {cross_dataset} {cross}."
NOT_MEASURED = "not measured"
CROPPED_LABEL = "Already cropped to one face"
CROPPED_INFO = "Skips the search for faces and judges the whole picture."

VIDEO_LABEL = "Video"
VIDEO_KINDS = (
    "MP4, MOV, MKV, WebM, AVI or MPG, up to {video_mb} MB and {video_minutes} minutes long. Videos are"
    " deleted {minutes} minutes later."
)
VIDEO_SHOWN = "The video"
VIDEO_COPY = (
    "Your browser cannot play this format: what you see is a copy made for it. The original was judged."
)
STOP = "Stop"
STOPPED = ("Stopped", "Nothing of this video was kept. Drop one to begin again.")
STOPPING = ("Stopping", "The work ends with the frame it is at.")
NOT_TAKEN = ("Not judged", "The note in the corner says why. Drop the file again in a minute.")
QUEUE_FULL = (
    "Many people are here and the waiting line is full. Nothing is wrong with your file: please try again in"
    " a minute."
)
WORKING = ("Looking at the video", "Frames are read, faces found and judged. You can stop at any time.")
VIDEO_ASK = "Drop a video here, or click to choose one."
TIMELINE = "Over time"
TIMELINE_HINT = "Click a point, drag the slider or choose a frame: the video goes there."
MOMENT_LABEL = "Moment, in seconds"
MOMENT_INFO = "Shows the judged frame nearest to this time."

EMPTY_PHOTO = (
    "The answer appears here",
    (
        "Every face is found and judged by itself. You get a verdict in words, a probability, and a map of"
        " where the network looked."
    ),
)
EMPTY_VIDEO = (
    "The answer appears here",
    (
        "Frames are taken evenly over the whole video. You get a verdict, a curve over time, and the most"
        " suspicious frames."
    ),
)
FACES = "Faces"
FRAMES = "Most suspicious frames"
HEAT = "Where the network looked"
HEAT_HINT = (
    "Drag the handle: on the left the face as the network got it, on the right its {heat_map}. The brighter a"
    " place, the more it spoke for a fake. The scale is the same for every face, so a face that looks real"
    " stays as it is."
)
HEAT_ENDS = ("spoke for nothing or for real", "spoke for fake")
REMARKS = "Good to know"
EXTRAPOLATED = (
    "The probability is an {extrapolation}: this face is unlike those it was fitted on. In what, stands under"
    " “Good to know”."
)
SEEN_LABEL = "Calibration has seen"
DETAILS = "Details of this answer"
HOW = "How this answer is made"
JSON_LABEL = "Report (JSON)"
CSV_LABEL = "Table (CSV)"
DOWNLOAD_HINT = (
    "The report repeats everything above, with file and weights hashes; the table is one line a file for a"
    " spreadsheet."
)
GONE = "This result is no longer kept (results are deleted after {minutes} minutes). Drop the file again."
WRONG_TAB = "{name} is a {kind}; drop it in the tab {tab}"
TOO_MANY = (
    "{found} photos are more than the {limit} this page takes at once; drop fewer, or use the command line:"
    " python -m detector scan"
)
MANY_DONE = "{number} files judged, {failed} could not be read"
TABLE_LABEL = "Photos"
TABLE_HINT = "Choose a line to see that photo's answer below. Click a heading to sort."

VERDICT_HEADINGS = {
    Verdict.LIKELY_FAKE: "Likely fake",
    Verdict.LIKELY_REAL: "Likely real",
    Verdict.UNCERTAIN: "Uncertain",
    Verdict.NO_FACE: "No face found",
    Verdict.UNREADABLE: "Could not be read",
}
NO_FACE_MORE = (
    "Unblend judges faces only: a picture made whole by a generator, with no face in it, is outside what it"
    " can tell. If the photo is one face that fills the frame, tick “Already cropped to one face”."
)

DETECTORS_LEAD = (
    "The figures were measured on pictures the network had not seen: {in-domain} on the sources it was"
    " trained on, {cross-dataset} on data sets it never met. The gap between the two is what to expect of a"
    " new kind of fake."
)
DETECTORS_LABEL = "All detectors"
DETECTORS_SWIPE = "Push the table to the left to see its figures."
WORDS = "In words"
CHART_TITLE = "What a detector finds, against the time it takes"
CHART_HINT = "Open: {in-domain}; filled: {cross-dataset}. The larger, the more {parameters}."
SIZE_CHART_TITLE = "How large a detector is, against the time it takes"
SIZE_CHART_HINT = "The larger the square, the more {operations} one face costs."
MEASURE_LABEL = "Measure the speed on this machine"
MEASURE_HINT = (
    "Runs every trained detector on one face, several times, and fills in the column of speeds, two charts"
    " and the claims below."
)
SIZES_TITLE = "How large the files are, or would be"
SIZES_HINT = (
    "Counted from the networks, not from files: at {32 bits}, {16 bits}, {8 bits}, and {packed} where the"
    " weights are signs."
)
SIZES_COUNTING = "The sizes of all networks are being counted; the first time this takes some ten seconds."
PACKED_NOTE = (
    "Packing makes the file of a binary network small; it makes nothing faster here. The gain in speed that"
    " is told of such weights is theoretical: it needs a kernel that counts bits, and PyTorch runs them as"
    " ordinary convolutions."
)
TRAINED = "ready"
UNTRAINED = "not trained yet"
UNTRAINED_NOTE = (
    "Greyed lines in italics are known architectures without weights here. They cannot be asked for a"
    " verdict."
)


def term(word: str, shown: str | None = None) -> str:
    """HTML of a word of the trade with its explanation on hover, focus and touch."""
    tip = escape(TERMS[word], quote=True)
    label = escape(shown or word)
    return (
        f'<span class="term" tabindex="0" role="note" aria-label="{label}: {tip}"'
        f' data-tip="{tip}">{label}</span>'
    )


def explained(sentence: str) -> str:
    """HTML of a sentence whose `{words of the trade}` carry their explanation."""
    return sentence.format_map({word: term(word) for word in TERMS})
