"""The tab Compare: rows, strips, curves, and the events that fill them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from detector.evidence import Fitted
from detector.evidence.fitted import KindScores
from detector.explain.maps import Lack, Method, Missing
from detector.settings import Settings
from detector.structures import Question
from detector.ui import compare_view as view
from detector.ui.backend import Backend
from detector.ui.compare_events import CompareHandlers, Parts
from detector.ui.compare_values import (
    LEVELS,
    Change,
    Compared,
    curves_of,
    mirrored,
    spread,
    strips_of,
    versions_of,
)
from detector.ui.explaining import Layer
from detector.zoo.specs import SPECS
from tests.makers import make_face, make_scan

LITE2 = SPECS["unblend-lite2"]


def fitted(**kinds: tuple[tuple[float, ...], tuple[str, ...], bool]) -> Fitted:
    """References alone, kind by kind: scores, groups, whether they are fakes."""
    references = tuple(
        KindScores(kind, is_fake, logits, groups, {}) for kind, (logits, groups, is_fake) in kinds.items()
    )
    return Fitted(1, LITE2.name, "0" * 64, Question.EITHER, "a test", 0, None, references)


def text(html: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_group_counts_once_however_many_pictures_it_has() -> None:
    strips = strips_of(LITE2, 0.0, fitted(snapshot=((-1.0, 1.0, 2.0), ("a", "b", "b"), False)))
    (strip,) = strips.strips
    assert strip.n == 2 and sum(strip.weights) == pytest.approx(1)
    assert strip.share_over(1.0) == pytest.approx(0.5) and strip.share_over(1.5) == pytest.approx(0.25)
    assert strip.share_over(-9) == pytest.approx(1)


def test_genuine_kinds_come_before_fakes_and_those_with_most_groups_first() -> None:
    strips = strips_of(
        LITE2,
        0.0,
        fitted(
            swap=((1.0,), ("a",), True),
            studio=((0.0,), ("a",), False),
            snapshot=((0.0, 1.0), ("a", "b"), False),
        ),
    )
    assert [strip.kind for strip in strips.strips] == ["snapshot", "studio", "swap"]


def test_the_face_lies_on_the_axis_however_far_out_it_is() -> None:
    strips = strips_of(LITE2, 9.0, fitted(swap=((0.0, 1.0), ("a", "b"), True)))
    assert 0 < strips.place(9.0) < 100 and strips.place(99) == 100 and strips.place(-99) == 0


def test_without_references_nothing_is_drawn_and_it_is_said() -> None:
    strips = strips_of(LITE2, 1.0, None)
    assert strips.strips == () and "were not kept" in view.strips([strips])


def test_strips_say_their_counts_without_a_script() -> None:
    shown = view.strips([strips_of(LITE2, 0.5, fitted(swap=((0.0, 1.0), ("a", "b"), True)))])
    assert 'aria-label="face swaps: 50 % of 2 people or videos score at least as high as this face"' in shown
    assert text(re.findall(r"<output.*?</output>", shown, re.DOTALL)[0]) == "50 % of 2"


def test_a_mirrored_face_is_the_same_place_of_the_mirrored_picture() -> None:
    face = make_face(side=8)
    face.patch[:, :4] = 0
    face.landmarks[:] = [[1, 2], [6, 2], [3, 4], [2, 6], [5, 6]]
    mirror = mirrored(face)
    assert (mirror.patch[:, 4:] == 0).all() and (mirror.patch[:, :4] > 0).all()
    assert mirror.landmarks.tolist() == [[1, 2], [6, 2], [4, 4], [2, 6], [5, 6]]
    np.testing.assert_array_equal(mirrored(mirror).patch, face.patch)
    np.testing.assert_allclose(mirrored(mirror).box, face.box)


@pytest.mark.parametrize("change", list(Change))
def test_every_change_leaves_size_and_place_of_the_face(change: Change) -> None:
    rng = np.random.default_rng(0)
    face = make_face(side=64)
    face.patch[:] = rng.integers(0, 255, face.patch.shape)
    versions = versions_of(face, change)
    assert versions[0].face is face and len(versions) == 1 + len(LEVELS[change])
    for version in versions[1:]:
        assert version.face.patch.shape == face.patch.shape
        assert (version.face.patch != face.patch).any()
    assert len({version.words for version in versions}) == len(versions)


def test_names_of_curves_are_apart_and_inside() -> None:
    assert spread([0, 1, 2], 17, 240) == [0, 17, 34]
    assert spread([230, 239, 240], 17, 240) == [206, 223, 240]
    assert spread([], 17, 240) == []
    curves = curves_of([(LITE2, (0.2, 0.5)), (SPECS["bnext-t"], (0.9, 0.51))])
    assert [curve.spec.short for curve in curves] == ["Lite2", "BNext T"]
    assert abs(curves[0].name_y - curves[1].name_y) >= 17 > 0 and curves[1].name_y < curves[0].name_y


def test_curves_are_told_in_words() -> None:
    versions = versions_of(make_face(side=16), Change.MIRROR)
    shown = view.curves(curves_of([(LITE2, (0.25, 0.5))]), versions)
    assert 'aria-label="Lite2: as it is 25 %, mirrored 50 %."' in shown


def test_a_map_that_there_is_not_has_its_reason() -> None:
    lack = Lack(Method.ATTENTION, Missing.ATTENTION, "lite2", "pytorch")
    assert view.map_cell(Layer("attention", None, missing="x"), lack).missing == (
        "none: only transformers attend"
    )
    drawn = view.map_cell(Layer("gradcam", np.zeros((4, 4, 4), np.uint8), "said", "shown"), None)
    assert drawn.source.startswith("data:image/png") and (drawn.caption, drawn.alt) == ("said", "shown")


@pytest.fixture(scope="module")
def handlers() -> CompareHandlers:
    with gr.Blocks():
        html = [gr.HTML() for _ in range(6)]
        parts = Parts(gr.State(), gr.State(), *html[:3], gr.Column(), *html[3:])
    return CompareHandlers(Backend(Settings()), parts)


class Request:
    """Who asks."""

    session_hash = "someone"


class Picked:
    """What was clicked."""

    def __init__(self, index: int = 0, value: str = "") -> None:
        self.index, self.value = index, value


@pytest.fixture(scope="module")
def steps(handlers: CompareHandlers) -> list[dict[object, object]]:
    """All that the first example writes."""
    return list(handlers.open_example(Change.MIRROR, Request(), Picked()))  # type: ignore[arg-type]


def written(steps: list[dict[object, object]], part: object) -> list[str]:
    """What was written to one part, in order."""
    return [str(step[part]) for step in steps if part in step]


def test_numbers_come_before_maps(handlers: CompareHandlers, steps: list[dict[object, object]]) -> None:
    parts, names = handlers.parts, handlers.backend.names()
    rows = written(steps, parts.rows)
    assert len(rows) == 1 + len(names)
    assert rows[0].count("being drawn") == 2 * len(names) and "being drawn" not in rows[-1]
    for name in names:
        assert f'data-name="{name}"' in rows[0]
    assert text(written(steps, parts.status)[-1]).startswith("All detectors have looked at")


def test_every_detector_says_what_it_says_alone(
    handlers: CompareHandlers, steps: list[dict[object, object]]
) -> None:
    compared = next(step[handlers.parts.compared] for step in steps if handlers.parts.compared in step)
    assert isinstance(compared, Compared)
    for name, judged in compared.judged.items():
        alone = handlers.backend.judge(handlers.backend.scan(view.examples()[0].path), name)
        assert judged.score.logit == pytest.approx(alone.face_scores[0].logit, abs=1e-3)
        assert judged.ms > 0
    saved = handlers.save_again(compared)
    assert "when the picture is saved again" in saved and saved.count("<tr data-name=") == len(
        compared.judged
    )


def test_attention_is_greyed_where_there_is_none(
    handlers: CompareHandlers, steps: list[dict[object, object]]
) -> None:
    last = written(steps, handlers.parts.rows)[-1]
    assert last.count("only transformers attend") == sum(
        name != "deit-distill-tiny" for name in handlers.backend.names()
    )


def test_what_comes_later_stops_what_came_before(handlers: CompareHandlers) -> None:
    first = handlers.open_example(Change.MIRROR, Request(), Picked())  # type: ignore[arg-type]
    next(first), next(first)
    second = handlers.open_example(Change.MIRROR, Request(), Picked(1))  # type: ignore[arg-type]
    next(second), next(second)
    assert list(first) == []
    second.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name, said",
    [
        ("no_face.jpg", "No face was found in no_face.jpg"),
        ("clip_real.mp4", "drop it on Check"),
        ("gone.jpg", "gone.jpg"),
    ],
)
def test_what_cannot_be_compared_is_said(
    handlers: CompareHandlers, assets: Path, name: str, said: str
) -> None:
    steps = list(handlers.open_file(str(assets / name), Change.JPEG, Request()))  # type: ignore[arg-type]
    assert said in text(written(steps, handlers.parts.status)[-1])
    assert not written(steps, handlers.parts.rows)


def test_several_faces_are_to_choose_from() -> None:
    faces = (make_face(side=40), make_face(side=40))
    shown = view.faces(Compared(make_scan(*faces).media, faces, 1, {}))
    assert shown.count('type="radio"') == 2 and 'value="1" data-act="face" checked' in shown
    assert text(view.faces(Compared(make_scan(faces[0]).media, faces[:1], 0, {}))) == ""
