"""The mean of several weights of one network, as a checkpoint to publish (model soup, arXiv:2203.05482).

python -m tools.soup OUT.ckpt WEIGHTS...

WEIGHTS are checkpoints of runs, of which the averaged weights count, or published safetensors files beside
their manifest.json. Steps and hours are added up, as where one of them goes on from another.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from detector.train.checkpoints import PREFIX, network_values, read_checkpoint
from detector.weights import read_manifest


@dataclass(frozen=True, eq=False)
class Ingredient:
    """Weights by name, and what it took to train them."""

    values: Mapping[str, torch.Tensor]
    steps: int
    trained_s: float


def read(path: Path) -> Ingredient:
    """The weights of a checkpoint or of a published file."""
    if path.suffix == ".safetensors":
        entries = read_manifest(path.parent).values()
        trained = next(entry.trained_on for entry in entries if entry.file == path.name)
        return Ingredient(load_file(path), trained.steps, trained.hours * 3600)
    state = read_checkpoint(path)
    return Ingredient(network_values(state), int(state["global_step"]), float(state.get("trained_s", 0.0)))


def mean_of(several: Sequence[Mapping[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """The mean of all floating-point values, float32; counters are those of the last. ValueError where names
    or shapes differ.
    """
    shapes = [{key: value.shape for key, value in values.items()} for values in several]
    if any(of_network != shapes[0] for of_network in shapes):
        raise ValueError("the weights are not of one network")
    return {
        key: torch.stack([values[key].float() for values in several]).mean(dim=0)
        if last.is_floating_point()
        else last
        for key, last in several[-1].items()
    }


def main(words: Sequence[str] | None = None) -> int:
    """Read them all, write the mean."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("weights", type=Path, nargs="+")
    args = parser.parse_args(words)
    ingredients = [read(path) for path in args.weights]
    values = mean_of([ingredient.values for ingredient in ingredients])
    state = {
        "state_dict": {PREFIX + key: value for key, value in values.items()},
        "global_step": sum(ingredient.steps for ingredient in ingredients),
        "averaged_of": [path.name for path in args.weights],
        "trained_s": sum(ingredient.trained_s for ingredient in ingredients),
    }
    torch.save(state, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
