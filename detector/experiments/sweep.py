"""One recipe trained several times: with several random seeds, or without one source after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.data.tables import Picture
from detector.errors import SettingsError

EACH = "each"
"""Word for every source that has fakes."""


@dataclass(frozen=True)
class Variant:
    """What a run changes in its recipe: `random_seed` None keeps the recipe's, `leave_out` "" leaves no
    further source out.
    """

    random_seed: int | None = None
    leave_out: str = ""

    def folder(self, out: Path) -> Path:
        """Where the run lies, inside the folder of all of them; of a run that changes nothing, that folder
        itself.
        """
        if self.leave_out:
            return out / f"without-{self.leave_out}"
        return out if self.random_seed is None else out / f"seed-{self.random_seed}"


def parse_seeds(words: str) -> list[Variant]:
    """A run for each of the random seeds in "1,2,3"; raises SettingsError where that is no list of different
    whole numbers.
    """
    names = [name.strip() for name in words.split(",")]
    if not all(name.isascii() and name.isdigit() for name in names) or len(set(map(int, names))) < len(names):
        raise SettingsError(
            f"--seeds is {words!r}; it must be different whole numbers joined by commas, e.g. 1,2,3"
        )
    return [Variant(random_seed=int(name)) for name in names]


def parse_left_out(words: str, pictures: Sequence[Picture]) -> list[Variant]:
    """A run without each of the sources in "dfdc,stylegan1", or for "each" of `pictures` with fakes;
    SettingsError names an unknown one.
    """
    there = sorted({picture.source for picture in pictures})
    faked = sorted({picture.source for picture in pictures if picture.label == 1})
    names = faked if words.strip() == EACH else [name.strip() for name in words.split(",")]
    unknown = [name for name in names if name not in there]
    if unknown or not names:
        raise SettingsError(
            f"--leave-out is {words!r}; it must name sources of the index, joined by commas"
            f" ({', '.join(there)}), or {EACH}"
        )
    return [Variant(leave_out=name) for name in dict.fromkeys(names)]


def train_variants(
    out: Path,
    variants: Sequence[Variant],
    train_one: Callable[[Variant, Path, bool], object],
    resume: bool = False,
) -> None:
    """Call `train_one` (variant, folder, whether it goes on from a checkpoint) for each of `variants`, one
    after the other.

    With `resume` a run that was begun goes on, and a finished one is left as it is; else a folder that holds
    one is refused.
    """
    for variant in variants:
        folder = variant.folder(out)
        begun = (folder / "last.ckpt").exists()
        if begun and not resume:
            raise SettingsError(
                f"{folder} already holds a run; give --resume to go on with it, or another folder"
            )
        train_one(variant, folder, begun)
