"""Networks that the tests of the zoo share, each built once."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import nn

from detector.zoo.build import build_network
from detector.zoo.specs import SPECS

LIGHT = {
    # name: an input small enough for every run
    "unblend-lite2": 64,
    "bnext-t": 64,
    "deit-distill-tiny": 64,
    "inspector-b0": 64,
    "multibranch-b4": 64,
    "multibranch-b4-published": 32,
}


def small_size(name: str) -> int:
    """Side of a small input that the network takes."""
    # one patch alone has nothing to attend to
    return 128 if name == "sbi-mobilevitv2-200" else LIGHT.get(name, 64)


@functools.cache
def outline(name: str) -> nn.Module:
    """The network without memory, on the meta device, in eval mode; not to be changed."""
    with torch.device("meta"):
        return build_network(SPECS[name]).eval()


@dataclass(frozen=True, eq=False)
class Passed:
    """What came out of a pass of two faces at the published size: the logits, and the shape of the map that
    Grad-CAM looks at.
    """

    logits: torch.Tensor
    cam_shape: tuple[int, ...]


@functools.cache
def passed(name: str) -> Passed:
    """A pass through the outline."""
    net, size = outline(name), SPECS[name].input.size
    shapes: list[tuple[int, ...]] = []
    hook = net.cam_layer.register_forward_hook(lambda layer, given, held: shapes.append(tuple(held.shape)))
    with torch.no_grad():
        logits = net(torch.empty(2, 3, size, size, device="meta"))
    hook.remove()
    (shape,) = shapes
    return Passed(logits, shape)


@functools.lru_cache(maxsize=len(LIGHT))
def network(name: str) -> nn.Module:
    """The network, in eval mode, its weights random but always the same; to be copied before it is changed.

    The BatchNorm of the deepest has seen one batch: without statistics their features grow until nothing can
    be compared."""
    torch.manual_seed(0)
    if name in LIGHT:
        return build_network(SPECS[name]).eval()
    net = build_network(SPECS[name]).train()
    norms = [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in norms:
        layer.momentum = 1.0
    with torch.no_grad():
        net(faces(4, small_size(name)))
    for layer in norms:
        layer.momentum = 0.1
    return net.eval()


def faces(count: int, size: int) -> torch.Tensor:
    """(count, 3, size, size) noise in 0..1, always the same."""
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(1))
