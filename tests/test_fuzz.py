"""The tool that tries mutated files: that its cases can be had again, and that it tells what it finds."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from tools import fuzz


def test_a_case_is_a_function_of_seed_and_number() -> None:
    seeds = [bytes(range(200)), b"x" * 300]
    first, again, other = (list(fuzz.cases("photos", seeds, seed, 20)) for seed in (0, 0, 1))
    assert first == again != other
    assert sum(content in seeds for _, content in first) < 5


@pytest.mark.parametrize("mutation", fuzz.MUTATIONS)
def test_every_mutation_takes_the_shortest_files(mutation: fuzz.Mutation) -> None:
    for number in range(50):
        rng = np.random.default_rng(number)
        assert isinstance(mutation(bytearray(b"abcd"), b"wxyz", rng), bytearray)


def test_seeds_are_of_every_format_and_all_are_read(tmp_path: Path) -> None:
    assert len(fuzz.photos()) > 40
    path = tmp_path / "seed"
    for content in fuzz.videos():
        path.write_bytes(content)
        assert fuzz.outcome(path) == "read"


def test_a_few_mutated_files_are_read_or_refused_in_time(tmp_path: Path) -> None:
    for kind, seeds, count in (("photos", fuzz.photos(), 100), ("videos", fuzz.videos(), 10)):
        tally = fuzz.fuzz(kind, seeds, 7, count, time.monotonic() + 60, tmp_path)
        assert not tally.findings
        assert tally.outcomes["refused"] > 0
        assert tally.row(kind).startswith(f"| {kind} | ")
