"""The one LightningModule: a detector's network, its learning rates, and the figures of a validation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.utils.data import DataLoader

from detector.blending.autoencoders import Forgers
from detector.data.tables import Picture
from detector.errors import SettingsError
from detector.train.dataset import (
    SELF_BLENDS,
    TunePicture,
    balanced,
    pair_loader,
    tuning_crops,
    with_source_weights,
    without_left_out,
)
from detector.train.distributed import ALONE, Processes
from detector.train.freezing import hold_norms, set_stage
from detector.train.losses import distillation_loss, smoothed_cross_entropy
from detector.train.optim import learning_rate, make_optimiser
from detector.train.recipe import Recipe
from detector.train.teacher import Teacher


class DetectorModule(pl.LightningModule):
    """Trains `network` on pairs of `train_pictures`; validates on crops of `tune_pictures`, a Lightning epoch
    being an epoch of the recipe.

    Raises SettingsError where an epoch is to be chosen by a source that has no fakes among the
    `tune_pictures`.

    With a `teacher` its probabilities are learned as well: by the logit of the distillation token where the
    network has one, by the one logit otherwise.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        train_pictures: Sequence[Picture],
        tune_pictures: Sequence[Picture],
        workers: int,
        teacher: Teacher | None = None,
        forgers: Forgers | None = None,
        processes: Processes = ALONE,
    ) -> None:
        super().__init__()
        self.processes = processes
        self._several = processes.count > 1
        self.network = network
        self.teacher = teacher
        self.forgers = forgers
        self.recipe = recipe
        self.workers = workers
        self._learning = frozenset(
            name for name, parameter in network.named_parameters() if parameter.requires_grad
        )
        self._train_pictures = balanced(train_pictures, recipe.data.picture_limit, recipe.random_seed)
        self._drawn = with_source_weights(without_left_out(recipe), self._train_pictures)
        shown = tuning_crops(
            tune_pictures,
            recipe.margin,
            recipe.final_size,
            most=recipe.data.tune_most,
            blends=recipe.data.tune_most * 2 // 3,
        )
        self.tune_crops = list(shown)
        _check_choice(recipe, self.tune_crops)
        self._tune_aucs: list[float] = []
        self._tune_logits: list[torch.Tensor] = []
        self._trained_s = 0.0
        self._counted_until_s = time.monotonic()

    @property
    def picture_count(self) -> int:
        """How many different pictures the pairs of the run are drawn from."""
        data = self._drawn.data
        drawn = {0: {*data.real_mix, *data.partner_mix}, 1: {*data.fake_mix, *self._drawn.generated_mix}}
        return sum(picture.source in drawn[picture.label] for picture in self._train_pictures)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(images.contiguous(memory_format=torch.channels_last))
        return logits

    def train_dataloader(self) -> DataLoader[Any]:
        # what is random in the network (stochastic depth) follows from the epoch too, so that a resumed run
        # repeats an unbroken one
        torch.manual_seed(self.recipe.random_seed * 100_003 + self.current_epoch + 7919 * self.processes.rank)
        return pair_loader(
            self._train_pictures, self._drawn, self.current_epoch, self.workers, self.forgers, self.processes
        )

    @property
    def _optimiser(self) -> LightningOptimizer:
        optimiser = self.optimizers()
        assert isinstance(optimiser, LightningOptimizer)  # there is one
        return optimiser

    def on_train_batch_start(self, batch: object, batch_number: int) -> None:
        for group, peak in zip(self._optimiser.param_groups, self._peaks, strict=True):
            group["lr"] = learning_rate(self.recipe, self.global_step, self._tune_aucs, peak)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_number: int) -> torch.Tensor:
        images, labels = batch
        loss = self._loss(
            (images.flatten(0, 1).float() / 255).contiguous(memory_format=torch.channels_last),
            labels.flatten(),
        )
        # a second pass of the same pairs is not a loss of the run
        if not getattr(self._optimiser.optimizer, "climbed", False):
            self.log("loss", loss, prog_bar=True, on_step=True, on_epoch=True, sync_dist=self._several)
            self.log("learning_rate", self._optimiser.param_groups[-1]["lr"])
        return loss

    def _loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        smoothing = self.recipe.loss.label_smoothing
        if self.teacher is None:
            return smoothed_cross_entropy(
                self(images), labels, smoothing, self.recipe.loss.focal_gamma, self.recipe.loss.real_weight
            )
        both = getattr(self.network, "both_logits", None)
        of_label, of_teacher = (self(images),) * 2 if both is None else both(images)
        shares = (smoothing, self.recipe.loss.teacher_share, self.recipe.loss.real_weight)
        return distillation_loss(of_label, of_teacher, labels, self.teacher(images), *shares)

    def on_train_epoch_start(self) -> None:
        self._counted_until_s = time.monotonic()
        stage = self.recipe.stage_at(self.current_epoch / self.recipe.schedule.epochs)
        set_stage(self.network, stage, self._learning)
        if self.recipe.optimiser.frozen_norms:
            hold_norms(self.network)

    def learning_parameters(self, stage: str) -> int:
        """How many numbers of the network learn in `stage`, which it is then in."""
        set_stage(self.network, stage, self._learning)
        return sum(parameter.numel() for parameter in self.network.parameters() if parameter.requires_grad)

    def on_train_epoch_end(self) -> None:
        self._trained_s, self._counted_until_s = self._seconds(), time.monotonic()
        anneal = getattr(self.network, "anneal_within", None)
        if anneal is not None:
            anneal(self.recipe.schedule.epochs)

    def _seconds(self) -> float:
        """Wall time spent in epochs, over all resumptions."""
        return self._trained_s + time.monotonic() - self._counted_until_s

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["trained_s"] = self._seconds()
        checkpoint["tune_aucs"] = list(self._tune_aucs)
        checkpoint["recipe"] = msgspec.to_builtins(self.recipe, str_keys=True)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self._trained_s = float(checkpoint.get("trained_s", 0.0))
        self._tune_aucs = list(checkpoint.get("tune_aucs", []))

    def val_dataloader(self) -> DataLoader[Any]:
        crops = [torch.from_numpy(picture.crop.transpose(2, 0, 1).copy()) for picture in self.tune_crops]
        return DataLoader(crops, batch_size=16)  # type: ignore[arg-type]  # a list serves as a data set

    def validation_step(self, images: torch.Tensor, batch_number: int) -> None:
        self._tune_logits.append(self(images.float() / 255).float().cpu())

    def on_validation_epoch_end(self) -> None:
        logits = torch.cat(self._tune_logits).numpy()
        self._tune_logits.clear()
        if len(logits) < len(self.tune_crops):  # Lightning's sanity check reads a few batches only
            return
        aucs = auc_by_source(logits, self.tune_crops)
        worst = min(aucs, key=lambda name: aucs[name])
        for name, auc in aucs.items():
            self.log(f"auc/{name}", auc, sync_dist=self._several)
        self._tune_aucs.append(statistics.mean(aucs[name] for name in self.recipe.data.chosen_by or aucs))
        self.log("auc_mean", self._tune_aucs[-1], prog_bar=True, sync_dist=self._several)
        self.log("auc_worst", aucs[worst], prog_bar=True, sync_dist=self._several)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        optimiser = make_optimiser(self.network, self.recipe)
        self._peaks = [group["lr"] for group in optimiser.param_groups]
        return optimiser


def auc_by_source(logits: np.ndarray, crops: Sequence[TunePicture]) -> dict[str, float]:
    """AUC of each source with fakes: against its own reals, or against all reals where it has none
    (self-blends: their own reals).
    """
    return aucs_of(
        logits, np.array([crop.label for crop in crops]), np.array([crop.source for crop in crops])
    )


def aucs_of(logits: np.ndarray, labels: np.ndarray, sources: np.ndarray) -> dict[str, float]:
    """The same from arrays (N,)."""
    aucs = {}
    for name in sorted(set(sources[labels == 1])):
        here = sources == name
        reals = here & (labels == 0)
        if not reals.any():
            reals = (labels == 0) & (sources != SELF_BLENDS)
        rows = reals | (here & (labels == 1))
        aucs[str(name)] = float(roc_auc_score(labels[rows], logits[rows]))
    return aucs


def _check_choice(recipe: Recipe, crops: Sequence[TunePicture]) -> None:
    there = {crop.source for crop in crops if crop.label == 1}
    missing = sorted({*recipe.data.chosen_by} - there)
    if crops and missing:
        raise SettingsError(
            f"chosen_by names {', '.join(missing)}, of which tune has no fakes; it has those of"
            f" {', '.join(sorted(there))}"
        )
