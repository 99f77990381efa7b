"""What this process asks of the libraries that it loads, before it loads them."""

from __future__ import annotations

import os

from detector import torchvision_ops

SILENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "WANDB_ERROR_REPORTING": "false",
}
"""Variables that keep libraries from reporting their use to their makers; one that is set already stays."""


def prepare() -> None:
    """Switch off telemetry, and make torchvision importable beside a CPU torch. Loads neither; `import
    detector` calls it, and calling it again changes nothing.
    """
    for name, value in SILENT.items():
        os.environ.setdefault(name, value)
    torchvision_ops.install()


def use_threads(count: int | None) -> None:
    """Let networks run on `count` threads; None leaves it to torch, which takes as many as there are cores.

    For the start of a process: a thread that has run a network already keeps its number.
    """
    if count is not None:
        import torch

        torch.set_num_threads(count)
