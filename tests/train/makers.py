"""A tiny data set and recipe, made in the test: faces are discs with features, fakes carry a checkerboard."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, get_type_hints

import cv2
import numpy as np
import pandas as pd
import torch
from PIL import Image

from detector.data.tables import read_index
from detector.faces.landmarks import fitted68
from detector.train.dataset import tuning_crops
from detector.train.optimisation import Section
from detector.train.recipe import Recipe
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS

SIDE = 96
POINTS = np.array([[36, 40], [60, 40], [48, 54], [39, 66], [57, 66]], np.float32)

TINY: dict[str, Any] = {
    "detector": "unblend-lite2",
    "why": "a test",
    "start": None,
    "sizes": {"0": 32, "0.5": 64},
    "margin": 0.05,
    "data": {"real_mix": {"a": 1.0}, "partner_mix": {"a": 1.0}, "fake_mix": {"a": 1.0}},
    "synthesis": {"share": 0.5},
    "optimiser": {"batch_pairs": 2, "precision": "32-true"},
    "schedule": {"epochs": 2, "epoch_steps": 2, "warmup_steps": 1},
}
SECTIONS = {
    section: part.__struct_fields__
    for section, part in get_type_hints(Recipe).items()
    if isinstance(part, type) and issubclass(part, Section)
}


def tiny(**changes: Any) -> dict[str, Any]:
    """TINY with some keys replaced, each in the section that has it: tiny(epochs=3), or, where two have one
    of that name, tiny(optimiser={"name": "sam"}).
    """
    recipe = copy.deepcopy(TINY)
    for key, value in changes.items():
        places = [section for section, keys in SECTIONS.items() if key in keys]
        if key in SECTIONS and isinstance(value, dict):
            recipe.setdefault(key, {}).update(value)
        elif len(places) == 1:
            recipe.setdefault(places[0], {})[key] = value
        else:
            recipe[key] = value
    return recipe


def draw_face(rng: np.random.Generator, fake: bool) -> np.ndarray:
    """A (96, 96, 3) picture of a face made of ellipses; a fake has a fine checkerboard over it."""
    image = np.full((SIDE, SIDE, 3), rng.integers(60, 200, 3), np.uint8)
    cv2.ellipse(image, (48, 50), (24, 32), 0, 0, 360, tuple(int(v) for v in rng.integers(120, 230, 3)), -1)
    for x, y in POINTS:
        cv2.circle(image, (int(x), int(y)), 4, (40, 30, 30), -1)
    grain = rng.integers(0, 12, image.shape)
    board = 30 * (np.indices((SIDE, SIDE)).sum(axis=0) % 2)[:, :, None] if fake else 0
    return np.clip(image + grain + board, 0, 255).astype(np.uint8)


def make_data(folder: Path, each: int = 6) -> Path:
    """An index of `each` real and fake pictures a split in the form of the training data, with landmarks."""
    rng = np.random.default_rng(0)
    rows, points = [], []
    for split in ("train", "tune", "test"):
        for label in (0, 1):
            for number in range(each):
                name = f"{split}_{label}_{number}.png"
                folder.mkdir(parents=True, exist_ok=True)
                Image.fromarray(draw_face(rng, bool(label))).save(folder / name)
                row = {
                    "file": name,
                    "label": label,
                    "source": "a",
                    "method": "",
                    "split": split,
                    "group": f"{split}{number}",
                }
                row |= {"x1": 24, "y1": 18, "x2": 72, "y2": 82, "finder_score": 1.0}
                row |= {f"l{i}{axis}": POINTS[i, j] for i in range(5) for j, axis in enumerate("xy")}
                rows.append(row)
                points.append(fitted68(POINTS))
    pd.DataFrame(rows).to_csv(folder / "index.csv", index=False)
    np.save(folder / "landmarks68.npy", np.array(points, np.float16))
    return folder


def turn_towards_fakes(checkpoint: Path, data: Path, size: int, name: str = "unblend-lite2") -> None:
    """Negate the head where a few steps left the drawn fakes below the reals, as chance has it: such a run is
    not published.
    """
    stored = torch.load(checkpoint, weights_only=False)
    network = build_network(SPECS[name])
    network.load_state_dict(
        {
            key.removeprefix("network."): value
            for key, value in stored["state_dict"].items()
            if key.startswith("network.")
        }
    )
    shown = list(tuning_crops(read_index(data, "tune"), TINY["margin"], size, most=None, blends=0))
    with torch.no_grad():
        logits = network.eval()(
            torch.from_numpy(
                np.stack([sample.crop for sample in shown]).transpose(0, 3, 1, 2) / np.float32(255)
            )
        )
    labels = torch.tensor([sample.label for sample in shown])
    if logits[labels == 1].mean() < logits[labels == 0].mean():
        negate_head(checkpoint)


def negate_head(checkpoint: Path) -> None:
    """Turn every logit of a stored run into its negative."""
    stored = torch.load(checkpoint, weights_only=False)
    for key in ("network.head.weight", "network.head.bias"):
        stored["state_dict"][key] = -stored["state_dict"][key]
    torch.save(stored, checkpoint)
