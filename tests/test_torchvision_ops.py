"""The operators supplied where torchvision's own cannot be loaded, and the stepping aside where they can."""

from __future__ import annotations

import importlib.machinery
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from detector.torchvision_ops import library_loads, nms


def kept_by_definition(boxes: np.ndarray, scores: np.ndarray, limit: float) -> list[int]:
    """Non-maximum suppression written from its definition, one pair at a time."""
    kept: list[int] = []
    for index in sorted(range(len(boxes)), key=lambda place: -scores[place]):
        if all(overlap(boxes[index], boxes[other]) <= limit for other in kept):
            kept.append(index)
    return kept


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return float(shared / (sum(areas) - shared))


def torchvision_spec(folder: Path) -> importlib.machinery.ModuleSpec:
    spec = importlib.machinery.ModuleSpec("torchvision", loader=None, is_package=True)
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(folder))
    return spec


def run_python(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nms_of_no_box_keeps_none() -> None:
    kept = nms(torch.empty(0, 4), torch.empty(0), 0.5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.int64


def test_nms_keeps_the_better_of_two_equal_boxes() -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0]])
    assert nms(boxes, torch.tensor([0.2, 0.9]), 0.5).tolist() == [1]


@pytest.mark.parametrize(("limit", "kept"), [(0.33, [0]), (1 / 3 + 1e-6, [0, 1])])
def test_nms_drops_only_what_is_over_the_limit(limit: float, kept: list[int]) -> None:
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 10.0]])  # they share 50 of 150: one third
    assert nms(boxes, torch.tensor([0.9, 0.8]), limit).tolist() == kept


@pytest.mark.parametrize("random_seed", range(5))
@pytest.mark.parametrize("limit", [0.0, 0.3, 0.7])
def test_nms_agrees_with_its_definition(random_seed: int, limit: float) -> None:
    rng = np.random.default_rng(random_seed)
    corners = rng.uniform(0, 100, (60, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(5, 40, (60, 2))], axis=1).astype(np.float32)
    scores = rng.permutation(60).astype(np.float32)
    kept = nms(torch.from_numpy(boxes), torch.from_numpy(scores), limit)
    assert kept.tolist() == kept_by_definition(boxes.astype(np.float64), scores, limit)


def test_a_folder_without_a_library_does_not_load(tmp_path: Path) -> None:
    assert not library_loads(torchvision_spec(tmp_path))


def test_a_broken_library_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "_C.so").write_bytes(b"not a library")
    assert not library_loads(torchvision_spec(tmp_path))


def test_a_sound_library_loads(tmp_path: Path) -> None:
    libraries = [
        *Path(torch.__file__).parent.glob("lib/libc10.*"),
        *Path(torch.__file__).parent.glob("lib/libc10.dylib"),
    ]
    (tmp_path / "_C.so").symlink_to(libraries[0])
    assert library_loads(torchvision_spec(tmp_path))


@pytest.mark.parametrize("asked", ["", "import importlib.util; importlib.util.find_spec('torchvision');"])
def test_torchvision_works_after_detector(asked: str) -> None:
    """Whether or not a library asked first if torchvision is there, as many do before they import it."""
    program = (
        f"import detector; {asked} import torchvision, torch; from torchvision.ops import batched_nms;"
        "boxes = torch.tensor([[0., 0., 10., 10.], [0., 0., 9., 10.], [50., 50., 60., 60.]]);"
        "print(torchvision.ops.nms(boxes, torch.tensor([.5, .9, .1]), .5).tolist(),"
        " batched_nms(boxes, torch.tensor([.5, .9, .1]), torch.tensor([0, 1, 1]), .5).tolist())"
    )
    assert run_python(program) == "[1, 2] [1, 0, 2]"


def test_it_steps_aside_where_the_operators_exist() -> None:
    program = (
        "import torch; from detector import torchvision_ops;real = torch.library.Library('torchvision',"
        " 'DEF');real.define('nms(Tensor dets, Tensor scores, float iou_threshold) ->"
        " Tensor');real.impl('nms', lambda dets, scores, iou_threshold: torch.tensor([7]),"
        " 'CPU');torchvision_ops.supply_nms();print(len(torchvision_ops._kept),"
        " torch.ops.torchvision.nms(torch.zeros(1, 4), torch.zeros(1), .5).tolist())"
    )
    assert run_python(program) == "0 [7]"


def test_it_steps_aside_where_the_library_loads(tmp_path: Path) -> None:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("loaded = True\n")
    library = next(Path(torch.__file__).parent.glob("lib/libc10.*"))
    (package / "_C.so").symlink_to(library)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r});"
        "import detector, torchvision; from detector import torchvision_ops;"
        "print(torchvision.loaded, len(torchvision_ops._kept))"
    )
    assert run_python(program) == "True 0"


def test_it_is_installed_once() -> None:
    program = (
        "import sys, detector; from detector import torchvision_ops; torchvision_ops.install();"
        "print(sum(type(finder).__name__ == '_Finder' for finder in sys.meta_path), 'torch' in sys.modules)"
    )
    assert run_python(program) == "1 False"
