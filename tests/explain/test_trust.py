"""What was measured of maps comes to a standing, a default and words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.errors import WeightsError
from detector.explain.maps import Method
from detector.explain.measures import (
    CENTRE,
    RANDOM,
    DetectorMaps,
    Estimate,
    Faithfulness,
    KeptFace,
    MapMeasures,
    Standing,
    Trust,
    estimate,
    keep,
    read_kept,
    summarised,
)
from detector.explain.trust import FILE, TrustFile, default_method, read_trust, trust_of, write_trust
from detector.explain.words import trust_words
from tests.explain.networks import RedMeansFake, detector_of

SHA = "0" * 64
EVEN = Estimate(0.0, -0.1, 0.1)
OVER = Estimate(0.2, 0.1, 0.3)
GOOD = MapMeasures(
    faces=200,
    deletion=0.3,
    insertion=0.5,
    gap=OVER,
    over_random=OVER,
    over_centre=OVER,
    iou=OVER,
    iou_over_centre=EVEN,
    pointing=OVER,
    pointing_over_centre=EVEN,
    likeness=EVEN,
    ms=40.0,
)


def face(number: int, gap: float, **others: float) -> KeptFace:
    """A face whose Grad-CAM has a `gap`, the random control 0 and the centre 0.1."""
    maps = {
        "gradcam": Faithfulness(0.3, 0.3 + gap, 0.4, 1.0, ms=40.0 + number, likeness=others.get("likeness")),
        RANDOM: Faithfulness(0.3, 0.3, 0.1, 0.0),
        CENTRE: Faithfulness(0.3, 0.4, 0.5, 1.0),
    }
    return KeptFace(number, f"person {number}", 0.7, maps)


def trust_file(**methods: MapMeasures) -> TrustFile:
    return TrustFile({"red": DetectorMaps(SHA, methods)})


def test_faces_are_kept_and_read_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "red.jsonl"
    assert read_kept(path) == []
    faces = [face(0, 0.2, likeness=-0.5), face(1, 0.3)]
    for each in faces:
        keep(each, path)
    assert read_kept(path) == faces


def test_many_faces_are_summarised_pair_by_pair() -> None:
    found = summarised([face(0, 0.2, likeness=-0.5), face(1, 0.3), face(2, 0.4, likeness=0.1)], SHA)
    measures = found.methods["gradcam"]
    assert list(found.methods) == ["gradcam"] and found.sha256 == SHA
    assert measures.faces == 3
    assert measures.gap.mean == pytest.approx(0.3)
    assert measures.over_random.mean == pytest.approx(0.3)
    assert measures.over_centre.mean == pytest.approx(0.2)
    assert measures.iou_over_centre.mean == pytest.approx(-0.1)
    assert measures.pointing_over_centre.mean == 0
    assert measures.likeness.mean == pytest.approx(0.3)  # of what was mapped twice, whatever its sign
    assert measures.ms == 41.0


def test_an_interval_shrinks_with_the_root_of_the_faces() -> None:
    rng = np.random.default_rng(0)
    few, many = (estimate(rng.normal(1.0, 0.5, count)) for count in (50, 800))
    assert few.low < 1.0 < few.high and many.low < 1.0 < many.high
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.3)
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.5 / 800**0.5, rel=0.15)


@pytest.mark.parametrize(
    "measures, standing",
    [
        (GOOD, Standing.FAITHFUL),
        (replace(GOOD, over_centre=EVEN), Standing.NO_BETTER),
        (replace(GOOD, over_random=EVEN), Standing.NO_BETTER),
        (replace(GOOD, likeness=Estimate(0.8, 0.7, 0.9)), Standing.SAME_UNLEARNED),
        (replace(GOOD, likeness=Estimate(0.5, 0.4, 0.6)), Standing.FAITHFUL),
    ],
)
def test_a_standing_needs_both_controls_beaten_and_something_learned(
    measures: MapMeasures, standing: Standing
) -> None:
    trust = trust_of(detector_of(RedMeansFake()), Method.GRADCAM, trust_file(gradcam=measures))
    assert trust.standing is standing and trust.measures == measures


def test_other_weights_were_not_measured() -> None:
    file = TrustFile({"red": DetectorMaps("1" * 64, {"gradcam": GOOD, "occlusion": GOOD})})
    detector = detector_of(RedMeansFake())
    assert trust_of(detector, Method.GRADCAM, file).standing is Standing.NOT_MEASURED
    assert default_method(detector, file) is Method.GRADCAM


def test_a_few_faces_are_no_measurement() -> None:
    file = trust_file(gradcam=GOOD, occlusion=replace(GOOD, gap=Estimate(0.5, 0.4, 0.6), faces=29))
    detector = detector_of(RedMeansFake())
    assert trust_of(detector, Method.OCCLUSION, file).standing is Standing.NOT_MEASURED
    assert default_method(detector, file) is Method.GRADCAM


def test_the_largest_gap_is_shown_if_it_comes_in_time() -> None:
    best = replace(GOOD, gap=Estimate(0.5, 0.4, 0.6), ms=2000.0)
    file = trust_file(gradcam=GOOD, occlusion=best, layercam=replace(GOOD, gap=EVEN))
    detector = detector_of(RedMeansFake())
    assert default_method(detector, file, within_ms=2000) is Method.OCCLUSION
    assert default_method(detector, file) is Method.GRADCAM


def test_attention_says_no_direction_and_is_never_the_default() -> None:
    file = trust_file(gradcam=GOOD, attention=replace(GOOD, gap=Estimate(0.9, 0.8, 1.0)))
    assert default_method(detector_of(RedMeansFake()), file) is Method.GRADCAM


def test_what_was_written_is_read(weights_folder: Path) -> None:
    assert read_trust(weights_folder) == TrustFile()
    file = trust_file(gradcam=GOOD)
    write_trust(file, weights_folder)
    assert read_trust(weights_folder) == file


def test_a_fault_is_named(weights_folder: Path) -> None:
    (weights_folder / FILE).write_text('{"detectors": {"red": {"sha256": "x", "methods": {"gradcam": {}}}}}')
    with pytest.raises(WeightsError, match=r"maps\.json: .*faces"):
        read_trust(weights_folder)


@pytest.fixture
def weights_folder(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text('{"schema": 1, "default": null, "detectors": {}}')
    return tmp_path


def test_trust_is_said_in_words() -> None:
    good = replace(GOOD, iou_over_centre=OVER)
    assert trust_words(Trust(Method.GRADCAM, Standing.FAITHFUL, good)).startswith("On 200 faces")
    beaten = trust_words(Trust(Method.GRADCAM, Standing.NO_BETTER, replace(good, over_centre=EVEN)))
    assert beaten.endswith("no better than the middle of the face.")
    by_both = replace(good, over_centre=EVEN, over_random=EVEN)
    assert trust_words(Trust(Method.GRADCAM, Standing.NO_BETTER, by_both)).endswith(
        "no better than chance or the middle of the face."
    )
    assert "not measured" in trust_words(Trust(Method.GRADCAM, Standing.NOT_MEASURED))
    assert "learned nothing" in trust_words(Trust(Method.GRADCAM, Standing.SAME_UNLEARNED, good))


def test_a_map_that_does_not_find_the_altered_place_says_so() -> None:
    measured = [replace(GOOD, iou_over_centre=found) for found in (OVER, EVEN)]
    said = [trust_words(Trust(Method.GRADCAM, Standing.FAITHFUL, measures)) for measures in measured]
    assert [sentence.endswith("not where these faces were altered.") for sentence in said] == [False, True]
