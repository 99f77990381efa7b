"""What a machine holds, and what is said when it holds too little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from detector.errors import SettingsError
from detector.train.autotune import (
    activation_bytes,
    fewest_parts,
    free_memory,
    is_out_of_memory,
    largest,
    memory_advice,
    with_batch,
)
from detector.train.distributed import Processes
from detector.train.recipe import parse_recipe
from detector.train.run import _fit, train
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.train.makers import TINY, make_data, tiny
from tests.train.test_run import write_recipe


@pytest.mark.fidelity("0-23")
@pytest.mark.parametrize("limit", range(34))
def test_the_largest_number_that_fits_is_found(limit: int) -> None:
    asked: list[int] = []

    def fits(pairs: int) -> bool:
        asked.append(pairs)
        return pairs <= limit

    assert largest(fits, 32) == min(max(1, limit), 32)
    assert len(asked) <= 10
    assert max(asked) <= 32


@pytest.mark.fidelity("0-23")
@pytest.mark.parametrize(
    ("pairs", "fitting", "processes", "parts"),
    [(8, 8, 1, 1), (8, 7, 1, 2), (8, 3, 1, 4), (8, 1, 1, 8), (16, 3, 2, 4), (6, 4, 1, 2)],
)
def test_a_step_falls_into_the_fewest_equal_parts(
    pairs: int, fitting: int, processes: int, parts: int
) -> None:
    assert fewest_parts(pairs, fitting, processes) == parts


def test_pairs_that_processes_cannot_share_are_refused() -> None:
    with pytest.raises(SettingsError, match="5 pairs cannot be shared by 2 processes"):
        fewest_parts(5, 9, 2)


@pytest.mark.fidelity("0-23")
def test_what_is_kept_for_the_backward_pass_is_counted_once() -> None:
    class Square(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            scaled = images.requires_grad_() * 2  # a number is no tensor: nothing is kept
            return (scaled * scaled).sum()  # `scaled` is kept for both of its factors

    assert activation_bytes(Square(), 3, 8) == 6 * 3 * 8 * 8 * 4
    assert activation_bytes(Square(), 6, 8) == 2 * activation_bytes(Square(), 3, 8)


@pytest.mark.fidelity("0-24")
@pytest.mark.parametrize("name", ["unblend-lite2", "deit-distill-tiny", "multibranch-b4"])
def test_checkpointing_is_seen_to_keep_less(name: str) -> None:
    network = build_network(SPECS[name])
    whole = activation_bytes(network, 1, 64)
    network.backbone.set_grad_checkpointing(True)
    assert activation_bytes(network, 1, 64) < 0.8 * whole


def test_free_memory_is_some_of_what_there_is() -> None:
    assert 1e6 < free_memory() < 1e14


@pytest.mark.fidelity("0-23", "4-21")
def test_an_automatic_batch_is_chosen_once_and_kept_for_resuming(tmp_path: Path) -> None:
    recipe, network = (
        parse_recipe(tiny(sizes={"0": 32}, batch_pairs=0, accumulate=0), "r"),
        build_network(SPECS["unblend-lite2"]),
    )
    chosen = with_batch(recipe, network, tmp_path, resume=False)
    assert (chosen.optimiser.batch_pairs, chosen.optimiser.accumulate) == (
        32,
        1,
    )  # 32 px are small for any machine
    (tmp_path / "batch.json").write_text(json.dumps({"batch_pairs": 6, "accumulate": 3}))
    again = with_batch(recipe, network, tmp_path, resume=True)
    assert (again.optimiser.batch_pairs, again.optimiser.accumulate) == (6, 3)


def test_a_batch_that_the_recipe_says_is_left_alone(tmp_path: Path) -> None:
    recipe = parse_recipe(TINY, "r")
    assert with_batch(recipe, nn.Identity(), tmp_path, resume=False, processes=Processes(1)) is recipe
    assert not list(tmp_path.iterdir())


@pytest.mark.fidelity("4-21")
def test_a_run_copies_its_recipe_with_the_batch_that_was_found(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, sizes={"0": 32}, epochs=1, epoch_steps=1, batch_pairs=0)
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    assert json.loads((run / "recipe.json").read_text())["optimiser"]["batch_pairs"] == 32


class Full:
    """A trainer whose machine has too little memory."""

    def __init__(self, error: RuntimeError) -> None:
        self.error = error

    def fit(self, *_: object, **__: object) -> None:
        raise self.error


class Asked:
    recipe = parse_recipe(tiny(batch_pairs=4), "r")


CPU_FULL = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"
    " allocate 9 bytes."
)


@pytest.mark.fidelity("0-24")
@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), RuntimeError(CPU_FULL)],
)
def test_too_little_memory_is_told_with_its_remedies(error: RuntimeError) -> None:
    words = (
        "unblend-lite2 does not fit the memory.*accumulate to 0.*checkpointing to true.*lower batch_pairs"
        " .4., lower sizes .64 px."
    )
    with pytest.raises(SettingsError, match=words):
        _fit(Full(error), Asked(), None)  # type: ignore[arg-type]


def test_other_errors_stay_what_they_are() -> None:
    assert not is_out_of_memory(RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        _fit(Full(RuntimeError("shapes do not match")), Asked(), None)  # type: ignore[arg-type]


@pytest.mark.fidelity("0-24")
def test_a_remedy_that_is_taken_already_is_not_named() -> None:
    advice = memory_advice(parse_recipe(tiny(checkpointing=True, accumulate=2), "r"))
    assert advice == "lower batch_pairs (2), lower sizes (64 px)"
