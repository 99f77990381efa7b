"""Pairs of one real and one fake picture at their own size: the fake synthesised of the real one, or of the
data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.blending.autoencoders import Forgers
from detector.blending.blend import BlendError, mix, self_blend
from detector.blending.donor import alignment, lay_over, match_colours, match_spectrum
from detector.blending.masks import PART_SHAPES, RANDOM_SHAPES, draw_mask, soft_mask
from detector.blending.retouch import retouch, seamless
from detector.blending.transforms import augment_pair, regenerate, transform
from detector.data.tables import Picture
from detector.errors import SettingsError
from detector.faces.landmarks import with_forehead
from detector.perturb import INTERPOLATIONS, blur, jpeg, rescale
from detector.structures import Floats, Image
from detector.train.recipe import Recipe

DONORS_COMPARED = 16
"""People looked at for one swap; the one whose landmarks lie nearest gives the face."""
TRIES = 20
"""Pictures tried for one fake before the run stops: a mask that is empty this often is a fault, not bad luck.
"""
MATCHED = 0.75
"""Share of the reconstructions that get the sharpness of their original; the rest keep the softness of a
decoder.
"""


@dataclass(frozen=True, eq=False)
class Pair:
    """A real and a fake picture, each (H, W, 3) uint8 RGB of its own size, with the box (4,) of the face in
    its pixels.
    """

    real: Image
    real_box: Floats
    fake: Image
    fake_box: Floats


class Stock:
    """The training pictures by what they are good for, and the pairs that are made of them; every draw from
    the generator handed in.
    """

    def __init__(self, pictures: Sequence[Picture], recipe: Recipe, forgers: Forgers | None = None) -> None:
        self.recipe, self.forgers = recipe, forgers
        self.reals = {
            name: [p for p in pictures if p.label == 0 and p.source == name]
            for name in {**recipe.data.real_mix, **recipe.data.partner_mix}
        }
        faked = {**recipe.data.fake_mix, **recipe.generated_mix}
        self.fakes = {name: [p for p in pictures if p.label == 1 and p.source == name] for name in faked}
        empty = [name for mixed in (self.reals, self.fakes) for name, rows in mixed.items() if not rows]
        if empty:
            raise SettingsError(
                f"the index has no training pictures of source {empty[0]!r}, which the recipe asks for"
            )
        self.blendable = {
            name: [p for p in rows if p.points68 is not None] for name, rows in self.reals.items()
        }
        self.generated = {
            name: [p for p in rows if p.points68 is not None] for name, rows in self.fakes.items()
        }
        self.originals: dict[str, list[Picture]] = {}
        for picture in (p for rows in self.reals.values() for p in rows):
            self.originals.setdefault(picture.group, []).append(picture)

    def synthesised(self, rng: np.random.Generator) -> Pair:
        """A real picture and a fake made of it, which then differ by the forgery alone: what is done to both
        is the same draw.
        """
        for _ in range(TRIES):
            picture = draw_picture(self.blendable, self.recipe.data.real_mix, rng)
            image, points, box = self._shrunk(picture, rng)
            kind = rng.random()
            try:
                if kind < self.recipe.synthesis.retouch_share:
                    real, fake = image, retouch(image, points, rng)
                elif kind < self.recipe.synthesis.retouch_share + self.recipe.synthesis.reconstruct_share:
                    real, fake = image, self._reconstructed(image, points, rng)
                else:
                    real, fake = self._blended(picture, image, points, box, rng)
            except BlendError:
                continue
            if np.array_equal(real, fake):
                continue
            real, fake = augment_pair(real, fake, rng)
            return Pair(real, box, fake, box)
        raise RuntimeError(f"{TRIES} pictures in a row gave no fake; look at the landmarks of the index")

    def from_dataset(self, rng: np.random.Generator) -> Pair:
        """A fake of the data set and a real picture: its own original where there is one, else a stranger
        framed like it.
        """
        fake = draw_picture(self.fakes, self.recipe.data.fake_mix, rng)
        originals = self.originals.get(fake.group)
        real = (
            originals[rng.integers(len(originals))]
            if originals
            else draw_picture(self.reals, self.recipe.data.partner_mix, rng)
        )
        real_image, fake_image = augment_pair(
            self._with_past(real.image(), rng), self._with_past(fake.image(), rng), rng
        )
        return Pair(real_image, real.box, fake_image, fake.box)

    def _blended(
        self, picture: Picture, image: Image, points: Floats, box: Floats, rng: np.random.Generator
    ) -> tuple[Image, Image]:
        """Real and fake of a blend: of the picture with itself, or with the face of another person."""
        shares, degradation = self.recipe.synthesis, self.recipe.degradation
        source = self._donated(picture, image, points, rng) if rng.random() < shares.donor_share else None
        if source is not None and rng.random() < shares.seamless_share:
            swapped = seamless(source, image, draw_mask("hull", with_forehead(points), *image.shape[:2]))
            if swapped is not None:
                return image, swapped
        if rng.random() < degradation.regenerate:
            source = self._regenerated(image if source is None else source, box, rng)
        shape = PART_SHAPES[rng.integers(len(PART_SHAPES))] if rng.random() < shares.part_share else None
        blend = self_blend(image, with_forehead(points), rng, shape=shape, source=source)
        untouched = np.array_equal(blend.real, image)
        altered = untouched and rng.random() < degradation.altered_real
        # else a region that was sharpened or coarsened is twice as common among the fakes, and says "fake" by
        # itself
        return transform(image, rng) if altered else blend.real, blend.fake

    def _reconstructed(self, image: Image, points: Floats, rng: np.random.Generator) -> Image:
        """The picture as an autoencoder gives it back, whole or inside a mask of the face (arXiv:2410.11835;
        2412.17671).
        """
        fake = self._given_back(image, rng)
        if rng.random() < 0.5:
            shape = RANDOM_SHAPES[rng.integers(len(RANDOM_SHAPES))]
            fake = mix(fake, image, soft_mask(draw_mask(shape, with_forehead(points), *image.shape[:2]), rng))
        return fake

    def _given_back(self, image: Image, rng: np.random.Generator) -> Image:
        assert self.forgers is not None
        given = self.forgers.give_back(image, rng)
        return match_spectrum(given, image, float(rng.uniform(0.5, 1.0))) if rng.random() < MATCHED else given

    def _shrunk(self, picture: Picture, rng: np.random.Generator) -> tuple[Image, Floats, Floats]:
        """Pixels, points and box, mostly of a smaller copy: the grid of an old JPEG, which a blend would
        shift, is then gone.
        """
        assert picture.points68 is not None
        image = picture.image()
        if rng.random() >= self.recipe.degradation.shrink_first:
            return image, picture.points68, picture.box
        factor = float(rng.uniform(*self.recipe.degradation.shrink_share))
        return (
            rescale(image, factor, int(rng.choice(INTERPOLATIONS))),
            picture.points68 * factor,
            picture.box * factor,
        )

    def _regenerated(self, image: Image, box: Floats, rng: np.random.Generator) -> Image:
        if rng.random() < self.recipe.synthesis.reconstruct_sources:
            return self._given_back(image, rng)
        low, high = self.recipe.degradation.regenerated_share
        face_px = float(max(box[2] - box[0], box[3] - box[1]))
        return regenerate(image, face_px, face_px * float(rng.uniform(low, high)), rng)

    def _donated(
        self, picture: Picture, image: Image, points: Floats, rng: np.random.Generator
    ) -> Image | None:
        """The best fitting of a few other people's faces, laid on `image`: the source of a swap; None where
        nobody else was drawn.
        """
        generated = rng.random() < self.recipe.synthesis.dataset_donors
        pool, mixed = (
            (self.generated, self.recipe.generated_mix)
            if generated
            else (self.blendable, self.recipe.data.real_mix)
        )
        drawn = [
            donor
            for donor in (draw_picture(pool, mixed, rng) for _ in range(DONORS_COMPARED))
            if donor.group != picture.group
        ]
        if not drawn:
            return None
        fits = [alignment(donor.points68, points) for donor in drawn if donor.points68 is not None]
        best = min(range(len(fits)), key=lambda number: fits[number][1])
        laid = lay_over(drawn[best].image(), fits[best][0], image)
        return match_colours(laid, image, points)

    def _with_past(self, image: Image, rng: np.random.Generator) -> Image:
        """A past of its own for a picture of the data set: sources differ in how clean their files are, which
        must not tell the class.
        """
        if rng.random() < self.recipe.degradation.past_blur:
            image = blur(image, float(rng.uniform(0.3, 1.5)))
        if rng.random() < self.recipe.degradation.past_jpeg:
            image = jpeg(image, int(rng.integers(50, 93)))
        return image


def draw_picture(
    pictures: dict[str, list[Picture]], mix_of: dict[str, float], rng: np.random.Generator
) -> Picture:
    """A picture of a source drawn by its weight in `mix_of`, whatever the sources' sizes."""
    weights = np.array(list(mix_of.values()), dtype=float)
    source = list(mix_of)[int(rng.choice(len(mix_of), p=weights / weights.sum()))]
    rows = pictures[source]
    return rows[int(rng.integers(len(rows)))]
