"""Times what a click in the tab Learn waits for, on this machine: once after the detectors are loaded.

    python -m tools.time_lesson [ROUNDS]

The page adds what the browser takes to draw. Run it on an idle machine: figures are wall time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from detector.settings import Settings
from detector.ui.backend import Backend
from detector.ui.learn_events import LabHandlers, Tried, board_html
from detector.ui.learn_game import deal
from detector.ui.learn_lab import Lab, to_blend, to_fool

ROUNDS = 10


def main(rounds: int = ROUNDS) -> None:
    """Print the median and the longest time of each action."""
    backend = Backend(Settings.from_env({}))
    lab = Lab(backend)
    do = LabHandlers(backend, lab)
    do.blend(0, "hull", 40, 30, 100)  # loads every detector, finder and landmarks
    pairs = iter(deal(np.random.default_rng(0)).pairs)
    game = deal(np.random.default_rng(1))
    actions: dict[str, Callable[[int], object]] = {
        "a pair is shown": lambda _: board_html(game),
        "all detectors guess a new pair": lambda _: lab.guess(next(pairs)),
        "a face is blended anew": lambda number: do.blend(number % len(to_blend()), "hull", number, 30, 100),
        "a slider of the blend moves": lambda number: do.blend(0, "hull", 5 * number, 30, 100),
        "another fake is chosen": lambda number: do.fool(Tried(number % len(to_fool())), 100, 0),
        "a slider of the damage moves": lambda number: do.fool(Tried(0), 100 - 5 * number, 2 * number),
    }
    print(f"{len(backend.names())} detectors, {rounds} times each; CPU: seconds of all cores together")
    for words, action in actions.items():
        taken = [_time(action, number) for number in range(min(rounds, 10))]
        wall, cpu = (sorted(times) for times in zip(*taken, strict=True))
        said = f"median {statistics.median(wall):.2f} s, longest {wall[-1]:.2f} s"
        print(f"{words:32} {said}; CPU {statistics.median(cpu):.2f} s, {cpu[-1]:.2f} s")


def _time(action: Callable[[int], object], number: int) -> tuple[float, float]:
    """Seconds on the wall and of the CPU."""
    begin, used = time.perf_counter(), time.process_time()
    action(number)
    return time.perf_counter() - begin, time.process_time() - used


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
