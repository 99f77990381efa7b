"""Pictures to pairs of crops, one real and one fake; sample number i of a run is always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from detector.blending.autoencoders import Forgers
from detector.blending.backdrop import Backdrop, before, draw_backdrop, person
from detector.blending.blend import BlendError, self_blend
from detector.blending.transforms import sharpen
from detector.data.index import Picture
from detector.faces.crop import cut_square, square_around
from detector.perturb import INTERPOLATIONS, blur, denoise, h264, jpeg, noise, rescale
from detector.structures import Floats, Image
from detector.train.distributed import ALONE, Processes, own_parts
from detector.train.multibranch_augment import augment
from detector.train.pairs import Pair, Stock
from detector.train.recipe import MULTIBRANCH, Recipe

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
    """Draw the damage and the framing; `native_px` is the smaller of the two faces, the resolution no picture
    may exceed.
    """
    smallest = min(float(recipe.degrade.get("smallest_face_px", 56)), native_px)
    shrunk = rng.random() < recipe.degrade.get("rescale", 0.6)
    face_px = float(np.exp(rng.uniform(np.log(smallest), np.log(native_px)))) if shrunk else native_px
    low, high = recipe.degrade.get("jpeg_quality", (35, 96))
    filmed = rng.random() < recipe.degrade.get("video", 0.0)
    cleaned = recipe.degrade.get("denoise", 0.0)
    encodings = (
        0 if filmed else int(rng.choice((0, 1, 2), p=recipe.degrade.get("jpeg_times", (0.2, 0.6, 0.2))))
    )
    return Look(
        face_px=face_px,
        interpolation=int(rng.choice(INTERPOLATIONS)),
        blur_sigma=float(rng.uniform(0.3, 1.5)) if rng.random() < recipe.degrade.get("blur", 0.15) else 0.0,
        sharpening=float(rng.uniform(0.05, 0.3))
        if rng.random() < recipe.degrade.get("sharpen", 0.0)
        else 0.0,
        noise_sigma=float(rng.uniform(1, 8)) if rng.random() < recipe.degrade.get("noise", 0.15) else 0.0,
        qualities=tuple(int(quality) for quality in rng.integers(low, high, encodings)),
        crf=int(rng.integers(*recipe.degrade.get("video_crf", (18, 41)))) if filmed else None,
        margin=recipe.margin + float(rng.uniform(-1, 1)) * recipe.margin_jitter,
        shift=(
            float(rng.uniform(-1, 1)) * recipe.centre_jitter,
            float(rng.uniform(-1, 1)) * recipe.centre_jitter,
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
    return max(0.0, min(across, down, width - across, height - down) / float(max(x2 - x1, y2 - y1)) - 0.5)


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


class Pairs(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The pairs `first` to `first + count` of a run: ((2, 3, S, S) uint8, (2,) labels 0 and 1), each a
    function of its number alone.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        recipe: Recipe,
        first: int,
        count: int,
        size: int,
        forgers: Forgers | None = None,
    ) -> None:
        self.recipe, self.first, self.count, self.size = recipe, first, count, size
        self.stock = Stock(pictures, recipe, forgers)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.recipe.random_seed, self.first + index))
        made_here = rng.random() < self.recipe.self_blend_share
        pair = self.stock.made_here(rng) if made_here else self.stock.ready_made(rng)
        if self.recipe.backdrop_share and rng.random() < self.recipe.backdrop_share:
            pair = before_backdrop(pair, shared=made_here, backdrop=draw_backdrop(rng))
        crops = self._look_at(pair, rng)
        crops = [augment(crop, rng) for crop in crops] if self.recipe.augment == MULTIBRANCH else crops
        return torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2).copy()), torch.tensor([0.0, 1.0])

    def _look_at(self, pair: Pair, rng: np.random.Generator) -> list[Image]:
        boxes = (pair.real_box, pair.fake_box)
        native = min(float(max(box[2] - box[0], box[3] - box[1])) for box in boxes)
        look = draw_look(self.recipe, native, rng)
        if rng.random() < self.recipe.degrade.get("inside", 0.0):
            look = replace(
                look, margin=min(look.margin, room(pair.real, pair.real_box), room(pair.fake, pair.fake_box))
            )
        return [
            apply_look(image, box, look, self.size, rng)
            for image, box in zip((pair.real, pair.fake), boxes, strict=True)
        ]


def balanced(pictures: Sequence[Picture], most: int, random_seed: int) -> Sequence[Picture]:
    """At most `most` of `pictures`, as many real as fake and every source in its share, always the same; 0:
    all of them.
    """
    if not most:
        return pictures
    rng = np.random.default_rng(random_seed)
    kept: list[int] = []
    each = min(most // 2, *(sum(p.label == label for p in pictures) for label in (0, 1)))
    for label in (0, 1):
        rows = rng.permutation([number for number, p in enumerate(pictures) if p.label == label])
        by_source = sorted(rows, key=lambda number: pictures[number].source)  # stable: random within a source
        kept += [int(by_source[place * len(by_source) // each]) for place in range(each)]
    return [pictures[number] for number in sorted(kept)]


def pair_loader(
    pictures: Sequence[Picture],
    recipe: Recipe,
    round_number: int,
    workers: int,
    forgers: Forgers | None = None,
    processes: Processes = ALONE,
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """What one of `processes` gets of a round: its share of every part of `batch_pairs`, in the order of
    their numbers.
    """
    count = recipe.round_steps * recipe.batch_pairs
    pairs = Pairs(
        pictures, recipe, round_number * count, count, recipe.size_at(round_number / recipe.rounds), forgers
    )
    parts = own_parts(count, recipe.batch_pairs // recipe.accumulate, processes)
    return DataLoader(pairs, batch_sampler=parts, num_workers=workers)


@dataclass(frozen=True, eq=False)
class TunePicture:
    """A crop as the detector will be shown it, with its source; self-blends of the reals are a source of
    their own.
    """

    crop: Image
    label: int
    source: str


SELF_BLENDS = "self-blends"


def tuning_crops(
    pictures: Sequence[Picture],
    margin: float,
    size: int,
    most: int | None = 240,
    blends: int = 160,
    random_seed: int = 5,
) -> Iterator[TunePicture]:
    """Crops without damage or jitter, always the same.

    At most `most` of each source and class (None: all), and `blends` self-blends, each with its real picture.
    """
    rng = np.random.default_rng(random_seed)

    def crop(image: Image, picture: Picture) -> Image:
        return cut_square(image, square_around(picture.box, margin), size)[0]

    for key in sorted({(p.source, p.label) for p in pictures}):
        rows = [p for p in pictures if (p.source, p.label) == key]
        for number in sorted(rng.permutation(len(rows))[:most]):
            yield TunePicture(crop(rows[number].image(), rows[number]), label=key[1], source=key[0])
    blendable = [p for p in pictures if p.label == 0 and p.points68 is not None]
    for number in rng.permutation(len(blendable))[:blends]:
        picture = blendable[number]
        assert picture.points68 is not None
        try:
            blend = self_blend(picture.image(), picture.points68, rng)
        except BlendError:
            continue
        quality = int(rng.integers(60, 96))
        yield TunePicture(crop(jpeg(blend.real, quality), picture), 0, SELF_BLENDS)
        yield TunePicture(crop(jpeg(blend.fake, quality), picture), 1, SELF_BLENDS)
