"""The map of a face by any method: what pushes towards fake or genuine, or what a transformer attends to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import nn

from detector.errors import EngineError
from detector.explain import cams
from detector.explain.blurring import occlusion
from detector.explain.inside import BranchMaps, attention_values, branch_maps
from detector.explain.maps import PART, Heatmap, Lack, Method, Missing
from detector.explain.words import lack_words
from detector.structures import Calibration, Crop, Floats
from detector.zoo.multibranch import BRANCHES, MultibranchNetwork

if TYPE_CHECKING:
    from detector.pipeline import Detector


def heatmap(crop: Crop, detector: Detector, method: Method | str = Method.GRADCAM) -> Heatmap:
    """The map of one face, on a scale that is the same for every picture and every detector.

    Calibration turns logits into log-odds. The shares that n cells have in the logit by Grad-CAM and
    Grad-CAM++ become local: times n, and what they leave over is spread evenly. Those of LayerCAM and
    occlusion largely cancel out, so that they are not extrapolated to the whole face: they stand for a part
    of side `PART`. Nothing is stretched to the map's own maximum. Raises EngineError, with the
    words of `lack`, where the detector has no such map, ValueError for a method that is none.
    """
    method = Method(method)
    if (missing := lack(detector, method)) is not None:
        raise EngineError(lack_words(missing))
    network: Any = detector.engine.network  # type: ignore[attr-defined] # `lack` says that it has one
    images = _images(crop, network)
    calibration, side = detector.info.calibration, crop.image.shape[0]
    match method:
        case Method.ATTENTION:
            with torch.inference_mode():
                return Heatmap(attention_values(network, images), method, float(network(images)))
        case Method.BRANCHES:
            found = branch_maps(network, images)
            values = np.sum([_enlarged(cells * cells.size, side) for cells in _all_maps(found)], axis=0)
            return Heatmap(_log_odds(values + found.bias, calibration), method, found.logit)
        case Method.OCCLUSION:
            shares, logit = occlusion(crop.image, detector.engine.logits)
            return Heatmap(_enlarged(calibration.a * shares, side), method, logit)
        case Method.LAYERCAM:
            shares, logit = cams.layer_cam(network, images)
            return Heatmap(_enlarged(calibration.a * shares * (shares.size * PART**2), side), method, logit)
        case Method.GRADCAM | Method.GRADCAM_PLUS:
            make = cams.grad_cam if method is Method.GRADCAM else cams.grad_cam_plus
            shares, logit = make(network, images)
            local = shares * shares.size + (logit - float(shares.sum()))
            return Heatmap(_enlarged(_log_odds(local, calibration), side), method, logit)


def lack(detector: Detector, method: Method) -> Lack | None:
    """Why `detector` has no map by `method`; None where it has one."""
    missing = _missing(getattr(detector.engine, "network", None), method)
    return None if missing is None else Lack(method, missing, detector.info.short, detector.info.engine)


def methods_of(detector: Detector) -> tuple[Method, ...]:
    """The methods by which `detector` has a map."""
    return tuple(method for method in Method if lack(detector, method) is None)


def _missing(network: object, method: Method) -> Missing | None:
    if not isinstance(network, nn.Module):
        return Missing.NETWORK
    match method:
        case Method.ATTENTION if not hasattr(network, "attention_map"):
            attends = any("Attention" in type(module).__name__ for module in network.modules())
            return Missing.ATTENTION_BY_PAIRS if attends else Missing.ATTENTION
        case Method.BRANCHES if not isinstance(network, MultibranchNetwork):
            return Missing.BRANCHES
    return None


@dataclass(frozen=True)
class BranchPush:
    """What one branch adds to the log-odds of fake; `bias` is what the detector says whatever the face."""

    branch: str
    log_odds: float


def branch_pushes(crop: Crop, detector: Detector) -> tuple[BranchPush, ...]:
    """What each branch adds, in the order of `BRANCHES`, and at last `bias`: together the log-odds of p_fake.
    Raises EngineError where the detector has no branches.
    """
    if (missing := lack(detector, Method.BRANCHES)) is not None:
        raise EngineError(lack_words(missing))
    network: Any = detector.engine.network  # type: ignore[attr-defined]
    found, calibration = branch_maps(network, _images(crop, network)), detector.info.calibration
    shares = found.shares
    return (
        *(BranchPush(name, calibration.a * shares[name]) for name in BRANCHES),
        BranchPush("bias", calibration.a * found.bias + calibration.b),
    )


def _images(crop: Crop, network: nn.Module) -> torch.Tensor:
    images = torch.from_numpy(crop.image).permute(2, 0, 1)[None].float() / 255
    return images.to(next(network.parameters()).device)


def _all_maps(found: BranchMaps) -> tuple[Floats, ...]:
    return tuple(cells for maps in found.maps.values() for cells in maps)


def _log_odds(local: Floats, calibration: Calibration) -> Floats:
    return np.asarray(calibration.a * local + calibration.b, dtype=np.float32)


def _enlarged(cells: Floats, side: int) -> Floats:
    smooth = cv2.resize(cells.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, dtype=np.float32)
