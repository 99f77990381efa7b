"""How long one face takes an engine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from detector.engines import Engine
from detector.engines.pytorch import PytorchEngine
from detector.manifest import Speed

RUNS = 25


def measure_speed(engine: Engine, size: int, runs: int = RUNS) -> Speed:
    """The speed of `engine` on this machine at an input of `size` pixels, after one run that warms up.

    On the CPU one core's own time is counted, so that whatever else the machine does counts little, and
    machines with more cores compare; elsewhere the time that passes. The shortest run counts, since all else
    can only add to one (Python's `timeit`).
    """
    if not isinstance(engine, PytorchEngine):
        # its threads are not torch's: the time of all of them together
        return Speed(_shortest_ms(engine, size, runs, time.process_time), engine.name, f"one of {cpu()}")
    device = engine.device
    if device.type != "cpu":
        return Speed(_shortest_ms(engine, size, runs, time.perf_counter), engine.name, hardware())
    threads = torch.get_num_threads()
    # a thread of its own, because one that has run a network keeps its number of cores
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as own:
        ms = own.submit(_shortest_ms, engine, size, runs, time.thread_time).result()
    torch.set_num_threads(threads)
    return Speed(ms, engine.name, f"one of {cpu()}")


def _shortest_ms(engine: Engine, size: int, runs: int, clock: Callable[[], float]) -> float:
    batch = np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32)
    engine.logits(batch)
    seconds = []
    for _ in range(runs):
        begin = clock()
        engine.logits(batch)
        seconds.append(clock() - begin)
    return round(1000 * min(seconds), 2)


def hardware() -> str:
    """What networks run on here, in words: the graphics card where torch can use one, else the processor."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else cpu()


def cpu() -> str:
    """The processor of this machine in words."""
    return f"{os.cpu_count()} CPU cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"
