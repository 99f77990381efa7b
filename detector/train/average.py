"""The weights of many steps to their moving average, in which a temperature is the latest and no average."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import EMAWeightAveraging


class WeightAverage(EMAWeightAveraging):
    """Moving average of all weights and statistics; it is what is validated, stored and published.

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
        if self._average_model is not None and hasattr(module.network, "anneal_like"):
            self._average_model.module.network.anneal_like(module.network)
