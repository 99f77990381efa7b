"""Everyday corruptions of a picture: JPEG, scale, blur, noise, brightness, video compression."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from detector.structures import Image

INTERPOLATIONS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


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
