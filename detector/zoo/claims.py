"""What the published systems say of themselves, and where they contradict themselves or their own tables."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Claims:
    """What a published system says of itself; shown as a claim, never as a measurement. None: it says nothing
    of that.

    Shares are 0..1; `f1`, `precision` and `recall` are of the class fake unless `note` says otherwise. `on`
    is the data, and the hardware, that the figures stand on, empty where none is named; `note` says what was
    found when they were checked.
    """

    auc: float | None = None
    accuracy: float | None = None
    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    params: float | None = None
    file_mb: float | None = None
    faces_per_s: float | None = None
    on: str = ""
    note: str = ""


_SBI = (
    "Read in a README: no data set, split, protocol or GPU is named, and no output of an evaluation supports"
    " it. The parameters are those of the stock network with 1000 classes."
)

SBI_B4 = Claims(
    auc=0.982,
    accuracy=0.938,
    params=19e6,
    file_mb=75,
    faces_per_s=62,
    note=(
        f"{_SBI} By these figures B4 beats V2-S in AUC, accuracy and size, yet V2-S is named the best"
        " balance. The method's authors themselves give a video AUC of 0.938 on Celeb-DF trained on raw,"
        " 0.929 trained on c23."
    ),
)
SBI_V2_S = Claims(
    auc=0.978,
    accuracy=0.931,
    params=21e6,
    file_mb=82,
    faces_per_s=78,
    note=f"{_SBI} Named the best balance although B4 beats it in AUC, accuracy and size.",
)
SBI_V2_M = Claims(
    auc=0.985,
    accuracy=0.942,
    params=54e6,
    file_mb=210,
    faces_per_s=45,
    note=f"{_SBI} The published script judges at 380 px what is trained at 480.",
)
SBI_MOBILEVIT = Claims(
    auc=0.971,
    accuracy=0.915,
    params=18e6,
    file_mb=70,
    faces_per_s=125,
    note=(
        f'{_SBI} "33 % smaller than V2-M" is its size relative to V2-M: it is 67 % smaller. "90 to 92 % of'
        ' the accuracy kept" is 97.1 % by the table. Called the network for phones and 2 to 3 times faster,'
        " yet it has 3.7 times the operations of B4."
    ),
)

_BINARY_SPEED = (
    "The saving in operations (up to 20 times) counts a binary operation as 1/64 and needs kernels of its"
    " own: in PyTorch a binary convolution is an ordinary one."
)
_BINARY_PAPER = (
    "Of the paper, without the size, listings give accuracy 0.9925 and AUC 0.9986 on COCOFake, 0.9895 and"
    " 0.9994 on DFFD, 0.9729 and 0.9965 on CIFAKE, where the split that chose the model was the test split."
)

BNEXT_T = Claims(note=f"No figure for this size alone. {_BINARY_PAPER} {_BINARY_SPEED}")
BNEXT_S = BNEXT_T
BNEXT_M = Claims(
    accuracy=0.9997500777,
    f1=0.9997500777,
    faces_per_s=10,
    on=(
        "10,000 CelebA and 8,979 PGGAN v2 pictures without face crop, both from data it was trained on; one"
        " RTX 4090"
    ),
    note=(
        "The accuracy is a copy of the F1, which is that of the class real; the matrix beside it gives an"
        " accuracy of 0.9997366 and an F1 of fake of 0.9997215. With the face cropped it makes 28 errors in"
        " place of 5. About 10 pictures a second, says its text; its own times make 31.6 without cropping"
        f" and 13.75 with. StyleGAN2 fools it, by its own account. {_BINARY_PAPER} {_BINARY_SPEED}"
    ),
)
BNEXT_L = replace(
    BNEXT_T,
    file_mb=106.1,
    note=(
        "The 106.1 is read as packed storage, one bit a weight; the file that is published takes 1,247 MB,"
        f" and 3,715 MB with the state of its optimiser. No other figure for this size alone. {_BINARY_PAPER}"
        f" {_BINARY_SPEED}"
    ),
)

DEIT_LARGE = Claims(
    auc=0.978,
    accuracy=0.9182,
    f1=0.919,
    precision=0.912,
    recall=0.925,
    on="DFDC, 5,000 videos; AUC and F1 from the abstract, the rest from its confusion matrix",
    note=(
        "The teacher alone: AUC 0.972, F1 0.906. The published script cuts the two at different thresholds,"
        " 0.45 for the transformer and 0.55 for the teacher, which by itself raises the transformer's recall."
    ),
)
DEIT_TINY = Claims(
    note=(
        "A reduced network of the same form, Unblend's own: nothing is published of it. The claims are those"
        " of the large one."
    )
)

INSPECTOR = Claims(
    auc=1.0,
    accuracy=0.98,
    precision=0.98,
    recall=0.99,
    on="179,430 pictures, the whole collection, those it was trained on among them",
    note=(
        'AUC is given as "~1.00". Recall of fake is 0.99 in two tables, 0.980 by the confusion matrix. The'
        " threshold of 0.3495 was chosen and judged on the same pictures, by the F1 of the class real, and"
        " the file that holds it says 0.1374. One phase has a threshold of 1.068, which no probability"
        " reaches: 1,068 is a number of pictures. An accuracy of 0.55 with recall 1 of fake and 0.01 of real"
        " needs 54 % fakes where the table says 54 % reals; a recall of 1 and a precision of 0.55 do not go"
        " with its accuracy of 0.50 either."
    ),
)

_MULTIBRANCH = Claims(accuracy=0.952, f1=0.952, precision=0.956, recall=0.953, params=19e6, file_mb=75)
_UNNAMED = "The rates agree with each other (specificity 0.951), but no data set, split or log is named."

MULTIBRANCH_PUBLISHED = replace(
    _MULTIBRANCH,
    note=(
        f"{_UNNAMED} 19 M parameters and 75 MB are those of a plain B4 with 1000 classes; these four branches"
        ' have 35.14 M and 141 MB. "Frequency" has no transform, "edge" no edge filter and "multi-scale" no'
        " change of scale. Of what it lists, gradient checkpointing, several GPUs, an automatic batch size"
        " and predict_batch are not in the code."
    ),
)
MULTIBRANCH = replace(
    _MULTIBRANCH,
    note=(
        f"{_UNNAMED} They are claimed of the published code, whose branches do not do what they say; this"
        " network has branches that do."
    ),
)
