"""A recipe and the pictures there are to the weights by which sources are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from detector.data.index import Picture
from detector.train.recipe import Recipe


def with_source_weights(recipe: Recipe, pictures: Iterable[Picture]) -> Recipe:
    """`recipe` with mixes that say how often a source is drawn: weight times number of pictures to the power 1 - `source_balance`."""
    if recipe.source_balance == 1:
        return recipe
    counts = Counter((picture.source, picture.label) for picture in pictures)

    def weighed(mix: dict[str, float], label: int) -> dict[str, float]:
        return {name: weight * max(1, counts[name, label]) ** (1 - recipe.source_balance) for name, weight in mix.items()}

    mixes = {
        "real_mix": weighed(recipe.real_mix, 0),
        "partner_mix": weighed(recipe.partner_mix, 0),
        "fake_mix": weighed(recipe.fake_mix, 1),
    }
    return replace(recipe, **mixes)
