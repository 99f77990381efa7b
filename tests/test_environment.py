"""The number of threads that networks use."""

from __future__ import annotations

import subprocess
import sys


def test_the_number_that_is_set_is_used() -> None:
    program = (
        "from detector.engines.threads import use_threads; use_threads(1); import torch;"
        " print(torch.get_num_threads())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "1"
