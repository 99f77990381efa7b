"""Pictures to pairs of crops, one real and one fake; sample number i of a run is always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from detector.blending.blend import BlendError, self_blend
from detector.blending.donor import alignment, lay_over, match_colours
from detector.blending.masks import PART_SHAPES
from detector.blending.transforms import augment_pair, regenerate, sharpen, transform
from detector.data.index import Picture
from detector.errors import SettingsError
from detector.faces.crop import cut_square, square_around
from detector.faces.landmarks import with_forehead
from detector.perturb import INTERPOLATIONS, blur, jpeg, noise, rescale
from detector.structures import Floats, Image
from detector.train.recipe import Recipe

DONORS_COMPARED = 16
"""People looked at for one swap; the one whose landmarks lie nearest gives the face."""
TRIES = 20
"""Pictures tried for one self-blend before the run stops: a mask that is empty this often is a fault, not bad luck."""


@dataclass(frozen=True, eq=False)
class Look:
    """What is done to both pictures of a pair alike, so that resolution, compression and framing say nothing about the label."""

    face_px: float
    interpolation: int
    blur_sigma: float
    sharpening: float
    noise_sigma: float
    qualities: tuple[int, ...]
    margin: float
    shift: tuple[float, float]
    flipped: bool


def draw_look(recipe: Recipe, native_px: float, rng: np.random.Generator) -> Look:
    """Draw the damage and the framing; `native_px` is the smaller of the two faces, the resolution no picture may exceed."""
    smallest = min(float(recipe.degrade.get("smallest_face_px", 56)), native_px)
    shrunk = rng.random() < recipe.degrade.get("rescale", 0.6)
    face_px = float(np.exp(rng.uniform(np.log(smallest), np.log(native_px)))) if shrunk else native_px
    low, high = recipe.degrade.get("jpeg_quality", (35, 96))
    encodings = int(rng.choice((0, 1, 2), p=recipe.degrade.get("jpeg_times", (0.2, 0.6, 0.2))))
    return Look(
        face_px=face_px,
        interpolation=int(rng.choice(INTERPOLATIONS)),
        blur_sigma=float(rng.uniform(0.3, 1.5)) if rng.random() < recipe.degrade.get("blur", 0.15) else 0.0,
        sharpening=float(rng.uniform(0.05, 0.3)) if rng.random() < recipe.degrade.get("sharpen", 0.0) else 0.0,
        noise_sigma=float(rng.uniform(1, 8)) if rng.random() < recipe.degrade.get("noise", 0.15) else 0.0,
        qualities=tuple(int(quality) for quality in rng.integers(low, high, encodings)),
        margin=recipe.margin + float(rng.uniform(-1, 1)) * recipe.margin_jitter,
        shift=(float(rng.uniform(-1, 1)) * recipe.centre_jitter, float(rng.uniform(-1, 1)) * recipe.centre_jitter),
        flipped=bool(rng.random() < 0.5),
    )


def room(image: Image, box: Floats) -> float:
    """The largest margin, at least 0, at which a square around `box` still lies inside `image`: beyond it a crop mirrors the edge."""
    (x1, y1, x2, y2), (height, width) = box, image.shape[:2]
    across, down = float(x1 + x2) / 2, float(y1 + y2) / 2
    return max(0.0, min(across, down, width - across, height - down) / float(max(x2 - x1, y2 - y1)) - 0.5)


def apply_look(image: Image, box: Floats, look: Look, size: int, rng: np.random.Generator) -> Image:
    """The (size, size, 3) crop of the face in `box` after what `look` says was done to the picture."""
    longer = float(max(box[2] - box[0], box[3] - box[1]))
    factor = min(1.0, look.face_px / longer)
    if factor < 0.98:
        image, box = rescale(image, factor, look.interpolation), box * factor
    if look.blur_sigma:
        image = blur(image, look.blur_sigma)
    if look.sharpening:
        image = sharpen(image, look.sharpening, 0.75)
    if look.noise_sigma:
        image = noise(image, look.noise_sigma, rng)
    for quality in look.qualities:
        image = jpeg(image, quality)
    square = square_around(box, look.margin)
    square = square + np.array([*look.shift, *look.shift]) * longer * factor
    crop, _ = cut_square(image, square, size)
    return np.ascontiguousarray(crop[:, ::-1]) if look.flipped else crop


class Pairs(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The pairs `first` to `first + count` of a run: ((2, 3, S, S) uint8, (2,) labels 0 and 1), each a function of its number alone."""

    def __init__(self, pictures: Sequence[Picture], recipe: Recipe, first: int, count: int, size: int) -> None:
        self.recipe, self.first, self.count, self.size = recipe, first, count, size
        self.reals = {
            name: [p for p in pictures if p.label == 0 and p.source == name] for name in {**recipe.real_mix, **recipe.partner_mix}
        }
        self.fakes = {name: [p for p in pictures if p.label == 1 and p.source == name] for name in recipe.fake_mix}
        empty = [name for mix in (self.reals, self.fakes) for name, rows in mix.items() if not rows]
        if empty:
            raise SettingsError(f"the index has no training pictures of source {empty[0]!r}, which the recipe asks for")
        self.blendable = {name: [p for p in rows if p.points68 is not None] for name, rows in self.reals.items()}
        self.generated = {name: [p for p in rows if p.points68 is not None] for name, rows in self.fakes.items()}
        self.originals: dict[str, list[Picture]] = {}
        for picture in (p for rows in self.reals.values() for p in rows):
            self.originals.setdefault(picture.group, []).append(picture)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = np.random.default_rng((self.recipe.random_seed, self.first + index))
        blended = rng.random() < self.recipe.self_blend_share
        crops = self._blended_pair(rng) if blended else self._forged_pair(rng)
        return torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2).copy()), torch.tensor([0.0, 1.0])

    def _blended_pair(self, rng: np.random.Generator) -> list[Image]:
        """A real picture and a blend made of it, damaged alike."""
        for _ in range(TRIES):
            picture = _draw(self.blendable, self.recipe.real_mix, rng)
            image, points, box = self._shrunk(picture, rng)
            source = self._donated(picture, image, points, rng) if rng.random() < self.recipe.donor_share else None
            if rng.random() < self.recipe.degrade.get("regenerate", 0.0):
                source = self._regenerated(image if source is None else source, box, rng)
            shape = PART_SHAPES[rng.integers(len(PART_SHAPES))] if rng.random() < self.recipe.part_share else None
            try:
                blend = self_blend(image, with_forehead(points), rng, shape=shape, source=source)
            except BlendError:
                continue
            untouched = np.array_equal(blend.real, image)
            altered = untouched and rng.random() < self.recipe.degrade.get("altered_real", 0.0)
            # else a region that was sharpened or coarsened is twice as common among the fakes, and says "fake" by itself
            pair = augment_pair(transform(image, rng) if altered else blend.real, blend.fake, rng)
            return self._look_at(pair[0], box, pair[1], box, rng)
        raise RuntimeError(f"{TRIES} pictures in a row gave no self-blend; look at the landmarks of the index")

    def _shrunk(self, picture: Picture, rng: np.random.Generator) -> tuple[Image, Floats, Floats]:
        """Pixels, points and box, mostly of a smaller copy: the grid of an old JPEG, which a blend would shift, is then gone."""
        assert picture.points68 is not None
        image = picture.image()
        if rng.random() >= self.recipe.degrade.get("shrink_first", 0.0):
            return image, picture.points68, picture.box
        factor = float(rng.uniform(*self.recipe.degrade.get("shrink_share", (0.55, 0.95))))
        return rescale(image, factor, int(rng.choice(INTERPOLATIONS))), picture.points68 * factor, picture.box * factor

    def _regenerated(self, image: Image, box: Floats, rng: np.random.Generator) -> Image:
        low, high = self.recipe.degrade.get("regenerated_share", (0.2, 0.7))
        face_px = float(max(box[2] - box[0], box[3] - box[1]))
        return regenerate(image, face_px, face_px * float(rng.uniform(low, high)), rng)

    def _donated(self, picture: Picture, image: Image, points: Floats, rng: np.random.Generator) -> Image:
        """The best fitting of a few other people's faces, laid on `image`: the source of a swap."""
        generated = rng.random() < self.recipe.generated_donors
        pool, mix = (self.generated, self.recipe.fake_mix) if generated else (self.blendable, self.recipe.real_mix)
        drawn = [donor for donor in (_draw(pool, mix, rng) for _ in range(DONORS_COMPARED)) if donor.group != picture.group]
        if not drawn:
            return image
        fits = [alignment(donor.points68, points) for donor in drawn if donor.points68 is not None]
        best = min(range(len(fits)), key=lambda number: fits[number][1])
        laid = lay_over(drawn[best].image(), fits[best][0], image)
        return match_colours(laid, image, points)

    def _forged_pair(self, rng: np.random.Generator) -> list[Image]:
        """A ready-made fake and a real picture: its own original where there is one, else a stranger framed like it."""
        fake = _draw(self.fakes, self.recipe.fake_mix, rng)
        originals = self.originals.get(fake.group)
        real = originals[rng.integers(len(originals))] if originals else _draw(self.reals, self.recipe.partner_mix, rng)
        images = augment_pair(self._with_past(real.image(), rng), self._with_past(fake.image(), rng), rng)
        return self._look_at(images[0], real.box, images[1], fake.box, rng)

    def _with_past(self, image: Image, rng: np.random.Generator) -> Image:
        """A past of its own for a ready-made picture: sources differ in how clean their files are, which must not tell the class."""
        if rng.random() < self.recipe.degrade.get("past_blur", 0.0):
            image = blur(image, float(rng.uniform(0.3, 1.5)))
        if rng.random() < self.recipe.degrade.get("past_jpeg", 0.0):
            image = jpeg(image, int(rng.integers(50, 93)))
        return image

    def _look_at(self, real: Image, real_box: Floats, fake: Image, fake_box: Floats, rng: np.random.Generator) -> list[Image]:
        native = min(float(max(box[2] - box[0], box[3] - box[1])) for box in (real_box, fake_box))
        look = draw_look(self.recipe, native, rng)
        if rng.random() < self.recipe.degrade.get("inside", 0.0):
            look = replace(look, margin=min(look.margin, room(real, real_box), room(fake, fake_box)))
        return [apply_look(real, real_box, look, self.size, rng), apply_look(fake, fake_box, look, self.size, rng)]


def _draw(pictures: dict[str, list[Picture]], mix: dict[str, float], rng: np.random.Generator) -> Picture:
    """A picture of a source drawn by the weights of `mix`, whatever the sources' sizes."""
    weights = np.array(list(mix.values()), dtype=float)
    source = list(mix)[int(rng.choice(len(mix), p=weights / weights.sum()))]
    rows = pictures[source]
    return rows[int(rng.integers(len(rows)))]


def balanced(pictures: Sequence[Picture], most: int, random_seed: int) -> Sequence[Picture]:
    """At most `most` of `pictures`, as many real as fake and every source in its share, always the same; 0: all of them."""
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
    pictures: Sequence[Picture], recipe: Recipe, round_number: int, workers: int
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of one round: `batch_pairs` pairs each, in the order of their numbers."""
    count = recipe.round_steps * recipe.batch_pairs
    pairs = Pairs(pictures, recipe, round_number * count, count, recipe.size_at(round_number / recipe.rounds))
    return DataLoader(pairs, batch_size=recipe.batch_pairs, num_workers=workers, shuffle=False)


@dataclass(frozen=True, eq=False)
class TunePicture:
    """A crop as the detector will be shown it, with its source; self-blends of the reals are a source of their own."""

    crop: Image
    label: int
    source: str


SELF_BLENDS = "self-blends"


def tuning_crops(
    pictures: Sequence[Picture], margin: float, size: int, most: int | None = 240, blends: int = 160, random_seed: int = 5
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
