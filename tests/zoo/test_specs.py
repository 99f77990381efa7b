"""Every network of the zoo: size, polarity, start and gradient."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from detector.zoo.build import build_network, cost
from detector.zoo.sbi import BackboneNetwork
from detector.zoo.specs import LARGEST_MARGIN, SPECS, DetectorSpec

COUNTED = {
    # name: parameters with one logit, 1e9 multiply-adds at the published size (own count of the stock networks of timm 1.0.31)
    "sbi-efficientnet-b4": (17_550_409, 4.392),
    "sbi-efficientnetv2-s": (20_178_769, 8.364),
    "sbi-efficientnetv2-m": (52_859_637, 24.581),
    "sbi-mobilevitv2-200": (17_425_354, 16.098),
}
every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


@pytest.fixture(scope="module")
def lite2() -> BackboneNetwork:
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"])
    assert isinstance(network, BackboneNetwork)
    return network.eval()


@every_spec
def test_names_are_keys_and_say_what_they_are(spec: DetectorSpec) -> None:
    assert SPECS[spec.name] is spec
    assert spec.title and spec.paper and spec.good_for
    assert 0 <= spec.input.margin <= LARGEST_MARGIN


@every_spec
def test_every_network_builds_and_gives_one_logit_a_face(spec: DetectorSpec) -> None:
    with torch.device("meta"):
        network = build_network(spec).eval()
        logits = network(torch.empty(2, 3, spec.input.size, spec.input.size))
    assert logits.shape == (2,)
    assert logits.dtype == torch.float32


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_operations_are_those_of_the_published_networks(name: str) -> None:
    params, gmacs = COUNTED[name]
    found = cost(SPECS[name])
    assert found.params == params
    assert found.gmacs == pytest.approx(gmacs, rel=0.01)


def test_operations_grow_with_the_input() -> None:
    spec = SPECS["unblend-lite2"]
    half = cost(spec, 128).gmacs
    assert cost(spec, 256).gmacs == pytest.approx(4 * half, rel=0.05)


@every_spec
def test_every_network_has_a_layer_to_look_at(spec: DetectorSpec) -> None:
    with torch.device("meta"):
        network = build_network(spec)
    assert isinstance(network.cam_layer, nn.Module)
    assert not isinstance(network.cam_layer, nn.Identity)


def test_the_head_starts_small(lite2: BackboneNetwork) -> None:
    assert lite2.head.weight.std().item() == pytest.approx(0.01, rel=0.2)
    assert lite2.head.bias.tolist() == [0.0]
    with torch.no_grad():
        logits = lite2(torch.rand(4, 3, 260, 260))
    assert logits.abs().max() < 0.5  # so that training begins at a loss near log 2


def test_a_forward_pass_is_finite_and_repeatable(lite2: BackboneNetwork) -> None:
    faces = torch.rand(2, 3, 260, 260)
    with torch.no_grad():
        first, second = lite2(faces), lite2(faces)
    assert torch.isfinite(first).all()
    assert torch.equal(first, second)


def test_a_batch_equals_its_faces_one_by_one(lite2: BackboneNetwork) -> None:
    faces = torch.rand(3, 3, 260, 260)
    with torch.no_grad():
        together = lite2(faces)
        singly = torch.cat([lite2(face[None]) for face in faces])
    assert torch.allclose(together, singly, atol=1e-5)


def test_gradient_reaches_every_parameter() -> None:
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).train()
    loss = nn.functional.binary_cross_entropy_with_logits(network(torch.rand(4, 3, 96, 96)), torch.tensor([0.0, 1.0, 0.0, 1.0]))
    loss.backward()
    without = [name for name, parameter in network.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert without == []


def test_learning_label_1_raises_the_logit() -> None:
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).eval()
    faces = torch.rand(2, 3, 96, 96)
    before = network(faces).detach()
    loss = nn.functional.binary_cross_entropy_with_logits(network(faces), torch.ones(2))
    loss.backward()
    with torch.no_grad():
        network.head.weight -= 0.1 * network.head.weight.grad
        network.head.bias -= 0.1 * network.head.bias.grad
        assert (network(faces) > before).all()


@every_spec
def test_normalisation_is_inside_the_graph(spec: DetectorSpec) -> None:
    network = BackboneNetwork("tf_efficientnet_lite0", spec.input)
    network.backbone, network.head = nn.Identity(), nn.Identity()  # hand on what they are given
    given = network(torch.full((1, 3, 1, 1), 0.5)).flatten()
    assert torch.allclose(given, (0.5 - torch.tensor(spec.input.mean)) / torch.tensor(spec.input.std))


def test_normalisation_is_not_stored_with_the_weights(lite2: BackboneNetwork) -> None:
    assert not {"mean", "std"} & set(lite2.state_dict())
