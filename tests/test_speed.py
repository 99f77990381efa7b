"""What tools/speed.py and tools/precision.py make of what they measure."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from detector.pipeline import Detector, judge
from detector.structures import Analysis
from tests.makers import make_detector, make_face, make_scan
from tools.precision import Judged, Said, compared
from tools.speed import EAGER, ENGINES, at_rest, beside_table, cpu_s, engines_of, face_table, geometric_mean


def said(detector: Detector, logit: float) -> Analysis:
    return judge(make_scan(make_face()), replace(detector, engine=Said(logit)))


def test_the_table_of_faces_says_how_many_times_faster_each_engine_is() -> None:
    faces = {
        "a": dict(zip(ENGINES, (40.0, 20.0, 10.0, 5.0), strict=True)),
        "b": dict(zip(ENGINES, (10.0, 10.0, 10.0, 10.0), strict=True)),
    }
    lines = face_table(faces).splitlines()
    assert "| a | 40.0 (1.0) | 20.0 (2.0) | 10.0 (4.0) | 5.0 (8.0) |" in lines
    assert "| geometric mean | (1.00) | (1.41) | (2.00) | (2.83) |" in lines
    assert geometric_mean([1.0, 4.0]) == pytest.approx(2.0)


def test_the_table_of_processes_says_what_is_left() -> None:
    assert "| quiet | 30.0 | 12.0 | 40% |" in beside_table({"quiet": (30.0, 12.0)})


def test_every_engine_of_the_table_runs_the_same_network() -> None:
    torch.manual_seed(0)
    convolution = torch.nn.Conv2d(3, 1, 3, 2)
    network = torch.nn.Sequential(convolution, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(0)).eval()
    face = np.random.default_rng(0).random((1, 3, 32, 32), dtype=np.float32)
    logits = {name: float(np.ravel(run(face))[0]) for name, run in engines_of(network, 32).items()}
    assert list(logits) == list(ENGINES)
    assert list(logits.values()) == pytest.approx(4 * [logits[EAGER]], abs=1e-2)
    assert logits["OpenVINO fp32"] == pytest.approx(logits[EAGER], abs=1e-6)


def test_rounding_is_told_as_auc_lost_the_move_of_p_fake_and_words_that_change() -> None:
    detector, judged = make_detector(), Judged()
    for label, reference, other in ((0, -2.0, -2.0), (0, 0.0, 1.5), (1, 1.0, 1.0), (1, 3.0, 3.0)):
        judged.add(label, "pytorch", said(detector, reference))
        judged.add(label, "rounded", said(detector, other))
    offer = compared(judged, "rounded", 64 * "a")
    assert (offer.weights, offer.faces, offer.auc_pytorch, offer.auc) == (12 * "a", 4, 1.0, 0.75)
    expected = abs((said(detector, 1.5).p_fake or 0) - (said(detector, 0.0).p_fake or 0))
    assert offer.p_fake_moves == pytest.approx(expected, abs=1e-5)
    assert offer.lost == pytest.approx(0.25)


def test_time_and_memory_of_a_process_at_rest_are_read() -> None:
    assert 0 < cpu_s(os.getpid()) < 3600
    with subprocess.Popen([sys.executable, "-c", "held = b'1' * 50_000_000; input()"], stdin=-1) as process:
        memory = at_rest(process.pid)
        process.kill()
    assert 47 < memory.own_mb < memory.resident_mb < 200
