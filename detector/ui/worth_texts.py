"""The words of the part on what each trained detector was measured to be worth, in the tab Detectors."""

from __future__ import annotations

TITLE = "What each was measured to be worth"
LEAD = (
    "The same figures on three kinds of material, side by side. How often a {sure verdict} is wrong matters"
    " more than anything else here. In brackets is the range in which the true figure most likely lies (a {95"
    " % interval})."
)
NOT_MEASURED = "Nothing of this was measured for {title} yet."
HEADS = {
    "test": ("in-domain", "In-domain"),
    "cross": ("cross-dataset", "Cross-dataset"),
    "videos": ("", "Videos"),
}
"""A term that is explained, where there is one, and how it is shown."""

PROTOCOL = "Measured on"
PROTOCOLS = {
    "test": "unseen people, from the sources it was trained on",
    "cross": "data sets it never met; for each, the band was fitted without it",
    "videos": "clips from elsewhere, 32 frames each",
}
AMOUNT = "How many"
AMOUNTS = {
    "test": "{files} pictures of {groups} people or videos",
    "cross": "{files} pictures of {groups} people or videos",
    "videos": "{files} clips",
}
SURE = "Sure verdicts"
SURE_SHARE = "{share} ({sure})"
WRONG = "Of these wrong"
NONE_WRONG = "there are none"
ERROR = "Calibration error"
NONE = "–"
