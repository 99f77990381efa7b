"""How far a map can be trusted: curves, places, shuffled weights, on networks whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from detector.explain.blurring import curves, logits_without
from detector.explain.faithfulness import (
    altered_place,
    centre_map,
    faithfulness,
    likeness,
    random_map,
    shuffled,
)
from detector.structures import Calibration, Floats
from tests.explain.networks import Curved, RedMeansFake, detector_of

SIDE = 64
PLAIN = Calibration(1.0, 0.0, "by hand")


def spotted() -> np.ndarray:
    """A grey picture with one red square: all that makes it a fake."""
    image = np.full((SIDE, SIDE, 3), 128, np.uint8)
    image[8:24, 36:52] = (255, 0, 0)
    return image


def place() -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.bool_)
    mask[8:24, 36:52] = True
    return mask


def red_share(batch: Floats) -> Floats:
    """Eight times the mean of red less green, less 0.25."""
    return np.asarray(8 * (batch[:, 0] - batch[:, 1]).mean(axis=(1, 2)) - 0.25, np.float32)


def test_nothing_taken_is_the_face_and_all_taken_the_blurred_one() -> None:
    none, all_of_it = np.zeros((SIDE, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    whole, blurred = logits_without(spotted(), [none, all_of_it], lambda batch: batch.std(axis=(1, 2, 3)))
    assert whole == pytest.approx((spotted() / 255).std(), abs=1e-4)
    assert blurred < 0.7 * whole


def test_many_masks_are_judged_in_batches() -> None:
    sizes: list[int] = []

    def count(batch: Floats) -> Floats:
        sizes.append(len(batch))
        return np.zeros(len(batch), np.float32)

    assert len(logits_without(spotted(), [np.zeros((SIDE, SIDE), np.float32)] * 19, count)) == 19
    assert sizes == [8, 8, 3]


def test_deletion_begins_with_the_face_and_insertion_ends_with_it() -> None:
    drawn = curves(spotted(), place().astype(np.float32), red_share, steps=4)
    assert drawn.deletion.shape == drawn.insertion.shape == (5,)
    assert drawn.deletion[0] == drawn.insertion[-1] == pytest.approx(red_share(as_batch())[0], abs=1e-4)
    assert drawn.deletion[-1] == drawn.insertion[0]


def as_batch() -> Floats:
    return (spotted().astype(np.float32) / 255).transpose(2, 0, 1)[None]


def sharp(batch: Floats) -> Floats:
    """A network that looks for detail: what blurring takes."""
    return np.asarray(40 * batch.std(axis=(2, 3)).max(axis=1) - 3, np.float32)


def test_a_map_of_what_matters_has_a_larger_gap_than_its_opposite() -> None:
    tie = np.random.default_rng(0)
    good = faithfulness(spotted(), place(), place().astype(np.float32), sharp, PLAIN, tie)
    bad = faithfulness(spotted(), place(), -place().astype(np.float32), sharp, PLAIN, tie)
    assert good.deletion < bad.deletion and good.insertion > bad.insertion
    assert good.gap > 0.2 > bad.gap


def test_the_true_place_overlaps_wholly_and_the_rest_not_at_all() -> None:
    tie = np.random.default_rng(0)
    good = faithfulness(spotted(), place(), place().astype(np.float32), sharp, PLAIN, tie)
    bad = faithfulness(spotted(), place(), -place().astype(np.float32), sharp, PLAIN, tie)
    assert (good.iou, good.hit) == (1.0, 1.0)
    assert (bad.iou, bad.hit) == (0.0, 0.0)


def test_an_even_map_is_ordered_at_random() -> None:
    even, tie = np.zeros((SIDE, SIDE), np.float32), np.random.default_rng(0)
    found = faithfulness(spotted(), place(), even, sharp, PLAIN, tie)
    share = place().mean()
    assert found.iou == pytest.approx(share / (2 - share), abs=0.03)  # what chance gives


def test_the_altered_place_is_over_half_of_the_mask_s_own_most() -> None:
    mask = np.array([[0.0, 0.1], [0.13, 0.25]], np.float32)  # blended at a ratio of 0.25
    assert altered_place(mask).tolist() == [[False, False], [True, True]]
    assert not altered_place(np.zeros((4, 4), np.float32)).any()


def test_the_controls_know_nothing_and_the_middle() -> None:
    centre = centre_map(SIDE)
    assert centre.shape == (SIDE, SIDE) and np.argmax(centre) // SIDE in (31, 32)
    assert centre[0, 0] < 0.05
    first, second = (random_map(SIDE, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.shape == (SIDE, SIDE) and abs(likeness(first, second)) < 0.5


def test_shuffled_weights_are_the_same_numbers_in_other_places_of_a_copy() -> None:
    network = Curved()
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    mixed = shuffled(network, seed=0)
    assert all(torch.equal(kept[name], value) for name, value in network.state_dict().items())
    for name, value in mixed.state_dict().items():
        assert torch.equal(value.flatten().sort().values, kept[name].flatten().sort().values)
    assert not torch.equal(mixed.state_dict()["cam_layer.weight"], kept["cam_layer.weight"])


def test_likeness_is_of_ranks_and_zero_for_an_even_map() -> None:
    rising = np.arange(SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
    assert likeness(rising, rising**2) == pytest.approx(1)
    assert likeness(rising, -rising) == pytest.approx(-1)
    assert likeness(rising, np.zeros((SIDE, SIDE), np.float32)) == 0


def test_the_engine_of_a_detector_is_what_is_asked() -> None:
    detector = detector_of(RedMeansFake())
    found = faithfulness(
        spotted(),
        place(),
        place().astype(np.float32),
        detector.engine.logits,
        PLAIN,
        np.random.default_rng(0),
    )
    assert 0 <= found.deletion <= 1 and 0 <= found.insertion <= 1
