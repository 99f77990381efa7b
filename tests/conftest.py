"""Fixtures for every test: development data where it lies beside the checkout, and pictures whose answer is
known.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of development data beside the checkout; tests that need it are skipped
    where it is absent.
    """
    folder = ROOT.parent / "shared"
    if not (folder / "data" / "train" / "index.csv").exists():
        pytest.skip("no development data beside the checkout")
    return folder


@pytest.fixture(scope="session")
def assets() -> Path:
    """The pictures and clips that ship with the program."""
    return ROOT / "assets"
