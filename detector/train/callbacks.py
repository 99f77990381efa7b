"""Rounds without progress to the end of a run."""

from __future__ import annotations

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EarlyStopping


class Patience(EarlyStopping):
    """Ends a run after `patience` rounds without a better mean AUC on `tune`; one that has ended so and is
    resumed stays at its end.
    """

    def __init__(self, patience: int) -> None:
        super().__init__("auc_mean", mode="max", patience=patience)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True
