"""What the events of the tab Learn do: guesses into scores, sliders into pictures and what detectors say."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import gradio as gr
import numpy as np
import PIL.Image
from markupsafe import Markup

from detector.blending.by_hand import Touch
from detector.blending.masks import MaskShape
from detector.explain.words import alt_text, caption
from detector.statements import heading
from detector.structures import Analysis, Direction, Evidence
from detector.ui import learn_lab, pictures
from detector.ui.evidence import Dot, Like, genuine_like, zones
from detector.ui.html import render
from detector.ui.learn_game import Game, Portrait, Side, deal
from detector.ui.learn_lab import Damage, Lab
from detector.zoo.specs import SPECS, DetectorSpec

if TYPE_CHECKING:
    from detector.ui.backend import Backend

Updates = dict[Any, Any]

TRIES_SHOWN = 8


class GameHandlers:
    """You or the machine: `board` shows the `game` that the session plays."""

    def __init__(self, lab: Lab, board: gr.HTML, game: gr.State) -> None:
        self.lab, self.board, self.game = lab, board, game
        self.outputs = [game, board]

    def begin(self, game: Game | None) -> Any:
        """The first pair, where none is shown yet."""
        return gr.skip() if game is not None else self._show(deal(np.random.default_rng()))

    def act(self, game: Game | None, event: gr.EventData) -> Updates:
        """A guess, the next pair, another game."""
        if game is None or event.act == "again":
            return self._show(deal(np.random.default_rng()))
        if event.act == "guess":
            return self._show(game.guess(cast(Side, int(event.value))))
        return self._show(game.move_on())

    def ask_machines(self, game: Game | None) -> Any:
        """What the machines say of the pair that is shown; before the visitor's guess nothing of it is told,
        but it is known by then.
        """
        if game is None or game.finished:
            return gr.skip()
        guesses = self.lab.guess(game.pair)
        awaited = game.answered and len(game.machines) <= game.at
        return self._show(game.hear(guesses)) if awaited else gr.skip()

    def _show(self, game: Game) -> Updates:
        return {self.game: game, self.board: board_html(game)}


def board_html(game: Game) -> Markup:
    """The pair that is shown, or the result."""
    if game.finished:
        return render("learn/result", game=game, fakes=[_as_it_is(pair.fake.path) for pair in game.pairs])
    sources = [
        _truth(portrait) if game.answered else _as_it_is(portrait.path) for portrait in game.pair.portraits
    ]
    return render("learn/pair", game=game, sources=sources)


def _as_it_is(path: Path) -> str:
    """A picture's own bytes in an address, so that people see what machines are given."""
    kind = {".png": "png"}.get(path.suffix, "jpeg")
    return f"data:image/{kind};base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def _truth(portrait: Portrait) -> str:
    if portrait.mask is None:
        return _as_it_is(portrait.path)
    mask = np.asarray(PIL.Image.open(portrait.mask), dtype=np.float32) / np.float32(255)
    return pictures.data_uri(learn_lab.outlined(pictures.read(portrait.path), mask))


@dataclass(frozen=True)
class Tried:
    """What a session did to its fake: the damages, the latest first, and how many genuine pictures scored as
    high then.
    """

    subject: int = 0
    damages: tuple[tuple[Damage, str], ...] = ()


class LabHandlers:
    """Blend it yourself and Fool it."""

    def __init__(self, backend: Backend, lab: Lab) -> None:
        self.backend, self.lab = backend, lab

    def blend(self, subject: int, shape: str, shift: float, feather: float, ratio: float) -> Markup:
        """A blend, what each detector says of it, and the default's map against the true mask."""
        chosen = learn_lab.to_blend()[subject]
        sitter = self.lab.sitter(chosen.path)
        touch = Touch(cast(MaskShape, shape), shift / 100, feather / 100, ratio / 100)
        made = learn_lab.blend(sitter, touch)
        analyses = self.lab.judge(sitter, made.fake)
        name, analysis = next(iter(analyses.items()))
        if analysis.deciding is None:
            raise ValueError(f"{chosen.path.name} has no face")
        pushed = self.lab.map(analysis.deciding, name)
        saved = base64.b64encode(learn_lab.marked_jpeg(made.fake)).decode("ascii")
        return render(
            "learn/blended",
            title=chosen.title,
            made=pictures.data_uri(made.fake),
            mapped=pictures.data_uri(pushed.against(made.mask)),
            seen=alt_text(pushed.reading),
            caption=caption(pushed.reading),
            inside=pushed.share_inside(made.mask),
            altered=bool(made.mask.max() > 0),
            judge=SPECS[name].short,
            rows=rows(analyses),
            before=rows(self.lab.judge_as_it_is(chosen.path)),
            zones=zones(self.backend.reach()),
            download=f"data:image/jpeg;base64,{saved}",
        )

    def enter_blending(
        self, subject: int, shape: str, shift: float, feather: float, ratio: float, event: gr.EventData
    ) -> Any:
        """A blend to begin with, as soon as its part is shown."""
        return self.blend(subject, shape, shift, feather, ratio) if event.value == "2" else gr.skip()

    def choose(self, event: gr.EventData) -> int:
        """Another face."""
        return int(event.value)

    def enter_fooling(self, tried: Tried, quality: float, sigma: float, event: gr.EventData) -> Any:
        """The fake as it is, as soon as its part is shown."""
        return self.fool(tried, quality, sigma) if event.value == "4" else gr.skip()

    def choose_fake(self, event: gr.EventData) -> Tried:
        """Another fake: what was tried with the one before is forgotten."""
        return Tried(int(event.value))

    def fool(self, tried: Tried, quality: float, sigma: float) -> tuple[Tried, Markup]:
        """A fake after JPEG and noise: what each detector says, beside what it said before."""
        path = learn_lab.to_fool()[tried.subject].path
        sitter = self.lab.sitter(path)
        done = Damage(int(quality), float(sigma))
        worse = learn_lab.damage(sitter.image, done)
        before, after = rows(self.lab.judge_as_it_is(path)), rows(self.lab.judge(sitter, worse))
        if not tried.damages or tried.damages[0][0] != done:
            like = after[0].like
            said = "not measured" if like is None else f"{like.hits} of {like.of}"
            tried = replace(tried, damages=((done, said), *tried.damages)[:TRIES_SHOWN])
        shown = render(
            "learn/fooled",
            original=pictures.data_uri(sitter.image, lossless=True),
            damaged=pictures.data_uri(worse, lossless=True),
            done=done,
            started=count_fake(before),
            left=count_fake(after),
            before=before,
            rows=after,
            zones=zones(self.backend.reach()),
            tried=tried.damages,
        )
        return tried, shown


@dataclass(frozen=True)
class Row:
    """What a detector says of a picture: its dot on the scale, in words, and beside genuine ones."""

    dot: Dot
    words: str
    like: Like | None

    @property
    def points(self) -> bool:
        """Whether its evidence points either way."""
        return self.dot.evidence is not None and self.dot.evidence.direction is not Direction.NONE


def rows(analyses: Mapping[str, Analysis]) -> list[Row]:
    """What each detector says of the face that decides."""
    return [
        row_of(SPECS[name], analysis.deciding.evidence if analysis.deciding else None)
        for name, analysis in analyses.items()
    ]


def row_of(spec: DetectorSpec, evidence: Evidence | None) -> Row:
    """What one detector says."""
    weighed = evidence is not None and evidence.lr is not None
    return Row(
        Dot(spec.name, spec.short, evidence),
        heading(evidence) if evidence is not None and weighed else "Not weighed",
        genuine_like(evidence),
    )


def count_fake(rows: Sequence[Row]) -> int:
    """How many have evidence that the picture is fake."""
    found = (row.dot.evidence for row in rows)
    return sum(evidence is not None and evidence.direction is Direction.FAKE for evidence in found)
