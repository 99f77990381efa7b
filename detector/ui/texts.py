"""The words of the page, in one place; figures in them come from the manifest and the settings, never from
here.
"""

from __future__ import annotations

from detector.structures import Verdict

TITLE = "Unblend"
TAGLINE = (
    "Drop in a photo or a video. See which faces look altered, where, and how far the answer can be trusted."
)

PHOTO_LABEL = "Photo"
PHOTO_ASK = "Drop one or more photos here, paste one, or click to choose."
PHOTO_KINDS = (
    "JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF or BMP, up to {photo_mb} MB each. Photos are deleted {minutes}"
    " minutes later."
)
CAMERA_LABEL = "Use the camera"
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
EMPTY = (
    "Is this face genuine?",
    "Drop a photo or a video. Every face is judged by itself, and you see how strong the evidence is, which"
    " genuine pictures score like it, and what in the face decided.",
)
CANCELLED = ("Cancelled", "Choose a file to begin again.")
FULL = ("Not looked at", "Many people are here and the waiting line is full. Try again in a minute.")
GONE_CARD = ("No longer kept", "Files are deleted after {minutes} minutes. Choose the file again.")
UNREADABLE = "Could not be read"
NO_FACE = (
    "No face found",
    "Use a picture where a face is larger, sharper or turned to the camera. Pictures without a face are not"
    " judged.",
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
CURVE_GENUINE = "The light band holds the middle 80 of 100 genuine clips."
DETECTOR_LABEL = "Detector"
NOT_TRAINED = "not trained"
NO_WEIGHTS = "Its weights do not come with this program, so it cannot judge."
NOT_TRAINED_CARD = (
    "{title} is not trained: its weights do not come with this program, so it cannot judge. Trained are:"
    " {trained}."
)
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
    "Drag the handle: on the left the face as the network got it, on the right its {heat map}. Orange pushed"
    " to fake, blue to genuine, in full colour by a hundred to one. The scale is the same for every face."
)
HEAT_ENDS = ("pushed to genuine", "pushed to fake")
PLANES = "What the networks see"
REMARKS = "Good to know"
EXTRAPOLATED = (
    "The probability is an {extrapolation}: this face is unlike those it was fitted on. In what, stands under"
    " “Good to know”."
)
SEEN_LABEL = "Calibration has seen"
DETAILS = "Details of this answer"
HOW = "How this answer is made"
HTML_LABEL = "Report for people (HTML)"
JSON_LABEL = "Report for programs (JSON)"
CSV_LABEL = "Table (CSV)"
DOWNLOAD_HINT = (
    "The report holds everything above, pictures too, with hashes of file and weights and the command that"
    " repeats it; it prints well. The table has a line a detector."
)
GONE = "This result is no longer kept (results are deleted after {minutes} minutes). Drop the file again."
WRONG_TAB = "{name} is a {kind}; drop it in the tab {tab}"
TOO_MANY = (
    "{count} photos are more than the {limit} this page takes at once; drop fewer, or use the command line:"
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
