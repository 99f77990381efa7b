"""Everyday corruptions of a picture: JPEG, scale, blur, noise, brightness, video compression; and the ways in
which it commonly comes to who has to judge it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, assert_never

import cv2
import numpy as np

from detector.structures import Image

Kind = Literal["jpeg", "scale", "blur", "noise", "brightness", "h264"]

INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Step:
    """One change: `level` is JPEG's quality, the factor of the size, sigma in pixels (blur) or levels of 255
    (noise), the share by which it gets brighter, or H.264's constant rate factor.
    """

    kind: Kind
    level: float


@dataclass(frozen=True)
class Corruption:
    """Steps one after another; noise follows from `random_seed`, the file's name and the
    number of the frame.
    """

    name: str
    steps: tuple[Step, ...]
    random_seed: int = 0

    @property
    def slug(self) -> str:
        """The steps as a file name has them, e.g. `scale-0.5_jpeg-50`."""
        return "_".join(f"{step.kind}-{step.level:g}" for step in self.steps)


DELIVERIES = (
    Corruption("JPEG quality 50", (Step("jpeg", 50),)),
    Corruption("half the size and enlarged again", (Step("scale", 0.5), Step("scale", 2.0))),
    Corruption("JPEG quality 85, then 70", (Step("jpeg", 85), Step("jpeg", 70))),
)
"""Ways in which a picture commonly comes to who has to judge it."""


def corrupt(image: Image, steps: Sequence[Step], rng: np.random.Generator) -> Image:
    """`image` (H, W, 3) after `steps`; `rng` is used for noise alone."""
    for step in steps:
        match step.kind:
            case "jpeg":
                image = jpeg(image, int(step.level))
            case "scale":
                image = rescale(image, step.level, cv2.INTER_AREA if step.level <= 1 else cv2.INTER_CUBIC)
            case "blur":
                image = blur(image, step.level)
            case "noise":
                image = noise(image, step.level, rng)
            case "brightness":
                image = brighten(image, step.level)
            case "h264":
                image = h264(image, int(step.level))
            case _:
                assert_never(step.kind)
    return image


def jpeg(image: Image, quality: int) -> Image:
    """`image` (H, W, 3) after JPEG at `quality` 1..100, chroma halved as cameras and sites do."""
    # the encoder takes BGR: the order is turned for it and back, so that luma weights are right
    ok, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    if not ok:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(decoded[:, :, ::-1])


def rescale(image: Image, factor: float, interpolation: int = cv2.INTER_AREA) -> Image:
    """`image` resized by `factor`; the result has its own size, at least 1 x 1."""
    height, width = image.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), dtype=np.uint8)


def blur(image: Image, sigma: float) -> Image:
    """Gaussian blur; `sigma` in pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), dtype=np.uint8)


def noise(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    """Gaussian noise, independent a channel; `sigma` in levels of 255."""
    grain = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(sigma)
    return np.clip(image + grain, 0, 255).round().astype(np.uint8)


def denoise(image: Image, strength: float) -> Image:
    """`image` with its grain taken and its edges kept, as phones and raw converters do; `strength` in levels
    of 255 that count as grain.

    The bilateral filter (Tomasi and Manduchi, ICCV 1998).
    """
    return np.asarray(cv2.bilateralFilter(image, 7, strength, 2.5), dtype=np.uint8)


def brighten(image: Image, change: float) -> Image:
    """Every level times 1 + `change` (0.2: a fifth brighter, -0.2: darker); what passes 255 is cut off, as a
    sensor would.
    """
    return np.asarray(np.clip(image * np.float32(1 + change), 0, 255).round(), dtype=np.uint8)


def h264(image: Image, crf: int) -> Image:
    """`image` (H, W, 3) as the only frame of an H.264 video at constant quality `crf` 0..51 (FaceForensics++:
    c23 and c40).

    Chroma is halved; an odd last row or column, which that cannot hold, is repeated and cut off again.
    """
    import av  # only here: pictures alone do not need it

    height, width = image.shape[:2]
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = even.shape[1], even.shape[0], "yuv420p"
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"crf": str(crf), "preset": "veryfast", "tune": "zerolatency", "threads": "1"}
    packets = [
        *encoder.encode(av.VideoFrame.from_ndarray(even, format="rgb24").reformat(format="yuv420p")),
        *encoder.encode(None),
    ]
    decoder = av.CodecContext.create("h264", "r")
    decoder.options = {"threads": "1"}
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    return np.ascontiguousarray(frames[0].to_ndarray(format="rgb24")[:height, :width])
