"""A recipe to a run folder: trains, validates each round, keeps the last and the best checkpoints, resumes."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import time
from pathlib import Path

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger
from safetensors.torch import load_file
from torch import nn

from detector.data.index import read_index
from detector.errors import SettingsError, WeightsError
from detector.train.average import WeightAverage
from detector.train.checkpoints import WholeCheckpoints
from detector.train.curves import draw_curves
from detector.train.module import DetectorModule
from detector.train.recipe import Recipe, read_recipe
from detector.train.teacher import shipped_teacher
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS, with_head

log = logging.getLogger(__name__)

TIMED_STEPS = 3


def train(
    recipe_path: Path,
    data: Path,
    out: Path,
    init: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    rounds: int | None = None,
) -> Path:
    """Train `recipe_path` on the index in `data`; returns the run folder `out`.

    A new run refuses a folder that holds one; `resume` goes on from its last checkpoint, with the recipe that is given now. `rounds`
    stops it early, to be resumed. `init` is the folder of starting weights. Raises SettingsError or WeightsError.
    """
    recipe = read_recipe(recipe_path)
    last = out / "last.ckpt"
    if last.exists() and not resume:
        raise SettingsError(f"{out} already holds a run; give --resume to go on with it, or another folder")
    if resume and not last.exists():
        raise SettingsError(f"{out} holds no last.ckpt to resume from; leave --resume away to begin")
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").write_text(json.dumps(dataclasses.asdict(recipe), indent=2) + "\n", encoding="utf-8")
    pl.seed_everything(recipe.random_seed, workers=True)
    network = starting_network(recipe, init)
    teacher = shipped_teacher(recipe.teacher) if recipe.teacher else None
    module = DetectorModule(network, recipe, read_index(data, "train"), read_index(data, "tune"), workers, teacher)
    trainer = pl.Trainer(
        max_epochs=min(rounds or recipe.rounds, recipe.rounds),
        accelerator="auto",
        devices=1,
        precision=precision_of(network, recipe, out, resume),
        callbacks=callbacks(recipe, out),
        plugins=[WholeCheckpoints()],
        logger=CSVLogger(out, name="logs", version=len(list((out / "logs").glob("*")))),
        gradient_clip_val=recipe.clip_norm,
        reload_dataloaders_every_n_epochs=1,
        log_every_n_steps=25,
        num_sanity_val_steps=0,
        enable_model_summary=False,
    )
    trainer.fit(module, ckpt_path=str(last) if resume else None, weights_only=False)
    draw_curves(out)
    return out


def starting_network(recipe: Recipe, init: Path | None) -> nn.Module:
    """The network of the recipe, its backbone filled strictly from the starting weights; raises WeightsError where they do not fit."""
    if recipe.detector not in SPECS:
        raise SettingsError(f"recipe asks for detector {recipe.detector!r}; there are {', '.join(SPECS)}")
    network = build_network(with_head(SPECS[recipe.detector], recipe.head))
    if recipe.checkpointing:
        if not hasattr(network.backbone, "set_grad_checkpointing"):
            raise SettingsError(
                f"{recipe.detector} has no gradient checkpointing; leave `checkpointing` out and lower batch_pairs or sizes"
            )
        network.backbone.set_grad_checkpointing(True)
    if recipe.start is None:
        return network.to(memory_format=torch.channels_last)
    path = (init or Path()) / recipe.start
    if not path.exists():
        raise WeightsError(f"starting weights {path} do not exist; give their folder with --init")
    values = {key: value.float() if value.is_floating_point() else value for key, value in load_file(path).items()}
    try:
        fill(network, values)
    except RuntimeError as error:
        raise WeightsError(f"{path.name} does not fit {recipe.detector}: {error}") from error
    return network.to(memory_format=torch.channels_last)


def fill(network: nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Fill `network` strictly: the whole of it from published weights of the same detector, else its backbone.

    Keys that begin with "backbone." are those of a detector's published weights; where its other layers are not this network's own, only
    the backbone goes on from them. Keys without are a bare backbone's, whose classifier is left out. Raises RuntimeError.
    """
    if values.keys() == network.state_dict().keys():
        network.load_state_dict(values, strict=True)
        return
    published = {key.removeprefix("backbone."): value for key, value in values.items() if key.startswith("backbone.")}
    bare = {key: value for key, value in values.items() if not key.startswith("classifier.")}
    network.backbone.load_state_dict(published or bare, strict=True)


def callbacks(recipe: Recipe, out: Path) -> list[pl.Callback]:
    """Average of weights; `last.ckpt` and the three best rounds by mean AUC over the sources of `tune`; a stop where that stands still."""
    best = ModelCheckpoint(out, filename="round-{epoch:03d}-{auc_mean:.4f}", monitor="auc_mean", mode="max", save_top_k=3)
    last = ModelCheckpoint(
        out, filename="last", enable_version_counter=False
    )  # `save_last` leaves out the rounds that are not among the best
    stop = [EarlyStopping("auc_mean", mode="max", patience=recipe.patience)] if recipe.patience else []
    return [WeightAverage(decay=recipe.average_decay, update_every_n_steps=1), *stop, best, last]


def precision_of(network: nn.Module, recipe: Recipe, out: Path, resume: bool) -> str:
    """The precision that the recipe says, else that with which the run in `out` began, else the faster one here, which is written down.

    Timed again on resuming, it could turn out otherwise, and the run would not end like an unbroken one.
    """
    kept = out / "precision.txt"
    if recipe.precision != "auto":
        return recipe.precision
    if not (resume and kept.exists()):
        kept.write_text(faster_precision(network, recipe) + "\n", encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()


def faster_precision(network: nn.Module, recipe: Recipe) -> str:
    """Either "bf16-mixed" or "32-true", whichever is sooner done with a step here: a processor without bf16 emulates it, slowly."""
    if torch.cuda.is_available():
        return "bf16-mixed"
    images = torch.rand(4, 3, recipe.size_at(0), recipe.size_at(0)).contiguous(memory_format=torch.channels_last)
    network = copy.deepcopy(network)  # noise must not get into the statistics of the network itself
    seconds = {}
    for name, lowered in (("32-true", False), ("bf16-mixed", True)):
        taken = []
        for _ in range(TIMED_STEPS):
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=lowered):
                network(images).sum().backward()
            taken.append(time.perf_counter() - start)
            network.zero_grad()
        seconds[name] = min(taken)
    fastest = min(seconds, key=lambda name: seconds[name])
    log.info("precision %s: a step takes %s s", fastest, {name: round(value, 2) for name, value in seconds.items()})
    return fastest
