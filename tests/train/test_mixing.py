"""The tools that make weights of weights: the mean of several, and a B0 that begins as Lite0."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tools import soup, start_from_lite


def checkpoint(path: Path, value: float, steps: int, size: int = 2) -> Path:
    values = {
        "network.weight": torch.full((size,), value),
        "network.count": torch.tensor(steps),
        "other": torch.zeros(1),
    }
    torch.save({"state_dict": values, "global_step": steps, "trained_s": 10.0 * steps}, path)
    return path


def test_a_soup_is_the_mean_and_counts_all_steps(tmp_path: Path) -> None:
    given = [checkpoint(tmp_path / "a.ckpt", 1.0, 3), checkpoint(tmp_path / "b.ckpt", 4.0, 5)]
    assert soup.main([str(tmp_path / "out.ckpt"), *map(str, given)]) == 0
    state = torch.load(tmp_path / "out.ckpt", weights_only=False)
    assert state["state_dict"]["network.weight"].tolist() == [2.5, 2.5]
    assert state["state_dict"]["network.count"] == 5
    assert (state["global_step"], state["trained_s"]) == (8, 80.0)
    assert state["averaged_of"] == ["a.ckpt", "b.ckpt"]
    assert set(state["state_dict"]) == {"network.weight", "network.count"}


def test_weights_of_two_networks_make_no_soup(tmp_path: Path) -> None:
    given = [checkpoint(tmp_path / "a.ckpt", 1.0, 3), checkpoint(tmp_path / "b.ckpt", 4.0, 5, size=3)]
    with pytest.raises(ValueError, match="not of one network"):
        soup.main([str(tmp_path / "out.ckpt"), *map(str, given)])
    assert not (tmp_path / "out.ckpt").exists()


@pytest.fixture(name="lite", scope="module")
def a_lite_network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the layers of Lite0, at random: those of B0 without its gates."""
    state = build_network(SPECS["inspector-b0"]).backbone.state_dict()
    path = tmp_path_factory.mktemp("lite") / "lite0.safetensors"
    save_file(
        {
            key: (value + 1 if value.is_floating_point() else value).contiguous()
            for key, value in state.items()
            if ".se." not in key
        },
        path,
    )
    return path


def test_a_b0_begins_as_lite0_with_open_gates(tmp_path: Path, lite: Path) -> None:
    assert start_from_lite.main([str(lite), str(tmp_path / "b0.safetensors")]) == 0
    given, started = load_file(lite), load_file(tmp_path / "b0.safetensors")
    build_network(SPECS["inspector-b0"]).backbone.load_state_dict(started, strict=True)
    assert all(torch.equal(started[key], value) for key, value in given.items())
    biases = [value for key, value in started.items() if key.endswith("se.conv_expand.bias")]
    assert biases and all((torch.sigmoid(value) > 0.9).all() for value in biases)


def test_a_file_that_is_no_lite0_is_refused(tmp_path: Path, lite: Path) -> None:
    values = load_file(lite)
    values.pop("conv_stem.weight")
    save_file(values, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"conv_stem\.weight is not in the given file"):
        start_from_lite.main([str(tmp_path / "other.safetensors"), str(tmp_path / "b0.safetensors")])
