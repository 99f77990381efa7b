"""The map of a face by every method, on one signed scale; and why a detector has none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from detector.errors import EngineError
from detector.explain.heatmap import branch_pushes, heatmap, lack, methods_of
from detector.explain.inside import branch_maps
from detector.explain.maps import PART, Method, Missing
from detector.zoo.build import build_network
from detector.zoo.multibranch import BRANCHES, MultibranchNetwork
from detector.zoo.specs import SPECS
from tests.explain.networks import RedMeansFake, crop_of, detector_of, grey_with

RED, GREEN = (255, 0, 0), (0, 255, 0)


@pytest.fixture(scope="module")
def multibranch() -> MultibranchNetwork:
    torch.manual_seed(0)
    network = build_network(SPECS["multibranch-b4"]).eval()
    assert isinstance(network, MultibranchNetwork)
    with torch.no_grad():
        network.head.weight.mul_(20)
        network.head.bias.fill_(0.5)
    return network


def face(seed: int = 0, side: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def test_what_pushes_towards_fake_is_positive_where_it_is() -> None:
    heat = heatmap(crop_of(grey_with(RED, slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values.shape == (64, 64) and heat.values.dtype == np.float32
    assert heat.values[:24].min() == pytest.approx(9, abs=1e-4)  # red all over gives 10 - 1
    assert heat.values[40:].max() == pytest.approx(-1, abs=0.1)
    assert heat.method is Method.GRADCAM
    assert heat.logit == pytest.approx(4.0, abs=1e-4)


def test_what_pushes_towards_genuine_is_negative_where_it_is() -> None:
    heat = heatmap(crop_of(grey_with(GREEN, slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values[:24].max() == pytest.approx(-11, abs=1e-4)


@pytest.mark.parametrize("method", [Method.GRADCAM, Method.GRADCAM_PLUS])
def test_the_mean_of_a_local_map_is_the_log_odds_of_the_calibrated_answer(method: Method) -> None:
    image = grey_with((179, 77, 128), slice(None))  # logit 10 x 102 / 255 - 1 = 3
    heat = heatmap(crop_of(image), detector_of(RedMeansFake(), a=0.5, b=0.3), method)
    assert heat.values.mean() == pytest.approx(0.5 * 3 + 0.3, abs=1e-4)


def test_a_weak_push_stays_weak() -> None:
    # everywhere 10 x (141 - 115) / 255 - 1 = 0.0196 of logit
    heat = heatmap(crop_of(grey_with((141, 115, 128), slice(None))), detector_of(RedMeansFake()))
    np.testing.assert_allclose(heat.values, 260 / 255 - 1, atol=1e-4)


def test_layer_cam_counts_what_a_part_adds() -> None:
    heat = heatmap(crop_of(grey_with(RED, slice(None))), detector_of(RedMeansFake(), a=0.5), "layercam")
    np.testing.assert_allclose(heat.values, 0.5 * 10 * PART**2, atol=1e-4)


def test_occlusion_finds_the_spot_that_pushes() -> None:
    image = np.full((64, 64, 3), 128, dtype=np.uint8)
    image[20:28, 36:44] = RED
    heat = heatmap(crop_of(image), detector_of(RedMeansFake(), a=2.0), "occlusion")
    row, column = np.unravel_index(np.argmax(heat.values), heat.values.shape)
    assert 15 <= row <= 33 and 31 <= column <= 49
    assert 0 < heat.values.max() < 2 * (heat.logit + 1) + 0.01  # at most all that the spot adds
    assert abs(heat.values[-8:]).max() < 0.01


def test_occlusion_of_an_even_picture_shows_nothing() -> None:
    heat = heatmap(crop_of(grey_with(RED, slice(None))), detector_of(RedMeansFake()), "occlusion")
    np.testing.assert_allclose(heat.values, 0, atol=1e-5)


def test_the_branches_and_the_bias_are_the_whole_logit(multibranch: MultibranchNetwork) -> None:
    images = torch.from_numpy(face()).permute(2, 0, 1)[None].float() / 255
    found = branch_maps(multibranch, images)
    with torch.inference_mode():
        contributions = multibranch.contributions(images)[0].numpy()
        logit = float(multibranch(images))
    assert list(found.maps) == list(BRANCHES)
    np.testing.assert_allclose(list(found.shares.values()), contributions, atol=1e-4)
    assert found.logit == pytest.approx(logit, abs=1e-4)
    assert sum(found.shares.values()) + found.bias == pytest.approx(logit, abs=1e-4)
    assert not any(module._forward_hooks for module in multibranch.modules())


def test_the_map_of_the_branches_has_the_mean_of_the_answer(multibranch: MultibranchNetwork) -> None:
    detector = detector_of(multibranch, a=0.5, b=0.1)
    heat = heatmap(crop_of(face()), detector, "branches")
    log_odds = 0.5 * heat.logit + 0.1
    assert heat.values.shape == (64, 64)
    assert heat.values.mean() == pytest.approx(log_odds, abs=0.05)  # enlarging bends it a little at the rim
    pushes = branch_pushes(crop_of(face()), detector)
    assert [push.branch for push in pushes] == [*BRANCHES, "bias"]
    assert sum(push.log_odds for push in pushes) == pytest.approx(log_odds, abs=1e-4)


def test_it_works_inside_inference_mode() -> None:
    with torch.inference_mode():
        heat = heatmap(crop_of(grey_with(RED, slice(0, 32))), detector_of(RedMeansFake()))
    assert heat.values.max() == pytest.approx(9, abs=1e-4)


def test_an_engine_without_a_network_has_no_map_and_says_the_remedy() -> None:
    detector = detector_of(None)
    assert methods_of(detector) == ()
    with pytest.raises(EngineError, match="use engine pytorch"):
        heatmap(crop_of(face()), detector)


class LinearSelfAttention(nn.Module):
    """Named as timm names MobileViTv2's."""


@pytest.mark.parametrize(
    "network, missing",
    [
        (RedMeansFake(), Missing.ATTENTION),
        (nn.Sequential(LinearSelfAttention()), Missing.ATTENTION_BY_PAIRS),
    ],
)
def test_a_network_without_attention_is_a_value_and_refused(network: nn.Module, missing: Missing) -> None:
    detector = detector_of(network)
    reason = lack(detector, Method.ATTENTION)
    assert reason is not None and reason.missing is missing and reason.detector == "Red"
    with pytest.raises(EngineError, match="Red has no attention"):
        heatmap(crop_of(face()), detector, "attention")


def test_one_path_has_no_branches() -> None:
    detector = detector_of(RedMeansFake())
    assert Method.BRANCHES not in methods_of(detector)
    with pytest.raises(EngineError, match="no branches"):
        branch_pushes(crop_of(face()), detector)


def test_mobilevits_attention_is_known_for_what_it_is() -> None:
    with torch.device("meta"):
        network = build_network(SPECS["sbi-mobilevitv2-200"])
    reason = lack(detector_of(network), Method.ATTENTION)
    assert reason is not None and reason.missing is Missing.ATTENTION_BY_PAIRS


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="guess"):
        heatmap(crop_of(face()), detector_of(RedMeansFake()), "guess")
