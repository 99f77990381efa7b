"""Which engines that round are offered for which weights: where AUC was measured and falls by little."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from detector.engines import OPENVINO_BF16
from detector.errors import EngineError, WeightsError
from detector.schema import read_as

FILE = "engines.json"
"""Beside the manifest, written by tools/precision.py."""

MEASURED = (OPENVINO_BF16,)
"""Engines whose worth has to be measured; the others give PyTorch's logits."""

MOST_AUC_LOST = 0.002
"""AUC on faces of other data sets may fall by so much where an engine is offered."""


@dataclass(frozen=True)
class Offer:
    """What an engine says of `faces` labelled faces beside PyTorch, by weights (the first 12 of their hash).

    `p_fake_moves` is the most that one p_fake moves, `words_change` how many answers get another verdict,
    direction or strength of evidence.
    """

    weights: str
    faces: int
    auc_pytorch: float
    auc: float
    p_fake_moves: float
    words_change: int

    @property
    def lost(self) -> float:
        """By how much AUC falls; negative where it rises."""
        return self.auc_pytorch - self.auc

    def __str__(self) -> str:
        return f"AUC {self.auc:.4f}, with PyTorch {self.auc_pytorch:.4f}, on {self.faces:,} faces"


def read_offers(folder: Path) -> dict[str, dict[str, Offer]]:
    """What was measured, by engine and detector; empty where nothing was. Raises WeightsError."""
    path = folder / FILE
    try:
        raw = msgspec.json.decode(path.read_bytes())
        return {
            engine: {name: read_as(Offer, offer) for name, offer in by_detector.items()}
            for engine, by_detector in raw.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError) as fault:
        raise WeightsError(f"{path} is damaged ({fault}): python -m tools.precision writes it") from None


def check_offer(engine: str, name: str, sha256: str, folder: Path) -> None:
    """EngineError, with the figure, unless `engine` may run the detector `name` with the weights `sha256`."""
    if engine not in MEASURED:
        return
    offer = read_offers(folder).get(engine, {}).get(name)
    if offer is None or not sha256.startswith(offer.weights):
        raise EngineError(
            f"engine {engine} rounds, and what that costs {name} was not measured: choose engine openvino"
        )
    if not offer.lost < MOST_AUC_LOST:
        raise EngineError(f"engine {engine} costs {name} too much ({offer}): choose engine openvino")


def to_json(offers: Mapping[str, Mapping[str, Offer]]) -> str:
    """The file that `read_offers` reads, of the engines whose worth has to be measured."""
    raw = {
        engine: {name: asdict(offer) for name, offer in by_detector.items()}
        for engine, by_detector in offers.items()
        if engine in MEASURED
    }
    return json.dumps(raw, indent=1) + "\n"
