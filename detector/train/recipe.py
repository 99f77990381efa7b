"""A recipe: the JSON file that says everything about a training run, each key with its type and limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from detector.errors import SettingsError
from detector.files import write_atomically
from detector.schema import read_as
from detector.train.flat_recipe import from_flat, is_flat
from detector.train.optimisation import (
    Count,
    Loss,
    NotNegative,
    OneOrMore,
    Optimiser,
    Positive,
    Schedule,
    Section,
    Share,
)

RECIPES = Path(__file__).parent / "recipes"
"""The recipes that ship with the program."""

Quality = Annotated[int, Meta(ge=1, le=101)]
Crf = Annotated[int, Meta(ge=0, le=52)]
Mix = dict[str, NotNegative]
"""Weight of each source."""
SUBSETS = {"mini": 1068, "middle": 5517, "big": 10905, "full": 0}
"""Pictures of the subsets that DeepFake Inspector was tried on; half of them real here."""


class Data(Section, frozen=True, kw_only=True):
    """Which pictures there are to draw from, and how often.

    real_mix, fake_mix   weight of each source among the reals that fakes are synthesised of, and among the
                         fakes of the data set
    partner_mix          weight of each source among the reals set against a fake of the data set that has no
                         original
    leave_out            sources that are neither trained nor validated on, whatever the mixes say, so that
                         they can show transfer
    source_balance       1: those weights count whatever the sources' sizes; 0: every picture counts alike,
                         times the weight of its source; between: a source of n pictures counts n to the
                         power 1 - this
    most_pictures        at most so many training pictures, as many real as fake, drawn once; 0: all; or the
                         name of one of SUBSETS
    tune_most            at most so many pictures of each source and class of `tune` validate an epoch, and
                         two thirds as many self-blends
    chosen_by            sources of `tune`, self-blends among them, whose mean AUC chooses an epoch: those
                         whose fakes the detector's question is about; empty: all
    """

    real_mix: Mix
    fake_mix: Mix
    partner_mix: Mix
    leave_out: tuple[str, ...] = ()
    source_balance: Share = 1.0
    most_pictures: Count | Literal["mini", "middle", "big", "full"] = 0
    tune_most: OneOrMore = 240
    chosen_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("real_mix", "fake_mix", "partner_mix"):
            _check_mix(name, getattr(self, name))

    @property
    def picture_limit(self) -> int:
        """`most_pictures` as a number."""
        return self.most_pictures if isinstance(self.most_pictures, int) else SUBSETS[self.most_pictures]


class Synthesis(Section, frozen=True, kw_only=True):
    """Which fakes are synthesised of real pictures.

    share                share of the pairs whose fake is synthesised, of the pair's own real picture; the
                         others have a fake of the data set
    donor_share          share of the blends that take their source from another person, aligned and
                         colour-matched (a swap)
    dataset_donors       share of those donors that are fakes of the data set: a generated face inside a
                         genuine picture
    donor_mix            weight of each source among those generated donors; empty: as in data.fake_mix. A
                         source whose pictures show by their setting alone what they are (studio portraits)
                         serves as donor without being set against other people's snapshots
    part_share           share of the blends whose mask is the eyes, the nose or the mouth alone
    retouch_share        share of the synthesised fakes that are the real picture with one to three local
                         edits of a retoucher
    reconstruct_share    share of the synthesised fakes that are the real picture given back by an
                         autoencoder: whole, or inside a mask
    reconstruct_sources  share of the regenerated sources of blends that an autoencoder gives back
    seamless_share       share of the swaps that are put in by Poisson blending
    backdrop_share       share of all pairs whose two people are both put before the same plain backdrop, so
                         that a studio's tells nothing
    finish_share         share of the real and of the fake pictures that are retouched as a whole: skin,
                         light, local contrast, sharpness
    fade_share           share of the real and of the fake pictures that are grey or lose much of their colour
    forgers              file of autoencoders in the folder given by --init, which the two before need
    """

    share: Share
    donor_share: Share = 0.0
    dataset_donors: Share = 0.0
    donor_mix: Mix = {}
    part_share: Share = 0.0
    retouch_share: Share = 0.0
    reconstruct_share: Share = 0.0
    reconstruct_sources: Share = 0.0
    seamless_share: Share = 0.0
    backdrop_share: Share = 0.0
    finish_share: Share = 0.0
    fade_share: Share = 0.0
    forgers: str | None = None

    def __post_init__(self) -> None:
        _check_mix("donor_mix", self.donor_mix)
        if self.forgers is None and (self.reconstruct_share or self.reconstruct_sources):
            raise ValueError(
                "reconstruct_share and reconstruct_sources need `forgers`, the file of autoencoders in --init"
            )


class Degradation(Section, frozen=True, kw_only=True):
    """What is done to pictures so that resolution, compression and framing say nothing about the label.

    Of both of a pair alike, a share of the pairs, or the range that is drawn from:

    rescale, smallest_face_px    shrunk, so that the face is between this many pixels and its native size
    jpeg_times, jpeg_quality     shares compressed 0, 1 and 2 times; qualities, the second not reached
    video, video_crf             through a video codec in place of JPEG; its constant rate factor likewise
    blur, sharpen, noise, denoise  as their names say
    inside                       the margin kept so small that the crop does not reach over the edge
    margin_jitter                the margin is drawn from the recipe's margin ± this
    centre_jitter                the crop's centre moves by up to this share of the box's longer side

    Before that, of synthesised pairs: `shrink_first` of them are shrunk to a share in `shrink_share`;
    `regenerate` of the blends take a source that was as small as a share in `regenerated_share` of the face;
    `altered_real` of the untouched reals get a region sharpened or coarsened, as half of the fakes do.

    Of pairs from the data set, each of the two for itself: `past_blur` and `past_jpeg`.

    augment                      "multibranch": the eighteen random transforms of its published code, on each
                                 crop for itself; null: none of them
    """

    rescale: Share = 0.6
    smallest_face_px: Positive = 56.0
    jpeg_times: tuple[Share, Share, Share] = (0.2, 0.6, 0.2)
    jpeg_quality: tuple[Quality, Quality] = (35, 96)
    video: Share = 0.0
    video_crf: tuple[Crf, Crf] = (18, 41)
    blur: Share = 0.15
    sharpen: Share = 0.0
    noise: Share = 0.15
    denoise: Share = 0.0
    inside: Share = 0.0
    margin_jitter: NotNegative = 0.1
    centre_jitter: NotNegative = 0.05
    shrink_first: Share = 0.0
    shrink_share: tuple[Positive, Positive] = (0.55, 0.95)
    regenerate: Share = 0.0
    regenerated_share: tuple[Positive, Positive] = (0.2, 0.7)
    altered_real: Share = 0.0
    past_blur: Share = 0.0
    past_jpeg: Share = 0.0
    augment: Literal["multibranch"] | None = None

    def __post_init__(self) -> None:
        for name in ("jpeg_quality", "video_crf"):
            low, high = getattr(self, name)
            if low >= high:
                raise ValueError(f"{name} is {low} to {high}; the first must be under the second")
        for name in ("shrink_share", "regenerated_share"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} is {low:g} to {high:g}; the first must not be over the second")
        if abs(sum(self.jpeg_times) - 1) > 1e-6:
            raise ValueError(f"jpeg_times is {list(self.jpeg_times)}; its three shares must add up to 1")


class Recipe(Section, frozen=True, kw_only=True):
    """What is trained, on what, and for how long. A run copies its recipe, so that a checkpoint tells how it
    came to be.

    detector             name of a DetectorSpec
    why                  what this recipe is for and where it differs from the published one, in words
    start                file of starting weights in the folder given by --init: a backbone's, published ones
                         of a detector, or the checkpoint of another run (.ckpt); null: random
    head                 widths of the inspector's dense layers, features to logit: [1024, 512, 256] is its
                         code's; empty: its paper's
    baseline             "cnn" or "transformer": only that half of a distilled transformer, to compare it
                         with; cannot be published
    sizes                input side by share of the run already done, e.g. {"0": 160, "0.5": 224}; the last is
                         the size that is published
    margin               margin of the crop, share of the box's longer side
    random_seed          everything drawn follows from it and the number of the sample
    """

    detector: str
    why: str
    start: str | None
    sizes: dict[Share, OneOrMore]
    margin: NotNegative
    data: Data
    synthesis: Synthesis
    schedule: Schedule
    degradation: Degradation = Degradation()
    loss: Loss = Loss()
    optimiser: Optimiser = Optimiser()
    head: tuple[OneOrMore, ...] = ()
    baseline: Literal["cnn", "transformer"] | None = None
    random_seed: Count = 0

    def __post_init__(self) -> None:
        if 0.0 not in self.sizes:
            raise ValueError('sizes must say the size at the start of the run, e.g. {"0": 224}')

    def size_at(self, share: float) -> int:
        """Input side when `share` 0..1 of the run is done."""
        return self.sizes[_begun(self.sizes, share)]

    def stage_at(self, share: float) -> str:
        """What learns when `share` 0..1 of the run is done."""
        return self.schedule.stages[_begun(self.schedule.stages, share)]

    @property
    def final_size(self) -> int:
        """The input side that is published."""
        return self.size_at(1.0)

    @property
    def sources(self) -> frozenset[str]:
        """Every source that is drawn from."""
        data = self.data
        drawn = {*data.real_mix, *data.partner_mix, *data.fake_mix, *self.synthesis.donor_mix}
        return frozenset(drawn - {*data.leave_out})

    @property
    def generated_mix(self) -> dict[str, float]:
        """Weight of each source among the donors that are fakes of the data set."""
        return self.synthesis.donor_mix or self.data.fake_mix


def _begun(starts: Iterable[float], share: float) -> float:
    """The latest of `starts` (shares of the run) that is reached at `share`."""
    return max(start for start in starts if start <= share + 1e-9)


def _check_mix(name: str, mix: Mapping[str, float]) -> None:
    if mix and not any(mix.values()):
        raise ValueError(f"{name} weighs every source with 0; give one of them a weight")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a JSON file. Raises SettingsError that names an unknown, a missing or an impossible
    key.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} is no recipe: {error}") from error
    return parse_recipe(values, path.name)


def parse_recipe(values: dict[str, Any], name: str) -> Recipe:
    """The recipe in a dict of JSON values, in sections or in the flat form of old; `name` stands in the
    errors.
    """
    try:
        return read_as(Recipe, from_flat(values) if is_flat(values) else values)
    except ValueError as fault:
        raise SettingsError(f"{name}: {fault}") from None


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write every key of `recipe` as JSON, in one step."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(recipe), indent=2) + b"\n")


def changed(recipe: Recipe, **sections: Mapping[str, Any]) -> Recipe:
    """`recipe` with some keys of its sections replaced, e.g. data={"leave_out": ("dfdc",)}."""
    replaced = {
        name: msgspec.structs.replace(getattr(recipe, name), **keys) for name, keys in sections.items()
    }
    return msgspec.structs.replace(recipe, **replaced)
