"""A recipe and the pictures there are to those that are trained on, and to the weights by which their sources
are drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from detector.data.index import Picture
from detector.errors import SettingsError
from detector.train.recipe import Recipe


def without_left_out(recipe: Recipe) -> Recipe:
    """`recipe` without the sources that it leaves out in any of its mixes; SettingsError where it is then
    left without genuine ones.

    Where it is left without ready-made fakes, all fakes are made here.
    """
    if not recipe.leave_out:
        return recipe
    mixes = {
        key: {name: weight for name, weight in getattr(recipe, key).items() if name not in recipe.leave_out}
        for key in ("real_mix", "partner_mix", "fake_mix", "donor_mix")
    }
    if not mixes["real_mix"]:
        raise SettingsError(
            f"{recipe.detector}: leave_out takes every source of real_mix ({', '.join(recipe.real_mix)});"
            " leave one in"
        )
    generated = recipe.generated_donors if mixes["donor_mix"] else 0.0
    only_made_here = (
        {}
        if mixes["fake_mix"] and mixes["partner_mix"]
        else {"self_blend_share": 1.0, "generated_donors": generated}
    )
    return replace(recipe, **mixes, **only_made_here)


def kept_of(recipe: Recipe, pictures: Sequence[Picture]) -> list[Picture]:
    """`pictures` of the sources that `recipe` does not leave out."""
    return [picture for picture in pictures if picture.source not in recipe.leave_out]


def with_source_weights(recipe: Recipe, pictures: Iterable[Picture]) -> Recipe:
    """`recipe` with mixes that say how often a source is drawn: weight times number of pictures to the power
    1 - `source_balance`.
    """
    if recipe.source_balance == 1:
        return recipe
    counts = Counter((picture.source, picture.label) for picture in pictures)

    def weighed(mix: dict[str, float], label: int) -> dict[str, float]:
        return {
            name: weight * max(1, counts[name, label]) ** (1 - recipe.source_balance)
            for name, weight in mix.items()
        }

    mixes = {
        "real_mix": weighed(recipe.real_mix, 0),
        "partner_mix": weighed(recipe.partner_mix, 0),
        "fake_mix": weighed(recipe.fake_mix, 1),
        "donor_mix": weighed(recipe.donor_mix, 1),
    }
    return replace(recipe, **mixes)
