"""Four branches: that each does what it says, what they cost, what each adds; and the
published form of them.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from detector.zoo.build import cost
from detector.zoo.multibranch import (
    BRANCHES,
    POWER_FLOOR,
    WINDOW_PX,
    EdgeBranch,
    FourierBranch,
    MultibranchNetwork,
    Sobel,
    WindowSpectrum,
)
from detector.zoo.multibranch_published import PublishedMultibranchNetwork
from detector.zoo.specs import SPECS
from tests.zoo.networks import faces, network, outline

FREQUENCIES = WINDOW_PX // 2 + 1
FLOOR = float(np.log(POWER_FLOOR))


@pytest.fixture(scope="module")
def ours() -> MultibranchNetwork:
    net = network("multibranch-b4")
    assert isinstance(net, MultibranchNetwork)
    return net


@pytest.fixture(scope="module")
def published() -> PublishedMultibranchNetwork:
    net = network("multibranch-b4-published")
    assert isinstance(net, PublishedMultibranchNetwork)
    return net


def grey_picture(values: torch.Tensor) -> torch.Tensor:
    return values.expand(1, 3, *values.shape[-2:])


def flat(size: int = 64) -> torch.Tensor:
    return grey_picture(torch.full((size, size), 0.5))


def checkerboard(size: int = 64) -> torch.Tensor:
    return grey_picture((torch.arange(size)[:, None] + torch.arange(size)) % 2 * 1.0)


def step(size: int = 64) -> torch.Tensor:
    """Black to the left, white from the middle on."""
    return grey_picture((torch.arange(size) >= size // 2).float().expand(size, size))


def plane(vertical: int, horizontal: int) -> int:
    """Which plane of the spectrum holds this many cycles a window."""
    return vertical % WINDOW_PX * FREQUENCIES + horizontal


@pytest.mark.fidelity("4-1")
def test_the_widths_are_the_published_ones(
    ours: MultibranchNetwork, published: PublishedMultibranchNetwork
) -> None:
    assert list(BRANCHES.values()) == [1792, 960, 256, 128]
    with torch.no_grad():
        assert ours.features(faces(2, 64)).shape == (2, 3136)
        assert published.features(faces(1, 32)).shape == (1, 3136)


@pytest.mark.fidelity("4-2")
def test_four_scales_come_from_the_backbones_own_stages() -> None:
    net = outline("multibranch-b4")
    shapes: list[tuple[int, ...]] = []
    hooks = [
        scale.register_forward_hook(lambda layer, given, held: shapes.append(tuple(held.shape[1:])))
        for scale in net.scales
    ]
    net(torch.empty(1, 3, 224, 224, device="meta"))
    for hook in hooks:
        hook.remove()
    assert shapes == [(64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]


def test_the_branches_cost_little_beside_the_backbone() -> None:
    b4 = cost(SPECS["sbi-efficientnet-b4"], 224).gmacs
    assert b4 < cost(SPECS["multibranch-b4"]).gmacs < b4 + 3


def test_the_spectrum_is_the_fourier_transform_of_hann_windows() -> None:
    picture = np.random.default_rng(3).random((3, 32, 32)).astype(np.float32)
    grey = np.tensordot([0.299, 0.587, 0.114], picture, 1)
    hann = np.sin(np.pi * (np.arange(16) + 0.5) / 16) ** 2
    window = np.outer(hann, hann) / np.square(hann).sum()
    expected = np.log(np.abs(np.fft.rfft2(grey[8:24, 16:32] * window)) ** 2 + POWER_FLOOR)
    spectrum = WindowSpectrum()(torch.from_numpy(picture)[None])
    assert spectrum.shape == (1, 144, 3, 3)
    assert np.allclose(spectrum[0, :, 1, 2].reshape(16, 9), expected, atol=1e-3)


def test_white_noise_has_its_variance_as_power() -> None:
    noise = torch.randn(1, 1, 512, 512, generator=torch.Generator().manual_seed(0)) * 0.1
    power = WindowSpectrum()(noise.expand(1, 3, 512, 512)).exp()
    assert power[:, plane(4, 4)].mean().item() == pytest.approx(0.01, rel=0.1)


@pytest.mark.fidelity("4-3")
def test_a_checkerboard_is_one_frequency() -> None:
    spectrum = WindowSpectrum()(checkerboard() - 0.5)[0].mean(dim=(1, 2))
    assert spectrum.argmax().item() == plane(8, 8)
    assert spectrum[plane(8, 8)] - spectrum[plane(3, 3)] > 10
    assert spectrum[plane(3, 3)].item() == pytest.approx(FLOOR, abs=0.1)


def test_stripes_of_four_pixels_are_four_cycles_a_window() -> None:
    stripes = grey_picture(torch.cos(torch.arange(64) * torch.pi / 2).expand(64, 64))
    assert WindowSpectrum()(stripes)[0, :, 3, 3].argmax().item() == plane(0, 4)
    assert WindowSpectrum()(stripes.transpose(2, 3))[0, :, 3, 3].argmax().item() in {
        plane(4, 0),
        plane(-4, 0),
    }


def test_a_flat_picture_has_no_frequencies_but_the_mean() -> None:
    spectrum = WindowSpectrum()(flat())[0]
    assert spectrum[plane(0, 0)].min() > 0
    assert spectrum[plane(2, 2) : plane(7, 0)].max().item() < FLOOR + 0.1


def test_mixed_precision_does_not_reach_the_spectrum() -> None:
    whole = WindowSpectrum()(faces(1, 64))
    with torch.autocast("cpu", torch.bfloat16):
        mixed = WindowSpectrum()(faces(1, 64))
    assert mixed.dtype == torch.float32
    assert torch.equal(whole, mixed)


@pytest.mark.fidelity("4-3")
def test_a_step_is_an_edge_where_its_sides_meet() -> None:
    across, down, length = Sobel()(step())[0]
    assert across[:, 31:33].tolist() == pytest.approx(np.ones((64, 2)))
    assert across[:, :31].abs().max() == across[:, 33:].abs().max() == 0
    assert down.abs().max() < 1e-6
    assert torch.allclose(length[:, 31:33], torch.ones(64, 2), atol=1e-5)


def test_a_step_downwards_is_the_other_kind_of_edge() -> None:
    across, down, _ = Sobel()(step().transpose(2, 3))[0]
    assert across.abs().max() < 1e-6
    assert torch.allclose(down[31:33], torch.ones(2, 64))


def test_a_picture_has_no_edge_at_its_border() -> None:
    assert Sobel()(flat())[0, :2].abs().max() < 1e-6


@pytest.mark.fidelity("4-3")
@pytest.mark.parametrize(
    "branch, seen, not_seen", [(FourierBranch(256), checkerboard, flat), (EdgeBranch(128), step, flat)]
)
def test_a_branch_responds_to_what_it_is_there_for(branch: nn.Module, seen, not_seen) -> None:
    # as in training: each channel is scaled by the batch
    with torch.no_grad():
        outputs = branch.train()(torch.cat([not_seen(), not_seen(), seen(), seen()]))
    assert torch.allclose(outputs[0], outputs[1], atol=1e-5)
    assert (outputs[2] - outputs[0]).abs().max() > 0.5


def test_edges_do_not_see_what_only_the_spectrum_sees() -> None:
    inside = Sobel()(checkerboard())[0, :2, 1:-1, 1:-1]
    assert inside.abs().max() < 1e-6


@pytest.mark.fidelity("4-4")
@pytest.mark.parametrize("name, size", [("multibranch-b4", 64), ("multibranch-b4-published", 32)])
def test_the_gate_lets_through_between_none_and_all(name: str, size: int) -> None:
    with torch.no_grad():
        gate = network(name).gate(faces(2, size))
    assert gate.shape == (2, 3136)
    assert 0 <= gate.min() < gate.max() <= 1


@pytest.mark.fidelity("4-4")
def test_contributions_add_up_to_the_logit(ours: MultibranchNetwork) -> None:
    net = copy.deepcopy(ours)
    nn.init.normal_(net.head.weight)
    nn.init.constant_(net.head.bias, 0.3)
    with torch.no_grad():
        parts, logits = net.contributions(faces(2, 64)), net(faces(2, 64))
    assert parts.shape == (2, len(BRANCHES))
    assert torch.allclose(parts.sum(dim=1) + 0.3, logits, atol=1e-4)


def test_a_branch_without_weight_adds_nothing(ours: MultibranchNetwork) -> None:
    net = copy.deepcopy(ours)
    with torch.no_grad():
        net.head.weight.fill_(0.1)
        net.head.weight[:, 1792 : 1792 + 960] = 0
        parts = net.contributions(faces(2, 64))
    assert (parts[:, 1] == 0).all()
    assert (parts[:, [2, 3]] != 0).all()


@pytest.mark.parametrize("size", [32, 160])
def test_it_takes_other_sizes_than_the_published_one(ours: MultibranchNetwork, size: int) -> None:
    with torch.no_grad():
        assert ours(faces(1, size)).shape == (1,)


@pytest.mark.fidelity("4-6")
def test_the_published_network_answers_fake_less_real(published: PublishedMultibranchNetwork) -> None:
    net = copy.deepcopy(published)
    with torch.no_grad():
        net.head.weight.zero_()
        net.head.bias.copy_(torch.tensor([0.25, 1.0]))  # real, fake
        assert net(faces(2, 32)).tolist() == [0.75, 0.75]


@pytest.mark.fidelity("4-4", "4-22")
def test_the_published_branches_have_the_published_parameters() -> None:
    net = outline("multibranch-b4-published")
    counted = {
        key: sum(parameter.numel() for parameter in part.parameters()) for key, part in net.named_children()
    }
    assert counted == {
        "backbone": 17_548_616,
        "scales": 1_552_896,
        "frequency": 2_173_952,
        "edges": 150_784,
        "attention": 9_839_200,
        "dense": 3_872_000,
        "head": 514,
    }


@pytest.mark.slow
def test_the_published_network_runs_at_its_own_size(published: PublishedMultibranchNetwork) -> None:
    with torch.no_grad():
        assert torch.isfinite(published(faces(1, 224))).all()
