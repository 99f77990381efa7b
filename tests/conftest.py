"""Fixtures for every test: development data where it lies beside the checkout, and pictures whose answer is
known.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


TOGETHER = ("tests/e2e/", "tests/publish/")
"""Folders whose files share what takes long to set up: the page's server, a published run."""


def pytest_configure(config: pytest.Config) -> None:
    """What is compiled for tests is kept for the next run of them, and not among the caches of their user."""
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("caches"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Of several workers one takes a whole file, or a folder of `TOGETHER`: fixtures are set up once."""
    from xdist.scheduler import LoadFileScheduling

    class OneWorkerAFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folders = [folder for folder in TOGETHER if nodeid.startswith(folder)]
            return folders[0] if folders else super()._split_scope(nodeid)

    return OneWorkerAFile(config, log) if config.getoption("dist") == "loadfile" else None


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
