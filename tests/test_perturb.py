"""Everyday damage: what it must keep and what it must change."""

from __future__ import annotations

import numpy as np
import pytest

from detector.perturb import blur, brighten, denoise, h264, jpeg, noise, rescale


def checks(height: int, width: int, cell: int = 8) -> np.ndarray:
    """A red and black chessboard (height, width, 3) uint8."""
    rows, columns = np.indices((height, width)) // cell
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = 200 * ((rows + columns) % 2)
    return picture


def test_jpeg_keeps_the_order_of_the_channels() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(jpeg(red, 95).astype(int) - red).max() < 6


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 47)])
def test_jpeg_keeps_the_size(size: tuple[int, int]) -> None:
    assert jpeg(checks(*size), 50).shape == (*size, 3)


def test_a_lower_quality_changes_more() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 1), dtype=np.uint8).repeat(3, axis=2)
    fine, coarse = (np.abs(jpeg(picture, quality).astype(int) - picture).mean() for quality in (95, 20))
    assert coarse > 1.5 * fine


def test_jpeg_takes_a_view_and_leaves_it_as_it_was() -> None:
    picture = checks(40, 40)
    view, kept = picture[4:-4, ::2], picture.copy()
    assert np.array_equal(jpeg(view, 80), jpeg(view.copy(), 80))
    assert np.array_equal(picture, kept)


@pytest.mark.parametrize(("factor", "size"), [(0.5, (20, 30)), (2.0, (80, 120)), (0.001, (1, 1))])
def test_rescaling_gives_at_least_one_pixel(factor: float, size: tuple[int, int]) -> None:
    assert rescale(checks(40, 60), factor).shape == (*size, 3)


def test_blur_keeps_the_mean_and_takes_the_contrast() -> None:
    picture = checks(64, 64)
    before, after = picture[..., 0], blur(picture, 8)[..., 0]
    assert after.std() < 0.1 * before.std()
    assert abs(after.mean() - before.mean()) < 1


def test_noise_repeats_under_its_seed_and_stays_in_range() -> None:
    picture = checks(32, 32)
    first, again = (noise(picture, 20, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(first, again) and not np.array_equal(first, picture)
    assert first.dtype == np.uint8


@pytest.mark.parametrize(("change", "level"), [(0.2, 120), (-0.4, 60), (2.0, 255), (-1.0, 0)])
def test_brightening_multiplies_and_cuts_off(change: float, level: int) -> None:
    grey = np.full((4, 4, 3), 100, np.uint8)
    assert (brighten(grey, change) == level).all()
    assert (grey == 100).all()


@pytest.mark.parametrize("size", [(48, 64), (33, 47)])
def test_a_frame_of_a_video_keeps_its_size_and_the_order_of_the_channels(size: tuple[int, int]) -> None:
    red = np.zeros((*size, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(h264(red, 23).astype(int) - red).max() < 12


def test_a_higher_rate_factor_changes_more() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 1), dtype=np.uint8).repeat(3, axis=2)
    fine, coarse = (np.abs(h264(picture, crf).astype(int) - picture).mean() for crf in (10, 40))
    assert coarse > 1.5 * fine


def test_denoising_takes_the_grain_and_keeps_the_edges() -> None:
    edge = np.full((64, 64, 3), 60, np.uint8)
    edge[:, 32:] = 190
    grainy = noise(edge, 6, np.random.default_rng(0))
    clean = denoise(grainy, 30)
    assert clean[:, :24].std() < grainy[:, :24].std() / 2
    assert np.abs(clean.astype(int) - edge).max() < 20
    assert clean.dtype == np.uint8 and clean.shape == edge.shape
