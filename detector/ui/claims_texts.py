"""The words of the part on claims in the tab Detectors; every claim itself is in `detector.zoo.claims`."""

from __future__ import annotations

TITLE = "What they claim, and what we measured"
LEAD = (
    "These networks were published with figures of their own. They stand here as <b>claims</b>: read there,"
    " and repeated by nobody here. Beside them is what this program measured or counted. The two rarely stand"
    " on the same pictures, so a gap between them does not prove a claim wrong; it shows how little a figure"
    " says without its pictures."
)
CLAIMED = "Claimed there, unverified"
OURS = "Measured or counted here"
WHAT = "Figure"

NO_CLAIM = "no claim"
NOT_TRAINED = "not trained yet"
NOT_MEASURED = "not measured yet"
NOT_TIMED = "not timed yet: press the button above"
NONE_GIVEN = "not given"
COUNTING = "being counted"
PARAMS = "{millions} million"
MEGABYTES = "{mb} MB"
SHIPPED = "{mb} MB, the file here"
COUNTED = "{mb} MB at {precision}"
PRECISIONS = {"fp32": "32 bits", "fp16": "16 bits", "packed": "1 bit, packed"}
SPEED = "{number} ({ms} ms a face of {px} px)"

STANDS_ON = "The claim stands on"
NO_DATA = "no data named"
NOTHING_CLAIMED = "No figure is claimed of this one by itself."
NOTE = "What was found when the claim was checked"
SOURCE = "Described at"
