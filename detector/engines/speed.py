"""How long one face takes an engine."""

from __future__ import annotations

import os
import platform
import time

import numpy as np
import torch

from detector.engines import Engine
from detector.manifest import Speed

RUNS = 60


def measure_speed(engine: Engine, size: int, runs: int = RUNS) -> Speed:
    """The speed of `engine` on this machine at an input of `size` pixels, after one run that warms up.

    The shortest run counts: whatever else the machine does can only add to a run (Python's `timeit`).
    """
    batch = np.random.default_rng(0).random((1, 3, size, size), dtype=np.float32)
    engine.logits(batch)
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        engine.logits(batch)
        seconds.append(time.perf_counter() - begin)
    return Speed(round(1000 * min(seconds), 2), engine.name, hardware())


def hardware() -> str:
    """The processor of this machine in words, its graphics card where torch can use one."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{os.cpu_count()} CPU cores, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"
