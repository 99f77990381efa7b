"""A picture's pixels to the quality at which JPEG last wrote them, without the file: also of a frame, or of
what was saved again.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from detector.structures import Image

BLOCK = 8
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""JPEG's own luma of RGB (ITU-T T.871); unrounded, so that its quantisation steps stay sharp."""

FREQUENCIES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0), (2, 2))
"""Row and column of the coefficients looked at: low ones, which are seldom all zero."""
STANDARD = np.array([11, 12, 12, 10, 14, 14, 13, 16, 14, 16], dtype=np.float64)
"""Their steps at quality 50, table K.1 of ITU-T T.81."""

STEPS = np.arange(1, 81, dtype=np.float32)
NOISE = 0.35
"""Deviation of a coefficient from its step: the rounding of three channels to whole levels gives 0.2,
clipping the rest.
"""
LEAST = 1.0
"""Smaller coefficients were quantised to zero or lie within the noise: they fit every step."""
OUTLIERS = 0.1
"""Share of coefficients, clipped or of a retouched place, that may lie anywhere."""
EVIDENCE = 0.4
"""Mean log likelihood ratio, against no step at all, from which a frequency counts. On 150 pictures of six
sources none that had been scaled or written as H.264 since its last JPEG reached it in half of its
frequencies."""
FEWEST_COEFFICIENTS = 8
FEWEST_FREQUENCIES = 4

MOST_BLOCKS = 400
MOST_PX = 512
"""Larger pictures are judged by their middle: bounds the time to some 4 ms."""

Coefficients = NDArray[np.float32]


def jpeg_quality(image: Image) -> float | None:
    """The quality, 1..100 as libjpeg counts, whose steps the pixels of `image` (H, W, 3) still show; None
    where they show none.

    Steps show while the grid of 8 x 8 blocks lies as it was written: scaling, turning by odd angles and video
    compression wipe them out, a cut does not, nor does a later JPEG of finer steps. (The likelihood of Fan
    and de Queiroz, "Identification of bitmap compression history", IEEE TIP 2003, for each frequency, so that
    tables other than the standard's give a quality that is like theirs.) Measured on 150 pictures encoded at
    15 to 85: within 1 of it, or of an earlier coarser one, or up to 4 under both; finer steps are often
    drowned by rounding, and then nothing shows.
    """
    luma = _middle(image).astype(np.float32) @ LUMA
    if min(luma.shape) < 3 * BLOCK:
        return None
    top, left = _first_seam(luma), _first_seam(luma.T)
    transformed = _transform(luma[top:, left:])
    shares = []
    looked_at = 0
    for (row, column), standard in zip(FREQUENCIES, STANDARD, strict=True):
        sizes = np.abs(transformed[:, row, column])
        sizes = sizes[sizes >= LEAST]
        if len(sizes) < FEWEST_COEFFICIENTS:
            continue
        looked_at += 1
        step, evidence = _likeliest_step(sizes)
        if evidence > EVIDENCE:
            shares.append(step / standard)
    if looked_at < FEWEST_FREQUENCIES or 2 * len(shares) < looked_at:
        return None
    return _quality(float(np.median(shares)))


def _middle(image: Image) -> Image:
    height, width = image.shape[:2]
    top, left = max(0, (height - MOST_PX) // 2), max(0, (width - MOST_PX) // 2)
    return image[top : top + MOST_PX, left : left + MOST_PX]


def _first_seam(luma: NDArray[np.float32]) -> int:
    """The first row, 0..7, at which a block begins, if there are blocks: steps across seams stand out from
    their neighbours.
    """
    steps = np.abs(np.diff(luma, axis=0))
    stands_out = np.sign(steps[1:-1] - (steps[:-2] + steps[2:]) / 2).mean(axis=1)
    strongest = int(np.argmax([stands_out[start::BLOCK].mean() for start in range(BLOCK)]))
    return (strongest + 2) % BLOCK


def _transform(luma: NDArray[np.float32]) -> Coefficients:
    """The discrete cosine transform of at most `MOST_BLOCKS` of the blocks, evenly chosen, (N, 8, 8)."""
    down, across = luma.shape[0] // BLOCK, luma.shape[1] // BLOCK
    blocks = (
        luma[: BLOCK * down, : BLOCK * across]
        .reshape(down, BLOCK, across, BLOCK)
        .swapaxes(1, 2)
        .reshape(-1, BLOCK, BLOCK)
    )
    every = -(-len(blocks) // MOST_BLOCKS)
    return np.asarray(_cosines() @ blocks[::every] @ _cosines().T, dtype=np.float32)


@functools.cache
def _cosines() -> NDArray[np.float32]:
    from scipy.fft import dct

    return np.asarray(dct(np.eye(BLOCK), axis=0, norm="ortho"), dtype=np.float32)


def _likeliest_step(sizes: NDArray[np.float32]) -> tuple[float, float]:
    """The step that explains the `sizes` (N,) of coefficients best, and the mean log of how much better than
    no step it does.
    """
    off = sizes[:, None] - np.round(sizes[:, None] / STEPS) * STEPS
    on_a_multiple = STEPS * np.exp(-0.5 * (off / NOISE) ** 2) / (NOISE * np.sqrt(2 * np.pi))
    evidence = np.log((1 - OUTLIERS) * on_a_multiple + OUTLIERS).mean(axis=0)
    best = int(np.argmax(evidence))
    return float(STEPS[best]), float(evidence[best])


def _quality(share: float) -> float:
    """The quality whose steps are `share` of those at 50, by libjpeg's rule."""
    return 50 / share if share > 1 else 100 - 50 * share
