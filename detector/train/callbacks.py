"""What a run does between its steps: averaged weights, kept checkpoints, the end where nothing improves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping, EMAWeightAveraging, ModelCheckpoint

from detector.train.recipe import Recipe

CHECKPOINT = "epoch={epoch:03d}-auc_mean={auc_mean:.4f}"
"""Name of a kept checkpoint, from which `best_checkpoint` reads how good it is."""


class Patience(EarlyStopping):
    """Ends a run after `patience` epochs without a better mean AUC on `tune`; one that has ended so and is
    resumed stays at its end.
    """

    def __init__(self, patience: int) -> None:
        super().__init__("auc_mean", mode="max", patience=patience)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


class WeightAverage(EMAWeightAveraging):
    """Exponential moving average of weights and statistics; it is what is validated, stored and published.

    Where the network is annealed, the average has the temperature of the network itself. Averaged as well, it
    would lag behind: with a decay of 0.998 it is a seventh of the old one after 1000 steps, and the weights
    are not binary. The average of latent weights has signs of its own; where those of single steps no longer
    turn, they are the same.
    """

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)
        self._take_temperature(pl_module)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self._take_temperature(pl_module)  # it may have fallen since the last step
        super().on_save_checkpoint(trainer, pl_module, checkpoint)

    def _take_temperature(self, module: pl.LightningModule) -> None:
        anneal = getattr(getattr(self._average_model, "module", module).network, "anneal_like", None)
        if self._average_model is not None and anneal is not None:
            anneal(module.network)


def callbacks(recipe: Recipe, out: Path) -> list[pl.Callback]:
    """Average of weights; `last.ckpt` and the best epochs by mean AUC over the sources of `tune`; a stop
    where that no longer rises.
    """
    best = ModelCheckpoint(
        out,
        filename=CHECKPOINT,
        auto_insert_metric_name=False,
        monitor="auc_mean",
        mode="max",
        save_top_k=recipe.schedule.kept_epochs or -1,
    )
    # `save_last` leaves out the epochs that are not among the best
    last = ModelCheckpoint(out, filename="last", enable_version_counter=False)
    stop = [Patience(recipe.schedule.patience)] if recipe.schedule.patience else []
    return [WeightAverage(decay=recipe.optimiser.average_decay, update_every_n_steps=1), *stop, best, last]
