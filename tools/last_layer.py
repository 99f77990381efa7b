"""A last layer fitted anew on frozen features, with weights of any sign and with none below zero.

Usage: python -m tools.last_layer RECIPE DATA --detector NAME [--pairs 1200] [--init INIT]

RECIPE makes the pairs from the split train of DATA; AUC is by source, on the split tune. A layer without
negative weights can find traces of a forgery; it cannot vote for "looks genuine".
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from detector.data.tables import read_index
from detector.pipeline import load_detector
from detector.train.dataset import Pairs, tuning_crops
from detector.train.init_weights import starting_forgers
from detector.train.module import aucs_of
from detector.train.recipe import Recipe, read_recipe

Array = NDArray[np.float64]

FIRST = 10_000_000
"""Number of the first pair: no run comes that far, so that these are not the pairs it trained on."""

PAIRS_AT_ONCE = 4
PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4)
"""Of the squared weights, on features with standard deviation 1."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """Features (N, F) of a frozen network, with labels (N,) and sources (N,) of their pictures."""

    features: Array
    labels: NDArray[np.int64]
    sources: NDArray[np.str_]


def main() -> None:
    """Fit and judge every variant; a line each."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("recipe", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--detector", required=True)
    arguments.add_argument("--pairs", type=int, default=1200)
    arguments.add_argument("--init", type=Path, help="the folder of the recipe's autoencoders")
    compare(arguments.parse_args())


def compare(args: Namespace) -> None:
    """Print AUC on tune of the present last layer and of each that is fitted."""
    detector = load_detector(args.detector)
    network: Any = detector.engine.network  # type: ignore[attr-defined]
    recipe, size = read_recipe(args.recipe), detector.input.size
    tune = tune_features(network, args.data, detector.input.margin, size)
    train = pair_features(network, recipe, args.data, args.pairs, size, args.init)
    head = network.head
    tell("present", tune.features @ head.weight[0].double().detach().numpy(), tune)
    scale = train.features.std(axis=0) + 1e-6
    for lowest, what in ((0.0, "not negative"), (None, "any sign")):
        for penalty in PENALTIES:
            weights, bias = fit_layer(train.features / scale, train.labels, penalty, lowest)
            tell(f"{what}, penalty {penalty:g}", tune.features / scale @ weights + bias, tune)


def tell(what: str, logits: Array, tune: Frozen) -> None:
    """A line of AUC by source."""
    aucs = aucs_of(logits, tune.labels, tune.sources)
    listed = ", ".join(f"{source} {auc:.3f}" for source, auc in aucs.items())
    print(f"{what}: mean {np.mean(list(aucs.values())):.4f} ({listed})")


def features_of(network: Any, images: torch.Tensor) -> Array:
    """(B, F) of `images` (B, 3, S, S) uint8: what the last layer is given."""
    kept: list[torch.Tensor] = []
    hook = network.head.register_forward_hook(lambda _layer, given, _out: kept.append(given[0]))
    try:
        with torch.inference_mode():
            network(images.float() / 255)
    finally:
        hook.remove()
    return np.asarray(kept[0].double())


def tune_features(network: Any, data: Path, margin: float, size: int) -> Frozen:
    """Those of the split tune, self-blends among them."""
    crops = list(tuning_crops(read_index(data, "tune"), margin, size, most=120, blends=120))
    images = [torch.from_numpy(crop.crop.transpose(2, 0, 1).copy())[None] for crop in crops]
    return Frozen(
        np.concatenate([features_of(network, image) for image in images]),
        np.array([crop.label for crop in crops]),
        np.array([crop.source for crop in crops]),
    )


def pair_features(
    network: Any, recipe: Recipe, data: Path, pairs: int, size: int, init: Path | None
) -> Frozen:
    """Those of `pairs` pairs of a genuine picture and a fake that the recipe makes."""
    made = Pairs(read_index(data, "train"), recipe, FIRST, pairs, size, starting_forgers(recipe, init))
    features, labels = [], []
    for start in range(0, pairs, PAIRS_AT_ONCE):
        several = [made[number] for number in range(start, min(start + PAIRS_AT_ONCE, pairs))]
        features.append(features_of(network, torch.cat([images for images, _ in several])))
        labels.append(torch.cat([of_pair for _, of_pair in several]).numpy().astype(int))
    rows = np.concatenate(labels)
    return Frozen(np.concatenate(features), rows, np.full(len(rows), "pairs"))


def fit_layer(
    features: Array, labels: NDArray[np.int64], penalty: float, lowest: float | None
) -> tuple[Array, float]:
    """Logistic regression: the weights (F,), none below `lowest` (None: free), and the bias."""

    def loss(values: Array) -> tuple[float, Array]:
        weights, bias = values[:-1], values[-1]
        logits = features @ weights + bias
        wrong = np.where(labels == 1, -logits, logits)
        residual = (1 / (1 + np.exp(-logits)) - labels) / len(labels)
        slope = features.T @ residual + penalty * weights
        return float(np.logaddexp(0, wrong).mean() + penalty * weights @ weights / 2), np.append(
            slope, residual.sum()
        )

    bounds = [(lowest, None)] * features.shape[1] + [(None, None)]
    start = np.zeros(features.shape[1] + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}).x
    return best[:-1], float(best[-1])


if __name__ == "__main__":
    main()
