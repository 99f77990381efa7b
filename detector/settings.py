"""The environment (variables that begin with UNBLEND_) into one frozen value; no other module reads the
environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_type_hints

import msgspec
from msgspec import Meta
from msgspec.structs import asdict

from detector.errors import SettingsError
from detector.schema import read_as
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    from detector.faces.options import FinderOptions
    from detector.media.limits import Limits

PREFIX = "UNBLEND_"

ENGINES = ("pytorch", "openvino", "openvino-bf16")

if TYPE_CHECKING:
    DetectorName = str
    EngineName = str
else:  # known when the program runs
    DetectorName = Literal[tuple(SPECS)]
    EngineName = Literal[ENGINES]


class Variables(msgspec.Struct, frozen=True, kw_only=True, rename=lambda name: PREFIX + name.upper()):
    """What each variable may be, and its default; its title says what it means.

    An empty text and no threads stand for a default that is found out where it is used.
    """

    weights: Annotated[
        str,
        Meta(title="folder of manifest.json and the weights (the packaged, or those of the checkout)"),
    ] = ""
    detector: Annotated[
        DetectorName, Meta(title="the detector every door begins with (the manifest's default)")
    ] = ""
    engine: Annotated[
        EngineName,
        Meta(
            title="what runs the networks: pytorch, openvino or openvino-bf16 (openvino on a CPU where it is"
            " installed)"
        ),
    ] = ""
    cache: Annotated[
        str, Meta(title="folder where compiled networks are kept (that of this user's caches)")
    ] = ""
    device: Annotated[
        str,
        Meta(
            title="where: cpu, cuda, cuda:N or mps",
            pattern=r"^(cpu|mps|cuda(:[0-9]+)?)$",
            description="cpu, cuda, cuda:N or mps",
        ),
    ] = "cpu"
    frames: Annotated[int, Meta(ge=1, le=1000, title="frames read of a video")] = 32
    photo_mb: Annotated[int, Meta(ge=1, le=10_000, title="largest photo")] = 50
    video_mb: Annotated[int, Meta(ge=1, le=100_000, title="largest video")] = 500
    megapixels: Annotated[int, Meta(ge=1, le=2_000, title="largest picture, photo or frame")] = 120
    minutes: Annotated[int, Meta(ge=1, le=1_440, title="longest video")] = 30
    decode_worker: Annotated[
        Literal["on", "off"],
        Meta(title="whether videos and rare kinds of pictures are decoded in a process of its own"),
    ] = "on"
    decode_s: Annotated[
        int, Meta(ge=1, le=3_600, title="seconds that process may take for opening a file, or for a picture")
    ] = 60
    decode_mb: Annotated[
        int, Meta(ge=64, le=1_000_000, title="memory that process may take, where the system can limit it")
    ] = 4096
    min_face_px: Annotated[
        int, Meta(ge=20, le=1_000, title="longer side of the smallest face that is judged")
    ] = 40
    queue: Annotated[
        int,
        Meta(ge=1, le=10_000, title="people who may wait for the page before it says that it is full"),
    ] = 20
    host: Annotated[
        str,
        Meta(title="address the page listens on (this machine only, or what GRADIO_SERVER_NAME says)"),
    ] = ""
    port: Annotated[int, Meta(ge=1, le=65_535, title="port of the page")] = 7860
    keep_uploads_s: Annotated[
        int, Meta(ge=10, le=86_400, title="seconds after which the page deletes an upload")
    ] = 600
    threads: Annotated[
        int,
        Meta(ge=0, le=1_024, title="threads of torch, OpenVINO and OpenCV each (as many as there are cores)"),
    ] = 0


def _meanings() -> dict[str, str]:
    hints = get_type_hints(Variables, include_extras=True)
    told = {}
    for name, default in asdict(Variables()).items():
        (meta,) = hints[name].__metadata__
        told[name.upper()] = f"{meta.title} ({default})" if default else meta.title
    return told


MEANINGS = _meanings()
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
    `engine` the fastest that is installed, `cache` this user's folder of caches, `host` as Gradio chooses,
    `threads` as many as there are cores. Limits and finder options are imported where they
    are made, so that settings load neither torch nor cv2.
    """

    weights: Path | None = None
    detector: str | None = None
    engine: str | None = None
    cache: Path | None = None
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

        values = {PREFIX + name: value for name, value in given(environ).items()}
        try:
            known = read_as(
                Variables, {name: value for name, value in values.items() if value}, of_texts=True
            )
        except ValueError as fault:
            raise SettingsError(str(fault)) from None
        return cls(
            weights=_folder(known.weights),
            detector=known.detector or None,
            engine=known.engine or None,
            cache=Path(known.cache).expanduser() if known.cache else None,
            device=known.device,
            frames=known.frames,
            limits=Limits(
                photo_mb=known.photo_mb,
                video_mb=known.video_mb,
                megapixels=known.megapixels,
                minutes=known.minutes,
                in_worker=known.decode_worker == "on",
                decode_s=known.decode_s,
                decode_mb=known.decode_mb,
            ),
            finder=FinderOptions(min_side_px=known.min_face_px),
            queue_size=known.queue,
            host=known.host or None,
            port=known.port,
            keep_uploads_s=known.keep_uploads_s,
            threads=known.threads or None,
        )


def _folder(name: str) -> Path | None:
    """The folder of the weights, None where none is named."""
    if not name:
        return None
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise SettingsError(
            f"{PREFIX}WEIGHTS is {name!r}; it must be an existing folder, with manifest.json in it"
        )
    return folder
