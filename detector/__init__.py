"""Unblend: finds faces in a photo or a video, judges each, and says how far the answer can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detector.environment import prepare

if TYPE_CHECKING:
    from detector.pipeline import Detector, analyze, judge, judge_all, load_detector, scan
    from detector.structures import Analysis, Verdict

__all__ = ["Analysis", "Detector", "Verdict", "analyze", "judge", "judge_all", "load_detector", "scan"]
__version__ = "0.1.0"

_HOME = {
    "Analysis": "detector.structures",
    "Detector": "detector.pipeline",
    "Verdict": "detector.structures",
    "analyze": "detector.pipeline",
    "judge": "detector.pipeline",
    "judge_all": "detector.pipeline",
    "load_detector": "detector.pipeline",
    "scan": "detector.pipeline",
}

prepare()


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562), so that `import detector` stays free of torch."""
    if name not in _HOME:
        raise AttributeError(f"module 'detector' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
