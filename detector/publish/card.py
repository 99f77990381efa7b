"""The model card beside the weights: a template's words on a manifest entry and its recipe."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from detector.evaluate.metrics import Estimate
from detector.evaluate.report.markdown import cuts_table, fits_table, in_words, number
from detector.files import write_atomically
from detector.manifest import Entry
from detector.reasons import range_in_words
from detector.train.recipe import Recipe
from detector.zoo.specs import DetectorSpec

PROTOCOLS = {
    "test": ("in-domain (test)", "pictures of the training's sources, of groups not trained on"),
    "cross": ("across datasets (cross)", "sets never trained or calibrated on"),
    "videos": ("development videos", "clips from elsewhere, 32 frames each"),
}
"""What a part of the development data is called, and what a figure on it stands for."""


def write_card(path: Path, spec: DetectorSpec, entry: Entry, recipe: Recipe) -> None:
    """Write the card of one detector as Markdown."""
    write_atomically(path, card(spec, entry, recipe))


def card(spec: DetectorSpec, entry: Entry, recipe: Recipe) -> str:
    """The card: what it is, what it was trained on, its figures in-domain and across datasets side by side,
    limits and terms.
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
    environment.filters |= {"number": number, "percent": _percent, "interval": _interval}
    return environment.get_template("card.md.j2")


def _percent(share: float, digits: int = 0) -> str:
    return f"{share:.{digits}%}"


def _interval(value: float | None, bounds: tuple[float, ...] | None, form: str) -> str:
    return in_words(None if value is None else Estimate(value, *(bounds or (None, None))), form)
