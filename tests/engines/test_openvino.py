"""The engine that compiles: the logits of PyTorch, whatever the batch; compiled once, and kept whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from detector.engines import Source, default_engine, installed_engines, make_engine
from detector.engines.openvino import KEPT_DAYS, SUFFIX
from detector.engines.pytorch import PytorchEngine
from detector.errors import EngineError
from detector.structures import Floats

SIZE = 32


class Small(nn.Module):
    """One logit of (B, 3, S, S)."""

    def __init__(self, random_seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(random_seed)
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.SiLU(), nn.Conv2d(8, 8, 3, 2), nn.SiLU())
        self.head = nn.Linear(8, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.layers(images).mean((2, 3)))[:, 0]
        return logits


class Flipping(Small):
    """Decides by the sign of what is 0, which another engine rounds to another side: as a binary network."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images) + (9.0 if not torch.jit.is_tracing() else 0.0)


class Counted:
    """A source that counts how often its network is loaded."""

    def __init__(self, network: nn.Module, content: str = "0") -> None:
        self.loads = 0
        self._network = network
        self.source = Source(self._load, "small", (content,))

    def _load(self) -> nn.Module:
        self.loads += 1
        return self._network.eval()


def faces(count: int) -> Floats:
    return np.random.default_rng(1).random((count, 3, SIZE, SIZE), dtype=np.float32)


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def test_logits_are_those_of_pytorch_whatever_the_batch() -> None:
    network = Small().eval()
    engine, batch = make_engine("openvino", network, size=SIZE), faces(9)
    together = engine.logits(batch)
    assert together == pytest.approx(PytorchEngine(network).logits(batch), abs=1e-5)
    assert [float(engine.logits(face[None])[0]) for face in batch] == together.tolist()
    assert engine.logits(batch[:0]).shape == (0,)
    assert together.dtype == np.float32


def test_mirrored_faces_are_judged_as_they_lie_and_not_as_they_are_stored() -> None:
    engine, batch = make_engine("openvino", Small().eval(), size=SIZE), faces(2)
    mirrored = batch[..., ::-1]
    assert engine.logits(mirrored).tolist() == engine.logits(np.ascontiguousarray(mirrored)).tolist()


@pytest.mark.parametrize(
    "batch, fault",
    [
        (np.zeros((1, 3, SIZE, SIZE + 1), np.float32), "a batch is"),
        (np.zeros((1, 3, 2 * SIZE, 2 * SIZE), np.float32), "a batch is"),
        (np.zeros((1, 3, SIZE, SIZE), np.float64), "float32"),
        (np.full((1, 3, SIZE, SIZE), np.nan, np.float32), "0..1"),
    ],
)
def test_a_batch_that_breaks_the_contract_is_refused(batch: np.ndarray, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        make_engine("openvino", Small().eval(), size=SIZE).logits(batch)


def test_threads_that_ask_at_once_get_their_own_logits() -> None:
    engine, batch = make_engine("openvino", Small().eval(), size=SIZE), faces(8)
    alone = engine.logits(batch).tolist()
    with ThreadPoolExecutor(4) as pool:
        several = list(pool.map(lambda number: engine.logits(batch[[number % 8]])[0], range(64)))
    assert several == [alone[number % 8] for number in range(64)]


def test_what_was_compiled_is_kept_and_its_network_not_loaded_again(tmp_path: Path) -> None:
    counted, told = Counted(Small()), []
    first = make_engine(
        "openvino", counted.source, size=SIZE, cache=tmp_path, progress=lambda _, words: told.append(words)
    )
    assert (counted.loads, len(kept(tmp_path))) == (1, 1)
    assert told == ["compiling small for this processor, once"]
    again = make_engine("openvino", counted.source, size=SIZE, cache=tmp_path, progress=pytest.fail)
    assert counted.loads == 1
    assert again.logits(faces(3)).tolist() == first.logits(faces(3)).tolist()


def test_other_weights_or_another_size_are_compiled_by_themselves(tmp_path: Path) -> None:
    engines = [
        make_engine("openvino", Counted(Small(seed), str(seed)).source, size=size, cache=tmp_path)
        for seed, size in ((0, SIZE), (1, SIZE), (0, 2 * SIZE))
    ]
    assert len(kept(tmp_path)) == 3
    assert engines[0].logits(faces(1)) != pytest.approx(engines[1].logits(faces(1)), abs=1e-5)


@pytest.mark.parametrize("spoil", [lambda b: b[:100], lambda b: b[:-4] + b"\1\2\3\4", lambda b: b""])
def test_a_damaged_file_is_made_anew_and_gives_no_score(spoil, tmp_path: Path) -> None:
    counted = Counted(Small())
    good = make_engine("openvino", counted.source, size=SIZE, cache=tmp_path).logits(faces(2)).tolist()
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(spoil(whole))
    engine = make_engine("openvino", counted.source, size=SIZE, cache=tmp_path)
    assert engine.logits(faces(2)).tolist() == good
    assert counted.loads == 2


def test_where_nothing_can_be_kept_it_judges_all_the_same(tmp_path: Path, caplog) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    engine = make_engine("openvino", Counted(Small()).source, size=SIZE, cache=file / "folder")
    assert engine.logits(faces(1)).shape == (1,)
    assert "set UNBLEND_CACHE" in caplog.text


def test_what_was_not_used_for_long_goes_when_something_is_compiled(tmp_path: Path) -> None:
    old, young, other = (tmp_path / name for name in (f"old{SUFFIX}", f"young{SUFFIX}", "notes.txt"))
    for path in (old, young, other):
        path.write_text("something")
    ago = time.time() - (KEPT_DAYS + 1) * 86_400
    os.utime(old, (ago, ago))
    os.utime(other, (ago, ago))
    make_engine("openvino", Counted(Small()).source, size=SIZE, cache=tmp_path)
    assert not old.exists()
    assert young.exists() and other.exists()


def test_a_network_that_gives_other_logits_when_compiled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"Flipping gives other logits.*by 9.*choose engine pytorch"):
        make_engine("openvino", Counted(Flipping()).source, size=SIZE, cache=tmp_path)
    assert kept(tmp_path) == []


def test_the_network_that_maps_need_is_loaded_when_it_is_asked_for(tmp_path: Path) -> None:
    counted = Counted(Small())
    make_engine("openvino", counted.source, size=SIZE, cache=tmp_path)
    engine = make_engine("openvino", counted.source, size=SIZE, cache=tmp_path)
    assert counted.loads == 1
    network = engine.network  # type: ignore[attr-defined]
    assert counted.loads == 2 and engine.network is network and not network.training  # type: ignore[attr-defined]
    assert PytorchEngine(network).logits(faces(2)) == pytest.approx(engine.logits(faces(2)), abs=1e-5)


def test_it_runs_on_the_processor_only() -> None:
    assert "openvino" in installed_engines()
    assert (default_engine("cpu"), default_engine("cuda")) == ("openvino", "pytorch")
    with pytest.raises(EngineError, match="openvino runs on the CPU, not on 'cuda'"):
        make_engine("openvino", Small(), "cuda", SIZE)


def test_where_it_is_not_installed_pytorch_is_the_default_and_the_remedy_is_named() -> None:
    program = (
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'openvino' else found(name, *rest)\n"
        "from detector.engines import *; from detector.errors import EngineError\n"
        "print(default_engine(), *installed_engines())\n"
        "try: make_engine('openvino', None, size=8)\n"
        "except EngineError as fault: print(fault)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    default, fault = done.stdout.splitlines()
    assert default == "pytorch pytorch"
    assert (
        fault == "engine openvino needs the package openvino: pip install openvino, or choose engine pytorch"
    )
