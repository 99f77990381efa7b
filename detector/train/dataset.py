"""Pairs of crops, one real and one fake, each a function of its number alone; and the crops of `tune`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from detector.blending.autoencoders import Forgers
from detector.blending.backdrop import draw_backdrop
from detector.blending.blend import BlendError, self_blend
from detector.data.tables import Picture
from detector.errors import SettingsError
from detector.faces.crop import cut_square, square_around
from detector.perturb import jpeg
from detector.structures import Image
from detector.train.degrade import apply_look, before_backdrop, draw_look, finished, room
from detector.train.distributed import ALONE, Processes, own_parts
from detector.train.multibranch_augment import augment
from detector.train.pairs import Pair, Stock
from detector.train.recipe import Recipe, changed


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
        synthesis = self.recipe.synthesis
        synthesised = rng.random() < synthesis.share
        pair = self.stock.synthesised(rng) if synthesised else self.stock.from_dataset(rng)
        if synthesis.backdrop_share and rng.random() < synthesis.backdrop_share:
            pair = before_backdrop(pair, shared=synthesised, backdrop=draw_backdrop(rng))
        if synthesis.finish_share or synthesis.fade_share:
            pair = finished(pair, shared=synthesised, synthesis=synthesis, rng=rng)
        crops = self._look_at(pair, rng)
        if self.recipe.degradation.augment == "multibranch":
            crops = [augment(crop, rng) for crop in crops]
        return torch.from_numpy(np.stack(crops).transpose(0, 3, 1, 2).copy()), torch.tensor([0.0, 1.0])

    def _look_at(self, pair: Pair, rng: np.random.Generator) -> list[Image]:
        boxes = (pair.real_box, pair.fake_box)
        native = min(float(max(box[2] - box[0], box[3] - box[1])) for box in boxes)
        look = draw_look(self.recipe, native, rng)
        if rng.random() < self.recipe.degradation.inside:
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
    epoch: int,
    workers: int,
    forgers: Forgers | None = None,
    processes: Processes = ALONE,
) -> DataLoader[tuple[torch.Tensor, torch.Tensor]]:
    """What one of `processes` gets of an epoch: its share of every part of `batch_pairs`, in the order of
    their numbers.
    """
    step, count = recipe.optimiser, recipe.schedule.epoch_steps * recipe.optimiser.batch_pairs
    size = recipe.size_at(epoch / recipe.schedule.epochs)
    pairs = Pairs(pictures, recipe, epoch * count, count, size, forgers)
    parts = own_parts(count, step.batch_pairs // step.accumulate, processes)
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
    """Crops without degradation or jitter, always the same.

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


def without_left_out(recipe: Recipe) -> Recipe:
    """`recipe` without the sources that it leaves out in any of its mixes; SettingsError where it is then
    left without genuine ones.

    Where it is left without fakes of the data set, all fakes are synthesised.
    """
    data, synthesis = recipe.data, recipe.synthesis
    if not data.leave_out:
        return recipe

    def kept(mix: dict[str, float]) -> dict[str, float]:
        return {name: weight for name, weight in mix.items() if name not in data.leave_out}

    mixes = {
        "real_mix": kept(data.real_mix),
        "partner_mix": kept(data.partner_mix),
        "fake_mix": kept(data.fake_mix),
    }
    donors: dict[str, Any] = {"donor_mix": kept(synthesis.donor_mix)}
    if not mixes["real_mix"]:
        raise SettingsError(
            f"{recipe.detector}: leave_out takes every source of real_mix ({', '.join(data.real_mix)});"
            " leave one in"
        )
    if not (mixes["fake_mix"] and mixes["partner_mix"]):
        donors |= {"share": 1.0, "dataset_donors": synthesis.dataset_donors if donors["donor_mix"] else 0.0}
    return changed(recipe, data=mixes, synthesis=donors)


def kept_of(recipe: Recipe, pictures: Sequence[Picture]) -> list[Picture]:
    """`pictures` of the sources that `recipe` does not leave out."""
    return [picture for picture in pictures if picture.source not in recipe.data.leave_out]


def with_source_weights(recipe: Recipe, pictures: Iterable[Picture]) -> Recipe:
    """`recipe` with mixes that say how often a source is drawn: weight times number of pictures to the power
    1 - `source_balance`.
    """
    if recipe.data.source_balance == 1:
        return recipe
    counts = Counter((picture.source, picture.label) for picture in pictures)

    def weighed(mix: dict[str, float], label: int) -> dict[str, float]:
        return {
            name: weight * max(1, counts[name, label]) ** (1 - recipe.data.source_balance)
            for name, weight in mix.items()
        }

    return changed(
        recipe,
        data={
            "real_mix": weighed(recipe.data.real_mix, 0),
            "partner_mix": weighed(recipe.data.partner_mix, 0),
            "fake_mix": weighed(recipe.data.fake_mix, 1),
        },
        synthesis={"donor_mix": weighed(recipe.synthesis.donor_mix, 1)},
    )
