"""Values of an explanation: the methods, the map of a face, and why a detector cannot have one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from detector.structures import Floats

FULL_LOG_ODDS = math.log(100)
"""Log-odds in full colour, of either sign: a hundred to one, from where evidence is called moderately strong.
The same for every picture, detector and method."""

LEAST_LOG_ODDS = math.log(2)
"""Log-odds from which a place is said to push: two to one, from where evidence is called weak."""

PART = 2 / 7
"""Side, as a share of the crop's, of the parts that a push is counted by where a method takes them one by
one: about an eye with its brow, or a mouth."""


class Method(StrEnum):
    """How a map is made, in the order in which they are listed."""

    GRADCAM = "gradcam"
    GRADCAM_PLUS = "gradcam++"
    LAYERCAM = "layercam"
    OCCLUSION = "occlusion"
    BRANCHES = "branches"
    ATTENTION = "attention"

    @property
    def is_signed(self) -> bool:
        """Whether its map says towards which answer a place pushes; attention says only where it looked."""
        return self is not Method.ATTENTION


@dataclass(frozen=True, eq=False)
class Heatmap:
    """`values` (S, S) float32 over the crop, of a signed method log-odds, positive towards fake.

    By Grad-CAM, Grad-CAM++ and branches they are *local*: their mean is the log-odds of p_fake, and a place's
    own value is what a face would get that looked like this place all over. By LayerCAM and occlusion they
    are what a part of side `PART` adds. By attention: 0 an even share or less, 1 four times that
    or more. `logit` is the network's for this crop, before calibration.
    """

    values: Floats
    method: Method
    logit: float


class Missing(StrEnum):
    """What a method needs and a detector does not have."""

    NETWORK = "network"  # the engine keeps none
    ATTENTION = "attention"  # no transformer
    ATTENTION_BY_PAIRS = "attention by pairs"  # attention, but none that says who looked at whom
    BRANCHES = "branches"  # one path, no branches


@dataclass(frozen=True)
class Lack:
    """Why `detector` on `engine` has no map by `method`."""

    method: Method
    missing: Missing
    detector: str
    engine: str
