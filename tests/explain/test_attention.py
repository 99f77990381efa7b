"""The attention of a transformer as a heat map on a fixed scale."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from detector.explain.heatmap import heatmap
from detector.explain.inside import FULL_SHARE, attention_values
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.explain.networks import crop_of, detector_of


class Looks(nn.Module):
    """A network whose attention to 4 x 4 cells is given."""

    def __init__(self, taken: torch.Tensor) -> None:
        super().__init__()
        self.taken = taken

    def attention_map(self, images: torch.Tensor) -> torch.Tensor:
        return self.taken[None]


def test_an_even_gaze_lights_nothing() -> None:
    values = attention_values(Looks(torch.full((4, 4), 1 / 16)), torch.zeros(1, 3, 64, 64))
    assert values.shape == (64, 64)
    assert values.max() == pytest.approx(0, abs=1e-6)


def test_a_cell_with_the_full_share_is_one_and_the_others_dark() -> None:
    taken = torch.full((4, 4), (1 - FULL_SHARE / 16) / 15)
    taken[1, 2] = FULL_SHARE / 16
    values = attention_values(Looks(taken), torch.zeros(1, 3, 64, 64))
    assert values[24, 40] == pytest.approx(1, abs=0.1)  # the middle of that cell
    assert values[56, 8] == 0


@pytest.mark.fidelity("2-17")
def test_the_transformer_of_the_zoo_is_shown_with_its_own_logit() -> None:
    torch.manual_seed(0)
    network = build_network(SPECS["deit-distill-tiny"]).eval()
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    shown = heatmap(crop_of(image), detector_of(network), "attention")
    with torch.no_grad():
        logit = network(torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255).item()
    assert shown.method == "attention"
    assert shown.logit == pytest.approx(logit, abs=1e-5)
    assert shown.values.shape == (64, 64)
    assert 0 <= shown.values.min() <= shown.values.max() <= 1
