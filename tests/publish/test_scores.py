"""Faces across datasets judged once in each variant, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.data.labels import Index, read_index
from detector.evidence import Scores, Variant
from detector.pipeline import Detector
from detector.publish.scores import VARIANTS, column_of, scores_of
from detector.structures import Condition, Face, FittedRange, Frame, Span
from tests.makers import FakeEngine, FakeFinder, make_detector
from tests.publish.elsewhere import make_cross

NAME = "unblend-lite2"


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """The index of a small set from elsewhere."""
    return read_index(make_cross(tmp_path_factory.mktemp("elsewhere") / "cross") / "index.csv")


@pytest.fixture(scope="module")
def scored(cross: Index, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scores]:
    """The folder in which scores are kept, and those of a fake engine."""
    work = tmp_path_factory.mktemp("scores")
    return work, scores_of(cross, [make_detector()], work)[NAME]


def nothing(frame: Frame) -> list[Face]:
    """A finder that must not be asked."""
    raise AssertionError("a face was looked for")


def asked(detectors: Sequence[Detector]) -> int:
    """How many batches engines were given."""
    return sum(
        len(detector.engine.batches) for detector in detectors if isinstance(detector.engine, FakeEngine)
    )


def test_every_face_is_judged_in_every_variant_and_a_picture_without_one_has_no_score(
    scored: tuple[Path, Scores],
) -> None:
    _, scores = scored
    for variant in VARIANTS:
        assert len(scores.of_variant(variant)) == 16
    assert "no_face.jpg" not in scores.file and np.isfinite(scores.logit).all()
    assert set(scores.source) == {"a", "b"} and set(scores.kind) == {"snapshot", "studio", "diffusion"}


def test_variants_put_faces_into_their_conditions(scored: tuple[Path, Scores]) -> None:
    _, scores = scored
    assert scores.of_variant(Variant.JPEG_30).has(Condition.COMPRESSED).mean() > 0.9
    assert scores.of_variant(Variant.SMALL_48).has(Condition.SMALL).all()
    plain = scores.of_variant(Variant.PLAIN)
    assert not plain.has(Condition.COMPRESSED).any() and not plain.has(Condition.SMALL).any()
    assert scores.of_variant(Variant.SMALL_48).marked.all() and not plain.marked.all()


def test_what_is_kept_is_neither_found_nor_judged_again(cross: Index, scored: tuple[Path, Scores]) -> None:
    work, before = scored
    detector = make_detector()
    after = scores_of(cross, [detector], work, finder=FakeFinder(nothing))[NAME]
    assert asked([detector]) == 0
    assert list(after.file) == list(before.file)
    assert np.array_equal(after.logit, before.logit) and np.array_equal(after.conditions, before.conditions)


def test_another_detector_adds_its_own_logits_only(cross: Index, scored: tuple[Path, Scores]) -> None:
    work, before = scored
    known, new = make_detector(), make_detector(sha256="1" * 64)
    assert column_of(known) != column_of(new)
    after = scores_of(cross, [new], work, finder=FakeFinder(nothing))[NAME]
    assert asked([new]) == 48 and np.allclose(after.logit, before.logit, atol=1e-4)
    scores_of(cross, [known, new], work, finder=FakeFinder(nothing))
    assert asked([known]) == 0 and asked([new]) == 48


def test_a_line_cut_off_by_a_kill_is_judged_again(
    cross: Index, scored: tuple[Path, Scores], tmp_path: Path
) -> None:
    work, before = scored
    for path in work.iterdir():
        lines = path.read_text().splitlines(keepends=True)
        (tmp_path / path.name).write_text("".join(lines[:-1]) + lines[-1][:40])
    detector = make_detector()
    after = scores_of(cross, [detector], tmp_path)[NAME]
    assert 0 < asked([detector]) <= 3 and np.allclose(after.logit, before.logit, atol=1e-4)
    assert (tmp_path / "plain.jsonl").read_text().count("\n") == 17


def test_what_is_out_of_range_of_the_calibration_is_told(cross: Index, scored: tuple[Path, Scores]) -> None:
    work, _ = scored
    narrow = FittedRange(Span(1000, 2000), Span(0.0, 10.0), None, faces=9, measured_on="a test")
    detector = make_detector(seen=narrow)
    scores = scores_of(cross, [detector], work, finder=FakeFinder(nothing))[NAME]
    assert (scores.ways_out == 1).all() and scores.has(Condition.OUT_OF_RANGE).all()
    wide = replace(narrow, size_px=Span(0, 2000))
    scores = scores_of(cross, [make_detector(seen=wide)], work, finder=FakeFinder(nothing))[NAME]
    assert (scores.ways_out == 0).all() and not scores.has(Condition.OUT_OF_RANGE).any()


def test_frames_of_one_clip_are_told(scored: tuple[Path, Scores]) -> None:
    _, scores = scored
    frames = scores.take(scores.clip != "")
    assert set(frames.clip) == {"somebody/clips one.mp4"} and len(frames) == 6
    assert set(frames.file) == {"genuine_01.jpg", "genuine_03.jpg"}
