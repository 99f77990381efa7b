"""What an architecture fixes: one `DetectorSpec` a detector. What a training run yields is in `weights/manifest.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from detector.structures import InputSpec

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

Family = Literal["sbi", "unblend"]


@dataclass(frozen=True)
class Claims:
    """What a published system says of itself; shown as a claim, never as a measurement."""

    auc: float | None = None
    accuracy: float | None = None
    note: str = ""


@dataclass(frozen=True)
class DetectorSpec:
    """A detector before training: `input` is the published one, `backbone` timm's name."""

    name: str
    family: Family
    backbone: str
    input: InputSpec
    title: str
    paper: str
    good_for: str
    claims: Claims = Claims()


SBI_CLAIM = "read in the README of the system: no data set, split or protocol is named"

SPECS: dict[str, DetectorSpec] = {
    spec.name: spec
    for spec in (
        DetectorSpec(
            name="unblend-lite2",
            family="unblend",
            backbone="tf_efficientnet_lite2",
            input=InputSpec(size=260, margin=0.2, mean=HALF, std=HALF),
            title="EfficientNet-Lite2, Unblend's own",
            paper="this project",
            good_for="The fast one: made for a CPU, a third of the operations of the others.",
        ),
        DetectorSpec(
            name="sbi-efficientnet-b4",
            family="sbi",
            backbone="tf_efficientnet_b4",
            input=InputSpec(size=380, margin=0.125, mean=IMAGENET_MEAN, std=IMAGENET_STD),
            title="EfficientNet-B4 on self-blended images",
            paper="arXiv:2204.08376",
            good_for="Face swaps: it looks for the seams of blending, whichever program did it.",
            claims=Claims(auc=0.982, accuracy=0.938, note=SBI_CLAIM),
        ),
        DetectorSpec(
            name="sbi-efficientnetv2-s",
            family="sbi",
            backbone="tf_efficientnetv2_s",
            input=InputSpec(size=384, margin=0.125, mean=IMAGENET_MEAN, std=IMAGENET_STD),
            title="EfficientNetV2-S on self-blended images",
            paper="arXiv:2204.08376",
            good_for="A newer backbone for the same training.",
            claims=Claims(auc=0.978, accuracy=0.931, note=SBI_CLAIM),
        ),
        DetectorSpec(
            name="sbi-efficientnetv2-m",
            family="sbi",
            backbone="tf_efficientnetv2_m",
            input=InputSpec(size=480, margin=0.125, mean=IMAGENET_MEAN, std=IMAGENET_STD),
            title="EfficientNetV2-M on self-blended images",
            paper="arXiv:2204.08376",
            good_for="The largest of its kind, for a GPU.",
            claims=Claims(auc=0.985, accuracy=0.942, note=SBI_CLAIM),
        ),
        DetectorSpec(
            name="sbi-mobilevitv2-200",
            family="sbi",
            backbone="mobilevitv2_200",
            input=InputSpec(size=384, margin=0.125, mean=IMAGENET_MEAN, std=IMAGENET_STD),
            title="MobileViTv2-2.0 on self-blended images",
            paper="arXiv:2204.08376",
            good_for="Convolutions and attention mixed; called mobile, yet it costs 3.7 times B4's operations.",
            claims=Claims(auc=0.971, accuracy=0.915, note=SBI_CLAIM),
        ),
    )
}

LARGEST_MARGIN = 0.5
"""Margin of the patch a Face carries: no detector of the zoo is trained with more (BNext's expansion of 0.5 is the largest)."""
