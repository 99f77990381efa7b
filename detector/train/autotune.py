"""What the machine at hand decides of a run: the faster precision, the pairs that its memory holds."""

from __future__ import annotations

import copy
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from detector.errors import SettingsError
from detector.files import write_atomically
from detector.train.distributed import ALONE, Processes
from detector.train.recipe import Recipe, changed

log = logging.getLogger(__name__)

Precision = Literal["32-true", "bf16-mixed"]
TIMED_STEPS = 3
MOST_PAIRS = 32
"""What a step has where its pairs are chosen here and memory is no limit; the published systems have 6 to 16.
"""
MEMORY_SHARE = 0.8
"""Of a GPU's memory, for what a step holds; the rest is for cuDNN's workspaces and for what is in pieces."""
CPU_MEMORY_SHARE = 0.25
"""Of the memory that is free, which other programs and the loaders need as well."""
COPIES = 4
"""Of the weights: their gradients, AdamW's two moments and the moving average."""
OUT_OF_MEMORY = "out of memory", "not enough memory", "can't allocate memory"


def precision_of(
    network: nn.Module, recipe: Recipe, out: Path, resume: bool, processes: Processes = ALONE
) -> Precision:
    """The precision that the recipe says, else that with which the run in `out` began, else the faster one
    here, which is written down.

    Timed again on resuming, it could turn out otherwise, and the run would not end like an unbroken one.
    """
    kept = out / "precision.txt"
    if recipe.optimiser.precision != "auto":
        return recipe.optimiser.precision
    if processes.writes and not (resume and kept.exists()):
        write_atomically(kept, faster_precision(network, recipe) + "\n")
    begun_with = processes.agree(kept.read_text(encoding="utf-8").strip() if processes.writes else "")
    return "bf16-mixed" if begun_with == "bf16-mixed" else "32-true"


def faster_precision(network: nn.Module, recipe: Recipe) -> Precision:
    """Either "bf16-mixed" or "32-true", whichever is sooner done with a step here: a processor without bf16
    emulates it, slowly.
    """
    if torch.cuda.is_available():
        return "bf16-mixed"
    images = torch.rand(4, 3, recipe.size_at(0), recipe.size_at(0)).contiguous(
        memory_format=torch.channels_last
    )
    network = copy.deepcopy(network)  # noise must not get into the statistics of the network itself
    seconds: dict[Precision, float] = {}
    lowered: dict[Precision, bool] = {"32-true": False, "bf16-mixed": True}
    for name in lowered:
        taken = []
        for _ in range(TIMED_STEPS):
            start = time.perf_counter()
            with torch.autocast("cpu", torch.bfloat16, enabled=lowered[name]):
                network(images).sum().backward()
            taken.append(time.perf_counter() - start)
            network.zero_grad()
        seconds[name] = min(taken)
    fastest = min(seconds, key=lambda name: seconds[name])
    log.info(
        "precision %s: a step takes %s s", fastest, {name: round(value, 2) for name, value in seconds.items()}
    )
    return fastest


def with_batch(
    recipe: Recipe, network: nn.Module, out: Path, resume: bool, processes: Processes = ALONE
) -> Recipe:
    """`recipe` with `batch_pairs` and `accumulate` as numbers: where one is 0, what the run in `out` began
    with, else what fits here.
    """
    if recipe.optimiser.batch_pairs and recipe.optimiser.accumulate:
        return recipe
    kept = out / "batch.json"
    if processes.writes and not (resume and kept.exists()):
        fitting = pairs_that_fit(network, recipe)
        pairs = recipe.optimiser.batch_pairs or _fitting_step(recipe, fitting, processes.count)
        parts = recipe.optimiser.accumulate or fewest_parts(pairs, fitting, processes.count)
        write_atomically(kept, json.dumps({"batch_pairs": pairs, "accumulate": parts}) + "\n")
        log.info(
            "%d pairs a step in %d parts: %d go through the network at once on this machine",
            pairs,
            parts,
            fitting,
        )
    step = processes.agree(json.loads(kept.read_text(encoding="utf-8")) if processes.writes else {})
    return changed(recipe, optimiser=step)


def _fitting_step(recipe: Recipe, fitting: int, processes: int) -> int:
    """As many pairs as fit at once, in all processes and parts; at most MOST_PAIRS, but at least one each."""
    each = processes * (recipe.optimiser.accumulate or 1)
    return each * max(1, min(fitting, MOST_PAIRS // each))


def fewest_parts(pairs: int, fitting: int, processes: int = 1) -> int:
    """In how few equal parts `pairs` must go through the network, when `fitting` of them fit each process at
    once.
    """
    for parts in range(1, pairs + 1):
        if pairs % (parts * processes) == 0 and pairs // (parts * processes) <= fitting:
            return parts
    raise SettingsError(f"{pairs} pairs cannot be shared by {processes} processes; change batch_pairs")


def pairs_that_fit(network: nn.Module, recipe: Recipe) -> int:
    """How many pairs of the largest input go through `network` and back at once on this machine: at most
    MOST_PAIRS, at least 1.
    """
    network = copy.deepcopy(network)
    size = max(recipe.sizes.values())
    if torch.cuda.is_available():
        device = torch.device("cuda", torch.cuda.current_device())
        network.to(device)
        room = MEMORY_SHARE * torch.cuda.mem_get_info(device)[1] - COPIES * weight_bytes(network)
        return largest(lambda pairs: _gpu_peak(network, pairs, size, device) <= room, MOST_PAIRS)
    room = CPU_MEMORY_SHARE * free_memory() - COPIES * weight_bytes(network)
    one, two = (activation_bytes(network, pairs, size) for pairs in (1, 2))
    return largest(lambda pairs: one + (pairs - 1) * (two - one) <= room, MOST_PAIRS)


def largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number from 1 to `most` that `fits`, which is asked about few of them;
    1 where none does.
    """
    low, high = 1, 2
    while high <= most and fits(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _gpu_peak(network: nn.Module, pairs: int, size: int, device: torch.device) -> float:
    """Most bytes in use in a forward and backward pass of `pairs`; endless where there were not enough."""
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(device)
    try:
        with torch.autocast("cuda", torch.bfloat16):
            images = torch.rand(2 * pairs, 3, size, size, device=device).contiguous(
                memory_format=torch.channels_last
            )
            network.train()(images).sum().backward()
        return float(torch.cuda.max_memory_reserved(device))
    except torch.OutOfMemoryError:
        return float("inf")
    finally:
        network.zero_grad()
        torch.cuda.empty_cache()


def activation_bytes(network: nn.Module, pairs: int, size: int) -> int:
    """Bytes that a forward pass of `pairs` keeps for the backward one, each stored tensor once."""
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network.train()(torch.rand(2 * pairs, 3, size, size).contiguous(memory_format=torch.channels_last))
    return sum(kept.values())


def weight_bytes(network: nn.Module) -> int:
    """Bytes of the parameters."""
    return sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())


def free_memory() -> float:
    """Bytes that programs can still have; where the system does not say, half of all there are."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2
    return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether `error` says that a machine's memory did not suffice: torch has a class of
    it for GPUs alone.
    """
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in OUT_OF_MEMORY)


def memory_advice(recipe: Recipe) -> str:
    """What to change in a recipe that did not fit, cheapest first, in the words of its keys."""
    remedies = [
        (
            ""
            if recipe.optimiser.accumulate == recipe.optimiser.batch_pairs or recipe.optimiser.name == "sam"
            else "set accumulate to 0 (as many parts as memory asks for)"
        ),
        "" if recipe.optimiser.checkpointing else "set checkpointing to true (a third slower)",
        f"lower batch_pairs ({recipe.optimiser.batch_pairs})",
        f"lower sizes ({max(recipe.sizes.values())} px)",
    ]
    return ", ".join(filter(None, remedies))
