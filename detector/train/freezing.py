"""What learns at which share of a run: the head, the last layers of the backbone too, or everything."""

from __future__ import annotations

import re
from collections.abc import Collection

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

LAST = re.compile(r"last ([1-9]\d*)")
ALL, HEAD = "all", "head"


def is_stage(words: str) -> bool:
    """Whether a recipe may say so: "head", "last N" (layers of the backbone) or "all"."""
    return words in (ALL, HEAD) or LAST.fullmatch(words) is not None


def backbone_of(network: nn.Module) -> nn.Module:
    """The backbone, which every network of the zoo has under this name."""
    backbone = network.backbone
    assert isinstance(backbone, nn.Module)
    return backbone


def set_stage(network: nn.Module, stage: str, learning: Collection[str]) -> None:
    """Let only what `stage` names learn, of the parameters in `learning` (names of those that ever do).

    A layer of the backbone is one of its modules that hold parameters themselves, in the order of their
    definition. What does not learn is frozen: its batch normalisation keeps its statistics. To be called
    in training mode, at the start of every epoch.
    """
    backbone = backbone_of(network)
    layers = [module for module in backbone.modules() if any(True for _ in module.parameters(recurse=False))]
    match = LAST.fullmatch(stage)
    count = len(layers) if stage == ALL else int(match[1]) if match else 0
    frozen = layers[: max(0, len(layers) - count)]
    held = {id(parameter) for layer in frozen for parameter in layer.parameters(recurse=False)}
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in learning and id(parameter) not in held)
    without_statistics = [backbone] if len(frozen) == len(layers) else frozen
    for layer in without_statistics:
        layer.eval()


def hold_norms(network: nn.Module) -> None:
    """Let no batch normalisation of `network` gather statistics; its scale and shift may learn. To be called
    like `set_stage`.
    """
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
