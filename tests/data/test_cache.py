"""Decoded pixels in one file: the same bit for bit, decoded once, and anew where a picture was altered."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.cli import build_parser
from detector.cli.train import training_command
from detector.data.cache import CachedPicture, cached, pictures_of
from detector.data.tables import Picture, read_index
from detector.errors import SettingsError
from detector.train.dataset import Pairs, tuning_crops
from detector.train.recipe import parse_recipe
from tests.train.makers import TINY, make_data


def picture(path: Path, label: int = 0) -> Picture:
    return Picture(path, label, "a", "a:g", np.array([1, 2, 3, 4], np.float32), None)


def save(path: Path, mode: str, size: tuple[int, int] = (37, 23)) -> Picture:
    """A picture of noise in a mode of Pillow's."""
    noise = np.random.default_rng(len(path.name)).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    image = (
        Image.fromarray(noise, "RGBA") if mode in ("RGBA", "LA") else Image.fromarray(noise[..., :3], "RGB")
    )
    image.convert(mode).save(path)
    return picture(path)


MODES = {
    "a.png": "RGB",
    "b.png": "L",
    "c.png": "RGBA",
    "d.png": "P",
    "e.jpg": "RGB",
    "f.jpg": "L",
    "g.jpg": "CMYK",
    "h.webp": "RGB",
}


@pytest.mark.fidelity("4-21")
@pytest.mark.parametrize("workers", [1, 3])
def test_the_pixels_are_those_of_the_file_bit_for_bit(tmp_path: Path, workers: int) -> None:
    pictures = [save(tmp_path / name, mode) for name, mode in MODES.items()]
    kept = cached(pictures, tmp_path / "cache", workers)
    for before, after in zip(pictures, kept, strict=True):
        assert isinstance(after, CachedPicture)
        assert np.array_equal(before.image(), after.image()) and after.image().dtype == np.uint8
        assert (after.path, after.label, after.source, after.group) == (
            before.path,
            before.label,
            before.source,
            before.group,
        )
        assert after.box is before.box and after.points68 is None


def test_a_picture_is_decoded_once(tmp_path: Path) -> None:
    pictures = [save(tmp_path / name, mode) for name, mode in MODES.items()]
    heard: list[str] = []
    cached(pictures[:3], tmp_path / "cache", progress=lambda share, words: heard.append(words))
    cached([*pictures, pictures[0]], tmp_path / "cache", progress=lambda share, words: heard.append(words))
    assert heard == [
        *(f"{number} of 3 pictures decoded" for number in (1, 2, 3)),
        *(f"{number} of 5 pictures decoded" for number in range(1, 6)),
    ]
    assert (tmp_path / "cache/pixels.bin").stat().st_size == 8 * 37 * 23 * 3


@pytest.mark.parametrize("change", ["size", "time"])
def test_an_altered_picture_is_decoded_anew_and_the_others_are_not(tmp_path: Path, change: str) -> None:
    first, second = save(tmp_path / "a.png", "RGB"), save(tmp_path / "b.png", "RGB")
    cached([first, second], tmp_path / "cache")
    status = first.path.stat()
    save(first.path, "RGB" if change == "time" else "L", (11, 13))
    if change == "size":
        os.utime(first.path, ns=(status.st_atime_ns, status.st_mtime_ns))
    heard: list[str] = []
    kept = cached([first, second], tmp_path / "cache", progress=lambda share, words: heard.append(words))
    assert heard == ["1 of 1 pictures decoded"]
    assert kept[0].image().shape == (13, 11, 3)
    assert np.array_equal(kept[0].image(), first.image()) and np.array_equal(kept[1].image(), second.image())


def test_of_several_that_ask_at_once_one_fills_and_the_others_wait(tmp_path: Path) -> None:
    pictures = [save(tmp_path / name, mode) for name, mode in MODES.items()]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: cached(pictures, tmp_path / "cache"), range(4)))
    assert all(
        np.array_equal(cached_picture.image(), other.image())
        for kept in answers
        for cached_picture, other in zip(kept, pictures, strict=True)
    )
    assert (tmp_path / "cache/pixels.bin").stat().st_size == 8 * 37 * 23 * 3


def test_pixels_that_are_read_may_be_written_to_and_the_cache_stays(tmp_path: Path) -> None:
    (kept,) = cached([save(tmp_path / "a.png", "RGB")], tmp_path / "cache")
    kept.image()[:] = 0
    assert kept.image().any()


def test_a_cached_picture_goes_to_other_processes_without_its_pixels(tmp_path: Path) -> None:
    (kept,) = cached([save(tmp_path / "a.png", "RGB", (300, 200))], tmp_path / "cache")
    packed = pickle.dumps(kept)
    assert len(packed) < 2000
    assert np.array_equal(pickle.loads(packed).image(), kept.image())


def test_a_cache_that_was_cut_off_is_told_of_and_made_anew(tmp_path: Path) -> None:
    first, second = save(tmp_path / "a.png", "RGB"), save(tmp_path / "b.png", "RGB")
    kept = cached([first, second], tmp_path / "cache")
    os.truncate(tmp_path / "cache/pixels.bin", 37 * 23 * 3 + 5)
    with pytest.raises(SettingsError, match=r"pixels\.bin is cut off; delete it, and it is made anew"):
        kept[1].image()
    anew = cached([first, second], tmp_path / "cache")
    assert np.array_equal(anew[1].image(), second.image()) and np.array_equal(anew[0].image(), first.image())


def test_a_picture_that_is_broken_or_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    with pytest.raises(
        SettingsError, match=r"a\.png cannot be decoded .*; `data verify` names all such pictures"
    ):
        cached([picture(tmp_path / "a.png")], tmp_path / "cache")
    with pytest.raises(SettingsError, match=r"b\.png cannot be decoded"):
        cached([picture(tmp_path / "b.png")], tmp_path / "cache")


@pytest.mark.fidelity("4-21")
def test_training_sees_the_same_crops_with_a_cache_and_without(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data")
    recipe = parse_recipe(TINY, "r")
    plain, kept = (pictures_of(data, "train", cache) for cache in (None, tmp_path / "cache"))
    pairs = [Pairs(pictures, recipe, 0, 6, 48) for pictures in (plain, kept)]
    assert all(
        np.array_equal(pairs[0][number][0].numpy(), pairs[1][number][0].numpy()) for number in range(6)
    )
    shown = [
        list(tuning_crops(pictures_of(data, "tune", cache), 0.1, 48, blends=2))
        for cache in (None, tmp_path / "cache")
    ]
    assert len(shown[0]) == len(shown[1]) and all(
        np.array_equal(a.crop, b.crop) for a, b in zip(*shown, strict=True)
    )


def test_a_training_under_a_watchdog_is_given_the_same_cache(tmp_path: Path) -> None:
    words = ["train", "r.json", "--data", "d", "--out", "o", "--watchdog", "--cache", str(tmp_path)]
    command = training_command(build_parser().parse_args(words))
    assert command[command.index("--cache") + 1] == str(tmp_path)
    assert "--cache" not in training_command(build_parser().parse_args(words[:-2]))


def test_train_and_tune_share_a_cache_and_no_cache_is_plain(tmp_path: Path) -> None:
    data = make_data(tmp_path / "data", each=2)
    assert all(type(picture) is Picture for picture in pictures_of(data, "train"))
    for split in ("train", "tune"):
        kept = pictures_of(data, split, tmp_path / "cache")
        assert [picture.path for picture in kept] == [picture.path for picture in read_index(data, split)]
    assert (tmp_path / "cache/pixels.bin").stat().st_size == 8 * 96 * 96 * 3
