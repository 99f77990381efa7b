"""BNext: what is binary and what learns, its units against the published formulas, sizes, annealing,
freezing.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from detector.structures import InputSpec
from detector.train.freezing import HEAD, set_stage
from detector.zoo.bnext import BNextNetwork, build_bnext
from detector.zoo.bnext.blocks import (
    BinaryBlock,
    BinaryConv,
    BinaryUnit,
    Sign,
    annealing_factor,
    straight_through,
    weight_at,
)
from detector.zoo.bnext.network import CHANNELS, BNext
from detector.zoo.bnext.packing import binary_keys
from detector.zoo.specs import IMAGENET_MEAN, IMAGENET_STD, DetectorSpec

INPUT = InputSpec(size=224, margin=0.5, mean=IMAGENET_MEAN, std=IMAGENET_STD)
SMALL = (8, 16, 32, 32, 64, 64)
"""Channels of a network with every kind of block: small enough to train in a test."""

COUNTED = {
    # size: binary weights, other parameters without a classifier, parameters of the detector, buffers; 1e9
    # multiply-adds of the binary convolutions and of the full-precision ones at 224 px (counted on the
    # published class)
    "t": (28_253_184, 1_584_052, 29_838_399, 43_837, 4.817, 0.0123),
    "s": (63_569_664, 3_487_950, 67_059_289, 65_693, 10.838, 0.0196),
    "m": (126_238_464, 6_726_510, 132_966_649, 111_837, 20.086, 0.0228),
    "l": (308_310_016, 16_187_624, 324_499_827, 214_653, 52.151, 0.0374),
}
every_size = pytest.mark.parametrize("size", COUNTED)


def spec_of(size: str) -> DetectorSpec:
    return DetectorSpec(
        name=f"bnext-{size}",
        short="BNext",
        family="bnext",
        backbone=f"bnext-{size}",
        input=INPUT,
        title="BNext",
        paper="arXiv:2406.04932",
        good_for="tests",
    )


def small(seed: int = 0) -> BNextNetwork:
    torch.manual_seed(seed)
    return BNextNetwork(SMALL, InputSpec(size=64, margin=0.5, mean=IMAGENET_MEAN, std=IMAGENET_STD))


def learn_once(network: BNextNetwork) -> None:
    logits = network(torch.rand(4, 3, 64, 64))
    functional.binary_cross_entropy_with_logits(logits, torch.tensor([0.0, 1.0, 0.0, 1.0])).backward()


def units(network: nn.Module) -> Iterator[BinaryUnit]:
    return (module for module in network.modules() if isinstance(module, BinaryUnit))


def convolutions(network: nn.Module) -> Iterator[BinaryConv]:
    return (module for module in network.modules() if isinstance(module, BinaryConv))


@pytest.mark.fidelity("1-1", "1-4")
@every_size
def test_every_size_has_the_published_parameters_to_the_unit(size: str) -> None:
    binary, others, total, buffers, _, _ = COUNTED[size]
    with torch.device("meta"):
        network = build_bnext(spec_of(size))
    counts = {key: value.numel() for key, value in network.state_dict().items()}
    weights = sum(counts[key] for key in binary_keys(network.state_dict()))
    assert weights == binary
    assert sum(parameter.numel() for parameter in network.backbone.parameters()) == binary + others
    assert sum(parameter.numel() for parameter in network.parameters()) == total
    assert sum(counts.values()) - total == buffers
    assert sum(parameter.numel() for parameter in network.adapter.parameters()) == 138


@pytest.mark.fidelity("1-1")
@every_size
def test_every_size_has_the_published_operations_and_maps(size: str) -> None:
    with torch.device("meta"):
        backbone = BNext(CHANNELS[size]).eval()
        sides: list[int] = []
        for block in backbone.blocks:
            block.register_forward_pre_hook(lambda _, inputs: sides.append(inputs[0].shape[-1]))
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            features = backbone(torch.empty(1, 3, 224, 224))
    assert counter.get_total_flops() / 2e9 == pytest.approx(sum(COUNTED[size][4:]), abs=1e-3)
    assert features.shape == (1, CHANNELS[size][-1])
    assert sorted(set(sides), reverse=True) == [112, 56, 28, 14, 7]


@every_size
def test_every_size_gives_one_logit_a_face(size: str) -> None:
    with torch.device("meta"):
        logits = build_bnext(spec_of(size)).eval()(torch.empty(2, 3, 224, 224))
    assert logits.shape == (2,)
    assert logits.dtype == torch.float32


def test_blocks_attend_where_their_number_is_even_and_halve_where_channels_double() -> None:
    with torch.device("meta"):
        blocks = list(BNext(CHANNELS["t"]).blocks)
    assert all(isinstance(block, BinaryBlock) for block in blocks)
    assert [block.spatial.attention for block in blocks] == [number % 2 == 0 for number in range(1, 14)]
    assert [number for number, block in enumerate(blocks, start=1) if block.spatial.conv.stride == 2] == [
        2,
        4,
        6,
        12,
    ]
    assert [number for number, block in enumerate(blocks, start=1) if len(block.pointwise) == 2] == [
        1,
        2,
        4,
        6,
        12,
    ]


def test_activations_become_signs_and_zero_stays() -> None:
    with torch.no_grad():
        assert Sign()(torch.tensor([-3.0, -0.001, 0.0, 1e-30, 2.0])).tolist() == [-1, -1, 0, 1, 1]


@pytest.mark.fidelity("1-2")
def test_gradient_passes_a_sign_up_to_one_and_a_half() -> None:
    values = torch.tensor([-1.6, -1.4, 0.0, 0.3, 1.4, 1.6], requires_grad=True)
    signs = Sign()(values)
    signs.sum().backward()
    assert signs.tolist() == [-1, -1, 0, 1, 1, 1]
    assert values.grad.tolist() == [0, 1, 1, 1, 1, 0]


def test_straight_through_is_the_value_to_the_last_bit() -> None:
    source = torch.randn(1000, requires_grad=True)
    assert torch.equal(straight_through(source.sign(), source), source.sign())


@pytest.mark.parametrize(
    "temperature, expected",
    [
        (1.0, [-1.0, -0.5, 0.0, 0.25, 1.0]),
        (0.5, [-1.0, -1.0, 0.0, 0.5, 1.0]),
        (9.9e-8, [-1, -1, 0, 1, 1]),
        (0.0, [-1, -1, 0, 1, 1]),
    ],
)
def test_weights_harden_as_the_temperature_falls(temperature: float, expected: list[float]) -> None:
    latent = torch.tensor([-1.5, -0.5, 0.0, 0.25, 1.2])
    assert weight_at(latent, torch.tensor([temperature])).tolist() == expected


def test_the_gradient_of_a_weight_goes_to_its_latent_weight_unchanged() -> None:
    torch.manual_seed(0)
    conv, signs = BinaryConv(4, 3), torch.randn(2, 4, 5, 5).sign()
    for factor in (1.0, 0.0):
        conv.anneal(factor)
        conv.weight.grad = None
        used = conv.used_weight().detach().requires_grad_()
        functional.conv2d(signs, used, padding=1).square().sum().backward()
        conv(signs).square().sum().backward()
        assert torch.allclose(conv.weight.grad, used.grad)
        assert conv.weight.grad.any()


def test_latent_weights_are_clamped_in_training_only() -> None:
    conv = BinaryConv(8, 1)
    conv.weight.data.fill_(2.0)
    conv.eval()(torch.ones(1, 8, 2, 2))
    assert (conv.weight == 2.0).all()
    conv.train()(torch.ones(1, 8, 2, 2))
    assert (conv.weight == 1.5).all()


def test_the_share_of_the_input_is_clamped_in_training() -> None:
    unit = BinaryUnit(8, kernel=1)
    unit.input_share.data = torch.linspace(-1, 2, 8).view(1, 8, 1, 1)
    unit(torch.rand(2, 8, 4, 4))
    assert unit.input_share.min() == 0 and unit.input_share.max() == 1


@pytest.mark.fidelity("1-1")
@pytest.mark.parametrize(
    "kernel, stride, attention", [(1, 1, False), (3, 1, False), (3, 1, True), (3, 2, True)]
)
def test_a_unit_computes_the_published_formula(kernel: int, stride: int, attention: bool) -> None:
    torch.manual_seed(0)
    unit = BinaryUnit(8, kernel, stride, attention).eval()
    for parameter in (*unit.parameters(), unit.bn1.running_mean, unit.bn2.running_mean):
        parameter.data.add_(0.3 * torch.randn_like(parameter))
    unit.conv.anneal(0.0)
    features = torch.randn(2, 8, 6, 6)
    with torch.no_grad():
        output = unit(features)
        weights = unit.conv.weight.sign()
        x = functional.conv2d((features + unit.shift).sign(), weights, stride=stride, padding=kernel // 2)
        x = functional.prelu(unit.bn1(x), unit.prelu2.weight)
        pooled = functional.avg_pool2d(features, 2) if stride == 2 else features
        passed = functional.prelu(features, unit.prelu1.weight)
        residual = functional.avg_pool2d(passed, 2) if stride == 2 else passed
        mixed = unit.input_share * pooled + (1 - unit.input_share) * x
        _, narrow, _, wide, _ = unit.gate
        gate = torch.sigmoid(wide(narrow(mixed.mean(dim=(2, 3), keepdim=True)).relu()))
        expected = unit.bn2(gate * x * residual) + residual if attention else unit.bn2(gate * x) + features
    assert torch.allclose(output, expected, atol=1e-5)


def test_the_gate_squeezes_to_an_eighth_and_stays_within_0_and_1() -> None:
    gate = BinaryUnit(32, kernel=1).gate
    assert gate[1].out_channels == 4
    factors = gate(100 * torch.randn(3, 32, 4, 4))
    assert factors.shape == (3, 32, 1, 1)
    assert factors.min() >= 0 and factors.max() <= 1


def test_the_temperature_is_stored_and_a_resumed_run_goes_on_from_it() -> None:
    network, resumed = small(), small(1)
    for _ in range(5):
        network.anneal()
    assert network.temperature == pytest.approx(0.9**5)
    resumed.load_state_dict(network.state_dict())
    resumed.anneal()
    assert resumed.temperature == pytest.approx(0.9**6)
    assert all(unit.sign.temperature == unit.conv.temperature for unit in units(resumed))


@pytest.mark.fidelity("1-3")
def test_153_epochs_make_the_weights_binary() -> None:
    network = small().eval()
    for _ in range(152):
        network.anneal()
    assert not network.is_binary
    assert any(
        ((conv.used_weight().abs() > 0) & (conv.used_weight().abs() < 1)).any()
        for conv in convolutions(network)
    )
    network.anneal()
    assert network.is_binary
    assert {value for conv in convolutions(network) for value in conv.used_weight().unique().tolist()} == {
        -1.0,
        1.0,
    }


@pytest.mark.fidelity("1-2")
def test_a_latent_weight_of_zero_is_the_only_one_that_is_zero_at_the_end() -> None:
    network = small().eval()
    first = next(convolutions(network))
    first.weight.data.view(-1)[:3] = torch.tensor([0.0, 1e-30, -1e-30])
    network.harden()
    assert first.used_weight().view(-1)[:3].tolist() == [0.0, 1.0, -1.0]
    assert {value for conv in convolutions(network) for value in conv.used_weight().unique().tolist()} == {
        -1.0,
        0.0,
        1.0,
    }


@pytest.mark.parametrize("epochs", [1, 20, 200])
def test_a_run_of_any_length_can_be_annealed_to_its_end(epochs: int) -> None:
    network, factor = small(), annealing_factor(epochs)
    for _ in range(epochs - 1):
        network.anneal(factor)
        assert not network.is_binary
    network.anneal(factor)
    assert network.is_binary


def test_a_binary_network_stays_binary_in_a_half_precision_file() -> None:
    network = small()
    for _ in range(153):
        network.anneal()
    network.load_state_dict(
        {
            key: value.half() if value.is_floating_point() else value
            for key, value in network.state_dict().items()
        }
    )
    assert network.is_binary


@pytest.mark.parametrize("factor", [1.0, 0.0])
def test_gradient_reaches_all_that_learns_and_nothing_else(factor: float) -> None:
    network = small().train()
    network.anneal(factor)
    for unit in units(network):
        unit.gate[1].bias.data.fill_(3.0)  # so narrow a gate may start dead: its only ReLU shut
    learn_once(network)
    without = {
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    }
    spare = {
        f"{name}.prelu1.weight"
        for name, unit in network.named_modules()
        if isinstance(unit, BinaryUnit) and not unit.attention
    }
    assert without == spare | {"backbone.stem.prelu.weight"}
    assert without == {name for name, parameter in network.named_parameters() if not parameter.requires_grad}


def test_a_few_steps_lower_the_loss() -> None:
    network = small().train()
    faces, labels = torch.rand(4, 3, 64, 64), torch.tensor([0.0, 1.0, 0.0, 1.0])
    faces[1::2, :, ::2] *= 0.5
    optimiser = torch.optim.AdamW(
        (parameter for parameter in network.parameters() if parameter.requires_grad), lr=3e-3
    )
    losses = []
    for _ in range(12):
        loss = functional.binary_cross_entropy_with_logits(network(faces), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        network.anneal(annealing_factor(12))
        losses.append(loss.item())
    assert network.is_binary
    assert losses[-1] < 0.5 * losses[0]


def test_learning_label_1_raises_the_logit() -> None:
    network, faces = small().eval(), torch.rand(2, 3, 64, 64)
    before = network(faces)
    functional.binary_cross_entropy_with_logits(before, torch.ones(2)).backward()
    with torch.no_grad():
        network.head.weight -= 0.1 * network.head.weight.grad
        network.head.bias -= 0.1 * network.head.bias.grad
        assert (network(faces) > before).all()


@pytest.mark.fidelity("1-6")
def test_a_frozen_backbone_lets_only_adapter_and_head_learn() -> None:
    with torch.device("meta"):
        network = build_bnext(spec_of("t"))
    set_stage(
        network, HEAD, {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    )
    assert sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad) == 1_163


@pytest.mark.fidelity("1-6")
def test_a_frozen_backbone_stands_still_but_passes_gradient_to_the_adapter() -> None:
    network = small()
    network.harden()
    before = {key: value.clone() for key, value in network.backbone.state_dict().items()}
    set_stage(
        network.train(),
        HEAD,
        {name for name, parameter in network.named_parameters() if parameter.requires_grad},
    )
    learn_once(network)
    assert network.training and not network.backbone.training
    assert network.adapter.weight.grad.any() and network.head.weight.grad.any()
    assert all(torch.equal(before[key], value) for key, value in network.backbone.state_dict().items())
    assert all(parameter.grad is None for parameter in network.backbone.parameters())


@pytest.mark.fidelity("1-6")
def test_an_unfrozen_backbone_keeps_statistics() -> None:
    network = small().train()
    before = network.backbone.stem.bn.running_mean.clone()
    learn_once(network)
    assert not torch.equal(before, network.backbone.stem.bn.running_mean)


@pytest.mark.fidelity("1-5")
def test_the_adapters_output_is_normalised_on_the_way_to_the_backbone() -> None:
    network = small().eval()
    nn.init.zeros_(network.adapter.weight)
    network.adapter.bias.data = torch.tensor([0.2, 0.5, 0.8])
    given: list[torch.Tensor] = []
    network.backbone.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    network(torch.rand(1, 3, 32, 32))
    expected = (torch.tensor([0.2, 0.5, 0.8]) - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)
    assert torch.allclose(given[0], expected.view(1, 3, 1, 1).expand(1, 3, 32, 32))


def test_the_gradient_plane_is_a_choice() -> None:
    network = BNextNetwork(SMALL, INPUT, gradient=True).eval()
    assert network.adapter.in_channels == 6
    assert network(torch.rand(1, 3, 32, 32)).shape == (1,)


def test_the_head_starts_small_and_meets_the_mean_of_the_layer_to_look_at() -> None:
    network = small().eval()
    maps: list[torch.Tensor] = []
    network.cam_layer.register_forward_hook(lambda _, __, output: maps.append(output))
    with torch.no_grad():
        logits = network(torch.rand(3, 3, 64, 64))
        assert maps[0].shape == (3, 64, 8, 8)
        assert torch.allclose(network.head(maps[0].mean(dim=(2, 3))).squeeze(1), logits, atol=1e-6)
    assert logits.abs().max() < 0.5
    assert network.head.bias.tolist() == [0.0]


def test_the_stored_state_has_no_matrices_and_no_normalisation() -> None:
    assert not [key for key in small().state_dict() if key.startswith("planes") or key in ("mean", "std")]


def test_a_size_that_does_not_halve_evenly_is_refused() -> None:
    with pytest.raises(ValueError, match="72 x 64 px does not halve evenly: give a multiple of 32"):
        small()(torch.rand(1, 3, 72, 64))


@pytest.mark.slow
def test_the_largest_runs() -> None:
    torch.manual_seed(0)
    network = build_bnext(spec_of("l")).eval()
    with torch.no_grad():
        logits = network(torch.rand(1, 3, 224, 224))
    assert torch.isfinite(logits).all()
