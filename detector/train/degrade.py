"""Pairs of pictures as a network is shown them: framed, shrunk and compressed, both of a pair alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from detector.blending.backdrop import Backdrop, before, person
from detector.blending.finish import draw_finish, draw_saturation, fade, finish
from detector.blending.transforms import sharpen
from detector.faces.crop import cut_square, square_around
from detector.perturb import INTERPOLATIONS, blur, denoise, h264, jpeg, noise, rescale
from detector.structures import Floats, Image
from detector.train.pairs import Pair
from detector.train.recipe import Recipe, Synthesis

LEAST_SURROUNDINGS = 0.12
"""Margin inside the picture, share of the face's longer side, under which there are no surroundings worth
replacing.
"""


@dataclass(frozen=True, eq=False)
class Look:
    """What is done to both pictures of a pair alike, so that resolution, compression and framing say nothing
    about the label.
    """

    face_px: float
    interpolation: int
    blur_sigma: float
    sharpening: float
    noise_sigma: float
    qualities: tuple[int, ...]
    crf: int | None
    margin: float
    shift: tuple[float, float]
    flipped: bool
    denoised: float = 0.0


def draw_look(recipe: Recipe, native_px: float, rng: np.random.Generator) -> Look:
    """Draw the degradation and the framing; `native_px` is the smaller of the two faces, the resolution no
    picture may exceed.
    """
    smallest = min(float(recipe.degradation.smallest_face_px), native_px)
    shrunk = rng.random() < recipe.degradation.rescale
    face_px = float(np.exp(rng.uniform(np.log(smallest), np.log(native_px)))) if shrunk else native_px
    low, high = recipe.degradation.jpeg_quality
    filmed = rng.random() < recipe.degradation.video
    cleaned = recipe.degradation.denoise
    encodings = 0 if filmed else int(rng.choice((0, 1, 2), p=recipe.degradation.jpeg_times))
    return Look(
        face_px=face_px,
        interpolation=int(rng.choice(INTERPOLATIONS)),
        blur_sigma=float(rng.uniform(0.3, 1.5)) if rng.random() < recipe.degradation.blur else 0.0,
        sharpening=float(rng.uniform(0.05, 0.3)) if rng.random() < recipe.degradation.sharpen else 0.0,
        noise_sigma=float(rng.uniform(1, 8)) if rng.random() < recipe.degradation.noise else 0.0,
        qualities=tuple(int(quality) for quality in rng.integers(low, high, encodings)),
        crf=int(rng.integers(*recipe.degradation.video_crf)) if filmed else None,
        margin=recipe.margin + float(rng.uniform(-1, 1)) * recipe.degradation.margin_jitter,
        shift=(
            float(rng.uniform(-1, 1)) * recipe.degradation.centre_jitter,
            float(rng.uniform(-1, 1)) * recipe.degradation.centre_jitter,
        ),
        flipped=bool(rng.random() < 0.5),
        denoised=float(rng.uniform(8, 40)) if cleaned and rng.random() < cleaned else 0.0,
    )


def room(image: Image, box: Floats) -> float:
    """The largest margin, at least 0, at which a square around `box` still lies inside `image`: beyond it a
    crop mirrors the edge.
    """
    (x1, y1, x2, y2), (height, width) = box, image.shape[:2]
    across, down = float(x1 + x2) / 2, float(y1 + y2) / 2
    nearest_edge = float(min(across, down, width - across, height - down))
    return max(0.0, nearest_edge / float(max(x2 - x1, y2 - y1)) - 0.5)


def before_backdrop(pair: Pair, *, shared: bool, backdrop: Backdrop) -> Pair:
    """Both of `pair` before the same plain backdrop; as they are where a face has no surroundings to be
    replaced.

    `shared`: the fake was made of the real picture, so that both have one outline.
    """
    if min(room(pair.real, pair.real_box), room(pair.fake, pair.fake_box)) < LEAST_SURROUNDINGS:
        return pair
    outline = person(pair.real, pair.real_box)
    other = outline if shared else person(pair.fake, pair.fake_box)
    return replace(pair, real=before(pair.real, outline, backdrop), fake=before(pair.fake, other, backdrop))


def finished(pair: Pair, *, shared: bool, synthesis: Synthesis, rng: np.random.Generator) -> Pair:
    """`pair` with `finish_share` of its pictures retouched as a whole and `fade_share` with less colour, as
    often among reals as among fakes.

    `shared`: the fake was made of the real picture, so that both get one draw; else each has its own.
    """
    of_real, of_fake = (int(seed) for seed in rng.integers(2**32, size=2))
    of_fake = of_real if shared else of_fake
    return replace(
        pair,
        real=_finished(pair.real, pair.real_box, synthesis, np.random.default_rng(of_real)),
        fake=_finished(pair.fake, pair.fake_box, synthesis, np.random.default_rng(of_fake)),
    )


def _finished(image: Image, box: Floats, synthesis: Synthesis, rng: np.random.Generator) -> Image:
    if rng.random() < synthesis.finish_share:
        image = finish(image, box, draw_finish(rng))
    return fade(image, draw_saturation(rng)) if rng.random() < synthesis.fade_share else image


def apply_look(image: Image, box: Floats, look: Look, size: int, rng: np.random.Generator) -> Image:
    """The (size, size, 3) crop of the face in `box` after what `look` says was done to the picture."""
    longer = float(max(box[2] - box[0], box[3] - box[1]))
    factor = min(1.0, look.face_px / longer)
    if factor < 0.98:
        image, box = rescale(image, factor, look.interpolation), box * factor
    if look.denoised:
        image = denoise(image, look.denoised)
    if look.blur_sigma:
        image = blur(image, look.blur_sigma)
    if look.sharpening:
        image = sharpen(image, look.sharpening, 0.75)
    if look.noise_sigma:
        image = noise(image, look.noise_sigma, rng)
    for quality in look.qualities:
        image = jpeg(image, quality)
    if look.crf is not None:
        image = h264(image, look.crf)
    square = square_around(box, look.margin)
    square = square + np.array([*look.shift, *look.shift]) * longer * factor
    crop, _ = cut_square(image, square, size)
    return np.ascontiguousarray(crop[:, ::-1]) if look.flipped else crop
