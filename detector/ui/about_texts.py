"""The words of the tab About; figures are filled in from the manifest and the settings."""

from __future__ import annotations

CAN_HEADING = "What it can tell, and what it cannot"
CAN = """
<p>Unblend looks at faces. It was trained to notice what is left behind when a face is swapped, re-enacted or pasted: seams, mismatched
sharpness, lighting and compression, and some traces of generated faces.</p>
<ul>
<li><b>It does not listen.</b> A cloned voice over an untouched picture passes unnoticed.</li>
<li><b>It needs a face.</b> A landscape or a whole scene made by a generator, with no face in it, is outside what it can tell; it then
says that no face was found.</li>
<li><b>It is not proof.</b> A new kind of forgery may look real to it, and heavy filters, beauty modes or strong compression may look
fake to it.</li>
<li><b>It says “uncertain” on purpose.</b> Where a detector was not right nine times in ten, it does not commit itself.</li>
<li><b>It may be fairer to some than to others.</b> Its training faces are not spread evenly over ages, skin tones and regions, and how
often it is wrong about each group was measured on a few hundred faces only. Do not compare people by its numbers.</li>
<li><b>It identifies nobody.</b> No face is matched to a name.</li>
</ul>
"""

READ_HEADING = "How to read an answer"
READ = """
<p>{p_fake} is a calibrated probability between 0 % (real) and 100 % (fake). The answer is “likely real” below the {uncertain_band},
“likely fake” above it, and “uncertain” within it. With several faces, the most suspicious one decides; a face that is small, blurred, very
dark or turned away is judged, but marked, and no firm verdict stands on it alone.</p>
<p>The {heat_map} shows what pushed the network towards fake. It explains the network, not the picture: use it to decide where to look
with your own eyes.</p>
"""

WRONG_HEADING = "How often it is wrong when it commits itself"
WRONG_LEAD = """
<p>Measured on data sets that training never touched, each judged with an uncertain band that was fitted without it:</p>
"""
WRONG_MEASURED = (
    "gave a firm verdict on {committed} of {n} pictures, and {wrong} of those verdicts were wrong (real and"
    " fake weighted alike)."
)
WRONG_NEVER = "gave no firm verdict on any of {n} pictures."
WRONG_UNMEASURED = "not measured yet, so its uncertain band is wide."

TRAINED_HEADING = "What it was trained on"
TRAINED_LEAD = """
<p>Real faces, {self_blended} faces made from them during training, and fakes from public research collections. No picture uploaded here is
ever used for training.</p>
"""

SEEN_BEFORE = ", after the {n} of {title}"

HOW_HEADING = "How an answer is made"
HOW = """
<ol>
<li>The file is decoded and turned upright; a video is sampled evenly over its whole length.</li>
<li>A face finder (MTCNN) marks every face; each is cut out at full resolution and checked for size, sharpness, light and pose.</li>
<li>The chosen detector gives each face one number, and calibration turns it into a probability.</li>
<li>The most suspicious face (in a video: person) decides, and the probability is compared with the uncertain band.</li>
</ol>
<p>The same file always gets the same answer, here and on the command line: the report names the file and the weights by their hashes and
holds the command that repeats it.</p>
"""

PRIVACY_HEADING = "Privacy"
PRIVACY = """
<p>Everything is computed on the machine that runs this page, and nothing is sent elsewhere. Uploads and results are deleted after
{minutes} minutes, there is no history of runs, no telemetry, and nobody else sees your result. Reports are made inside your browser's
page and saved only when you save them.</p>
"""

LICENCES_HEADING = "Licences"
LICENCES = """
<p>The code is free under the MIT licence. The weights were trained on research collections whose own terms apply: most allow research and
teaching but not commerce; each detector's model card names them. The examples are official US government and NASA portraits, which are in
the public domain, and blends made from them.</p>
"""

CITATIONS_HEADING = "Citations"
CITATIONS = """
<ul>
<li>K. Shiohara, T. Yamasaki: Detecting Deepfakes with Self-Blended Images. CVPR 2022, arXiv:2204.08376.</li>
<li>L. Li et al.: Face X-ray for More General Face Forgery Detection. CVPR 2020, arXiv:1912.13458.</li>
<li>Y.-J. Heo et al.: Deepfake Detection Scheme Based on Vision Transformer and Distillation. 2021, arXiv:2104.01353.</li>
<li>M. Tan, Q. V. Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks. ICML 2019, arXiv:1905.11946.</li>
<li>K. Zhang, Z. Zhang, Z. Li, Y. Qiao: Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks. 2016,
arXiv:1604.02878.</li>
<li>R. R. Selvaraju et al.: Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization. ICCV 2017,
arXiv:1610.02391.</li>
<li>J. Platt: Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods. 1999.</li>
</ul>
"""
