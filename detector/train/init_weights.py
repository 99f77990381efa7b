"""The network as training begins with it, filled from a file of starting weights."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from detector.blending.autoencoders import Forgers, load_autoencoders
from detector.errors import SettingsError, WeightsError
from detector.train.checkpoints import network_values, read_checkpoint
from detector.train.freezing import backbone_of
from detector.train.recipe import Recipe
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS, with_head


def starting_network(recipe: Recipe, init: Path | None) -> nn.Module:
    """The network of the recipe, its backbone filled strictly from the starting weights; raises WeightsError
    where they do not fit.
    """
    network = _untrained(recipe)
    if recipe.optimiser.checkpointing:
        set_checkpointing = getattr(backbone_of(network), "set_grad_checkpointing", None)
        if set_checkpointing is None:
            raise SettingsError(
                f"{recipe.detector} has no gradient checkpointing; leave `checkpointing` out and lower"
                " batch_pairs or sizes"
            )
        set_checkpointing(True)
    if recipe.start is None:
        return _channels_last(network)
    path = (init or Path()) / recipe.start
    if not path.exists():
        raise WeightsError(f"starting weights {path} do not exist; give their folder with --init")
    try:
        values = {
            key: value.float() if value.is_floating_point() else value
            for key, value in stored_values(path).items()
        }
        fill(network, values)
    except RuntimeError as error:
        raise WeightsError(f"{path.name} does not fit {recipe.detector}: {error}") from error
    return _channels_last(network)


def _channels_last(network: nn.Module) -> nn.Module:
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch leaves it untyped
    return network


def stored_values(path: Path) -> dict[str, torch.Tensor]:
    """The weights in a safetensors file, or the averaged ones in the checkpoint of another run (.ckpt)."""
    if path.suffix == ".ckpt":
        return network_values(read_checkpoint(path))
    return load_file(path)


def starting_forgers(recipe: Recipe, init: Path | None) -> Forgers | None:
    """The autoencoders whose pictures are among the fakes; None where the recipe asks for none."""
    file = recipe.synthesis.forgers
    return Forgers(load_autoencoders((init or Path()) / file)) if file else None


def fill(network: nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Fill `network` strictly: the whole of it from published weights of the same detector, else its
    backbone.

    Keys that begin with "backbone." are those of a detector's published weights; where its other layers are
    not this network's own, only the backbone goes on from them. Keys without are a bare backbone's, whose
    classifier is left out. Raises RuntimeError.
    """
    if values.keys() == network.state_dict().keys():
        network.load_state_dict(values, strict=True)
        return
    published = {
        key.removeprefix("backbone."): value for key, value in values.items() if key.startswith("backbone.")
    }
    bare = {key: value for key, value in values.items() if not key.startswith("classifier.")}
    backbone_of(network).load_state_dict(published or bare, strict=True)


def _untrained(recipe: Recipe) -> nn.Module:
    if recipe.detector not in SPECS:
        raise SettingsError(f"recipe asks for detector {recipe.detector!r}; there are {', '.join(SPECS)}")
    spec = with_head(SPECS[recipe.detector], recipe.head)
    if not recipe.baseline:
        return build_network(spec)
    if spec.family != "deit":
        raise SettingsError(
            f"{recipe.detector} has no {recipe.baseline} to train alone; leave `baseline` out, or take a"
            " deit-distill detector"
        )
    from detector.zoo.deit import build_baseline

    return build_baseline(spec, recipe.baseline)
