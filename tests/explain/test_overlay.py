"""The layers of a map: colours of both signs, contours, the altered place, the strip of colours."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from detector.explain.maps import FULL_LOG_ODDS, Heatmap, Method
from detector.explain.overlay import (
    BLUE,
    MOST_OPAQUE,
    ORANGE,
    layer,
    legend,
    mask_in_crop,
    mask_layer,
    overlay,
    png,
    sheet,
)
from detector.structures import Crop
from tests.explain.networks import crop_of


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)


def heat(values: np.ndarray, method: Method = Method.GRADCAM) -> Heatmap:
    return Heatmap(values=values.astype(np.float32), method=method, logit=0.0)


def lightness(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of (N, 3) RGB."""
    return np.asarray(colours.astype(float) @ [0.2126, 0.7152, 0.0722])


def test_zero_leaves_every_pixel_untouched() -> None:
    image = noise()
    np.testing.assert_array_equal(overlay(crop_of(image), heat(np.zeros((16, 16)))), image)


def test_so_does_opacity_zero() -> None:
    image = noise()
    full = heat(np.full((16, 16), FULL_LOG_ODDS))
    np.testing.assert_array_equal(overlay(crop_of(image), full, opacity=0.0), image)


@pytest.mark.parametrize("sign, colour", [(1, ORANGE), (-1, BLUE)])
def test_each_sign_has_its_colour_and_full_strength_its_alpha(sign: int, colour: tuple[int, ...]) -> None:
    full = layer(heat(np.full((16, 16), sign * FULL_LOG_ODDS)))
    assert tuple(full[8, 8, :3]) == colour
    assert full[8, 8, 3] == round(255 * MOST_OPAQUE)


def test_the_scale_is_fixed_and_what_is_over_it_is_cut_off() -> None:
    values = np.zeros((16, 16))
    values[:, :8], values[:, 8:] = FULL_LOG_ODDS / 2, 10 * FULL_LOG_ODDS
    alpha = layer(heat(values), contours=False)[..., 3]
    assert alpha[8, 2] == round(255 * MOST_OPAQUE / 2)
    assert alpha[8, 12] == round(255 * MOST_OPAQUE)


def test_a_contour_stands_where_odds_of_two_to_one_begin() -> None:
    values = np.zeros((64, 64))
    values[20:44, 20:44] = np.log(3)
    with_lines, without = layer(heat(values)), layer(heat(values), contours=False)
    changed = (with_lines != without).any(axis=2)
    assert changed[20, 32] and not changed[32, 32] and not changed[5, 5]


def test_the_edge_of_the_picture_is_no_contour() -> None:
    full = heat(np.full((64, 64), FULL_LOG_ODDS))
    np.testing.assert_array_equal(layer(full), layer(full, contours=False))


def test_a_larger_layer_is_the_same_map() -> None:
    values = np.zeros((16, 16))
    values[:, 8:] = FULL_LOG_ODDS
    large = layer(heat(values), side=128, contours=False)
    assert large.shape == (128, 128, 4)
    assert large[64, 20, 3] == 0 and large[64, 108, 3] == round(255 * MOST_OPAQUE)


def test_a_layer_keeps_its_alpha_as_a_file() -> None:
    values = np.linspace(-FULL_LOG_ODDS, FULL_LOG_ODDS, 256).reshape(16, 16)
    coloured = layer(heat(values))
    with Pillow.open(io.BytesIO(png(coloured))) as picture:
        assert picture.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(picture), coloured)


def test_attention_has_a_colour_of_its_own() -> None:
    full = layer(heat(np.ones((16, 16)), Method.ATTENTION))
    assert tuple(full[8, 8, :3]) not in (ORANGE, BLUE)
    assert full[8, 8, 3] == round(255 * MOST_OPAQUE)


def test_the_face_still_shows_at_full_strength() -> None:
    black, white = (np.full((4, 4, 3), value, np.uint8) for value in (0, 255))
    full = heat(np.full((4, 4), FULL_LOG_ODDS))
    difference = overlay(crop_of(white), full).astype(int) - overlay(crop_of(black), full)
    assert difference.min() >= 50


def test_the_crop_itself_is_not_written_to() -> None:
    image = noise()
    kept = image.copy()
    overlay(crop_of(image), heat(np.ones((16, 16))))
    np.testing.assert_array_equal(image, kept)


def test_where_it_was_altered_is_marked_and_nowhere_else() -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 16:48] = 1
    marked = mask_layer(mask)
    assert marked[32, 32, 3] > 0 and marked[4, 4, 3] == 0
    assert marked[16, 32, 3] > 2 * marked[32, 32, 3]  # its outline


def test_a_mask_of_the_picture_is_cut_like_the_face() -> None:
    mask = np.zeros((100, 100), np.float32)
    mask[40:60, 20:40] = 1
    # a crop of side 32 that begins at (10, 30) and takes two pixels of the frame a pixel
    crop = Crop(np.zeros((32, 32, 3), np.uint8), crop_of(noise()).face, np.array([[2, 0, 10], [0, 2, 30.0]]))
    cut = mask_in_crop(mask, crop)
    assert cut.shape == (32, 32)
    assert cut[6:14, 6:14].min() == 1 and cut[:3].max() == 0 and cut[:, 17:].max() == 0


def test_the_legend_goes_from_blue_by_the_paper_to_orange() -> None:
    strip = legend(width=255, height=8)
    assert strip.shape == (8, 255, 3)
    assert strip[0, 0, 2] > strip[0, 0, 0] and strip[0, -1, 0] > strip[0, -1, 2]
    assert tuple(strip[0, 127]) == (128, 128, 128)
    assert legend(64, 4, Method.ATTENTION)[0, 0].tolist() == [128, 128, 128]


def test_both_ends_of_the_scale_differ_without_colour_vision() -> None:
    assert abs(np.diff(lightness(np.array([BLUE, ORANGE])))[0]) > 30


def test_maps_stand_side_by_side_on_one_sheet() -> None:
    assert sheet([noise(), noise(), noise()], gap=4).shape == (16, 3 * 16 + 2 * 4, 3)


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="heat map"):
        overlay(crop_of(noise()), heat(np.zeros((8, 8))))
