"""Checkpoints: written whole or not at all, and the best of those that a run left."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO
from torch import nn

from detector.errors import SettingsError, WeightsError
from detector.files import replacing
from detector.train.recipe import Recipe, parse_recipe, read_recipe

PREFIX = "network."
"""What the weights of the network are called in a checkpoint begins so: it is an attribute of the module that
trains it.
"""


class WholeCheckpoints(TorchCheckpointIO):
    """Writes beside the old file, then renames it.

    Lightning's own writes to the temporary folder first; where that is another disk, the file is then copied,
    and can be cut short.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any | None = None
    ) -> None:
        whole = Path(path)
        whole.parent.mkdir(parents=True, exist_ok=True)
        with replacing(whole) as stream:
            torch.save(checkpoint, stream)


def best_checkpoint(run: Path) -> Path:
    """The checkpoint of the epoch with the highest mean AUC over the sources of `tune`, which stands in its
    name; runs of old called an epoch a round.
    """
    matches = {path: re.search(r"auc_mean=(\d\.\d+)", path.name) for path in run.glob("*auc_mean=*.ckpt")}
    aucs = {path: float(match.group(1)) for path, match in matches.items() if match}
    if not aucs:
        raise SettingsError(f"{run} holds no checkpoint of a finished epoch; train first")
    return max(aucs, key=lambda path: aucs[path])


def load_averaged(network: nn.Module, checkpoint: Path) -> dict[str, Any]:
    """Fill `network` with the averaged weights of a checkpoint, which is given back whole. Raises
    WeightsError.
    """
    state = read_checkpoint(checkpoint)
    try:
        network.load_state_dict(network_values(state))
    except RuntimeError as fault:
        first = " ".join(str(fault).split())[:200]
        raise WeightsError(f"{checkpoint} is of another network ({first}); name one of this run") from fault
    return state


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What a run stored. Raises WeightsError where the file is missing or no checkpoint."""
    try:
        return dict(torch.load(path, map_location="cpu", weights_only=False))
    except FileNotFoundError:
        raise WeightsError(f"{path} does not exist; name a checkpoint of a run, as last.ckpt") from None
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as fault:
        raise WeightsError(f"{path} is no checkpoint ({fault}); name one of a run, as last.ckpt") from fault


def recipe_behind(checkpoint: Path, run: Path) -> Recipe:
    """The recipe by which a checkpoint was trained: its own, which a run that was resumed with another no
    longer has; of checkpoints without one (of before, or an average) that of the `run`. Raises DetectorError.
    """
    own = read_checkpoint(checkpoint).get("recipe")
    return read_recipe(run / "recipe.json") if own is None else parse_recipe(own, checkpoint.name)


def network_values(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The averaged weights in a checkpoint's state, by their names in the network."""
    return {
        key.removeprefix(PREFIX): value
        for key, value in state["state_dict"].items()
        if key.startswith(PREFIX)
    }
