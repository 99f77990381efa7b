"""What `import detector` gives and what it costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import pytest

import detector


def run_python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


def seconds_of(program: str) -> float:
    started = time.perf_counter()
    run_python(program)
    return time.perf_counter() - started


@pytest.mark.parametrize(
    "module",
    [
        "detector",
        "detector.errors",
        "detector.settings",
        "detector.cli",
        "detector.__main__",
        "detector.reading",  # the decode worker
    ],
)
def test_a_start_loads_nothing_heavy(module: str) -> None:
    loaded = run_python(f"import sys, {module}; print(*sys.modules)").split()
    assert not {"torch", "torchvision", "gradio", "cv2", "timm", "pandas"} & set(loaded)


def test_import_takes_under_a_fifth_of_a_second() -> None:
    bare = statistics.median(seconds_of("pass") for _ in range(5))
    ours = statistics.median(seconds_of("import detector") for _ in range(5))
    assert ours - bare < 0.2


def test_every_public_name_is_there() -> None:
    for name in detector.__all__:
        assert getattr(detector, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = detector.nonsense
