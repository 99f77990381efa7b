"""Class activation maps: what each cell of a network's map adds to the logit, both signs."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import nn

from detector.structures import Floats

FINE_STRIDE = 16
"""Input pixels a cell of the map that LayerCAM looks at: half of those of the last map, so twice as fine."""


@dataclass(frozen=True, eq=False)
class Felt:
    """One layer's map (C, h, w) and the logit's gradient there, and the logit (positive: fake)."""

    activation: torch.Tensor
    gradient: torch.Tensor
    logit: float


def grad_cam(network: nn.Module, images: torch.Tensor) -> tuple[Floats, float]:
    """Grad-CAM (arXiv:1610.02391, section 3, eq. 1 and 2, without its ReLU): each cell's share of the logit,
    (h, w) float32, and the logit.

    `images` is (1, 3, S, S) float32 RGB in 0..1; `network` names the layer to look at as `cam_layer`. Where a
    pooled map meets one linear layer the shares and the bias add up to the logit exactly. Works inside
    inference_mode, from any number of threads: the hook and gradients live on a copy that only shares the
    tensors.
    """
    felt = feel(network, images, cast(nn.Module, network.cam_layer))
    weights = felt.gradient.mean((1, 2), keepdim=True)
    return _floats((weights * felt.activation).sum(dim=0)), felt.logit


def grad_cam_plus(network: nn.Module, images: torch.Tensor) -> tuple[Floats, float]:
    """Grad-CAM++ (arXiv:1710.11063, section 3.2, eq. 10 and 19), arguments and result as of `grad_cam`.

    The paper weighs a channel by the gradients that raise the class, each by alpha = g² / (2 g² + g³ sum(A)),
    which is 1 / (2 + g sum(A)). Its map of *fake* less its map of *genuine*, whose logit is the negative one,
    has both signs.
    """
    felt = feel(network, images, cast(nn.Module, network.cam_layer))
    total = felt.activation.sum((1, 2), keepdim=True)

    def weights(gradient: torch.Tensor) -> torch.Tensor:
        alpha = 1 / (2 + gradient * total)
        return (torch.nan_to_num(alpha, posinf=0, neginf=0) * gradient.relu()).sum((1, 2), keepdim=True)

    cells = ((weights(felt.gradient) - weights(-felt.gradient)) * felt.activation).sum(dim=0)
    return _floats(cells / cells.numel()), felt.logit


def layer_cam(network: nn.Module, images: torch.Tensor) -> tuple[Floats, float]:
    """LayerCAM (Jiang et al., IEEE TIP 30, 2021, section III-B, eq. 6 and 7) of the last map with a cell for
    every `FINE_STRIDE` pixels; arguments and result as of `grad_cam`.

    A place weighs each channel by its own gradient. The paper keeps those that raise the class; its map of
    *fake* less its map of *genuine* is gradient times activation.
    """
    felt = feel(network, images, fine_layer(network))
    return _floats((felt.gradient * felt.activation).sum(dim=0)), felt.logit


def fine_layer(network: nn.Module) -> nn.Module:
    """The last layer of timm's backbone whose map has a cell for every `FINE_STRIDE` pixels; where the
    backbone is not timm's, the one that Grad-CAM looks at. Of a transformer on convolutional tokens it is one
    of the convolutions: behind a layer norm gradient times activation is 0 for every token.
    """
    backbone = getattr(network, "backbone", None)
    features = getattr(backbone, "feature_info", None)
    if not isinstance(backbone, nn.Module) or features is None:
        return cast(nn.Module, network.cam_layer)
    names = [feature["module"] for feature in features if feature["reduction"] == FINE_STRIDE]
    return backbone.get_submodule(names[-1]) if names else cast(nn.Module, network.cam_layer)


def feel(network: nn.Module, images: torch.Tensor, layer: nn.Module) -> Felt:
    """The map of `layer`, which is a part of `network`, and the logit's gradient there."""
    path = next(path for path, module in network.named_modules() if module is layer)
    activations: list[torch.Tensor] = []

    def begin_graph(_layer: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        activations.append(output.detach().requires_grad_())
        return activations[0]  # the graph begins here, so that nothing goes back through what is before

    # autograd refuses tensors born in inference mode, hence the clone
    with torch.inference_mode(False), torch.enable_grad():
        probe = sharing_copy(network)
        probe.get_submodule(path).register_forward_hook(begin_graph)
        (logit,) = probe(images.clone())
        (gradient,) = torch.autograd.grad(logit, activations)
    return Felt(activations[0].detach()[0], gradient[0], float(logit.detach()))


def sharing_copy(network: nn.Module) -> nn.Module:
    """A copy of the modules that shares the tensors, which ask for no gradient there; those born in inference
    mode are cloned.
    """
    shared = {
        id(tensor): (tensor.clone() if tensor.is_inference() else tensor).detach()
        for tensor in (*network.parameters(), *network.buffers())
    }
    return copy.deepcopy(network, shared).eval()


def _floats(cells: torch.Tensor) -> Floats:
    return np.asarray(cells.float().cpu(), dtype=np.float32)
