"""The picture folders of DFFD to labelled files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from detector.data.labelled import SPLIT_FOLDERS, TEST, TRAIN, TUNE, Labelled, media_below, misfit
from detector.errors import SettingsError

REAL = ("img_align_celeba", "ffhq")
FAKE = ("pggan_v1", "pggan_v2", "stylegan_celeba", "stylegan_ffhq", "faceapp", "stargan")
PARTITION_LIST = "list_eval_partition.txt"
PARTITIONS = {"0": TRAIN, "1": TUNE, "2": TEST}


def rows_of_dffd(folder: Path) -> Iterator[Labelled]:
    """Pictures of the folders that are there, split by folders called train, validation and test in them.

    CelebA has none: `list_eval_partition.txt` beside its folder or in it, the official one, says the split of
    each of its pictures. Which picture a fake was made of is not told, so each picture is a group of its own.
    """
    found = [(path, name) for name in (*REAL, *FAKE) for path in media_below(folder / name)]
    if not found:
        raise misfit(folder, "dffd", f"folders called {', '.join(REAL)} (real), {', '.join(FAKE)} (fake)")
    celeba = _partition(folder)
    for path, name in found:
        parts = [part.lower() for part in path.relative_to(folder / name).parts[:-1]]
        split = next((SPLIT_FOLDERS[part] for part in parts if part in SPLIT_FOLDERS), None)
        if name == REAL[0]:
            split = celeba.get(path.name, split)
        yield Labelled(path, int(name in FAKE), f"{name}/{path.stem}", name if name in FAKE else "", split)


def named_by_dffd(folder: Path) -> Iterator[Path]:
    """The pictures of CelebA's official partition; the other parts have no list of their own."""
    return (folder / REAL[0] / name for name in _partition(folder))


def _partition(folder: Path) -> dict[str, str]:
    """Name of a CelebA picture to its split, by the official list where it is there."""
    for file in (folder / PARTITION_LIST, folder / REAL[0] / PARTITION_LIST):
        if file.exists():
            lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            if any(len(words) != 2 or words[1] not in PARTITIONS for words in lines):
                raise SettingsError(
                    f"{file} has lines other than NAME and 0, 1 or 2; take it from CelebA again"
                )
            return {name: PARTITIONS[number] for name, number in lines}
    return {}
