"""The lab of the tab Learn: faces to experiment with, and what detectors say of each version of them."""

from __future__ import annotations

import functools
import hashlib
import io
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from detector.blending.blend import Blend
from detector.blending.by_hand import Touch, blend_by_hand
from detector.explain.maps import Heatmap
from detector.explain.overlay import layer, mask_in_crop
from detector.faces.landmarks import contradicts, dense68, dense68_available, fitted68, with_forehead
from detector.perturb import jpeg, noise
from detector.structures import Analysis, Crop, Face, FaceScore, Floats, Frame, Image, MediaInfo, Scan
from detector.ui.learn_game import Guess, Pair, of_kind
from detector.weights import find_assets
from detector.zoo.specs import SPECS

if TYPE_CHECKING:
    from detector.explain.regions import Reading
    from detector.ui.backend import Backend

GRAIN_SEED = 1
"""The grain of every picture is the same, so that the same sliders give the same answer."""

MAP_PX = 480

BANNER_PX, SMALLEST_DOWNLOAD_PX = 34, 480
BANNER = "FAKE, made with Unblend for learning"
MADE_HERE = "Self-blend made with Unblend: the face was altered."


@dataclass(frozen=True)
class Subject:
    """A face to experiment with, and in a few words who it is."""

    path: Path
    title: str


@dataclass(frozen=True)
class Damage:
    """What is done to a picture: JPEG at `quality` 1..100 (100: not saved again), grain of `sigma` levels."""

    quality: int = 100
    sigma: float = 0.0


@dataclass(frozen=True, eq=False)
class Sitter:
    """A face once found, in `image` (H, W, 3) uint8 RGB."""

    image: Image
    face: Face

    @functools.cached_property
    def points(self) -> Floats:
        """Landmarks (81, 2) x, y, dense where dlib is installed and agrees with the five that were found."""
        points = fitted68(self.face.landmarks)
        if dense68_available():
            dense = dense68(self.image, self.face.box)
            points = points if contradicts(dense, self.face.landmarks, self.face.box) else dense
        return with_forehead(points)

    def scan(self, image: Image) -> Scan:
        """Another version of the picture as detectors are given it: the face is where it was."""
        from detector.faces.finder import cut_face

        frame = Frame(image)
        face = cut_face(frame, self.face.box, self.face.landmarks, self.face.finder_score)
        height, width = image.shape[:2]
        media = MediaInfo(
            name="made here",
            kind="photo",
            sha256=hashlib.sha256(image.tobytes()).hexdigest(),
            bytes=image.nbytes,
            format="pixels",
            width=width,
            height=height,
        )
        return Scan(media=media, preview=frame, faces=(face,), frames_read=1, seconds={})


@dataclass(frozen=True, eq=False)
class Pushed:
    """What pushed a detector in a `crop`: the map, and what one reads in it."""

    crop: Crop
    map: Heatmap
    reading: Reading

    def against(self, mask: Floats) -> Image:
        """The map over the face and a line round the true mask (H, W) of the whole picture, (MAP_PX, MAP_PX,
        3) uint8.
        """
        size = (MAP_PX, MAP_PX)
        face = PIL.Image.fromarray(self.crop.image).resize(size, PIL.Image.Resampling.BICUBIC).convert("RGBA")
        coloured = PIL.Image.alpha_composite(face, PIL.Image.fromarray(layer(self.map, MAP_PX)))
        altered = cv2.resize(mask_in_crop(mask, self.crop), size, interpolation=cv2.INTER_LINEAR)
        return outlined(np.asarray(coloured.convert("RGB")), np.asarray(altered, dtype=np.float32))

    def share_inside(self, mask: Floats) -> float | None:
        """How much of the push towards fake lies inside the mask (H, W) of the whole picture."""
        return share_inside(self.map.values, mask_in_crop(mask, self.crop))


@functools.cache
def to_blend() -> tuple[Subject, ...]:
    """The genuine portraits that one can blend."""
    folder = find_assets()
    titles = {
        "golden.png": "Astronaut",
        "learn/genuine_02.jpg": "Woman with curls",
        "learn/genuine_03.jpg": "Man with a beard",
        "learn/genuine_13.jpg": "Woman who laughs",
        "learn/genuine_06.jpg": "Man with glasses",
        "learn/genuine_11.jpg": "Person in a tie",
    }
    return tuple(Subject(folder / name, title) for name, title in titles.items())


@functools.cache
def to_fool() -> tuple[Subject, ...]:
    """Fakes whose traces one can hide: such as detectors score high, or there would be nothing to hide."""
    blended, generated = of_kind("blended"), of_kind("generated")
    chosen = {
        "Blend": (blended[0], blended[2], blended[4]),
        "Generated": (generated[2], generated[5], generated[1]),
    }
    return tuple(
        Subject(portrait.path, f"{kind} {number}")
        for kind, portraits in chosen.items()
        for number, portrait in enumerate(portraits, 1)
    )


class Lab:
    """What the lab asks of the core. Faces are found once, portraits judged once by each detector."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._sitters: dict[Path, Sitter] = {}
        self._as_they_are: dict[tuple[Path, tuple[str, ...]], Mapping[str, Analysis]] = {}
        self._logits: dict[tuple[Path, str, str], float] = {}

    def sitter(self, path: Path) -> Sitter:
        """The largest face of a picture that comes with the program."""
        with self._lock:
            if path not in self._sitters:
                scan = self._backend.scan(path)
                self._sitters[path] = Sitter(scan.preview.image, scan.faces[0])
            return self._sitters[path]

    def judge(self, sitter: Sitter, image: Image) -> Mapping[str, Analysis]:
        """What every trained detector says of a version of the picture."""
        return self._backend.judge_all(sitter.scan(image))

    def judge_as_it_is(self, path: Path) -> Mapping[str, Analysis]:
        """What every trained detector says of a picture that comes with the program, judged once."""
        entries = self._backend.entries
        key = (path, tuple(entries[name].sha256 for name in self._backend.names()))
        if key not in self._as_they_are:
            sitter = self.sitter(path)
            self._as_they_are[key] = self.judge(sitter, sitter.image)
        return self._as_they_are[key]

    def map(self, score: FaceScore, name: str) -> Pushed:
        """What pushed the detector `name` in a judged face."""
        from detector.explain.heatmap import heatmap
        from detector.explain.regions import read
        from detector.explain.trust import default_method, read_trust
        from detector.faces.crop import crop_face

        detector = self._backend.detector(name)
        method = default_method(detector, read_trust(self._backend.weights))
        with self._backend.lane.turn():
            crop = crop_face(score.face, detector.input)
            found = heatmap(crop, detector, method)
        return Pushed(crop, found, read(found, crop))

    def guess(self, pair: Pair) -> list[Guess]:
        """Which picture of a pair each detector takes for the fake: the one it gives the higher logit."""
        guesses = []
        for name in self._backend.names():
            left, right = (self._logit(portrait.path, name) for portrait in pair.portraits)
            guesses.append(Guess(name, SPECS[name].short, 0 if left > right else 1))
        return guesses

    def _logit(self, path: Path, name: str) -> float:
        key = (path, name, self._backend.entries[name].sha256)
        if key not in self._logits:
            sitter = self.sitter(path)
            deciding = self._backend.judge(sitter.scan(sitter.image), name).deciding
            if deciding is None:
                raise ValueError(f"{path.name} has no face")
            self._logits[key] = deciding.logit
        return self._logits[key]


def blend(sitter: Sitter, touch: Touch) -> Blend:
    """The sitter's face as somebody blended it."""
    return blend_by_hand(sitter.image, sitter.points, touch)


def damage(image: Image, done: Damage) -> Image:
    """A picture (H, W, 3) uint8 with grain, then saved as JPEG."""
    if done.sigma > 0:
        image = noise(image, done.sigma, np.random.default_rng(GRAIN_SEED))
    return image if done.quality >= 100 else jpeg(image, done.quality)


def share_inside(pushed: Floats, mask: Floats) -> float | None:
    """How much of what pushed towards fake lies where the mask (S, S) is over a half; `pushed` (S, S) is
    positive there. None where nothing pushed.
    """
    towards = np.clip(pushed, 0, None)
    total = float(towards.sum())
    return float(towards[mask > 0.5 * mask.max()].sum()) / total if total > 0 and mask.max() > 0 else None


def outlined(image: Image, mask: Floats) -> Image:
    """A picture with a line, dark and light, round where `mask` (H, W) is over half of its maximum."""
    drawn = np.ascontiguousarray(image.copy())
    if mask.max() <= 0:
        return drawn
    inside = (mask > 0.5 * mask.max()).astype(np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    thick = max(1, round(max(image.shape[:2]) / 200))
    cv2.drawContours(drawn, lines, -1, (17, 17, 17), 3 * thick, cv2.LINE_AA)
    cv2.drawContours(drawn, lines, -1, (255, 255, 255), thick, cv2.LINE_AA)
    return drawn


def marked_jpeg(image: Image) -> bytes:
    """A blend to take away: a banner under it says that it is one, and so does the comment in the file."""
    height, width = image.shape[:2]
    scale = max(1.0, SMALLEST_DOWNLOAD_PX / width)
    size = (round(width * scale), round(height * scale))
    sheet = PIL.Image.new("RGB", (size[0], size[1] + BANNER_PX), "#b23c0a")
    sheet.paste(PIL.Image.fromarray(image).resize(size, PIL.Image.Resampling.BICUBIC))
    font = PIL.ImageFont.load_default(18)
    PIL.ImageDraw.Draw(sheet).text(
        (size[0] / 2, size[1] + BANNER_PX / 2), BANNER, fill="white", font=font, anchor="mm"
    )
    buffer = io.BytesIO()
    sheet.save(buffer, "jpeg", quality=92, comment=MADE_HERE)
    return buffer.getvalue()
