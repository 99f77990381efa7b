"""Where a network looked: what in a face pushes towards fake, or what a transformer attends to."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import torch
from torch import nn

from detector.errors import EngineError
from detector.structures import Crop, Floats

if TYPE_CHECKING:
    from detector.pipeline import Detector

FULL_SHARE = 4.0
"""Times an even share of the attention that are shown as 1. The same for every picture."""


def attention_values(network: nn.Module, images: torch.Tensor) -> Floats:
    """Attention rollout (arXiv:2005.00928) of one face as values (S, S) float32 in 0..1; `images` is (1, 3,
    S, S) float32 RGB in 0..1.

    A cell that gets an even share or less is 0, one that gets `FULL_SHARE` times as much is 1. It says where
    the network looked, not towards which answer. Raises EngineError where the network has no attention.
    """
    attention_map = getattr(network, "attention_map", None)
    if attention_map is None:
        raise EngineError(
            "this detector has no attention to show, only transformers have; use method gradcam"
        )
    with torch.inference_mode():
        taken = attention_map(images)[0].float().cpu().numpy()
    over = (taken * taken.size - 1) / (FULL_SHARE - 1)
    side = images.shape[-1]
    smooth = cv2.resize(over.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(smooth, 0.0, 1.0), dtype=np.float32)


FULL_LOG_ODDS = 4.0
"""Log-odds that are shown as 1: a face that looked like such a cell all over would get a p_fake of 0.982. The
same for every picture.
"""


@dataclass(frozen=True, eq=False)
class Heatmap:
    """`values` (S, S) float32 over the crop: by `gradcam` what pushes towards fake, 0 nothing, 1
    `FULL_LOG_ODDS` or more; by `attention` how much of a transformer's answer comes from there, 0 an even
    share or less, 1 `FULL_SHARE` times that.

    `logit` is the network's for this crop, positive: fake.
    """

    values: Floats
    method: str
    logit: float


def heatmap(crop: Crop, detector: Detector, method: str = "gradcam") -> Heatmap:
    """The heat map of one face, on a scale that is the same for every picture and every detector.

    Grad-CAM (arXiv:1610.02391) shares the logit out among the cells of the last spatial map. Where a pooled
    map meets one linear layer the shares and the bias add up to the logit exactly; elsewhere what is left
    over is spread evenly. The shares of n cells, times n, become *local log-odds* by the detector's
    calibration, so that the mean over the cells is the log-odds of p_fake, and a cell's own value is what a
    face would get that looked like this cell all over. Shown from 0 (p_fake 0.5 or less) to 1
    (`FULL_LOG_ODDS`). Nothing is stretched to the map's own maximum: a face that is real beyond doubt stays
    dark.

    Method "attention" is a transformer's attention rollout, on a fixed scale too. Raises EngineError where
    the engine keeps no network or the network has no attention.
    """
    network = getattr(detector.engine, "network", None)
    if not isinstance(network, nn.Module):
        raise EngineError(
            f"{detector.info.name}: engine {detector.info.engine} keeps no network to explain; use engine"
            " pytorch"
        )
    images = torch.from_numpy(crop.image).permute(2, 0, 1)[None].float() / 255
    images = images.to(next(network.parameters()).device)
    match method:
        case "gradcam":
            shares, logit = logit_shares(network, images)
        case "attention":
            values = attention_values(network, images)
            with torch.inference_mode():
                return Heatmap(values=values, method=method, logit=float(network(images)))
        case _:
            raise ValueError(f"unknown method of explanation {method!r}")
    calibration = detector.info.calibration
    return Heatmap(
        values=_shown(shares, logit, calibration.a, calibration.b, crop.image.shape[0]),
        method=method,
        logit=logit,
    )


def logit_shares(network: nn.Module, images: torch.Tensor) -> tuple[Floats, float]:
    """Grad-CAM before any scaling: each cell's share of the logit, (h, w) float32 and signed, and the logit.

    `images` is (1, 3, S, S) float32 RGB in 0..1; `network` names the layer to look at as `cam_layer`. Works
    inside inference_mode, from any number of threads: the hook and gradients live on a copy that only shares
    the tensors.
    """
    activations: list[torch.Tensor] = []

    def begin_graph(_layer: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        activations.append(output.detach().requires_grad_())
        return activations[0]  # the graph begins here, so that nothing goes back through the backbone

    # autograd refuses tensors born in inference mode, hence the clone
    with torch.inference_mode(False), torch.enable_grad():
        probe = _sharing_copy(network)
        cast(nn.Module, probe.cam_layer).register_forward_hook(begin_graph)
        (logit,) = probe(images.clone())
        (gradient,) = torch.autograd.grad(logit, activations)
        weights = gradient.mean((2, 3), keepdim=True)
        shares = (weights * activations[0].detach()).sum(dim=1)[0]
    return np.asarray(shares.float().cpu(), dtype=np.float32), float(logit.detach())


def _sharing_copy(network: nn.Module) -> nn.Module:
    """A copy of the modules that shares the tensors, which ask for no gradient there; those born in inference
    mode are cloned.
    """
    shared = {
        id(tensor): (tensor.clone() if tensor.is_inference() else tensor).detach()
        for tensor in (*network.parameters(), *network.buffers())
    }
    return copy.deepcopy(network, shared).eval()


def _shown(shares: Floats, logit: float, a: float, b: float, size: int) -> Floats:
    """Shares of the logit (h, w) as values (size, size) in 0..1."""
    left_over = logit - float(shares.sum())
    log_odds = a * (shares * shares.size + left_over) + b
    smooth = cv2.resize(log_odds.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(smooth / FULL_LOG_ODDS, 0.0, 1.0), dtype=np.float32)
