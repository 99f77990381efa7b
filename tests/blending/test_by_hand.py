"""A face blended by hand: each choice does what it says, and nothing else."""

import numpy as np
import pytest

from detector.blending.blend import BlendError
from detector.blending.by_hand import LARGEST_SHIFT, Touch, blend_by_hand
from tests.blending.faces import points81, textured

PLAIN = Touch(shape="hull", shift=0.3, feather=0.3, ratio=1.0)


def made(**changes):
    return blend_by_hand(textured(), points81(), Touch(**{**vars(PLAIN), **changes}))


def test_the_same_choices_give_the_same_picture():
    assert np.array_equal(made().fake, made().fake)


def test_only_the_mask_is_altered():
    blend = made()
    outside = blend.mask == 0
    assert outside.mean() > 0.3
    assert np.array_equal(blend.fake[outside], blend.real[outside])
    inside = blend.mask > 0.9
    assert np.abs(blend.fake.astype(int) - blend.real)[inside].mean() > 3


def test_a_ratio_of_nothing_alters_nothing():
    blend = made(ratio=0.0)
    assert np.array_equal(blend.fake, blend.real) and not blend.mask.any()


def test_the_ratio_is_the_share_of_the_copy():
    assert made(ratio=0.5).mask.max() == pytest.approx(0.5)


def test_feathering_softens_the_edge():
    def edge(blend):
        return ((blend.mask > 0.05) & (blend.mask < 0.95)).mean()

    hard, soft, softer = (edge(made(feather=feather)) for feather in (0.0, 0.4, 1.0))
    assert hard < 0.01 < soft < softer


def test_the_shift_moves_copy_and_mask_together():
    face_px = np.ptp(points81()[:68, 0])

    def middle(blend):
        return np.argwhere(blend.mask > 0.5).mean(axis=0)

    down, right = middle(made(shift=1.0, feather=0.0)) - middle(made(shift=0.0, feather=0.0))
    assert right == pytest.approx(LARGEST_SHIFT * face_px, abs=0.5)
    assert down == pytest.approx(right / 2, abs=0.5)


@pytest.mark.parametrize("shape", ["hull", "components", "eyes", "nose", "mouth"])
def test_every_shape_alters_a_part_of_its_own(shape):
    assert 0.01 < (made(shape=shape).mask > 0.5).mean() < 0.6


def test_a_face_of_a_few_pixels_is_refused():
    with pytest.raises(BlendError, match="span"):
        blend_by_hand(textured(), points81() / 20, PLAIN)
