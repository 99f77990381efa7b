"""A file to an answer: scanning with a fake finder, judging with a fake engine, and a real network loaded
from a manifest.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image as Pictures

from detector.engines import make_engine
from detector.engines.golden import golden_logits
from detector.engines.pytorch import PytorchEngine
from detector.errors import EngineError, MediaError, SettingsError, WeightsError
from detector.manifest import TrainedInput
from detector.pipeline import Stopped, analyze, judge, load_detector, scan
from detector.structures import Reason, ReasonKind, Verdict
from detector.weights import write_entry
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.makers import (
    FakeEngine,
    FakeFinder,
    make_detector,
    make_entry,
    make_face,
    make_scan,
    save_picture,
    whole_frame_face,
)

SIZE = 64
FINDER = FakeFinder(whole_frame_face)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder of weights with an untrained unblend-lite2, stored as fp16, whose logits are not all alike."""
    where = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).eval()
    torch.nn.init.normal_(network.head.weight, std=0.05)
    content = safetensors.torch.save(
        {k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    )
    (where / "unblend-lite2.safetensors").write_bytes(content)
    trained = TrainedInput(size=SIZE, margin=0.3)
    entry = make_entry(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content), input=trained)
    network.load_state_dict(
        {k: v.half().float() if v.is_floating_point() else v for k, v in network.state_dict().items()}
    )
    golden = golden_logits(PytorchEngine(network), SIZE, golden_picture())
    write_entry(where, "unblend-lite2", replace(entry, golden=golden))
    return where


def golden_picture() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def batch(count: int) -> np.ndarray:
    return np.random.default_rng(1).random((count, 3, SIZE, SIZE), dtype=np.float32)


@pytest.mark.fidelity("4-19")
def test_a_loaded_detector_says_its_golden_logits(folder):
    detector = load_detector("unblend-lite2", weights=folder)
    assert golden_logits(detector.engine, SIZE, golden_picture()) == pytest.approx(
        detector.entry.golden, abs=1e-4
    )
    assert abs(detector.entry.golden[0]) > 1e-3


@pytest.mark.fidelity("0-2")
def test_the_size_and_margin_of_the_manifest_replace_those_of_the_spec(folder):
    detector = load_detector(weights=folder)
    assert (detector.input.size, detector.input.margin) == (SIZE, 0.3)
    assert detector.input.mean == detector.spec.input.mean
    assert detector.info.input == detector.input
    assert detector.info.weights_sha256 == detector.entry.sha256


def test_without_a_name_the_default_of_the_manifest_is_loaded(folder):
    assert load_detector(weights=folder).spec.name == "unblend-lite2"


def test_an_untrained_detector_cannot_be_asked(folder):
    with pytest.raises(
        WeightsError,
        match="sbi-efficientnet-b4 is not trained, so it cannot judge; trained are: unblend-lite2",
    ):
        load_detector("sbi-efficientnet-b4", weights=folder)


def test_an_unknown_name_is_answered_with_the_known_ones(folder):
    with pytest.raises(
        SettingsError, match=r"no detector is called 'sbi-b4'; there are: .*sbi-efficientnet-b4"
    ):
        load_detector("sbi-b4", weights=folder)


@pytest.mark.fidelity("1-23")
def test_an_unknown_engine_or_device_is_answered_with_the_known_ones(folder):
    with pytest.raises(EngineError, match="no engine is called 'tensorrt'; there are: pytorch, openvino"):
        load_detector(engine="tensorrt", weights=folder)
    for device in ("tpu", "meta", "cuda:99"):
        with pytest.raises(EngineError, match=f"'{device}'"):
            load_detector(device=device, weights=folder)


def test_a_margin_over_what_a_face_carries_is_refused(folder, tmp_path):
    write_entry(tmp_path, "unblend-lite2", make_entry(input=TrainedInput(size=SIZE, margin=0.6)))
    with pytest.raises(WeightsError, match="margin 0.6 is over 0.5"):
        load_detector(weights=tmp_path)


@pytest.mark.fidelity("4-18")
def test_a_logit_is_the_same_whatever_the_batch(folder):
    engine = load_detector(weights=folder).engine
    faces = batch(9)
    together = engine.logits(faces)
    assert together.shape == (9,)
    assert together.dtype == np.float32
    assert np.ptp(together) > 1e-3
    alone = np.concatenate([engine.logits(faces[place : place + 1]) for place in range(9)])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(engine.logits(faces[::-1])[::-1], together, atol=1e-5)


def test_the_same_batch_gives_the_same_bits(folder):
    engine, other = load_detector(weights=folder).engine, load_detector(weights=folder).engine
    faces = batch(6)
    assert engine.logits(faces).tobytes() == engine.logits(faces).tobytes() == other.logits(faces).tobytes()


def test_several_threads_get_their_own_answers(folder):
    engine = load_detector(weights=folder).engine
    faces = batch(8)
    alone = [engine.logits(faces[place : place + 2]).tobytes() for place in range(7)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda place: engine.logits(faces[place : place + 2]).tobytes(), range(7)))
    assert together == alone


def test_no_faces_give_no_logits(folder):
    assert load_detector(weights=folder).engine.logits(batch(0)).shape == (0,)


@pytest.mark.fidelity("0-2")
@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((3, SIZE, SIZE), np.float32),
        np.zeros((1, 1, SIZE, SIZE), np.float32),
        np.zeros((1, SIZE, SIZE, 3), np.float32),
        np.zeros((1, 3, SIZE, SIZE + 1), np.float32),
        np.zeros((1, 3, SIZE * 2, SIZE * 2), np.float32),
        np.zeros((1, 3, SIZE, SIZE), np.float64),
        np.zeros((1, 3, SIZE, SIZE), np.uint8),
        np.full((1, 3, SIZE, SIZE), 255, np.float32),
        np.full((1, 3, SIZE, SIZE), -0.01, np.float32),
        np.full((1, 3, SIZE, SIZE), np.nan, np.float32),
    ],
)
def test_an_engine_refuses_what_is_no_batch(wrong):
    with pytest.raises(ValueError, match="a batch"):
        make_engine("pytorch", torch.nn.Identity(), size=SIZE).logits(wrong)


def test_a_photo_is_scanned_into_its_facts_its_preview_and_its_faces(tmp_path):
    scanned = scan(save_picture(tmp_path / "a.png", 0.8), finder=FINDER)
    assert (scanned.media.kind, scanned.frames_read, scanned.tracked, len(scanned.faces)) == (
        "photo",
        1,
        False,
        1,
    )
    assert scanned.preview.image.shape == (48, 64, 3)
    assert set(scanned.seconds or {}) == {"decode", "find", "provenance"}


@pytest.mark.fidelity("1-9")
def test_with_already_cropped_the_whole_picture_is_the_face(tmp_path):
    scanned = scan(save_picture(tmp_path / "a.png", 0.8), cropped=True)
    assert [face.whole_picture for face in scanned.faces] == [True]
    assert scanned.faces[0].patch.shape == (48, 64, 3)
    assert Reason(ReasonKind.WHOLE_PICTURE) in judge(scanned, make_detector()).reasons


def test_what_cannot_be_read_raises_and_gives_no_answer(tmp_path):
    (tmp_path / "text.jpg").write_text("this is a text")
    with pytest.raises(MediaError, match=r"text\.jpg"):
        scan(tmp_path / "text.jpg", finder=FINDER)


def test_the_preview_of_a_video_is_the_frame_with_the_most_and_largest_faces(assets):
    sides = {2: [20], 3: [8, 8], 4: [8, 9], 5: [9, 8], 6: [60]}
    finder = FakeFinder(
        lambda frame: [
            make_face(frame=frame.index, time_s=frame.time_s, side=side)
            for side in sides.get(frame.index, [])
        ]
    )
    scanned = scan(assets / "clip_real.mp4", frames=8, finder=finder)
    assert scanned.preview.index == 4
    assert len(scanned.faces) == 8
    assert scanned.frames_read == 8


@pytest.mark.fidelity("2-13")
def test_a_short_clip_is_tracked_and_judged(assets):
    analysis = analyze(assets / "clip_real.mp4", make_detector(), frames=10, finder=FINDER)
    assert analysis.frames_read == 10
    assert analysis.tracked
    assert analysis.p_fake is not None


def test_an_analysis_says_who_judged_and_how_long_each_stage_took(tmp_path):
    analysis = analyze(save_picture(tmp_path / "a.png", 0.8), make_detector(), finder=FINDER)
    assert analysis.p_fake == pytest.approx(0.8, abs=1 / 255)
    assert analysis.verdict is Verdict.UNCERTAIN
    assert (analysis.detector.name, analysis.detector.engine) == ("unblend-lite2", "fake")
    assert set(analysis.seconds) == {"decode", "find", "provenance", "crop", "infer"}
    assert min(analysis.seconds.values()) >= 0


def test_a_file_without_a_face_has_all_stages_too(tmp_path):
    analysis = analyze(
        save_picture(tmp_path / "a.png", 0.8), make_detector(), finder=FakeFinder(lambda frame: [])
    )
    assert analysis.verdict is Verdict.NO_FACE
    assert set(analysis.seconds) == {"decode", "find", "provenance", "crop", "infer"}


def test_one_scan_serves_several_detectors_and_gives_the_same_answer_each_time(folder, tmp_path):
    scanned = scan(save_picture(tmp_path / "a.png", 0.3), finder=FINDER)
    detector = load_detector(weights=folder)
    first, second = judge(scanned, detector), judge(scanned, detector)
    assert first.p_fake == second.p_fake
    assert judge(scanned, make_detector()).p_fake == pytest.approx(0.3, abs=1 / 255)


def test_two_analyses_of_a_file_are_the_same_to_the_bit(folder, tmp_path):
    noise = np.random.default_rng(2).integers(0, 256, (60, 50, 3), dtype=np.uint8)
    path = tmp_path / "a.png"
    Pictures.fromarray(noise).save(path)
    answers = {analyze(path, load_detector(weights=folder), cropped=True).p_fake for _ in range(2)}
    assert len(answers) == 1


def test_faces_are_judged_in_batches_and_keep_their_order():
    detector = make_detector()
    levels = np.linspace(0.1, 0.9, 37)
    analysis = judge(make_scan(*(make_face(level) for level in levels)), detector)
    assert isinstance(detector.engine, FakeEngine)
    assert detector.engine.batches == [16, 16, 5]
    np.testing.assert_allclose([score.p_fake for score in analysis.face_scores], levels, atol=1 / 255)


def test_a_logit_that_is_no_number_never_becomes_an_answer():
    class Broken(FakeEngine):
        def logits(self, batch):
            return np.full(len(batch), np.nan, dtype=np.float32)

    with pytest.raises(EngineError, match="no finite number"):
        judge(make_scan(make_face(0.5)), replace(make_detector(), engine=Broken()))


def test_progress_rises_from_nothing_to_all(tmp_path):
    heard: list[float] = []
    analyze(
        save_picture(tmp_path / "a.png", 0.5),
        make_detector(),
        finder=FINDER,
        progress=lambda share, words: heard.append(share),
    )
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (0.0, 1.0)


def test_progress_can_stop_the_scan_of_a_video(assets):
    seen = []

    def stop_at_third(share: float, words: str) -> None:
        if len(seen) == 3:
            raise Stopped

    def find(frame):
        seen.append(frame.index)
        return []

    with pytest.raises(Stopped):
        scan(assets / "clip_real.mp4", finder=FakeFinder(find), progress=stop_at_third)
    assert len(seen) == 3


def test_progress_can_stop_the_judging():
    detector = make_detector()

    def stop(share: float, words: str) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        judge(make_scan(*[make_face(0.5)] * 40), detector, stop)
    assert isinstance(detector.engine, FakeEngine)
    assert detector.engine.batches == [16]
