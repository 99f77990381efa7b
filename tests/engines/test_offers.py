"""Engines that round: offered for the weights that were measured, where AUC falls by little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.engines import ENGINES
from detector.engines.offers import FILE, MEASURED, Offer, check_offer, read_offers, to_json
from detector.errors import EngineError, WeightsError
from detector.weights import find_weights, read_manifest

NAME, WEIGHTS = "unblend-lite2", "0123456789ab" + 52 * "0"
GOOD = Offer("0123456789ab", faces=1513, auc_pytorch=0.8, auc=0.7985, p_fake_moves=0.01, words_change=2)
BF16 = "openvino-bf16"


def folder_with(folder: Path, offer: Offer) -> Path:
    (folder / FILE).write_text(to_json({BF16: {NAME: offer}, "openvino": {NAME: offer}}))
    return folder


def test_an_engine_that_costs_little_is_offered(tmp_path: Path) -> None:
    check_offer(BF16, NAME, WEIGHTS, folder_with(tmp_path, GOOD))
    check_offer(BF16, NAME, WEIGHTS, folder_with(tmp_path, replace(GOOD, auc=0.9)))


@pytest.mark.parametrize(
    "engine, name, sha256, auc, words",
    [
        (BF16, NAME, WEIGHTS, 0.798, "too much (AUC 0.7980, with PyTorch 0.8000, on 1,513 faces)"),
        (BF16, NAME, WEIGHTS, float("nan"), "too much"),
        (BF16, "inspector-b0", WEIGHTS, 0.8, "costs inspector-b0 was not measured: choose engine openvino"),
        (BF16, NAME, 64 * "f", 0.8, "was not measured"),
    ],
)  # fmt: skip
def test_one_that_costs_more_or_was_not_measured_is_refused_with_the_figure(
    engine: str, name: str, sha256: str, auc: float, words: str, tmp_path: Path
) -> None:
    folder = folder_with(tmp_path, GOOD)
    if auc == auc:
        folder = folder_with(tmp_path, replace(GOOD, auc=auc))
    else:
        (folder / FILE).write_text((folder / FILE).read_text().replace("0.7985", "1e999"))
        words = ""
    with pytest.raises((EngineError, WeightsError)) as caught:
        check_offer(engine, name, sha256, folder)
    assert words in str(caught.value)


def test_what_gives_the_logits_of_pytorch_needs_no_figure(tmp_path: Path) -> None:
    for engine in set(ENGINES) - set(MEASURED):
        check_offer(engine, NAME, WEIGHTS, tmp_path)
    with pytest.raises(EngineError, match="was not measured"):
        check_offer(BF16, NAME, WEIGHTS, tmp_path)


def test_only_what_has_to_be_measured_is_kept(tmp_path: Path) -> None:
    assert read_offers(folder_with(tmp_path, GOOD)) == {BF16: {NAME: GOOD}}
    assert read_offers(tmp_path / "none") == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"openvino-bf16": {"unblend-lite2": {"faces": "many"}}}'])
def test_a_damaged_file_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(WeightsError, match=r"engines.json is damaged.*python -m tools.precision"):
        read_offers(tmp_path)


def test_figures_that_ship_are_of_the_weights_that_ship() -> None:
    manifest = read_manifest(find_weights())
    for offers in read_offers(find_weights()).values():
        assert offers.keys() == manifest.keys()
        for name, offer in offers.items():
            assert manifest[name].sha256.startswith(offer.weights)
            assert offer.faces > 1000
