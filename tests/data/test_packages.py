"""What runs without the extra `data`, and what is said where it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = "import sys; sys.modules.update(dict.fromkeys(('pyarrow', 'skimage')))\n"
"""Python finds these no more; the other two of the extra come with torch and gradio."""


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + program], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize(
    "words, needs",
    [
        (["data", "fetch", "openforensics", "--out", "OUT"], "data sets need packages"),
        (["data", "prepare", "OUT", "--layout", "folders", "--out", "OUT2"], "data sets need packages"),
        (["scan", "OUT", "--out", "a.parquet"], "a.parquet needs packages"),
    ],
)
def test_what_needs_the_extra_says_how_to_install_it(words: list[str], needs: str, tmp_path: Path) -> None:
    named = [str(tmp_path / word) if word.startswith("OUT") else word for word in words]
    done = run_python(f"from detector.cli import main; sys.exit(main({named!r}))")
    assert done.returncode == 2
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("unblend: ")]
    assert needs in told and "pip install -r requirements-data.txt" in told
    assert "Traceback" not in done.stderr


def test_a_photo_is_judged_without_the_extra(assets: Path) -> None:
    """As a Space does it, which installs requirements.txt alone."""
    program = (
        "import detector; detector.load_detector();"
        f"print(detector.scan({str(assets / 'portrait_hopper.jpg')!r}).media.kind);"
        "import importlib, pkgutil, detector.batch, detector.evaluate as evaluate;"
        "found = pkgutil.walk_packages(evaluate.__path__, 'detector.evaluate.');"
        "[importlib.import_module(one.name) for one in found]"
    )
    done = run_python(program)
    assert (done.returncode, done.stdout.strip()) == (0, "photo"), done.stderr


@pytest.mark.slow
def test_the_page_is_built_without_the_extra() -> None:
    done = run_python("import app; print(type(app.demo).__name__)")
    assert (done.returncode, done.stdout.strip()) == (0, "Blocks"), done.stderr
