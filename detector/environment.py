"""What this process asks of the libraries that it loads, before it loads them."""

from __future__ import annotations

import os
import sys

from detector import torchvision_ops

SILENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "WANDB_ERROR_REPORTING": "false",
}
"""Variables that keep libraries from reporting their use to their makers; one that is set already stays."""


PATIENT = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
"""Threads of torch (GNU's OpenMP, Intel's) sleep while they wait. Where they spin, a second busy process on
the machine slows both to a fraction (docs/results/speed.md).
"""

COUNTS = ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""Variables that torch and OpenCV take their number of threads from when they are loaded."""


def prepare() -> None:
    """Switch off telemetry, let threads sleep while they wait, and make torchvision importable beside a CPU
    torch. Loads nothing; `import detector` calls it, and calling it again changes nothing.
    """
    for name, value in {**SILENT, **PATIENT}.items():
        os.environ.setdefault(name, value)
    torchvision_ops.install()


def use_threads(count: int | None) -> None:
    """Let torch (networks and the finder), OpenVINO and OpenCV run on `count` threads each; None leaves them
    what `threads` gives.

    For the start of a process: a thread that has run a network already keeps its number. Loads nothing:
    libraries that are not loaded yet read their variable.
    """
    if count is None:
        return
    os.environ.update(dict.fromkeys(COUNTS, str(count)))
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(count)


def threads() -> int:
    """How many threads a library may use here: what was chosen, else the cores that this process may use."""
    chosen = os.environ.get(COUNTS[0], "")
    if chosen.isdecimal() and int(chosen) > 0:
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
