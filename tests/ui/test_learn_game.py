"""The game of pairs: how it is dealt, guessed and scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.ui.learn_game import BLENDED_PAIRS, PAIRS, Game, Guess, Pair, Portrait, deal, portraits

REAL, FAKE = Portrait(Path("real.jpg"), "genuine"), Portrait(Path("fake.jpg"), "generated")
TWO = Game((Pair(FAKE, REAL), Pair(REAL, FAKE)))


def machines(*sides: int) -> list[Guess]:
    return [Guess(f"detector-{number}", f"Detector {number}", side) for number, side in enumerate(sides)]  # type: ignore[arg-type]


def test_a_pair_has_exactly_one_fake() -> None:
    for pictures in ((REAL, REAL), (FAKE, FAKE)):
        with pytest.raises(ValueError, match="one genuine picture and one fake"):
            Pair(*pictures)
    assert Pair(FAKE, REAL).answer == 0 and Pair(REAL, FAKE).answer == 1


def test_ten_pairs_are_dealt_without_a_picture_twice_and_half_of_the_fakes_on_each_side() -> None:
    for seed in range(20):
        pairs = deal(np.random.default_rng(seed)).pairs
        shown = [portrait for pair in pairs for portrait in pair.portraits]
        assert len(pairs) == PAIRS and len(set(shown)) == 2 * PAIRS
        assert sum(pair.answer for pair in pairs) == PAIRS // 2
        assert sum(pair.fake.kind == "blended" for pair in pairs) == BLENDED_PAIRS


def test_two_games_differ() -> None:
    assert deal(np.random.default_rng(1)) != deal(np.random.default_rng(2))
    assert deal(np.random.default_rng(1)) == deal(np.random.default_rng(1))


def test_every_picture_of_the_game_is_there() -> None:
    assert all(portrait.path.is_file() for portrait in portraits())
    assert all((portrait.mask is not None) is (portrait.kind == "blended") for portrait in portraits())


def test_the_truth_counts_for_you_and_for_the_machines() -> None:
    game = TWO.guess(0).hear(machines(0, 1)).move_on().guess(0).hear(machines(1, 1))
    assert game.yours.marks == (True, False)
    assert [(score.title, score.right) for score in game.theirs] == [("Detector 0", 2), ("Detector 1", 1)]


def test_a_pair_is_guessed_once() -> None:
    game = TWO.guess(1).guess(0)
    assert game.answered and game.yours.marks == (False,)


def test_the_next_pair_comes_only_after_you_and_the_machines_have_guessed() -> None:
    assert TWO.move_on() is TWO
    assert TWO.hear(machines(0)) is TWO
    assert TWO.guess(0).move_on().at == 0
    done = TWO.guess(0).hear(machines(0)).move_on()
    assert done.at == 1 and not done.answered and not done.finished
    done = done.guess(1).hear(machines(1)).move_on()
    assert done.finished and done.move_on() is done and done.guess(0) is done


def test_a_machine_that_was_not_there_at_every_pair_is_scored_on_those_it_saw() -> None:
    game = TWO.guess(0).hear(machines(0, 0)).move_on().guess(1).hear(machines(1))
    assert [len(score.marks) for score in game.theirs] == [2, 1]
