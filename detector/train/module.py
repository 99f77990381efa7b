"""The one LightningModule: a detector's network, its optimiser and schedule, and the figures of a validation."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

import numpy as np
import pytorch_lightning as pl
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from detector.data.index import Picture
from detector.train.data import SELF_BLENDS, TunePicture, balanced, pair_loader, tuning_crops
from detector.train.losses import distillation_loss, smoothed_cross_entropy
from detector.train.recipe import Recipe
from detector.train.stages import set_stage
from detector.train.teacher import Teacher


class DetectorModule(pl.LightningModule):
    """Trains `network` on pairs of `train_pictures`; validates on crops of `tune_pictures`, a Lightning epoch being a round.

    With a `teacher` its probabilities are learned as well: by the logit of the distillation token where the network has one, by the one
    logit otherwise.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        train_pictures: Sequence[Picture],
        tune_pictures: Sequence[Picture],
        workers: int,
        teacher: Teacher | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.teacher = teacher
        self.recipe = recipe
        self.workers = workers
        self._learning = frozenset(name for name, parameter in network.named_parameters() if parameter.requires_grad)
        self._train_pictures = balanced(train_pictures, recipe.most_pictures, recipe.random_seed)
        self._tune_crops = list(tuning_crops(tune_pictures, recipe.margin, recipe.final_size))
        self._tune_logits: list[torch.Tensor] = []
        self._trained_s = 0.0
        self._counted_until_s = time.monotonic()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.network(images.contiguous(memory_format=torch.channels_last))

    def train_dataloader(self) -> torch.utils.data.DataLoader:
        # what is random in the network (stochastic depth) follows from the round too, so that a resumed run repeats an unbroken one
        torch.manual_seed(self.recipe.random_seed * 100_003 + self.current_epoch)
        return pair_loader(self._train_pictures, self.recipe, self.current_epoch, self.workers)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_number: int) -> torch.Tensor:
        images, labels = batch
        loss = self._loss((images.flatten(0, 1).float() / 255).contiguous(memory_format=torch.channels_last), labels.flatten())
        self.log("loss", loss, prog_bar=True, on_step=True, on_epoch=True)
        return loss

    def _loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        smoothing = self.recipe.label_smoothing
        if self.teacher is None:
            return smoothed_cross_entropy(self(images), labels, smoothing, self.recipe.focal_gamma)
        both = getattr(self.network, "both_logits", None)
        of_label, of_teacher = (self(images),) * 2 if both is None else both(images)
        return distillation_loss(of_label, of_teacher, labels, self.teacher(images), smoothing, self.recipe.teacher_share)

    def on_train_epoch_start(self) -> None:
        self._counted_until_s = time.monotonic()
        stage = self.recipe.stage_at(self.current_epoch / self.recipe.rounds)
        set_stage(self.network, stage, self._learning)
        self.log("learning_parameters", float(sum(p.numel() for p in self.network.parameters() if p.requires_grad)))

    def on_train_epoch_end(self) -> None:
        self._trained_s, self._counted_until_s = self._seconds(), time.monotonic()
        if hasattr(self.network, "anneal_within"):
            self.network.anneal_within(self.recipe.rounds)

    def _seconds(self) -> float:
        """Wall time spent in rounds, over all resumptions."""
        return self._trained_s + time.monotonic() - self._counted_until_s

    def on_save_checkpoint(self, checkpoint: dict[str, object]) -> None:
        checkpoint["trained_s"] = self._seconds()

    def on_load_checkpoint(self, checkpoint: dict[str, object]) -> None:
        self._trained_s = float(checkpoint.get("trained_s", 0.0))

    def val_dataloader(self) -> torch.utils.data.DataLoader:
        crops = [torch.from_numpy(picture.crop.transpose(2, 0, 1).copy()) for picture in self._tune_crops]
        return torch.utils.data.DataLoader(crops, batch_size=16)

    def validation_step(self, images: torch.Tensor, batch_number: int) -> None:
        self._tune_logits.append(self(images.float() / 255).float().cpu())

    def on_validation_epoch_end(self) -> None:
        logits = torch.cat(self._tune_logits).numpy()
        self._tune_logits.clear()
        if len(logits) < len(self._tune_crops):  # Lightning's sanity check reads a few batches only
            return
        aucs = auc_by_source(logits, self._tune_crops)
        worst = min(aucs, key=lambda name: aucs[name])
        for name, auc in aucs.items():
            self.log(f"auc/{name}", auc)
        self.log("auc_mean", statistics.mean(aucs.values()), prog_bar=True)
        self.log("auc_worst", aucs[worst], prog_bar=True)

    def configure_optimizers(self) -> dict[str, object]:
        plain = [p for p in self.network.parameters() if p.ndim <= 1]
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        groups = [{"params": decayed, "weight_decay": self.recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, lr=self.recipe.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: learning_rate_share(step, self.recipe))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def learning_rate_share(step: int, recipe: Recipe) -> float:
    """Share 0..1 of the peak learning rate at optimiser step `step`: a rise, a plateau, a straight fall to 0."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    done = step / recipe.steps
    return 1.0 if done < recipe.decay_from else max(0.0, (1 - done) / (1 - recipe.decay_from))


def auc_by_source(logits: np.ndarray, crops: Sequence[TunePicture]) -> dict[str, float]:
    """AUC of each source with fakes: against its own reals, or against all reals where it has none (self-blends: their own reals)."""
    labels = np.array([crop.label for crop in crops])
    sources = np.array([crop.source for crop in crops])
    aucs = {}
    for name in sorted(set(sources[labels == 1])):
        here = sources == name
        reals = here & (labels == 0)
        if not reals.any():
            reals = (labels == 0) & (sources != SELF_BLENDS)
        rows = reals | (here & (labels == 1))
        aucs[str(name)] = float(roc_auc_score(labels[rows], logits[rows]))
    return aucs
