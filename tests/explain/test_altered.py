"""Where pictures made here were altered: found by the hash of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.explain.altered import known_mask
from detector.files import sha256_of


def hash_of(path: Path) -> str:
    return sha256_of(path.read_bytes())


@pytest.mark.parametrize("name", ["collins_selfblend.jpg", "group_selfblend.jpg", "learn/blended_01.jpg"])
def test_a_fake_that_ships_is_known_by_its_file(name: str, assets: Path) -> None:
    mask = known_mask(hash_of(assets / name), assets)
    assert mask is not None and mask.dtype == np.float32
    with Image.open(assets / name) as picture:
        assert mask.shape == picture.size[::-1]
    assert mask.min() == 0 and mask.max() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    "face, made", [("collins", "portrait_collins.jpg"), ("hopper", "portrait_hopper.jpg")]
)
def test_detail_was_changed_inside_the_mask(face: str, made: str, assets: Path) -> None:
    fake, genuine = (
        np.asarray(Image.open(assets / name).convert("RGB")).astype(float).mean(axis=2)
        for name in (f"{face}_selfblend.jpg", made)
    )
    mask = known_mask(hash_of(assets / f"{face}_selfblend.jpg"), assets)
    assert mask is not None
    detail_fake, detail = (np.abs(np.diff(picture, axis=1)) for picture in (fake, genuine))
    changed = np.abs(detail_fake - detail)
    inside, outside = changed[mask[:, 1:] > 0.5].mean(), changed[mask[:, 1:] == 0].mean()
    assert inside > 1.5 * outside


def test_only_the_right_of_the_group_was_altered(assets: Path) -> None:
    mask = known_mask(hash_of(assets / "group_selfblend.jpg"), assets)
    assert mask is not None
    assert mask[:, : mask.shape[1] // 2].max() == 0


def test_a_genuine_picture_has_no_mask(assets: Path) -> None:
    assert known_mask(hash_of(assets / "portrait_collins.jpg"), assets) is None
