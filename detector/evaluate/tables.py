"""Figures of several detectors to Markdown tables and to a JSON that holds all it takes to repeat them."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from importlib import metadata

import detector as package
from detector.evaluate.at_threshold import AtThreshold
from detector.evaluate.band import CrossBand, cross_band
from detector.evaluate.figures import Figure, Figures, Kind, figures_of
from detector.evaluate.metrics import COVERAGE, DRAWS, Estimate
from detector.evaluate.predictions import Index, Prediction
from detector.structures import DetectorInfo, Verdict

LIBRARIES = ("torch", "torchvision", "timm", "facenet-pytorch", "numpy", "opencv-python-headless", "av", "pillow")
LISTED_FILES = 20
"""Files that were not judged, named in the Markdown; the JSON and the predictions name all."""

HEADINGS: dict[Kind, str] = {"source": "By source", "set": "By set", "part": "Parts quoted by themselves"}
THRESHOLD_HEAD = (
    "",
    "real called real / fake",
    "fake called real / fake",
    "no face / unreadable",
    "accuracy",
    "balanced accuracy",
    "precision",
    "recall",
    "specificity",
    "F1",
    "AP",
    "log loss",
    "Brier",
)
NONE = "–"


@dataclass(frozen=True)
class Judged:
    """A detector and all figures of it; `band` where every set of the index has both classes."""

    info: DetectorInfo
    figures: Figures
    band: CrossBand | None


@dataclass(frozen=True)
class Report:
    """An evaluation: `predictions` file by file, the tables, and how many files could not be read."""

    predictions: tuple[Prediction, ...]
    judged: tuple[Judged, ...]
    markdown: str
    json: str
    unreadable: int


def report_of(
    index: Index,
    detectors: Sequence[DetectorInfo],
    predictions: Sequence[Prediction],
    *,
    command: str,
    split: str | None = None,
    draws: int = DRAWS,
    random_seed: int = 0,
) -> Report:
    """The figures of every detector on its own predictions, as Markdown and JSON; no date and no path of a machine in either."""
    judged = tuple(_figured(info, [one for one in predictions if one.detector == info.name], draws, random_seed) for info in detectors)
    facts = _facts(index, command, split, draws, random_seed)
    return Report(
        predictions=tuple(predictions),
        judged=judged,
        markdown=_markdown(judged, predictions, facts),
        json=_json(judged, predictions, facts),
        unreadable=len({one.file for one in predictions if one.verdict is Verdict.UNREADABLE}),
    )


def _figured(info: DetectorInfo, predictions: Sequence[Prediction], draws: int, random_seed: int) -> Judged:
    found = figures_of(predictions, info.thresholds, draws, random_seed)
    sets = found.of("set")
    has_cross = len(sets) > 1 and all(figure.against == "own reals" and figure.auc is not None for figure in sets)
    return Judged(info, found, cross_band(predictions, info.thresholds.t) if has_cross else None)


def _facts(index: Index, command: str, split: str | None, draws: int, random_seed: int) -> dict[str, object]:
    return {
        "command": command,
        "index": index.path.name,
        "index_sha256": hashlib.sha256(index.path.read_bytes()).hexdigest(),
        "split": split,
        "files": len(index.rows),
        "left_out": {"without a label": index.unlabelled, "mechanics": index.mechanics},
        "interval": f"{COVERAGE:.0%} interval by percentile bootstrap of {draws} draws over group",
        "random_seed": random_seed,
        "versions": {"detector": package.__version__, "python": platform.python_version(), **_library_versions()},
    }


def _library_versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _json(judged: Sequence[Judged], predictions: Sequence[Prediction], facts: dict[str, object]) -> str:
    detectors = [{"detector": asdict(one.info), **asdict(one.figures), "band": asdict(one.band) if one.band else None} for one in judged]
    content = {"schema": 1, **facts, "detectors": detectors, "not_judged": _not_judged(predictions)}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _markdown(judged: Sequence[Judged], predictions: Sequence[Prediction], facts: dict[str, object]) -> str:
    parts = [_how(facts, judged)]
    for kind, heading in HEADINGS.items():
        if judged and judged[0].figures.of(kind) and not (kind == "set" and _sets_are_sources(judged[0].figures)):
            parts.append(f"### {heading}\n\n{_table(judged, kind)}")
    below = (_reals_table(judged), _threshold_tables(judged), _band_table(judged), _not_judged_list(predictions))
    parts += [text for text in below if text]
    return "\n\n".join(parts) + "\n"


def _sets_are_sources(figures: Figures) -> bool:
    return [one.name for one in figures.of("set")] == [one.name for one in figures.of("source")]


def _how(facts: dict[str, object], judged: Sequence[Judged]) -> str:
    weights = ", ".join(f"`{one.info.name}` {one.info.weights_sha256[:12]}" for one in judged)
    return (
        f"`{facts['command']}`\n\n"
        f"AUC through the whole pipeline (decoded, face found, cropped, judged) with a {facts['interval']}, "
        f"random seed {facts['random_seed']}. "
        f"{facts['files']} files of `{facts['index']}` (sha256 {str(facts['index_sha256'])[:12]}). Weights: {weights}. "
        "A source of fakes only (†) is set against all real pictures of the index."
    )


def _table(judged: Sequence[Judged], kind: Kind) -> str:
    head = ["", "real", "fake", "groups", "judged", *(f"`{one.info.name}`" for one in judged)]
    rows: list[list[str]] = []
    for columns in zip(*(one.figures.of(kind) for one in judged), strict=True):
        first = columns[0]
        mark = " †" if first.against == "all reals" else ""
        counts = f"{first.fake} × {first.real}: {first.pairs} pairs" if first.pairs is not None else ""
        name = f"{first.name}{mark}" + (f" ({counts})" if counts else "")
        rows.append(
            [name, str(first.real), str(first.fake), str(first.groups), _judged_share(first), *(_words(one.auc) for one in columns)]
        )
    means = [_mean(one.figures, kind) for one in judged]
    if any(means):
        rows.append([f"**mean over {kind}s with fakes**", "", "", "", "", *(f"**{_words(one)}**" for one in means)])
    return _grid(head, rows)


def _mean(figures: Figures, kind: Kind) -> Estimate | None:
    return {"source": figures.mean_of_sources, "set": figures.mean_of_sets, "part": None}[kind]


def _reals_table(judged: Sequence[Judged]) -> str:
    """Per source with reals: the share of them over t, and over hi."""
    if not judged:
        return ""
    head = ["", *(f"`{one.info.name}` {words}" for one in judged for words in (f"over t = {one.info.thresholds.t:.3f}", "likely fake"))]
    rows = [
        [columns[0].name, *(_words(value) for one in columns for value in (one.false_positives, one.reals_over_hi))]
        for columns in zip(*(one.figures.of("source") for one in judged), strict=True)
        if any(one.false_positives is not None for one in columns)
    ]
    return f"### Real pictures called fake\n\n{_grid(head, rows)}" if rows else ""


def _threshold_tables(judged: Sequence[Judged]) -> str:
    """Per detector: what is called what at its threshold, by source, by those sets that are no source, and over all files."""
    if not judged:
        return ""
    note = (
        "A file is called fake where its p_fake is over the detector's t, also where the verdict is `uncertain`; what was not judged "
        "is in no measure. Precision, recall and F1 are of fake, specificity is the recall of real. A source of one class has a dash "
        "where both are needed. Accuracy, precision, F1 and AP (average precision) move with the share of fakes: compare detectors by "
        "them, not sources."
    )
    tables = [
        f"`{one.info.name}`, t = {one.info.thresholds.t:.3f}:\n\n{_grid(THRESHOLD_HEAD, _threshold_rows(one.figures))}" for one in judged
    ]
    return "\n\n".join(["### At the threshold", note, *tables])


def _threshold_rows(figures: Figures) -> list[list[str]]:
    sources = figures.of("source")
    sets = [one for one in figures.of("set") if replace(one, kind="source") not in sources]
    rows = [
        _threshold_row(
            one.name if one.kind == "source" else f"{one.name} (set)",
            one.at_threshold,
            one.average_precision if one.against == "own reals" else None,
            f"{one.no_face} / {one.unreadable}",
        )
        for one in (*sources, *sets)
    ]
    not_judged = f"{sum(one.no_face for one in sources)} / {sum(one.unreadable for one in sources)}"
    return [*rows, _threshold_row("**all files**", figures.at_threshold, figures.average_precision, not_judged)]


def _threshold_row(name: str, at: AtThreshold, average_precision: Estimate | None, not_judged: str) -> list[str]:
    matrix = at.matrix
    rates = (at.balanced_accuracy, at.precision, at.recall, at.specificity)
    others = (average_precision.value if average_precision is not None else None, at.log_loss, at.brier)
    return [
        name,
        f"{matrix.real_as_real} / {matrix.real_as_fake}",
        f"{matrix.fake_as_real} / {matrix.fake_as_fake}",
        not_judged,
        _words(at.accuracy),
        *(_number(value) for value in rates),
        _words(at.f1),
        *(_number(value) for value in others),
    ]


def _band_table(judged: Sequence[Judged]) -> str:
    """How committed verdicts fare, each file judged with the band fitted without its source."""
    banded = [(one, one.band) for one in judged if one.band is not None and one.band.committed]
    if not banded:
        return ""
    head = ["", *(f"`{one.info.name}` {words}" for one, _ in banded for words in ("committed", "of these wrong"))]
    rows = [
        [columns[0].name, *(_share(value) for one in columns for value in (one.committed, one.wrong))]
        for columns in zip(*(band.committed for _, band in banded), strict=True)
    ]
    bands = "; ".join(f"`{one.info.name}` uncertain from {band.band.lo:.3f} to {band.band.hi:.3f}" for one, band in banded)
    note = (
        "Share of files with more than `uncertain`, and how many of these are wrong; the band fitted without the source that is judged. "
        "Fitted on all sets:"
    )
    return f"### Verdicts\n\n{note} {bands}.\n\n{_grid(head, rows)}"


def _not_judged(predictions: Sequence[Prediction]) -> list[dict[str, str]]:
    """Files without p_fake, each once, in order."""
    found = {one.file: {"file": one.file, "verdict": str(one.verdict), "error": one.error} for one in predictions if one.p_fake is None}
    return list(found.values())


def _not_judged_list(predictions: Sequence[Prediction]) -> str:
    files = _not_judged(predictions)
    if not files:
        return ""
    lines = [f"- `{one['file']}`: {one['verdict']}" + (f" ({one['error']})" if one["error"] else "") for one in files[:LISTED_FILES]]
    if len(files) > LISTED_FILES:
        lines.append(f"- and {len(files) - LISTED_FILES} more, in the JSON")
    return f"### Not judged: {len(files)}\n\n" + "\n".join(lines)


def _judged_share(figure: Figure) -> str:
    return f"{figure.judged} of {figure.files}"


def _words(estimate: Estimate | None) -> str:
    if estimate is None:
        return NONE
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.1%}"


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
