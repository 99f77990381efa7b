"""The tab Learn: what its machines guess, what its lab makes, and what stands on the page then."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as Pictures

from detector.blending.by_hand import Touch
from detector.settings import Settings
from detector.structures import Direction, Evidence, Question, Reference, Strength
from detector.ui import learn_lab
from detector.ui.backend import Backend
from detector.ui.evidence import Like
from detector.ui.html import render
from detector.ui.learn import PRIORS, RATIOS
from detector.ui.learn_events import (
    GameHandlers,
    LabHandlers,
    Row,
    Tried,
    board_html,
    count_fake,
    row_of,
)
from detector.ui.learn_game import Game, Guess, Pair, deal, of_kind
from detector.ui.learn_lab import BANNER_PX, Damage, Lab
from detector.zoo.specs import SPECS

GAME = deal(np.random.default_rng(3))
MACHINES = [Guess("a", "Machine A", 0), Guess("b", "Machine B", 1)]


@pytest.fixture(scope="module")
def backend() -> Backend:
    return Backend(Settings.from_env({}))


@pytest.fixture(scope="module")
def lab(backend: Backend) -> Lab:
    return Lab(backend)


def event(act: str, value: object = None) -> SimpleNamespace:
    return SimpleNamespace(act=act, value=value)


def evidence(direction: Direction, strength: Strength, lr: float) -> Evidence:
    return Evidence(Question.EITHER, direction, strength, lr, lr / 2, lr * 2)


WEAK = evidence(Direction.FAKE, Strength.WEAK, 4.0)
NOTHING = evidence(Direction.NONE, Strength.NONE, 1.0)
REAL = evidence(Direction.REAL, Strength.WEAK, 0.2)
UNFITTED = row_of(SPECS["unblend-lite2"], None)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_machine_guesses_the_picture_it_gives_the_higher_logit(backend: Backend, lab: Lab) -> None:
    pair = Pair(of_kind("blended")[2], of_kind("genuine")[3])
    guesses = lab.guess(pair)
    assert [guess.name for guess in guesses] == list(backend.names())
    for guess in guesses:
        logits = [
            backend.judge(backend.scan(portrait.path), guess.name).deciding.logit  # type: ignore[union-attr]
            for portrait in pair.portraits
        ]
        assert guess.side == int(np.argmax(logits)) and guess.title == SPECS[guess.name].short
    turned = lab.guess(Pair(pair.right, pair.left))
    assert [guess.side for guess in turned] == [1 - guess.side for guess in guesses]


def test_before_the_guess_nothing_tells_the_truth() -> None:
    html = board_html(GAME)
    assert "Which one is fake?" in html and html.count("<img") == 2
    assert not re.search(
        r"Genuine|Stable Diffusion|blended_|genuine_|generated_", html.split("<p class", 2)[1]
    )
    assert len(re.findall(r'data-act="guess"', html)) == 2


def test_after_the_guess_the_truth_and_both_scores_are_told() -> None:
    game = GAME.guess(GAME.pair.answer)
    assert "still looking" in board_html(game)
    html = words(board_html(game.hear(MACHINES)))
    side = ("left", "right")[GAME.pair.answer]
    assert f"Right : the {side} one is fake." in html.replace("Right:", "Right :")
    assert "Genuine" in html and "Fake" in html and "Machine A" in html
    assert len(re.findall(r"\b1 of 1\b", html)) == 2 and len(re.findall(r"\b0 of 1\b", html)) == 1


def test_the_result_has_everyones_score_and_every_fake() -> None:
    game = GAME
    while not game.finished:
        game = game.guess(game.pair.answer).hear(MACHINES).move_on()
    html = board_html(game)
    assert "You found 10 of 10" in html and html.count("<img") == 10
    assert words(html).count("5 of 10") == 2


def test_the_board_goes_from_pair_to_pair(lab: Lab) -> None:
    do = GameHandlers(lab, "board", "game")  # type: ignore[arg-type]
    shown = do.act(None, event("again"))  # type: ignore[arg-type]
    game = shown["game"]
    assert isinstance(game, Game) and do.begin(game) == do.ask_machines(game)  # both leave all as it is
    guessed = do.act(game, event("guess", "0"))["game"]  # type: ignore[arg-type]
    asked = do.ask_machines(guessed)["game"]
    assert list(asked.machines[0]) == lab.guess(game.pair)
    assert do.act(asked, event("next"))["game"].at == 1  # type: ignore[arg-type]


def test_a_blend_is_judged_mapped_and_can_be_taken_away_marked(backend: Backend, lab: Lab) -> None:
    html = LabHandlers(backend, lab).blend(1, "hull", 40, 30, 100)
    assert all(SPECS[name].short in html for name in backend.names())
    assert re.search(r"\d+ %</b> of the push to fake lies inside it|Nothing in this face", html)
    saved = re.search(r'href="data:image/jpeg;base64,([^"]+)"', html)
    assert saved is not None
    with Pictures.open(io.BytesIO(base64.b64decode(saved.group(1)))) as picture:
        assert b"altered" in picture.info["comment"]
        foot = np.asarray(picture.convert("RGB"), dtype=int)[-BANNER_PX + 3 : -3]
    red, green, blue = foot.reshape(-1, 3).T
    assert ((red - blue > 100) & (green < 120)).mean() > 0.5


def test_a_ratio_of_nothing_says_that_nothing_is_altered(backend: Backend, lab: Lab) -> None:
    html = words(LabHandlers(backend, lab).blend(2, "eyes", 40, 30, 0))
    assert "Nothing is altered: this is the photograph itself." in html and "inside it" not in html


@pytest.mark.parametrize("place", range(6))
def test_every_face_of_the_lab_is_found_and_can_be_blended(lab: Lab, place: int) -> None:
    sitter = lab.sitter(learn_lab.to_blend()[place].path)
    made = learn_lab.blend(sitter, Touch("hull", 0.4, 0.3, 1.0))
    middle = np.argwhere(made.mask > 0.5).mean(axis=0)[::-1]
    x1, y1, x2, y2 = sitter.face.box
    assert x1 < middle[0] < x2 and y1 < middle[1] < y2
    assert lab.sitter(learn_lab.to_fool()[place].path).face.finder_score > 0.9


def test_another_version_of_a_picture_keeps_its_face(lab: Lab) -> None:
    sitter = lab.sitter(learn_lab.to_blend()[1].path)
    worse = learn_lab.damage(sitter.image, Damage(quality=10, sigma=20))
    (face,) = sitter.scan(worse).faces
    assert np.array_equal(face.box, sitter.face.box) and face.patch.shape == sitter.face.patch.shape
    assert sitter.scan(worse).media.sha256 != sitter.scan(sitter.image).media.sha256


def test_no_damage_leaves_the_picture_as_it_is_and_the_grain_is_always_the_same(lab: Lab) -> None:
    image = lab.sitter(learn_lab.to_fool()[0].path).image
    assert learn_lab.damage(image, Damage()) is image
    grained = Damage(sigma=10)
    assert np.array_equal(learn_lab.damage(image, grained), learn_lab.damage(image, grained))
    assert np.abs(learn_lab.damage(image, Damage(quality=5)).astype(int) - image).mean() > 3


def test_tries_are_kept_once_each_and_forgotten_with_another_fake(backend: Backend, lab: Lab) -> None:
    do = LabHandlers(backend, lab)
    tried, _ = do.fool(Tried(3), 100, 0)
    tried, html = do.fool(tried, 30, 10)
    tried, again = do.fool(tried, 30, 10)
    assert [damage for damage, _ in tried.damages] == [Damage(30, 10), Damage(100, 0)]
    assert "JPEG quality 30, noise 10" in words(html) and words(html) == words(again)
    assert do.choose_fake(event("subject", "4")) == Tried(4)  # type: ignore[arg-type]


def scored(share: float, found: Evidence = NOTHING) -> Row:
    """A detector's row where so large a share of 200 genuine snapshots scores as high."""
    reference = Reference("snapshot", is_fake=False, n=200, share=share)
    return row_of(SPECS["unblend-lite2"], replace(found, references=(reference,), nearest="snapshot"))


@pytest.mark.parametrize(
    "before, after, said",
    [
        (scored(0.01, WEAK), scored(0.01, WEAK), "1 of 1 has evidence that it is fake."),
        (scored(0.01, WEAK), scored(0.3), "Fooled. 1 of 1 had evidence that it is fake; now none has."),
        (scored(0.01), scored(0.01), "1 of 100 genuine snapshots score as high as this fake with Lite2."),
        (
            scored(0.01),
            scored(0.2),
            "score as high as this fake with Lite2 (1 before). At half of all",
        ),
        (scored(0.01), scored(0.5), "Fooled. To Lite2 it looks like an ordinary genuine picture: 50 of 100"),
        (UNFITTED, UNFITTED, "No detector here has evidence on this picture to begin with."),
    ],
)
def test_fooling_says_what_is_left_to_notice(before: Row, after: Row, said: str) -> None:
    html = render(
        "learn/fooled",
        original="",
        damaged="",
        done=Damage(30),
        started=count_fake([before]),
        left=count_fake([after]),
        before=[before],
        rows=[after],
        zones=[],
        tried=(),
    )
    assert said in words(html)


def test_only_evidence_towards_fake_counts_against_a_fake() -> None:
    assert count_fake([scored(0.1, WEAK), scored(0.1), scored(0.1, REAL), UNFITTED]) == 1


def test_a_count_is_of_the_kind_most_like_the_face_and_none_where_none_was_tested() -> None:
    assert scored(0.125).like == Like(12, 100, "genuine snapshots", "high")
    assert scored(0.125, REAL).like == Like(12, 100, "genuine snapshots", "low")
    assert UNFITTED.like is None and UNFITTED.words == "Not weighed"


def test_the_push_inside_the_mask_is_its_share() -> None:
    pushed, mask = np.zeros((4, 4), np.float32), np.zeros((4, 4), np.float32)
    pushed[0, 0], pushed[3, 3], pushed[1, 1] = 3.0, 1.0, -5.0
    mask[:2, :2] = 0.5
    assert learn_lab.share_inside(pushed, mask) == pytest.approx(0.75)
    assert learn_lab.share_inside(-np.abs(pushed), mask) is None
    assert learn_lab.share_inside(pushed, np.zeros_like(mask)) is None


def test_the_slider_starts_without_an_assumption_and_its_stops_rise() -> None:
    html = render("learn/why", ratios=RATIOS, stops=PRIORS)
    slider = re.search(r'<input id="why-prior"[^>]+>', html)
    assert slider is not None and 'value="0"' in slider.group() and "no assumption" in slider.group()
    assert list(PRIORS) == sorted(PRIORS) and all(0 < prior < 1 for prior in PRIORS)
