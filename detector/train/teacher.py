"""A trained detector that gives a student soft labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from detector.errors import WeightsError
from detector.weights import find_weights, load_network, read_manifest


class Teacher:
    """A network of the zoo that no training touches: frozen, always in eval mode.

    It is no nn.Module, so that the module that holds it neither switches it to training, nor saves it, nor
    hands it to the optimiser; a copy of its holder (an average of weights) shares it. `size` is the input
    side it was trained with, None: whatever it is given.
    """

    def __init__(self, network: nn.Module, size: int | None = None) -> None:
        self._network = network.eval().requires_grad_(False)
        self._size = size

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (B,) float32, positive: fake, of the student's images (B, 3, S, S) float32 RGB in 0..1."""
        if self._size is not None and images.shape[-1] != self._size:
            images = functional.interpolate(
                images, size=(self._size, self._size), mode="bilinear", antialias=True
            )
        logits: torch.Tensor = self._network.to(images.device)(images)
        return logits.float()

    def __deepcopy__(self, memo: dict[int, Any]) -> Teacher:
        return self


def shipped_teacher(name: str, folder: Path | None = None) -> Teacher:
    """Detector `name` with its weights from `folder` (those of the program where None); raises WeightsError
    where it has none.
    """
    place = find_weights(folder)
    manifest = read_manifest(place)
    if name not in manifest:
        raise WeightsError(
            f"{name} has no weights in {place}, so it cannot teach; trained are:"
            f" {', '.join(manifest) or 'none'}"
        )
    return Teacher(load_network(name, manifest[name], place), manifest[name].input.size)
