"""The model card beside the weights: a template's words on a manifest entry and its recipe."""

from __future__ import annotations

import math
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from detector.evaluate.metrics import Estimate
from detector.evaluate.report.markdown import cuts_table, fits_table, in_words, number
from detector.evidence import Fitted, read
from detector.evidence.fitted import Interval, Refusal
from detector.evidence.weigh import is_open
from detector.files import write_atomically
from detector.manifest import Entry
from detector.metrics import WorstCell
from detector.reasons import range_in_words
from detector.structures import Direction
from detector.train.recipe import Recipe
from detector.weights import evidence_path
from detector.zoo.specs import DetectorSpec

PROTOCOLS = {
    "test": ("in-domain (test)", "pictures of the training's sources, of groups not trained on"),
    "cross": ("across datasets (cross)", "sets never trained or calibrated on"),
    "videos": ("development videos", "clips from elsewhere, 32 frames each"),
}
"""What a part of the development data is called, and what a figure on it stands for."""

SIDES = {Direction.FAKE: "fake", Direction.REAL: "genuine"}


def write_card(path: Path, spec: DetectorSpec, entry: Entry, recipe: Recipe) -> None:
    """Write the card of one detector as Markdown; its evidence is read from the folder of `path`."""
    evidence = evidence_path(entry, path.parent)
    write_atomically(path, card(spec, entry, recipe, None if evidence is None else read(evidence)))


def card(spec: DetectorSpec, entry: Entry, recipe: Recipe, fitted: Fitted | None = None) -> str:
    """The card: what it is, what it was trained on, its figures in-domain and across datasets side by side,
    what its evidence is worth, limits and terms. `fitted` None: no evidence was fitted.
    """
    metrics = entry.metrics
    return _template().render(
        spec=spec,
        entry=entry,
        trained=entry.trained_on,
        recipe=recipe,
        summaries={PROTOCOLS[name]: metrics.summary[name] for name in PROTOCOLS if name in metrics.summary},
        errors=[metrics.ece.get(name) for name in PROTOCOLS if name in metrics.summary],
        fitted_range=range_in_words(entry.seen) if entry.seen else None,
        fitted=fitted,
        bad_cells=_worse_than_a_coin(spec, entry),
        fits=fits_table(metrics.fits) if metrics.fits else None,
        cuts=cuts_table(metrics.cuts) if metrics.cuts else None,
    )


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown of our own figures
    )
    environment.filters |= {
        "number": number,
        "percent": _percent,
        "interval": _interval,
        "ratio": _ratio,
        "gate": _gate,
        "refusal": _refusal,
    }
    return environment.get_template("card.md.j2")


def _percent(share: float, digits: int = 0) -> str:
    return f"{share:.{digits}%}"


def _interval(value: float | None, bounds: tuple[float, ...] | None, form: str) -> str:
    return in_words(None if value is None else Estimate(value, *(bounds or (None, None))), form)


def _ratio(log_ratio: float) -> str:
    return f"{math.exp(log_ratio):.2f}"


def _gate(ratio: Interval | None) -> str:
    """How much more common such scores were where they should be, and whether the gate is open for it."""
    if ratio is None:
        return "–"
    state = "open" if is_open(ratio) else "shut"
    return f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f}), {state}"


def _refusal(refusal: Refusal) -> str:
    """Why the release gate keeps a side, or both, from saying anything."""
    side = "both sides" if refusal.direction is Direction.NONE else f"support for {SIDES[refusal.direction]}"
    match refusal.cause:
        case "cllr":
            why = f"the mean cost is {refusal.value:.3f}, {refusal.limit} is allowed"
        case "sets":
            why = f"the cost is under 1 on {refusal.value:g} of its sets, {refusal.limit:g} are needed"
        case "misleading":
            why = f"it misleads on {refusal.value:.0%} of {refusal.where}, {refusal.limit:.0%} are allowed"
        case "observed":
            why = (
                f"{refusal.where} support was {refusal.value:.2f} times as common, {refusal.limit:.2f} are"
                " needed"
            )
        case "observed_low":
            why = (
                f"{refusal.where} support may be only {refusal.value:.2f} times as common (lower end),"
                f" {refusal.limit:.2f} are needed"
            )
    return f"{side}, as {why}"


def _worse_than_a_coin(spec: DetectorSpec, entry: Entry) -> list[WorstCell]:
    """The worst cell for the question of a detector, where its AUC is under one half."""
    cross = entry.metrics.cross_auc.get(spec.question)
    return [cross.worst] if cross is not None and cross.worst is not None and cross.worst.auc < 0.5 else []
