"""The environment (variables that begin with UNBLEND_) into one frozen value; no other module reads the
environment.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import SettingsError
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    from detector.faces.options import FinderOptions
    from detector.media.limits import Limits

PREFIX = "UNBLEND_"

ENGINES = ("pytorch",)
MEANINGS = {
    "WEIGHTS": (
        "folder of manifest.json and the weights (else the packaged ones, or weights/ of the checkout)"
    ),
    "DETECTOR": "the detector every door begins with (else the manifest's default)",
    "ENGINE": "what runs the networks: " + ", ".join(ENGINES),
    "DEVICE": "cpu, cuda, cuda:N or mps",
    "FRAMES": "frames read of a video (32)",
    "PHOTO_MB": "largest photo (50)",
    "VIDEO_MB": "largest video (500)",
    "MEGAPIXELS": "largest picture, photo or frame (120)",
    "MINUTES": "longest video (30)",
    "MIN_FACE_PX": "longer side of the smallest face that is judged (40)",
    "QUEUE": "people who may wait for the page before it says that it is full (20)",
    "HOST": "address the page listens on (this machine only, or what GRADIO_SERVER_NAME says)",
    "PORT": "port of the page (7860)",
    "KEEP_UPLOADS_S": "seconds after which the page deletes an upload (600)",
    "THREADS": "threads of the networks (as many as the machine has cores)",
}
"""What each variable means, without the prefix; the default in brackets."""


def given(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables with our prefix, without it; as they stand, allowed or not."""
    variables = os.environ if environ is None else environ
    return {
        name.removeprefix(PREFIX): value.strip()
        for name, value in variables.items()
        if name.startswith(PREFIX)
    }


def _default_limits() -> Limits:
    from detector.media.limits import Limits

    return Limits()


def _default_finder() -> FinderOptions:
    from detector.faces.options import FinderOptions

    return FinderOptions()


@dataclass(frozen=True)
class Settings:
    """How this process runs.

    None means: `weights` look where packages and checkouts have them, `detector` the manifest's default,
    `host` as Gradio chooses, `threads` as torch chooses. Limits and finder options are imported where they
    are made, so that settings load neither torch nor cv2.
    """

    weights: Path | None = None
    detector: str | None = None
    engine: str = "pytorch"
    device: str = "cpu"
    frames: int = 32
    limits: Limits = field(default_factory=_default_limits)
    finder: FinderOptions = field(default_factory=_default_finder)
    queue_size: int = 20
    host: str | None = None
    port: int = 7860
    keep_uploads_s: int = 600
    threads: int | None = None

    @property
    def of_judging(self) -> dict[str, int]:
        """What can move an answer and is not at its default, by variable without prefix: a report names it,
        so that it can be repeated.
        """
        usual = Settings()
        chosen = {
            "frames": (self.frames, usual.frames),
            "min_face_px": (self.finder.min_side_px, usual.finder.min_side_px),
        }
        return {name: value for name, (value, default) in chosen.items() if value != default}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from `environ` (the process's own where None); an impossible value or an unknown name
        raises SettingsError.
        """
        from detector.faces.options import FinderOptions
        from detector.media.limits import Limits

        variables = _Variables(given(environ))
        return cls(
            weights=variables.folder("WEIGHTS"),
            detector=variables.choice("DETECTOR", tuple(SPECS)),
            engine=variables.choice("ENGINE", ENGINES) or "pytorch",
            device=variables.device("DEVICE"),
            frames=variables.whole("FRAMES", 32, 1, 1000),
            limits=Limits(
                photo_mb=variables.whole("PHOTO_MB", 50, 1, 10_000),
                video_mb=variables.whole("VIDEO_MB", 500, 1, 100_000),
                megapixels=variables.whole("MEGAPIXELS", 120, 1, 2_000),
                minutes=variables.whole("MINUTES", 30, 1, 1_440),
            ),
            finder=FinderOptions(min_side_px=variables.whole("MIN_FACE_PX", 40, 20, 1_000)),
            queue_size=variables.whole("QUEUE", 20, 1, 10_000),
            host=variables.text("HOST"),
            port=variables.whole("PORT", 7860, 1, 65_535),
            keep_uploads_s=variables.whole("KEEP_UPLOADS_S", 600, 10, 86_400),
            threads=variables.whole("THREADS", 0, 0, 1_024) or None,
        )


class _Variables:
    """The variables with our prefix, each read with what is allowed; an empty one counts as not set."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        for name in values:
            if name not in MEANINGS:
                near = difflib.get_close_matches(name, MEANINGS, n=1)
                remedy = (
                    f"did you mean {PREFIX}{near[0]}?"
                    if near
                    else "known are " + ", ".join(PREFIX + known for known in MEANINGS)
                )
                raise SettingsError(f"{PREFIX}{name} is not a setting; {remedy}")

    def text(self, name: str) -> str | None:
        return self._values.get(name) or None

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
            raise _impossible(name, value, f"a whole number from {lowest} to {highest}")
        return int(value)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is not None and value not in allowed:
            raise _impossible(name, value, "one of " + ", ".join(allowed))
        return value

    def device(self, name: str) -> str:
        value = self.text(name) or "cpu"
        kind, _, number = value.partition(":")
        if kind not in ("cpu", "cuda", "mps") or (":" in value and not (kind == "cuda" and number.isdigit())):
            raise _impossible(name, value, "cpu, cuda, cuda:N or mps")
        return value

    def folder(self, name: str) -> Path | None:
        value = self.text(name)
        if value is None:
            return None
        folder = Path(value).expanduser()
        if not folder.is_dir():
            raise _impossible(name, value, "an existing folder, with manifest.json in it")
        return folder


def _impossible(name: str, value: str, allowed: str) -> SettingsError:
    return SettingsError(f"{PREFIX}{name} is {value!r}; it must be {allowed}")
