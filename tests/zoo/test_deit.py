"""The transformer on CNN and patch tokens: its graph, its two logits, its attention."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn

from detector.explain.cams import grad_cam
from detector.train.losses import distillation_loss
from detector.zoo.backbone import BackboneNetwork
from detector.zoo.deit import DistilledTransformer, FeaturePool, Grid, attention_weights, build_deit, rollout
from detector.zoo.specs import SPECS
from tests.zoo.networks import outline

LARGE, TINY = SPECS["deit-distill-large"], SPECS["deit-distill-tiny"]


def tiny_network() -> DistilledTransformer:
    torch.manual_seed(0)
    network = build_deit(TINY)
    assert isinstance(network, DistilledTransformer)
    # the token starts at zeros: moved, so that leaving it out would show
    nn.init.normal_(network.distillation_token)
    return network.eval()


@pytest.fixture(scope="module")
def tiny() -> DistilledTransformer:
    return tiny_network()


@pytest.fixture(scope="module")
def large() -> DistilledTransformer:
    network = outline("deit-distill-large")
    assert isinstance(network, DistilledTransformer)
    return network


@pytest.fixture(scope="module")
def faces() -> torch.Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))


class Blind(nn.Module):
    """A CNN that sees nothing, so that only patches tell cells apart."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images.new_zeros(len(images), self.features, images.shape[2] // 32, images.shape[3] // 32)


def sequence_of(network: DistilledTransformer, images: torch.Tensor) -> torch.Tensor:
    """The tokens that the first block receives."""
    seen: list[torch.Tensor] = []
    hook = network.transformer.blocks[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        network(images)
    hook.remove()
    return seen[0]


@pytest.mark.fidelity("2-1")
def test_the_parts_of_large_have_the_published_sizes(large: DistilledTransformer) -> None:
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in large.named_children()}
    assert counts == {"backbone": 63_786_960, "transformer": 305_607_680, "pool": 0, "grid": 0, "head": 1_025}
    assert large.distillation_token.shape == (1, 1, 1024)
    assert sum(p.numel() for p in large.parameters()) == 369_396_689


@pytest.mark.fidelity("2-1")
def test_large_runs_146_tokens_through_24_blocks_of_16_heads(large: DistilledTransformer) -> None:
    images = torch.empty(2, 3, 384, 384, device="meta")
    assert [weights.shape for weights in large.attention(images)] == [(2, 16, 146, 146)] * 24
    assert large(images).shape == (2,)
    assert large.attention_map(images).shape == (2, 12, 12)


@pytest.mark.fidelity("2-3")
def test_both_tokens_share_one_head_and_the_distillation_token_has_no_position(
    large: DistilledTransformer,
) -> None:
    own = {key for key in large.state_dict() if not key.startswith(("backbone.", "transformer."))}
    assert own == {"distillation_token", "head.weight", "head.bias"}
    assert large.transformer.pos_embed.shape == (1, 1 + 144, 1024)


def test_stochastic_depth_rises_to_the_published_share(large: DistilledTransformer) -> None:
    shares = [getattr(block.drop_path1, "drop_prob", 0.0) for block in large.transformer.blocks]
    assert shares == pytest.approx([0.2 * i / 23 for i in range(24)])
    assert large.transformer.norm.eps == 1e-6


@pytest.mark.fidelity("2-2")
@pytest.mark.parametrize("features, width", [(3584, 1024), (1472, 192), (6, 4), (5, 5), (4, 1)])
def test_pooling_equals_adaptive_average_pooling(features: int, width: int) -> None:
    tokens = torch.rand(2, 3, features)
    assert torch.allclose(
        FeaturePool(features, width)(tokens), nn.functional.adaptive_avg_pool1d(tokens, width), atol=1e-6
    )


@pytest.mark.fidelity("2-2")
def test_the_pooled_features_of_large_see_cnn_then_both_then_patches() -> None:
    pool = FeaturePool(2560 + 1024, 1024)
    from_cnn = pool((torch.arange(3584) < 2560).float())
    assert (from_cnn[:731] == 1).all()
    assert from_cnn[731] == 0.5
    assert (from_cnn[732:] == 0).all()


@pytest.mark.fidelity("2-18")
def test_tiny_has_the_same_form_with_a_token_a_cell(tiny: DistilledTransformer, faces: torch.Tensor) -> None:
    assert sequence_of(tiny, faces).shape == (2, 1 + 49 + 1, 192)
    assert tiny(faces).shape == (2,)


def test_the_sequence_ends_with_the_bare_distillation_token(
    tiny: DistilledTransformer, faces: torch.Tensor
) -> None:
    tokens = sequence_of(tiny, faces)
    assert torch.equal(tokens[:, -1], tiny.distillation_token[0].expand(2, -1))
    assert torch.equal(
        tokens[:, 0], (tiny.transformer.cls_token + tiny.transformer.pos_embed[:, :1])[0].expand(2, -1)
    )


def test_cells_go_row_by_row() -> None:
    network = tiny_network()
    network.backbone = Blind(network.backbone.num_features)
    images = torch.full((2, 3, 224, 224), 0.5)
    images[1, :, 2 * 32 : 3 * 32, 5 * 32 : 6 * 32] = 1.0
    plain, marked = sequence_of(network, images)
    assert (plain != marked).any(dim=1).nonzero().flatten().tolist() == [1 + 2 * 7 + 5]
    assert Grid()(torch.arange(49).view(1, 49, 1), 7)[0, 0, 2, 5] == 2 * 7 + 5


@pytest.mark.fidelity("2-3")
def test_the_score_is_the_logit_of_the_distillation_token(
    tiny: DistilledTransformer, faces: torch.Tensor
) -> None:
    with torch.no_grad():
        of_class, of_distillation = tiny.both_logits(faces)
        assert torch.equal(tiny(faces), of_distillation)
    assert not torch.equal(of_class, of_distillation)


def test_raising_the_head_raises_both_logits(faces: torch.Tensor) -> None:
    network = tiny_network()
    with torch.no_grad():
        before = torch.stack(network.both_logits(faces))
        network.head.bias += 1
        assert torch.allclose(torch.stack(network.both_logits(faces)), before + 1, atol=1e-6)


def test_another_input_size_resamples_the_positions(tiny: DistilledTransformer) -> None:
    with torch.no_grad():
        assert sequence_of(tiny, torch.rand(1, 3, 96, 96)).shape == (1, 1 + 9 + 1, 192)


def test_fixed_to_a_size_it_gives_the_same_logits_and_holds_its_positions(tiny: DistilledTransformer) -> None:
    images = torch.rand(2, 3, 96, 96)
    fixed = tiny.at_size(96)
    with torch.no_grad():
        assert torch.allclose(fixed(images), tiny(images), atol=1e-6)
    assert fixed.transformer.pos_embed.shape == (1, 1 + 9, 192)
    assert tiny.transformer.pos_embed.shape == (1, 1 + 49, 192)
    assert tiny.at_size(224) is tiny


def test_an_input_that_is_no_whole_number_of_patches_is_refused(tiny: DistilledTransformer) -> None:
    with pytest.raises(ValueError, match="230 x 230 px cannot be cut into patches of 32"):
        tiny(torch.rand(1, 3, 230, 230))


def test_the_loss_reaches_every_parameter_in_training() -> None:
    network = tiny_network().train()
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0])
    distillation_loss(*network.both_logits(torch.rand(4, 3, 64, 64)), labels, torch.zeros(4)).backward()
    without = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    assert without == []


def test_each_logit_alone_reaches_the_other_token(faces: torch.Tensor) -> None:
    network = tiny_network()
    of_class, of_distillation = network.both_logits(faces)
    tokens = (network.transformer.cls_token, network.distillation_token)
    for logits in (of_class, of_distillation):
        assert all(
            gradient.any() for gradient in torch.autograd.grad(logits.sum(), tokens, retain_graph=True)
        )


def test_a_fresh_distillation_token_is_zero() -> None:
    network = build_deit(TINY)
    assert not network.distillation_token.any()
    assert network.head.weight.std().item() == pytest.approx(0.01, rel=0.3)


def test_attention_is_what_the_block_itself_uses(tiny: DistilledTransformer) -> None:
    tokens, attention = torch.rand(2, 5, 192), tiny.transformer.blocks[3].attn
    with torch.no_grad():
        weights = attention_weights(attention, tokens)
        values = attention.qkv(tokens).unflatten(2, (3, 3, 64))[:, :, 2].transpose(1, 2)
        by_hand = attention.proj((weights @ values).transpose(1, 2).flatten(2))
        assert torch.allclose(by_hand, attention(tokens), atol=1e-5)
    assert torch.allclose(weights.sum(dim=-1), torch.ones(2, 3, 5))


def test_rollout_mixes_the_token_itself_with_what_it_takes() -> None:
    even = torch.full((1, 4, 2, 2), 0.5)
    assert torch.allclose(rollout([even]), torch.tensor([[[0.75, 0.25], [0.25, 0.75]]]))
    assert torch.allclose(rollout([even, even]), torch.tensor([[[0.625, 0.375], [0.375, 0.625]]]))


def test_rollout_goes_from_the_last_block_back_to_the_first() -> None:
    swap, keep_first = torch.tensor([[[[0.0, 1.0], [1.0, 0.0]]]]), torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]])
    # token 1 at the end: half itself, half token 0, and each of them is half of the other before
    assert torch.allclose(rollout([swap, keep_first])[0, 1], torch.tensor([0.5, 0.5]))
    assert torch.allclose(rollout([keep_first, swap])[0, 1], torch.tensor([0.75, 0.25]))


@pytest.mark.fidelity("2-17")
def test_the_attention_map_has_a_value_a_cell_and_leaves_no_hook(
    tiny: DistilledTransformer, faces: torch.Tensor
) -> None:
    with torch.inference_mode():
        taken = tiny.attention_map(faces)
    assert taken.shape == (2, 7, 7)
    assert (taken >= 0).all()
    assert (taken.sum(dim=(1, 2)) < 1).all()
    assert taken.std() > 0
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in tiny.modules())


@pytest.mark.fidelity("2-17")
def test_the_attention_map_follows_attention_to_its_cell() -> None:
    network = tiny_network()
    network.backbone = Blind(network.backbone.num_features)
    images = torch.full((1, 3, 224, 224), 0.5)
    images[:, :, 4 * 32 : 5 * 32, 32:64] = 1.0
    attention = network.transformer.blocks[0].attn
    with (
        torch.no_grad()
    ):  # every query is the direction in which the marked cell's key differs from its neighbours'
        network.transformer.pos_embed.zero_()
        tokens = network.transformer.blocks[0].norm1(sequence_of(network, images))[0]
        keys = attention.qkv(tokens)[:, 192:384]
        attention.qkv.weight[:192] = 0
        attention.qkv.bias[:192] = 100 * (keys[1 + 4 * 7 + 1] - keys[1])
        taken = network.attention_map(images)[0]
    assert divmod(int(taken.argmax()), 7) == (4, 1)


@pytest.mark.fidelity("2-17")
def test_grad_cam_sees_every_cell(tiny: DistilledTransformer, faces: torch.Tensor) -> None:
    shares, logit = grad_cam(tiny, faces[:1])
    assert shares.shape == (7, 7)
    assert shares.std() > 0
    with torch.no_grad():
        assert logit == pytest.approx(tiny(faces[:1]).item(), abs=1e-5)


def test_normalisation_is_inside_and_not_stored(tiny: DistilledTransformer) -> None:
    network = tiny_network()
    network.backbone = Blind(network.backbone.num_features)
    network.transformer.patch_embed.proj.bias.data.zero_()
    mean = torch.tensor(TINY.input.mean).view(1, 3, 1, 1).expand(1, 3, 64, 64)
    network.transformer.pos_embed.data.zero_()
    assert not sequence_of(network, mean)[:, 1:-1].any()  # a picture of the mean is zero to the network
    assert not {"mean", "std", "pool.bins"} & set(network.state_dict())


def test_starting_weights_fit_the_cnn_strictly() -> None:
    start = BackboneNetwork(TINY.backbone, TINY.input).backbone.state_dict()
    tiny_network().backbone.load_state_dict(start, strict=True)


@pytest.mark.slow
def test_large_runs_once_and_its_map_is_12_by_12() -> None:
    torch.manual_seed(0)
    network = build_deit(LARGE).eval()
    assert isinstance(network, DistilledTransformer)
    with torch.inference_mode():
        logits = network(torch.rand(1, 3, 384, 384))
        taken = network.attention_map(torch.rand(1, 3, 384, 384))
    assert torch.isfinite(logits).all()
    assert taken.shape == (1, 12, 12)
    assert taken.std() > 0


@pytest.mark.fidelity("2-18")
@pytest.mark.slow
def test_tiny_judges_a_face_in_under_a_second(tiny: DistilledTransformer, faces: torch.Tensor) -> None:
    taken_s = []
    for _ in range(5):
        start = time.process_time()
        with torch.inference_mode():
            tiny(faces[:1])
        taken_s.append(time.process_time() - start)
    assert min(taken_s) < 1
