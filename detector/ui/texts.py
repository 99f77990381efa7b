"""The words of the page, in one place; figures in them come from the manifest and the settings, never from
here.
"""

from __future__ import annotations

TITLE = "Unblend"

CAMERA_HINT = (
    "Look at the camera and take a picture: it is looked at like any photo. Live, frames are judged by the"
    " default detector as they come, and none is kept."
)
DROP = "Drop, paste or choose a photo or video"
DROP_KINDS = "Photos to {photo_mb} MB, videos to {video_mb} MB and {minutes} minutes"
CAMERA = "Camera"
EXAMPLES = "Or try"
DETECTORS_LABEL_BAR = "Detectors"
PRIVACY = "runs here · nothing is sent · deleted after {minutes} min"
EMPTY = "Is this face genuine?"
EMPTY_DROP, EMPTY_CLASS = (
    "Drop a photo or a video.",
    "Choose one of the examples: in class nothing is uploaded.",
)
EMPTY_WORDS = (
    "Every face is checked by itself, and you see how strong the evidence is, which genuine pictures score"
    " like it, and what in the face decided."
)
BROKEN = (
    "Something broke here",
    "This is a fault of the page, not of your file ({fault}). Try again; if it comes back, please report it.",
)
IN_BATCH = "{count} files are in Batch"
CANCELLED = ("Cancelled", "Choose a file to begin again.")
FULL = ("Not looked at", "Many people are here and the waiting line is full. Try again in a minute.")
GONE_CARD = ("No longer kept", "Files are deleted after {minutes} minutes. Choose the file again.")
UNREADABLE = "Could not be read"
NO_FACE = (
    "No face found",
    "Use a picture where a face is larger, sharper or turned to the camera. Pictures without a face are not"
    " checked.",
)
NO_FACE_VIDEO = ("No face found", "No frame of this clip shows a face that is large and sharp enough.")
JUDGE_WHOLE = "Judge the whole picture as a face"
DRAWN = (
    "This may not be a photograph",
    "It looks like a drawing, a statue or a mask. Nothing was measured on such, so no strength is given.",
)
JUDGE_ANYWAY = "Judge it anyway"
BASED_ON = "Based on {subject} of {number}, which looks {towards}."
MAP = "What moved the detector"
PUSHED = "pushed to fake or genuine"
ATTENDED = "attended"
ALTERED = "where it was altered"
ALTERED_CAPTION = "Yellow: where this picture was altered when it was made here."
NOT_ALTERED = "This face was left as it is."
MAP_NOTE = "A map explains the network, not the picture: it shows where to look with your own eyes."
CURVE_NOTE = "The higher, the more like a fake. Choose a moment here or play the clip."
CURVE_UNWEIGHED = "The curve shows how the scores move. It gives no strength."
CURVE_GENUINE = "The light band holds the middle 80 % of the {n} genuine clips that were tested."

VIDEO_COPY = (
    "Your browser cannot play this format: what you see is a copy made for it. The original was judged."
)
QUEUE_FULL = (
    "Many people are here and the waiting line is full. Nothing is wrong with your file: please try again in"
    " a minute."
)

PLANES = "What the networks see"
DETAILS = "Details of this answer"
HTML_LABEL = "Report for people (HTML)"
JSON_LABEL = "Report for programs (JSON)"
CSV_LABEL = "Table (CSV)"
DOWNLOAD_HINT = (
    "The report holds everything above, pictures too, with hashes of file and weights and the command that"
    " repeats it; it prints well. The table has a line a detector."
)
