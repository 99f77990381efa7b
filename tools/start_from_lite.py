"""Starting weights for an EfficientNet-B0 from its squeeze-excite-free cousin Lite0, whose ImageNet weights a
package carries.

python -m tools.start_from_lite tf_efficientnet_lite0.safetensors OUT.safetensors

The two share the shape of every layer but the gates. A gate that begins at random halves what passes it, and
a trained network behind it is lost; so the gates begin nearly open. Lite's activations are clipped at 6 and
its pixels scaled by 0.5: what comes out is a start, no ImageNet network.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

import detector  # noqa: F401 - the import hook for torchvision
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS

DETECTOR = "inspector-b0"
OPEN = 3.0
"""Bias of a gate at the start: it lets sigmoid(3) = 95 % pass."""
SHRUNK = 0.1
"""Factor of a gate's random weights, so that they say little against the bias."""


def started(lite: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state of a B0 backbone, filled from that of Lite0 where name and shape agree; ValueError where more
    than gates is left.
    """
    torch.manual_seed(0)
    backbone = build_network(SPECS[DETECTOR]).backbone
    assert isinstance(backbone, torch.nn.Module)
    state = backbone.state_dict()
    for key, value in state.items():
        if key in lite and lite[key].shape == value.shape:
            state[key] = lite[key].float() if lite[key].is_floating_point() else lite[key]
        elif ".se." not in key:
            raise ValueError(f"{key} is not in the given file, which should hold Lite0")
        elif key.endswith("conv_expand.weight"):
            state[key] = value * SHRUNK
        elif key.endswith("conv_expand.bias"):
            state[key] = torch.full_like(value, OPEN)
    return {key: value.contiguous() for key, value in state.items()}


def main(words: Sequence[str] | None = None) -> int:
    """Read the one file, write the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lite", type=Path, help="timm's tf_efficientnet_lite0 as safetensors")
    parser.add_argument("out", type=Path, help="the file to write")
    args = parser.parse_args(words)
    save_file(started(load_file(args.lite)), args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
