"""Everyday damage to a picture: JPEG, scale, blur, noise."""

from __future__ import annotations

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
