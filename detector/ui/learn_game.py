"""You or the machine: pairs of which one is fake, what people and machines guess of them, and the score."""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

import numpy as np

from detector.weights import find_assets

Kind = Literal["genuine", "generated", "blended"]

PAIRS = 10

BLENDED_PAIRS = 4
"""Of the pairs of a game so many have a blend; in the others the fake is generated."""

Side = Literal[0, 1]
"""0 is the left picture of a pair, 1 the right one."""


@dataclass(frozen=True)
class Portrait:
    """A picture of the lesson; `mask` shows where a blend was altered, None for the other kinds."""

    path: Path
    kind: Kind
    mask: Path | None = None

    @property
    def is_fake(self) -> bool:
        """The truth."""
        return self.kind != "genuine"


@dataclass(frozen=True)
class Pair:
    """Two portraits of which exactly one is fake."""

    left: Portrait
    right: Portrait

    def __post_init__(self) -> None:
        if self.left.is_fake == self.right.is_fake:
            raise ValueError("a pair is one genuine picture and one fake")

    @property
    def portraits(self) -> tuple[Portrait, Portrait]:
        """Left, then right."""
        return self.left, self.right

    @property
    def answer(self) -> Side:
        """Where the fake is."""
        return 0 if self.left.is_fake else 1

    @property
    def fake(self) -> Portrait:
        """The fake."""
        return self.portraits[self.answer]


@dataclass(frozen=True)
class Guess:
    """Which picture of a pair somebody takes for the fake; `name` is a detector's, empty: the visitor."""

    name: str
    title: str
    side: Side


@dataclass(frozen=True)
class Score:
    """How somebody fares: `marks` are right or wrong, a pair each."""

    name: str
    title: str
    marks: tuple[bool, ...]

    @property
    def right(self) -> int:
        """Pairs guessed right."""
        return sum(self.marks)


@dataclass(frozen=True)
class Game:
    """Ten pairs, the visitor's guesses so far, and what the machines guessed of the same pairs.

    `at` is the pair that is shown; it is answered once `guesses` reach past it. At `len(pairs)` all is done.
    """

    pairs: tuple[Pair, ...]
    guesses: tuple[Side, ...] = ()
    machines: tuple[tuple[Guess, ...], ...] = ()
    at: int = 0

    @property
    def finished(self) -> bool:
        """Whether the last pair is behind."""
        return self.at >= len(self.pairs)

    @property
    def answered(self) -> bool:
        """Whether the visitor has guessed the pair that is shown."""
        return len(self.guesses) > self.at

    @property
    def pair(self) -> Pair:
        """The pair that is shown."""
        return self.pairs[self.at]

    def guess(self, side: Side) -> Game:
        """The same after a guess; a second one of the same pair counts for nothing."""
        return self if self.finished or self.answered else replace(self, guesses=(*self.guesses, side))

    def hear(self, machines: Sequence[Guess]) -> Game:
        """The same with what the machines guess of the pair that was answered."""
        if not self.answered or len(self.machines) > self.at:
            return self
        return replace(self, machines=(*self.machines, tuple(machines)))

    def move_on(self) -> Game:
        """The next pair, once this one is answered and the machines have guessed too."""
        told = min(len(self.guesses), len(self.machines)) > self.at
        return replace(self, at=self.at + 1) if told else self

    @property
    def yours(self) -> Score:
        """The visitor's."""
        marks = (side == pair.answer for side, pair in zip(self.guesses, self.pairs, strict=False))
        return Score("", "You", tuple(marks))

    @property
    def theirs(self) -> tuple[Score, ...]:
        """The machines' scores, in the order in which they guessed the first pair."""
        if not self.machines:
            return ()
        by_name = [{guess.name: guess for guess in guesses} for guesses in self.machines]
        return tuple(
            Score(
                first.name,
                first.title,
                tuple(
                    guesses[first.name].side == pair.answer
                    for guesses, pair in zip(by_name, self.pairs, strict=False)
                    if first.name in guesses
                ),
            )
            for first in self.machines[0]
        )


@functools.cache
def portraits() -> tuple[Portrait, ...]:
    """The pictures that come with the program."""
    folder = find_assets() / "learn"
    with (folder / "index.csv").open(encoding="utf-8", newline="") as table:
        return tuple(
            Portrait(
                path=folder / row["file"],
                kind=cast(Kind, row["kind"]),
                mask=folder / row["mask"] if row["mask"] else None,
            )
            for row in csv.DictReader(table)
        )


def of_kind(kind: Kind) -> list[Portrait]:
    """Those of one kind."""
    return [portrait for portrait in portraits() if portrait.kind == kind]


def deal(rng: np.random.Generator) -> Game:
    """Ten pairs drawn anew: no picture twice, the fake on either side alike often."""

    def some(kind: Kind, count: int) -> list[Portrait]:
        known = of_kind(kind)
        return [known[place] for place in rng.permutation(len(known))[:count]]

    fakes = [*some("blended", BLENDED_PAIRS), *some("generated", PAIRS - BLENDED_PAIRS)]
    sides = rng.permutation([place % 2 for place in range(PAIRS)])
    order = rng.permutation(PAIRS)
    genuine = some("genuine", PAIRS)
    pairs = [
        Pair(fakes[place], real) if side == 0 else Pair(real, fakes[place])
        for place, real, side in zip(order, genuine, sides, strict=True)
    ]
    return Game(tuple(pairs))
