"""The choice among the detectors, and what the page and its API say of one that is not trained."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any, cast

import gradio as gr
import pytest

from detector.manifest import Entry
from detector.metrics import Metrics, SourceMetrics
from detector.pipeline import judge
from detector.settings import Settings
from detector.structures import Scan
from detector.ui import api, picker
from detector.ui.backend import Backend
from detector.ui.panel import Shown, build_panel
from detector.ui.photo_events import Many, PhotoHandlers
from detector.weights import write_entry
from detector.zoo.specs import SPECS
from tests.makers import make_detector, make_entry, make_face, make_scan

TRAINED = "unblend-lite2"
MEASURED = Metrics(
    test={"a": SourceMetrics(n=9, auc=0.9), "b": SourceMetrics(n=9, auc=0.8)},
    cross={"c": SourceMetrics(n=9, auc=0.7)},
)


class NoScan(Backend):
    """A backend that must not be asked to look at a file."""

    def scan(self, *_: Any, **__: Any) -> Scan:
        raise AssertionError("no file is to be read for a detector that cannot judge")


def judged() -> Shown:
    """A photo of one face that the trained detector judged."""
    scan = make_scan(make_face(0.5))
    return Shown("a.jpg", scan, judge(scan, make_detector()))


@pytest.fixture
def backend(tmp_path: Path) -> Backend:
    write_entry(tmp_path, TRAINED, make_entry(metrics=MEASURED))
    return NoScan(replace(Settings.from_env({}), weights=tmp_path))


@pytest.fixture
def handlers(backend: Backend) -> PhotoHandlers:
    with gr.Blocks():
        many = Many(gr.Column(), gr.Dataframe(), gr.HTML())
        return PhotoHandlers(backend, build_panel(), many, gr.State(()), gr.State(None), gr.State(False))


def test_all_are_listed_in_the_order_of_the_zoo_under_their_systems(backend: Backend) -> None:
    with gr.Blocks():
        shown = picker.detector_picker(backend, "one")
    assert shown.value == TRAINED
    choices = shown.props["choices"]
    names = re.findall(r'(?:optgroup label|option value)="([^"]+)"', choices)
    expected = [
        entry
        for system in dict.fromkeys(spec.system for spec in SPECS.values())
        for entry in (system, *(name for name, spec in SPECS.items() if spec.system == system))
    ]
    assert names == expected
    assert choices.count('class="untrained"') == choices.count("(not&nbsp;trained)") == len(SPECS) - 1
    assert f"1 of {len(SPECS)} are trained" in choices


def test_the_words_of_the_list_are_no_part_of_what_gradio_fills_in(backend: Backend) -> None:
    with gr.Blocks():
        assert picker.detector_picker(backend, "one").html_template == "${choices}"


def note(name: str, entries: dict[str, Entry]) -> str:
    """What stands under the list on the detector `name`, as a reader sees it."""
    shown = re.search(
        rf'<p data-detector="{name}"[^>]*>(.*?)</p>', picker.offer_list(entries, TRAINED, "one"), re.DOTALL
    )
    assert shown is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", "", shown[1])).split())


def test_the_note_of_a_trained_one_has_both_figures_and_of_an_untrained_one_none() -> None:
    good_for = SPECS["bnext-t"].good_for
    assert note("bnext-t", {"bnext-t": make_entry(metrics=MEASURED)}) == (
        f"{good_for} AUC in-domain 0.850, cross-dataset 0.700."
    )
    half = make_entry(metrics=replace(MEASURED, cross={}))
    assert note("bnext-t", {"bnext-t": half}).endswith("cross-dataset not measured.")
    assert note("bnext-t", {}) == (
        f"Not trained. {good_for} Its weights do not come with this program, so it cannot judge."
    )


def test_an_untrained_detector_is_refused_and_the_photo_kept(handlers: PhotoHandlers) -> None:
    shown = cast(Shown, object())
    answer = handlers.judge_again(("a.jpg",), shown, "bnext-t", False, cast(Any, None))
    assert "Not trained" in answer[handlers.panel.verdict]
    assert SPECS[TRAINED].title in unescape(answer[handlers.panel.verdict])
    assert not answer.keys() & {handlers.shown, handlers.paths}


def test_a_photo_dropped_while_an_untrained_detector_is_chosen_waits_for_another(
    handlers: PhotoHandlers,
) -> None:
    answer = handlers.judge_paths(["a.jpg"], "bnext-t", False, cast(Any, None))
    assert "Not trained" in answer[handlers.panel.verdict]
    assert answer[handlers.paths] == ("a.jpg",)
    assert answer[handlers.shown] is None


def test_nothing_is_explained_by_a_detector_that_did_not_judge(handlers: PhotoHandlers) -> None:
    updates = handlers.look(judged(), "bnext-t", True)
    assert updates[handlers.panel.planes] == ""
    assert updates[handlers.panel.heat]["value"] is None


def test_unfolding_gives_four_pictures_and_says_which_the_detector_was_given(handlers: PhotoHandlers) -> None:
    shown = handlers.unfold(judged())
    assert shown[handlers.unfolded] is True
    planes = shown[handlers.panel.planes]
    assert planes.count("<img") == planes.count("<figcaption>") == 4
    assert planes.count("given here") == 1
    assert "the colours and nothing else" in planes


def test_unfolding_without_a_face_gives_nothing(handlers: PhotoHandlers) -> None:
    assert handlers.unfold(None)[handlers.panel.planes] == ""


def test_the_api_refuses_before_it_reads_the_file(backend: Backend) -> None:
    with pytest.raises(gr.Error) as refused:
        api.report(backend, "a.jpg", "bnext-t", False)
    assert refused.value.message == f"bnext-t is not trained, so it cannot judge; trained are: {TRAINED}"
