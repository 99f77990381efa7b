"""A clip over time: the curve of each person on the scale of evidence, and the boxes its player draws."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from detector.evidence import GenuineClips
from detector.structures import Calibration, FaceScore
from detector.ui import pictures, texts
from detector.ui.check_view import choosable, subject
from detector.ui.evidence import Reach, place, zones
from detector.ui.html import render
from detector.ui.visits import Looked, people

WIDTH, HEIGHT = 1000.0, 240.0
"""Units of the sheet the curve is drawn on."""

STEEP = 5.0
"""Log-odds that stand at the ends of the sheet where scores were not weighed."""

TICKS = 6
LOOKS = 5
"""Lines that can be told apart."""


@dataclass(frozen=True)
class Band:
    """A stripe of the sheet from `top` to `bottom`; `kind` is how the style sheet calls it."""

    kind: str
    top: float
    bottom: float


@dataclass(frozen=True)
class Line:
    """One person's curve: its pieces as points, broken where frames were skipped."""

    title: str
    pieces: tuple[str, ...]
    look: int
    chosen: bool


@dataclass(frozen=True)
class Tick:
    """Words at a place of an axis, in percent."""

    words: str
    left: float = 0.0
    top: float = 0.0


def curve(looked: Looked, reach: Reach | None, clips: GenuineClips | None = None) -> Markup | str:
    """The curve of a video over the band of genuine `clips`; nothing of a photo, or without a face."""
    score, everybody = looked.score, people(looked.analysis)
    if looked.scan.media.kind != "video" or score is None:
        return ""
    weighed = _is_weighed([each for person in everybody for each in person.face_scores])
    end_s = looked.scan.media.duration_s or max(each.face.time_s for each in everybody[0].face_scores) or 1.0
    chosen = everybody[min(looked.person, len(everybody) - 1)]
    own, changes_s = chosen.face_scores, [change.time_s for change in chosen.changes]
    band = _band(clips, weighed, looked.analysis.detector.calibration) if clips else None
    lines = [
        Line(
            f"Person {number + 1}",
            _pieces(person.face_scores, end_s, weighed),
            number % LOOKS,
            number == looked.person,
        )
        for number, person in enumerate(everybody)
    ]
    return render(
        "check/curve",
        changes=list(changes_s),
        change_xs=[WIDTH * change / end_s for change in changes_s],
        left=0,
        right=WIDTH,
        end_s=f"{end_s:.3f}",
        label=_label(looked, changes_s),
        bands=_bands(reach) if weighed else [],
        genuine=band,
        lines=lines,
        now=WIDTH * score.face.time_s / end_s,
        ticks=[
            Tick(f"{end_s * step / (TICKS - 1):.1f} s", 100 * step / (TICKS - 1)) for step in range(TICKS)
        ],
        levels=_levels(weighed),
        last=len(own) - 1,
        moment=min(looked.moment, len(own) - 1),
        times=json.dumps([round(each.face.time_s, 2) for each in own]),
        time_s=score.face.time_s,
        note=" ".join(
            [
                texts.CURVE_NOTE if weighed else texts.CURVE_UNWEIGHED,
                *([texts.CURVE_GENUINE.format(n=clips.n)] if clips and band else []),
            ]
        ),
    )


def player(looked: Looked, source: str, copied: bool) -> Markup:
    """The clip with boxes that follow its people; `copied`: what plays is a copy made for the browser."""
    media = looked.scan.media
    size = (media.height, media.width)
    moments = [
        [
            [round(each.face.time_s, 3), *_rounded(pictures.place(each.face.box, size))]
            for each in sorted(person.face_scores, key=lambda score: score.face.time_s)
        ]
        for person in people(looked.analysis)
    ]
    faces = choosable(looked)
    return render(
        "check/player",
        source=source,
        poster="",
        name=media.name,
        moments=json.dumps(moments),
        person=looked.person,
        width=media.width,
        height=media.height,
        copied=copied,
        faces=faces,
        legend="People" if len(faces) != 1 else "Person",
    )


def _rounded(place: pictures.Place) -> list[float]:
    return [round(value, 2) for value in (place.left, place.top, place.width, place.height)]


def _is_weighed(scores: Sequence[FaceScore]) -> bool:
    return any(score.evidence is not None and score.evidence.lr not in (None, 1.0) for score in scores)


def _y(score: FaceScore, weighed: bool) -> float:
    """Where a score stands on the sheet: fake above."""
    if weighed:
        lr = score.evidence.lr if score.evidence else None
        return HEIGHT * (1 - place(lr or 1.0))
    p_fake = min(max(score.p_fake, 1e-6), 1 - 1e-6)
    return _y_of_log_odds(math.log(p_fake / (1 - p_fake)))


def _y_of_log_odds(log_odds: float) -> float:
    return HEIGHT * (1 - min(max(0.5 + log_odds / (2 * STEEP), 0.0), 1.0))


def _pieces(scores: Sequence[FaceScore], end_s: float, weighed: bool) -> tuple[str, ...]:
    pieces: list[list[str]] = [[]]
    last = None
    for score in sorted(scores, key=lambda score: score.face.frame_index):
        index = score.face.frame_index
        if last is not None and index - last > 1:
            pieces.append([])
        pieces[-1].append(f"{WIDTH * score.face.time_s / end_s:.1f},{_y(score, weighed):.1f}")
        last = index
    return tuple(" ".join(points if len(points) > 1 else points * 2) for points in pieces if points)


def _bands(reach: Reach | None) -> list[Band]:
    step = HEIGHT / 7
    return [
        Band(
            f"{zone.direction} {zone.strength.replace(' ', '-')}" + ("" if zone.reached else " unreached"),
            HEIGHT - step * (number + 1),
            HEIGHT - step * number,
        )
        for number, zone in enumerate(zones(reach))
    ]


def _band(clips: GenuineClips, weighed: bool, calibration: Calibration) -> Band | None:
    """Where the middle of genuine clips stands on the sheet; None where their ratios are not known."""
    if not weighed:
        low, high = (calibration.a * end + calibration.b for end in (clips.logit_low, clips.logit_high))
        return Band("genuine", _y_of_log_odds(high), _y_of_log_odds(low))
    if clips.lr_low is None or clips.lr_high is None:
        return None
    return Band("genuine", HEIGHT * (1 - place(clips.lr_high)), HEIGHT * (1 - place(clips.lr_low)))


def _levels(weighed: bool) -> list[Tick]:
    if not weighed:
        return [Tick("like fakes", top=8), Tick("like genuine", top=92)]
    return [Tick("fake", top=100 * 1 / 7), Tick("no support", top=50), Tick("genuine", top=100 * 6 / 7)]


def _label(looked: Looked, changes_s: Sequence[float]) -> str:
    """What the curve shows, for who does not see it."""
    moved = ", ".join(f"{change:.1f} s" for change in changes_s)
    changes = f"It changes at {moved}." if moved else "It has no marked change."
    return f"Scores of {subject(looked)} over {looked.scan.media.duration_s or 0:.1f} s. {changes}"
