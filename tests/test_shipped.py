"""The weights that ship: whole, repeatable, and honest about what they rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.engines.golden import golden_logits, golden_picture
from detector.pipeline import Detector, analyze, load_detector
from detector.report import to_dict
from detector.structures import Verdict
from detector.weights import find_assets, find_weights, read_manifest

SHIPPED = sorted(read_manifest(find_weights()))
SAME_PROCESSOR = 1e-3
"""Logits of other processors and thread counts differ in the last bits of float32."""


@pytest.fixture(scope="module", params=SHIPPED)
def detector(request: pytest.FixtureRequest) -> Detector:
    """Each of the detectors that ship, loaded once."""
    return load_detector(request.param)


def test_golden_logits_are_reproduced(detector: Detector) -> None:
    logits = golden_logits(detector.engine, detector.input.size, golden_picture(find_assets()))
    assert logits == pytest.approx(detector.entry.golden, abs=SAME_PROCESSOR)


def test_the_same_file_gives_the_same_answer(detector: Detector, assets: Path) -> None:
    once, again = (
        analyze(assets / "group.jpg", judge) for judge in (detector, load_detector(detector.info.name))
    )
    assert once.p_fake == again.p_fake
    assert [score.logit for score in once.face_scores] == [score.logit for score in again.face_scores]
    assert len(once.face_scores) == 3


def test_a_picture_without_a_face_gets_words_and_no_number(detector: Detector, assets: Path) -> None:
    analysis = analyze(assets / "no_face.jpg", detector)
    assert analysis.verdict is Verdict.NO_FACE
    assert to_dict(analysis)["p_fake"] is None


@pytest.mark.fidelity("3-16")
@pytest.mark.parametrize("name", SHIPPED)
def test_figures_of_both_kinds_stand_side_by_side(name: str) -> None:
    entry = read_manifest(find_weights())[name]
    assert entry.metrics.test
    assert entry.metrics.cross
    card = (find_weights() / f"{name}.md").read_text(encoding="utf-8")
    assert all(source in card for source in (*entry.metrics.test, *entry.metrics.cross))


def test_the_default_is_a_shipped_detector() -> None:
    assert load_detector().info.name in SHIPPED
