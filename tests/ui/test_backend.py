"""What is published while the page runs: figures and networks follow, and half a manifest breaks nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import gradio as gr
import numpy as np
import pytest

from detector.errors import WeightsError
from detector.metrics import Metrics, SourceMetrics
from detector.settings import Settings
from detector.ui.app import lay_out
from detector.ui.backend import _LOADED, Backend
from detector.weights import MANIFEST, read_manifest, write_entry
from tests.makers import add_random_detector, make_entry

NAME, OTHER = "unblend-lite2", "sbi-efficientnet-b4"
OLD = Metrics(test={"a": SourceMetrics(n=9, auc=0.9)}, cross={"b": SourceMetrics(n=9, auc=0.7)})
NEW = Metrics(test={"a": SourceMetrics(n=9, auc=0.8)}, cross={"b": SourceMetrics(n=9, auc=0.6)})


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder with one published detector; no test here runs its network unless it publishes one itself."""
    write_entry(tmp_path, NAME, make_entry(metrics=OLD))
    return tmp_path


@pytest.fixture
def backend(weights: Path) -> Backend:
    return Backend(replace(Settings.from_env({}), weights=weights))


def test_all_who_come_at_once_after_a_publish_are_told_of_it(backend: Backend, weights: Path) -> None:
    visitors = 6
    with ThreadPoolExecutor(visitors) as threads:
        for number in range(15):
            write_entry(weights, NAME, make_entry(gmacs=float(number)))
            together = threading.Barrier(visitors)
            told = threads.map(lambda barrier: (barrier.wait(), backend.entries)[1], [together] * visitors)
            assert {entries[NAME].gmacs for entries in told} == {float(number)}


def test_figures_published_while_it_runs_are_those_it_tells(backend: Backend, weights: Path) -> None:
    write_entry(weights, NAME, make_entry(metrics=NEW))
    assert backend.entries[NAME].metrics == NEW


def test_a_detector_published_while_it_runs_can_be_asked(backend: Backend, weights: Path) -> None:
    assert backend.untrained(OTHER)
    write_entry(weights, OTHER, make_entry(metrics=NEW), default=OTHER)
    assert not backend.untrained(OTHER)
    assert backend.default() == backend.trained(OTHER) == OTHER


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_half_a_manifest_leaves_what_was_there(backend: Backend, weights: Path, share: float) -> None:
    whole = (weights / MANIFEST).read_bytes()
    (weights / MANIFEST).write_bytes(whole[: round(share * len(whole))])
    assert backend.entries[NAME].metrics == OLD
    assert backend.default() == NAME
    (weights / MANIFEST).unlink()
    assert backend.entries[NAME].metrics == OLD
    write_entry(weights, NAME, make_entry(metrics=NEW))
    assert backend.entries[NAME].metrics == NEW


def test_weights_published_while_it_runs_are_loaded_once_and_judge(tmp_path: Path) -> None:
    add_random_detector(tmp_path, NAME, size=64)
    backend = Backend(replace(Settings.from_env({}), weights=tmp_path))
    before = backend.detector(NAME)
    assert backend.detector(NAME) is before
    add_random_detector(tmp_path, NAME, size=96)
    after = backend.detector(NAME)
    assert (before.input.size, after.input.size) == (64, 96)
    assert backend.detector(NAME) is after
    assert np.isfinite(after.engine.logits(np.zeros((1, 3, 96, 96), np.float32))).all()


def test_an_entry_of_a_detector_that_this_version_does_not_know_cannot_be_asked(
    backend: Backend, weights: Path
) -> None:
    write_entry(weights, "of-tomorrow", make_entry())
    with pytest.raises(WeightsError, match=f"of-tomorrow is not trained.*trained are: {NAME}$"):
        backend.detector("of-tomorrow")


def test_half_a_manifest_leaves_a_detector_that_nobody_asked_for_yet(tmp_path: Path) -> None:
    add_random_detector(tmp_path, NAME, size=64)
    backend = Backend(replace(Settings.from_env({}), weights=tmp_path))
    (tmp_path / MANIFEST).write_text('{"schema": 1, "det')
    assert backend.detector(NAME).input.size == 64


def loaded(page: gr.Blocks) -> dict[Any, Any]:
    """What a visitor's browser is told when it opens `page`: by the component's elem_id."""
    told: dict[Any, Any] = {}
    for event in page.fns.values():
        if (
            event.fn is not None
            and not event.inputs
            and ("load",) in {target[1:] for target in event.targets}
        ):
            value = cast(Any, event.fn)()
            values = value if len(event.outputs) > 1 else [value]
            told |= {output.elem_id: value for output, value in zip(event.outputs, values, strict=True)}
    return told


def test_a_page_that_is_opened_after_a_publish_shows_the_new_figures(backend: Backend, weights: Path) -> None:
    page = lay_out(backend)
    told = loaded(page)
    assert {"about", "check-bar"} <= set(told)
    assert OTHER not in told["check-bar"]
    write_entry(weights, OTHER, make_entry(metrics=NEW), default=OTHER)
    told = loaded(page)
    assert f'value="{OTHER}"' in told["check-bar"]
    (weights / MANIFEST).write_text("{")
    assert loaded(page) == told


def test_warming_up_loads_every_detector_and_passes_over_one_that_cannot_be(tmp_path: Path) -> None:
    for name in (NAME, OTHER):
        add_random_detector(tmp_path, name, size=64)
    broken = read_manifest(tmp_path)[NAME].file
    (tmp_path / broken).write_bytes(b"no weights")
    backend = Backend(replace(Settings.from_env({}), weights=tmp_path, detector=OTHER))
    assert backend.names() == (OTHER, NAME)
    backend.warm_up()
    assert {key.name for key in _LOADED if key.weights == tmp_path} == {OTHER}
