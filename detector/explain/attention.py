"""A transformer's attention to a heat map: which cells of the face its answer was gathered from."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import nn

from detector.errors import EngineError
from detector.structures import Floats

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
