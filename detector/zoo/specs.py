"""What an architecture fixes: one `DetectorSpec` a detector. What a training run yields is in
`weights/manifest.json`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from detector.errors import SettingsError
from detector.structures import InputSpec, Question
from detector.zoo import claims
from detector.zoo.claims import Claims

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

Family = Literal["unblend", "sbi", "bnext", "deit", "inspector", "multibranch"]

SYSTEMS: dict[Family, str] = {
    "unblend": "Unblend",
    "sbi": "Self-blended images",
    "bnext": "Binary networks",
    "deit": "Distilled vision transformer",
    "inspector": "DeepFake Inspector",
    "multibranch": "Four branches",
}
"""The published system a family belongs to: what a list of detectors is grouped by, in this order."""


@dataclass(frozen=True)
class DetectorSpec:
    """A detector before training: `input` is the published one, `backbone` timm's name or, for BNext, the
    family's own.

    `short` is what people read everywhere on the page, `title` says what the network is. `head` holds the
    widths of the dense layers before the logit where the system publishes more than one choice (the
    inspector). `question` is what it is asked: whether a face was altered, generated, or either.
    """

    name: str
    short: str
    family: Family
    backbone: str
    input: InputSpec
    title: str
    paper: str
    good_for: str
    claims: Claims = Claims()
    head: tuple[int, ...] = ()
    question: Question = Question.EITHER

    @property
    def system(self) -> str:
        """Title of the published system, to group by."""
        return SYSTEMS[self.family]


def _imagenet(size: int, margin: float) -> InputSpec:
    return InputSpec(size=size, margin=margin, mean=IMAGENET_MEAN, std=IMAGENET_STD)


SBI = "arXiv:2204.08376"
BINARY = "arXiv:2406.04932"
DISTILLED = "arXiv:2104.01353"

SPECS: dict[str, DetectorSpec] = {
    spec.name: spec
    for spec in (
        DetectorSpec(
            name="unblend-lite2",
            short="Lite2",
            family="unblend",
            backbone="tf_efficientnet_lite2",
            input=InputSpec(size=260, margin=0.2, mean=HALF, std=HALF),
            title="EfficientNet-Lite2, Unblend's own",
            paper="this project",
            good_for="The fast one: small, and made for a CPU.",
        ),
        DetectorSpec(
            name="unblend-generated",
            short="Lite2 generated",
            family="unblend",
            backbone="tf_efficientnet_lite2",
            input=InputSpec(size=224, margin=0.2, mean=HALF, std=HALF),
            title="EfficientNet-Lite2, asked whether a face is generated",
            paper="this project",
            good_for="Faces that a generator made whole: GANs best, diffusion less. Not for swaps.",
            question=Question.GENERATED,
        ),
        DetectorSpec(
            name="unblend-altered",
            short="Lite2 altered",
            family="unblend",
            backbone="tf_efficientnet_lite2",
            input=InputSpec(size=224, margin=0.2, mean=HALF, std=HALF),
            title="EfficientNet-Lite2, asked whether a face was altered",
            paper="this project",
            good_for="Genuine faces that were changed: swapped, re-enacted, edited by hand.",
            question=Question.ALTERED,
        ),
        DetectorSpec(
            name="sbi-efficientnet-b4",
            short="SBI B4",
            family="sbi",
            backbone="tf_efficientnet_b4",
            input=_imagenet(380, 0.125),
            title="EfficientNet-B4 on self-blended images",
            paper=SBI,
            good_for="Face swaps: it looks for the seams of blending, whichever program did it.",
            claims=claims.SBI_B4,
        ),
        DetectorSpec(
            name="sbi-efficientnetv2-s",
            short="SBI V2-S",
            family="sbi",
            backbone="tf_efficientnetv2_s",
            input=InputSpec(size=384, margin=0.125, mean=HALF, std=HALF),
            title="EfficientNetV2-S on self-blended images",
            paper=SBI,
            good_for="A newer backbone for the same training.",
            claims=claims.SBI_V2_S,
        ),
        DetectorSpec(
            name="sbi-efficientnetv2-m",
            short="SBI V2-M",
            family="sbi",
            backbone="tf_efficientnetv2_m",
            input=InputSpec(size=480, margin=0.125, mean=HALF, std=HALF),
            title="EfficientNetV2-M on self-blended images",
            paper=SBI,
            good_for="The largest of its kind, for a GPU.",
            claims=claims.SBI_V2_M,
        ),
        DetectorSpec(
            name="sbi-mobilevitv2-200",
            short="SBI MobileViT",
            family="sbi",
            backbone="mobilevitv2_200",
            input=InputSpec(size=384, margin=0.125, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
            title="MobileViTv2-2.0 on self-blended images",
            paper=SBI,
            good_for=(
                "Convolutions and attention mixed; called mobile, yet it costs 3.7 times B4's operations."
            ),
            claims=claims.SBI_MOBILEVIT,
        ),
        DetectorSpec(
            name="bnext-t",
            short="BNext T",
            family="bnext",
            backbone="bnext-t",
            input=_imagenet(224, 0.5),
            title="BNext-T, weights of one bit",
            paper=BINARY,
            good_for=(
                "A small file: its weights are signs. Besides colour it is shown frequencies and texture."
            ),
            claims=claims.BNEXT_T,
        ),
        DetectorSpec(
            name="bnext-s",
            short="BNext S",
            family="bnext",
            backbone="bnext-s",
            input=_imagenet(224, 0.5),
            title="BNext-S, weights of one bit",
            paper=BINARY,
            good_for="The binary network at twice the size, for a GPU.",
            claims=claims.BNEXT_S,
        ),
        DetectorSpec(
            name="bnext-m",
            short="BNext M",
            family="bnext",
            backbone="bnext-m",
            input=_imagenet(224, 0.5),
            title="BNext-M, weights of one bit",
            paper=BINARY,
            good_for="The size that the published server runs, for a GPU.",
            claims=claims.BNEXT_M,
        ),
        DetectorSpec(
            name="bnext-l",
            short="BNext L",
            family="bnext",
            backbone="bnext-l",
            input=_imagenet(224, 0.5),
            title="BNext-L, weights of one bit",
            paper=BINARY,
            good_for="The largest binary network, for a GPU.",
            claims=claims.BNEXT_L,
        ),
        DetectorSpec(
            name="deit-distill-large",
            short="DeiT large",
            family="deit",
            backbone="tf_efficientnet_b7",
            input=_imagenet(384, 0.33),
            title="Transformer on convolutional tokens, distilled (large)",
            paper=DISTILLED,
            good_for="The published transformer, whole: 1.5 GB of weights, for a GPU.",
            claims=claims.DEIT_LARGE,
        ),
        DetectorSpec(
            name="deit-distill-tiny",
            short="DeiT tiny",
            family="deit",
            backbone="tf_efficientnet_lite0",
            input=InputSpec(size=224, margin=0.33, mean=HALF, std=HALF),
            title="Transformer on convolutional tokens, distilled (tiny)",
            paper=DISTILLED,
            good_for="The same form at a size for a CPU; its attention shows where it looked.",
            claims=claims.DEIT_TINY,
        ),
        DetectorSpec(
            name="inspector-b0",
            short="Inspector B0",
            family="inspector",
            backbone="tf_efficientnet_b0",
            input=_imagenet(224, 0.3),
            title="EfficientNet-B0 with a dense head",
            paper="github.com/AI-Horizon-Labs/DeepFake-Inspector",
            good_for="A light network whose dense head learns most of the task.",
            claims=claims.INSPECTOR,
            head=(512, 256, 1024),
        ),
        DetectorSpec(
            name="multibranch-b4",
            short="Multibranch B4",
            family="multibranch",
            backbone="tf_efficientnet_b4",
            input=_imagenet(224, 0.3),
            title="EfficientNet-B4 with scales, frequencies and edges",
            paper="github.com/sarthak1gupta/Deepfake_CNN",
            good_for="Several kinds of trace at once; it can say how much each branch added.",
            claims=claims.MULTIBRANCH,
        ),
        DetectorSpec(
            name="multibranch-b4-published",
            short="Multibranch B4 as published",
            family="multibranch",
            backbone="efficientnet_b4",
            input=_imagenet(224, 0.3),
            title="Four branches as the published code has them",
            paper="github.com/sarthak1gupta/Deepfake_CNN",
            good_for="The table: 84 GMAC, and branches that are plain convolutions.",
            claims=claims.MULTIBRANCH_PUBLISHED,
        ),
    )
}

PAIR = ("unblend-generated", "unblend-altered")
"""The two detectors that each answer one question; every door asks both where both are trained."""

LARGEST_MARGIN = 0.5
"""Margin of the patch a Face carries: no detector of the zoo is trained with more (BNext's expansion of 0.5
is the largest).
"""


def with_head(spec: DetectorSpec, head: Sequence[int]) -> DetectorSpec:
    """`spec` with its dense layers in the order that a recipe chose; an empty `head` leaves it. Raises
    SettingsError where it cannot.
    """
    if not head:
        return spec
    if sorted(head) != sorted(spec.head):
        remedy = (
            f"give an order of {', '.join(map(str, spec.head))}"
            if spec.head
            else "it has no dense layers to order, so leave it out"
        )
        raise SettingsError(f"{spec.name} cannot have the head {list(head)}: {remedy}")
    return replace(spec, head=tuple(head))
