"""Every network of the zoo: size, polarity, start and gradient."""

from __future__ import annotations

import copy
import re

import pytest
import safetensors.torch
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from detector.zoo.backbone import BackboneNetwork
from detector.zoo.build import build_network, cost
from detector.zoo.claims import Claims
from detector.zoo.specs import LARGEST_MARGIN, PAIR, SPECS, SYSTEMS, DetectorSpec
from tests.zoo.networks import LIGHT, faces, network, outline, passed, small_size

COUNTED = {
    # name: parameters with one logit (the published four branches: two), 1e9 multiply-adds at the published
    # size
    "sbi-efficientnet-b4": (17_550_409, 4.392),
    "sbi-efficientnetv2-s": (20_178_769, 8.364),
    "sbi-efficientnetv2-m": (52_859_637, 24.581),
    "sbi-mobilevitv2-200": (17_425_354, 16.098),
    "bnext-t": (29_838_399, 4.829),
    "bnext-s": (67_059_289, 10.858),
    "bnext-m": (132_966_649, 20.109),
    "bnext-l": (324_499_827, 52.188),
    "deit-distill-large": (369_396_689, 60.8),
    "inspector-b0": (5_058_941, 0.385),
    "multibranch-b4-published": (35_137_962, 84.05),
}
IN_DOUBLE = {"deit-distill-large", "sbi-efficientnetv2-m", "bnext-l"}
"""Where float32 does not repeat itself from one batch size to another with untrained weights.

Statistics of one batch of noise amplify rounding through 55 or 57 blocks (B7: 0.03 apart in float32, 2e-11 in
float64), and a sum of signs near 0 takes its own sign by rounding (BNext-L: 1.2 apart with AVX2, 3e-15 in
float64). """
OWN = {"unblend-lite2", *PAIR, "deit-distill-tiny", "multibranch-b4"}
"""Networks that nobody published: they have nothing to be counted against."""

INPUTS = {
    # name: side in pixels, margin; the inspector and the four branches were published on whole pictures,
    # which have no margin
    "sbi-efficientnet-b4": (380, 0.125),
    "sbi-efficientnetv2-s": (384, 0.125),
    "sbi-efficientnetv2-m": (480, 0.125),
    "sbi-mobilevitv2-200": (384, 0.125),
    "bnext-t": (224, 0.5),
    "deit-distill-large": (384, 0.33),
    "inspector-b0": (224, 0.3),
    "multibranch-b4-published": (224, 0.3),
}

every_name = pytest.mark.parametrize("name", SPECS)
every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
large_ones_slow = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in LIGHT else pytest.mark.slow) for name in SPECS]
)


def test_there_are_sixteen() -> None:
    assert len(SPECS) == 16
    assert SPECS.keys() == COUNTED.keys() | OWN


@every_spec
def test_names_are_keys_and_say_what_they_are(spec: DetectorSpec) -> None:
    assert SPECS[spec.name] is spec
    assert spec.title and spec.paper and spec.good_for
    assert spec.system == SYSTEMS[spec.family]
    assert 0 <= spec.input.margin <= LARGEST_MARGIN


@pytest.mark.fidelity("1-22", "2-19", "4-23")
@every_spec
def test_who_claims_something_is_noted(spec: DetectorSpec) -> None:
    assert spec.claims == Claims() if spec.family == "unblend" else spec.claims.note
    shares = (
        spec.claims.auc,
        spec.claims.accuracy,
        spec.claims.f1,
        spec.claims.precision,
        spec.claims.recall,
    )
    assert all(0.5 < share <= 1 for share in shares if share is not None)


@every_name
def test_every_network_builds_and_gives_one_logit_a_face(name: str) -> None:
    logits = passed(name).logits
    assert logits.shape == (2,)
    assert logits.dtype == torch.float32


@pytest.mark.fidelity("0-1")
@pytest.mark.parametrize("name", COUNTED)
def test_parameters_and_operations_are_those_of_the_published_networks(name: str) -> None:
    params, gmacs = COUNTED[name]
    figures = cost(SPECS[name])
    assert figures.params == params
    assert figures.gmacs == pytest.approx(
        gmacs, rel=0.02 if name.startswith("bnext") else 0.01
    )  # BNext's figures leave out the planes


@pytest.mark.fidelity("0-2", "3-5", "4-6")
@pytest.mark.parametrize("name", INPUTS)
def test_size_and_margin_are_those_of_the_published_system(name: str) -> None:
    spec = SPECS[name]
    assert (spec.input.size, spec.input.margin) == INPUTS[name]


def test_operations_grow_with_the_input() -> None:
    spec = SPECS["unblend-lite2"]
    assert cost(spec, 256).gmacs == pytest.approx(4 * cost(spec, 128).gmacs, rel=0.05)


@every_name
def test_every_network_has_a_layer_to_look_at(name: str) -> None:
    _, channels, height, width = passed(name).cam_shape
    assert channels > 1
    assert height == width >= 7


@every_name
def test_normalisation_is_not_stored_with_the_weights(name: str) -> None:
    stored = outline(name).state_dict()
    assert not [key for key in stored if re.search(r"(^|\.)(mean|std)$", key)]


@large_ones_slow
def test_it_repeats_itself_whatever_the_batch(name: str) -> None:
    net, batch = network(name), faces(3, small_size(name))
    if name in IN_DOUBLE:
        net, batch = copy.deepcopy(net).double(), batch.double()
    with torch.no_grad():
        first, second, singly = net(batch), net(batch), torch.cat([net(face[None]) for face in batch])
    assert torch.isfinite(first).all()
    assert torch.equal(first, second)
    assert torch.allclose(first, singly, atol=1e-4)


@large_ones_slow
def test_its_head_starts_near_zero_whatever_the_features(name: str) -> None:
    net, given = network(name), []
    *_, last = (layer for layer in net.head.modules() if isinstance(layer, nn.Linear))
    hook = last.register_forward_hook(lambda layer, inputs, output: given.append(inputs[0]))
    with torch.no_grad():
        logits = net(faces(3, small_size(name)))
    hook.remove()
    features = given[0].reshape(3, -1, given[0].shape[-1])[:, -1]  # of two tokens the last gives the logit
    # five deviations of a sum whose weights have a deviation of 0.01; the published four branches keep
    # torch's own start
    most = 3.0 if name == "multibranch-b4-published" else 5 * 0.01 * features.norm(dim=1)
    assert (logits.abs() < most).all()


@large_ones_slow
def test_gradient_reaches_all_that_should_learn_and_nothing_else(name: str) -> None:
    net = copy.deepcopy(network(name)).train()
    for module in net.modules():
        if hasattr(module, "drop_prob"):
            module.drop_prob = 0.0  # by chance stochastic depth may leave a block out for all four faces
        if isinstance(module, nn.BatchNorm2d) and not module.weight.any():
            nn.init.ones_(
                module.weight
            )  # the last norm of a residual block starts at 0, and lets nothing through in the first step
    torch.manual_seed(0)
    binary_cross_entropy_with_logits(
        net(faces(4, small_size(name))), torch.tensor([0.0, 1.0, 0.0, 1.0])
    ).backward()
    reached = {
        key
        for key, parameter in net.named_parameters()
        if parameter.grad is not None and parameter.grad.any()
    }
    assert reached == {key for key, parameter in net.named_parameters() if parameter.requires_grad}


@pytest.mark.fidelity("3-2")
@large_ones_slow
def test_learning_label_1_raises_the_logit(name: str) -> None:
    net, batch = copy.deepcopy(network(name)), faces(2, small_size(name))
    before = net(batch)
    head = list(net.head.parameters())
    slopes = torch.autograd.grad(binary_cross_entropy_with_logits(before, torch.ones(2)), head)
    with torch.no_grad():
        for parameter, slope in zip(head, slopes, strict=True):
            parameter -= 0.1 * slope
        assert (net(batch) > before).all()


@pytest.mark.fidelity("3-12")
@large_ones_slow
def test_what_is_stored_and_loaded_gives_the_same_logits(name: str) -> None:
    stored = safetensors.torch.save(
        {key: value.contiguous() for key, value in network(name).state_dict().items()}
    )
    torch.manual_seed(7)
    other = build_network(SPECS[name]).eval()
    other.load_state_dict(safetensors.torch.load(stored), strict=True)
    with torch.no_grad():
        assert torch.equal(other(faces(2, small_size(name))), network(name)(faces(2, small_size(name))))


def test_the_head_starts_small() -> None:
    head = network("unblend-lite2").head
    assert head.weight.std().item() == pytest.approx(0.01, rel=0.2)
    assert head.bias.tolist() == [0.0]


@every_spec
def test_a_backbone_is_given_normalised_pixels(spec: DetectorSpec) -> None:
    net = BackboneNetwork("tf_efficientnet_lite0", spec.input)
    net.backbone, net.head = nn.Identity(), nn.Identity()  # hand on what they are given
    given = net(torch.full((1, 3, 1, 1), 0.5)).flatten()
    assert torch.allclose(given, (0.5 - torch.tensor(spec.input.mean)) / torch.tensor(spec.input.std))


@pytest.mark.fidelity("0-1")
@pytest.mark.parametrize(
    "spec", [spec for spec in SPECS.values() if spec.family != "bnext"], ids=lambda spec: spec.name
)
def test_pixels_are_normalised_as_for_the_pretrained_weights_of_the_backbone(spec: DetectorSpec) -> None:
    from timm.models import get_pretrained_cfg  # after the zoo, which supplies what torchvision lacks

    pretrained = get_pretrained_cfg(spec.backbone)
    assert (spec.input.mean, spec.input.std) == (pretrained.mean, pretrained.std)


def test_what_people_call_a_detector_is_short_and_its_own() -> None:
    names = [spec.short for spec in SPECS.values()]
    assert len(set(names)) == len(names) and max(map(len, names)) < 30
