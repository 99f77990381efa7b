"""A training run: it validates each epoch, keeps the last and the best checkpoints, and can be resumed."""

from __future__ import annotations

from pathlib import Path

import pytorch_lightning as pl
import torch
from msgspec.structs import replace

from detector.data.cache import pictures_of
from detector.errors import SettingsError
from detector.train.autotune import is_out_of_memory, memory_advice, precision_of, with_batch
from detector.train.callbacks import callbacks
from detector.train.checkpoints import WholeCheckpoints
from detector.train.dataset import kept_of
from detector.train.distributed import join_processes
from detector.train.init_weights import starting_forgers, starting_network
from detector.train.loggers import CSV_ALONE, Logs, finish, loggers
from detector.train.module import DetectorModule
from detector.train.recipe import changed, read_recipe, write_recipe
from detector.train.run_report import draw_curves, write_outcome
from detector.train.teacher import shipped_teacher


def train(
    recipe_path: Path,
    data: Path,
    out: Path,
    init: Path | None = None,
    resume: bool = False,
    workers: int = 1,
    epochs: int | None = None,
    logs: Logs = CSV_ALONE,
    random_seed: int | None = None,
    leave_out: tuple[str, ...] = (),
    cache: Path | None = None,
) -> Path:
    """Train `recipe_path` on the index in `data`; returns the run folder `out`.

    A new run refuses a folder that holds one; `resume` goes on from its last checkpoint, with the recipe that
    is given now. `epochs` stops it early, to be resumed. `init` is the folder of starting weights.
    `random_seed` None is the recipe's. `leave_out` are sources left out beside the recipe's. `cache` is a
    folder for decoded pictures; None: each is decoded at every draw. Started by `torchrun`, this is one of
    the processes that share every step. Raises SettingsError or WeightsError.
    """
    recipe = read_recipe(recipe_path)
    recipe = recipe if random_seed is None else replace(recipe, random_seed=random_seed)
    left_out = tuple(dict.fromkeys([*recipe.data.leave_out, *leave_out]))
    recipe = changed(recipe, data={"leave_out": left_out})
    last = _last_checkpoint(out, resume)
    processes = join_processes()
    out.mkdir(parents=True, exist_ok=True)
    pl.seed_everything(recipe.random_seed, workers=True)
    network = starting_network(recipe, init)
    recipe = with_batch(recipe, network, out, resume, processes)
    precision = precision_of(network, recipe, out, resume, processes)
    if processes.writes:
        write_recipe(recipe, out / "recipe.json")
    teacher = shipped_teacher(recipe.loss.teacher) if recipe.loss.teacher else None
    train_pictures, tune_pictures = (
        kept_of(recipe, pictures_of(data, split, cache, max(1, workers))) for split in ("train", "tune")
    )
    module = DetectorModule(
        network,
        recipe,
        train_pictures,
        tune_pictures,
        workers,
        teacher,
        starting_forgers(recipe, init),
        processes,
    )
    of_run = loggers(out, logs, recipe)
    several = processes.count > 1
    trainer = pl.Trainer(
        max_epochs=min(epochs or recipe.schedule.epochs, recipe.schedule.epochs),
        precision=precision,
        callbacks=callbacks(recipe, out),
        plugins=[WholeCheckpoints()],
        logger=of_run,
        gradient_clip_val=recipe.optimiser.clip_norm,
        accumulate_grad_batches=recipe.optimiser.accumulate,
        reload_dataloaders_every_n_epochs=1,
        log_every_n_steps=25,
        num_sanity_val_steps=0,
        enable_model_summary=False,
        accelerator="auto",
        devices=processes.on_machine,
        num_nodes=processes.machines,
        # its own stage decides what has a gradient
        strategy="ddp_find_unused_parameters_true" if several else "auto",
        sync_batchnorm=several and torch.cuda.is_available(),
        # each process has its own pairs already
        use_distributed_sampler=False,
    )
    _fit(trainer, module, last)
    if processes.writes:
        finish(of_run)
        draw_curves(out)
        write_outcome(out, module, precision, processes.count)
    return out


def _last_checkpoint(out: Path, resume: bool) -> Path | None:
    """The checkpoint to go on from; None for a new run."""
    last = out / "last.ckpt"
    if last.exists() and not resume:
        raise SettingsError(f"{out} already holds a run; give --resume to go on with it, or another folder")
    if resume and not last.exists():
        raise SettingsError(f"{out} holds no last.ckpt to resume from; leave --resume away to begin")
    return last if resume else None


def _fit(trainer: pl.Trainer, module: DetectorModule, last: Path | None) -> None:
    try:
        trainer.fit(module, ckpt_path=None if last is None else str(last), weights_only=False)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        advice = memory_advice(module.recipe)
        raise SettingsError(
            f"{module.recipe.detector} does not fit the memory of this machine; in the recipe, {advice}"
        ) from error
