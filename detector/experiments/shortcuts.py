"""What a network could learn instead: how well statistics of the picture, blind to faces, tell the fakes.

Only the crop as the network sees it is looked at. Statistics of the face against its surroundings are kept
apart from those of the whole crop: a blended face truly differs from what is around it, so they are a
shortcut and a trace at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GroupKFold

from detector.evaluate.metrics import RESAMPLES, Estimate, auc, estimate, resample_weights, weighted_auc
from detector.perturb import jpeg
from detector.structures import Image
from detector.train.recipe import Recipe, changed

Mask = NDArray[np.bool_]

FOLDS = 5
TREES = 300
SMALLEST_LEAF = 5
GHOST_QUALITIES = (50, 75, 90)
"""Qualities at which a crop is encoded once more: it changes least near the one it had before, where its grid
still fits.
"""
BANDS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Borders of the bands of frequency, in cycles a pixel: an enlarged picture has nothing in the last."""
JPEG_BLOCK = 8
LEAST = 1e-6

AGAINST_SURROUNDINGS = ("face against surroundings: sharpness", "face against surroundings: noise")


@dataclass(frozen=True)
class Shortcut:
    """How well statistics tell the fakes of `pairs` pairs, out of fold, folds by pair.

    `auc` is of all of them, `auc_of_whole` of those of the whole crop alone; both by a random forest.
    `importances` are the forest's shares, the largest first, `single` the AUC of each statistic by itself:
    over 0.5, more of it in fakes.
    """

    pairs: int
    auc: Estimate
    auc_of_whole: Estimate
    importances: Mapping[str, float]
    single: Mapping[str, float]


def kinds_of(recipe: Recipe) -> dict[str, Recipe]:
    """The mix of a recipe, and recipes that give one kind of its fakes each; a kind that it does not have, or
    twice, is left out.
    """
    now = recipe.synthesis
    blends = {"share": 1.0, "retouch_share": 0.0, "reconstruct_share": 0.0}
    synthesised, plain = now.share > 0, {"donor_share": 0.0, "part_share": 0.0}
    blended = synthesised and now.retouch_share + now.reconstruct_share < 1
    kinds: dict[str, tuple[bool, dict[str, float]]] = {
        "the mix": (True, {}),
        "synthesised": (synthesised, {"share": 1.0}),
        "blends": (blended, blends),
        "self-blends": (blended and now.donor_share < 1, blends | plain),
        "swaps": (blended and now.donor_share > 0, blends | plain | {"donor_share": 1.0}),
        "parts": (blended and now.part_share > 0, blends | {"part_share": 1.0}),
        "retouched": (synthesised and now.retouch_share > 0, blends | {"retouch_share": 1.0}),
        "reconstructed": (
            synthesised and now.reconstruct_share > 0,
            blends | {"reconstruct_share": 1.0},
        ),
        "data set": (now.share < 1, {"share": 0.0}),
    }
    made = {name: changed(recipe, synthesis=keys) for name, (has, keys) in kinds.items() if has}
    if now.share < 1 and len(recipe.data.fake_mix) > 1:
        made |= {
            f"data set: {name}": changed(made["data set"], data={"fake_mix": {name: 1.0}})
            for name in recipe.data.fake_mix
        }
    several = list(made.values())
    return {name: kind for place, (name, kind) in enumerate(made.items()) if kind not in several[:place]}


def measure_shortcut(
    pairs: Iterable[tuple[torch.Tensor, torch.Tensor]],
    margin: float,
    trees: int = TREES,
    draws: int = RESAMPLES,
    random_seed: int = 0,
) -> Shortcut:
    """What statistics alone make of `pairs`, each ((2, 3, S, S) uint8 RGB, (2,) labels, 1 fake), cut with
    about `margin` around a face.

    At least as many pairs as folds.
    """
    statistics, labels, numbers = [], [], []
    for number, (crops, is_fake) in enumerate(pairs):
        for crop, label in zip(crops.numpy().transpose(0, 2, 3, 1), is_fake.tolist(), strict=True):
            statistics.append(statistics_of(np.ascontiguousarray(crop), margin))
            labels.append(int(label))
            numbers.append(number)
    if len(set(numbers)) < FOLDS:
        raise ValueError(f"{len(set(numbers))} pairs are fewer than {FOLDS} folds")
    names = list(statistics[0])
    table = np.array([list(of_crop.values()) for of_crop in statistics])
    whole = [place for place, name in enumerate(names) if name not in AGAINST_SURROUNDINGS]
    y, pair = np.array(labels), np.array(numbers)
    told, importances = _out_of_fold(table, y, pair, trees, random_seed)
    told_of_whole, _ = _out_of_fold(table[:, whole], y, pair, trees, random_seed)
    order = np.argsort(-importances, kind="stable")
    return Shortcut(
        pairs=len(set(numbers)),
        auc=_with_interval(told, y, pair, draws, random_seed),
        auc_of_whole=_with_interval(told_of_whole, y, pair, draws, random_seed),
        importances={names[place]: float(importances[place]) for place in order},
        single={name: _auc(table[:, place], y) for place, name in enumerate(names)},
    )


def _out_of_fold(
    table: NDArray[np.float64],
    labels: NDArray[np.int64],
    pair: NDArray[np.int64],
    trees: int,
    random_seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) probabilities of a fake by forests that have not seen the pair, and (F,) the mean of their
    importances.
    """
    told = np.zeros(len(labels))
    importances = np.zeros(table.shape[1])
    for learned, held in GroupKFold(FOLDS).split(table, labels, pair):
        forest = RandomForestClassifier(
            trees, min_samples_leaf=SMALLEST_LEAF, random_state=random_seed, n_jobs=1
        )
        forest.fit(table[learned], labels[learned])
        told[held] = forest.predict_proba(table[held])[:, 1]
        importances += forest.feature_importances_ / FOLDS
    return told, importances


def _auc(told: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    area = auc(told, labels)
    assert area is not None  # every pair has both classes
    return area


def _with_interval(
    told: NDArray[np.float64],
    labels: NDArray[np.int64],
    pair: NDArray[np.int64],
    draws: int,
    random_seed: int,
) -> Estimate:
    groups = [str(number) for number in pair]
    area = estimate(
        lambda weights: weighted_auc(told, labels, weights),
        resample_weights([""] * len(groups), groups, draws, random_seed),
        groups,
    )
    assert area is not None
    return area


def statistics_of(crop: Image, margin: float) -> dict[str, float]:
    """Numbers about a (S, S, 3) uint8 RGB crop that know nothing of faces; the face is taken to fill all but
    `margin` on every side.
    """
    luma: Image = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    edge = round(len(crop) * margin / (1 + 2 * margin))
    face = np.zeros(luma.shape, dtype=bool)
    face[edge : len(luma) - edge, edge : len(luma) - edge] = True
    everywhere = np.ones_like(face)
    sharpness, noise = _sharpness(luma), _noise(luma)
    statistics = {
        f"mean {name}": float(crop[..., place].mean()) for place, name in enumerate(("red", "green", "blue"))
    }
    statistics |= {"brightness": float(luma.mean()), "contrast": float(luma.std())}
    statistics |= {"share of black": float((luma < 8).mean()), "share of white": float((luma > 247).mean())}
    statistics |= _colours(crop, luma)
    statistics |= {"sharpness of the crop": sharpness(everywhere), "sharpness of the face": sharpness(face)}
    statistics |= {
        f"detail {number} of {len(BANDS) - 1}": value for number, value in enumerate(_bands(luma), start=1)
    }
    statistics |= {"JPEG grid": _grid(luma), "noise": noise(everywhere)}
    for quality in GHOST_QUALITIES:
        statistics[f"change by JPEG {quality}"] = float(
            np.log(np.abs(jpeg(crop, quality).astype(np.int16) - crop).mean() + LEAST)
        )
    against = [of(face) - of(~face) if edge else 0.0 for of in (sharpness, noise)]
    return statistics | dict(zip(AGAINST_SURROUNDINGS, against, strict=True))


def _sharpness(luma: Image) -> Callable[[Mask], float]:
    """Log of the variance of the Laplacian over that of the luma, of some of the pixels."""
    laplacian = cv2.Laplacian(luma, cv2.CV_32F)
    return lambda where: float(np.log((laplacian[where].var() + LEAST) / (luma[where].var() + 1.0)))


def _bands(luma: Image) -> list[float]:
    """Log of the share of the spectrum's energy in each band of `BANDS`, the mean left out."""
    height, width = luma.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    energy = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    whole = energy.sum() + 1.0
    return [
        float(np.log(energy[(radius >= low) & (radius < high)].sum() / whole + LEAST))
        for low, high in zip(BANDS, BANDS[1:], strict=False)
    ]


def _colours(crop: Image, luma: Image) -> dict[str, float]:
    """Saturation, its spread, and how sharp the colour planes are beside the luma: half as sharp where chroma
    was halved.
    """
    saturation = cv2.cvtColor(crop, cv2.COLOR_RGB2HSV)[..., 1]
    chroma = cv2.cvtColor(crop, cv2.COLOR_RGB2YCrCb)[..., 1:]
    detail = np.mean(
        [cv2.Laplacian(np.ascontiguousarray(chroma[..., plane]), cv2.CV_32F).var() for plane in (0, 1)]
    )
    ratio = (detail + LEAST) / (cv2.Laplacian(luma, cv2.CV_32F).var() + LEAST)
    return {
        "saturation": float(saturation.mean()),
        "spread of saturation": float(saturation.std()),
        "detail of colour": float(np.log(ratio)),
    }


def _grid(luma: Image) -> float:
    """How much steeper steps are across one phase of a grid of 8 pixels than across the others, the larger of
    both directions, as a log.
    """
    plane = luma.astype(np.float32)
    ratios = []
    for steps in (np.abs(np.diff(plane, axis=1)).mean(axis=0), np.abs(np.diff(plane, axis=0)).mean(axis=1)):
        phases = [steps[phase::JPEG_BLOCK].mean() for phase in range(JPEG_BLOCK)]
        ratios.append(np.log((max(phases) + LEAST) / (np.median(phases) + LEAST)))
    return float(max(ratios))


NOISE_MASK = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def _noise(luma: Image) -> Callable[[Mask], float]:
    """Log of the deviation of the noise, in some of the pixels (J. Immerkaer, "Fast noise variance
    estimation", 1996).
    """
    filtered = np.abs(cv2.filter2D(luma.astype(np.float32), -1, NOISE_MASK)) * np.sqrt(np.pi / 2) / 6
    return lambda where: float(np.log(filtered[where].mean() + LEAST))
