"""A report to Markdown: the templates, and how numbers are written in them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from detector.evaluate import calibration
from detector.evaluate.calibration import TUNE, compare, sample_of
from detector.evaluate.cross import FEWEST_GROUPS_OF_CELL, worst_deliveries
from detector.evaluate.fairness import FEWEST_PICTURES, SHUFFLES, ByAttribute, Fairness, Gap
from detector.evaluate.metrics import Estimate
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.report import KINDS, DetectorResults, External, KindResults, Report
from detector.evaluate.results import Results, SliceMetrics
from detector.evaluate.robustness import AfterCorruption, RobustnessOfKind
from detector.evaluate.significance import MEAN_OF_SETS, Difference
from detector.evaluate.slices import ALL_FILES, Kind
from detector.evaluate.thresholds import cuts_of
from detector.evidence.fitted import Fit as EvidenceFit
from detector.evidence.fitted import Gate, Release, SetFigures
from detector.evidence.model import EIGHT_OF_TEN
from detector.evidence.weigh import FEWEST_GROUPS, is_open
from detector.manifest import Entry
from detector.metrics import Cut, Fit

if TYPE_CHECKING:
    from jinja2 import Environment

Across = tuple[SliceMetrics, ...]
"""A slice as each detector has it."""
NONE = "–"
LISTED_FILES = 20
"""Files that were not judged, named in the Markdown; the JSON and the predictions name all."""
HEADINGS: dict[Kind, str] = {
    "source": "By source",
    "set": "By set",
    "method": "By method",
    "size": "By size of the face",
    "part": "Parts quoted by themselves",
}
WAYS = {
    calibration.BEFORE: "before: sigmoid of the logit",
    calibration.TEMPERATURE: "temperature",
    calibration.PLATT: "Platt",
    calibration.ISOTONIC: "isotonic regression",
    calibration.SHIPPED: "**shipped**",
}
MUCH_BETTER = 0.02
"""Nats of log loss by which isotonic regression would have to be better before two numbers were given up for
a table of them.
"""


def to_markdown(report: Report, level: int = 3) -> str:
    """The tables of a report; their headings are of rank `level`. The same report gives the same text."""
    return render("report.md.j2", report=report, level="#" * level)


def calibration_markdown(
    entry: Entry, tune: Sequence[Prediction], others: Mapping[str, Sequence[Prediction]]
) -> str:
    """The tables of one detector from its predictions on `tune` and, by name, on `others` (test, cross);
    videos are left out.
    """
    sample = sample_of(tune)
    elsewhere = {name: sample_of(predictions) for name, predictions in others.items()}
    compared = compare(sample, elsewhere, entry.calibration)
    cuts = cuts_of(sample, elsewhere, entry.calibration, entry.thresholds)
    parts = [fits_table(compared.fits), in_favour(compared), cuts_table(cuts)]
    return "\n\n".join(parts)


def fits_table(fits: Mapping[str, Mapping[str, Fit]]) -> str:
    """A line for each way of calibrating, three columns for each data."""
    known = [way for way in WAYS if any(way in ways for ways in fits.values())]
    return render("calibration.md.j2", part="fits", fits=fits, ways=known, words=WAYS).strip()


def in_favour(comparison: calibration.Comparison) -> str:
    """One sentence on whether isotonic regression would be much better than the shipped two numbers."""
    gains = {
        name: gain for name, gain in comparison.isotonic_gain.items() if name != TUNE and gain is not None
    }
    better = bool(gains) and all(
        gain.value < -MUCH_BETTER and gain.high is not None and gain.high < 0 for gain in gains.values()
    )
    return render("calibration.md.j2", part="isotonic", gains=gains, better=better).strip()


def cuts_table(cuts: Mapping[str, Cut]) -> str:
    """A line for each rule, three columns for each data."""
    data = list(dict.fromkeys(name for cut in cuts.values() for name in cut.on))
    return render("calibration.md.j2", part="cuts", cuts=cuts, data=data).strip()


def errors_table(entries: Mapping[str, Entry]) -> str:
    """Calibration error before and after, a line for each shipped detector; from the manifest alone."""
    fits = {name: entry.metrics.fits for name, entry in entries.items()}
    data = list(dict.fromkeys(on for ways in fits.values() for on in ways if on != TUNE))
    ends = (calibration.BEFORE, calibration.SHIPPED)
    return render("calibration.md.j2", part="errors", fits=fits, data=data, ends=ends).strip()


def render(template: str, **values: object) -> str:
    """A template filled with `values`; it ends with one line end, and no two empty lines follow each other.

    Raises jinja2.UndefinedError where it asks for a value that is not there.
    """
    text = _templates().get_template(template).render(**values)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=False,  # Markdown; cells are written by `cell`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters |= {"estimate": in_words, "number": number, "cell": cell, "chance": chance}
    templates.filters |= {"ratio": ratio, "factor": factor, "lost": lost, "opened": opened}
    templates.globals |= {
        "KINDS": KINDS,
        "HEADINGS": HEADINGS,
        "BINS": calibration.BINS,
        "LISTED_FILES": LISTED_FILES,
        "FEWEST_PICTURES": FEWEST_PICTURES,
        "FEWEST_GROUPS_OF_CELL": FEWEST_GROUPS_OF_CELL,
        "SHUFFLES": SHUFFLES,
        "MEAN_OF_SETS": MEAN_OF_SETS,
        "ALL_FILES": ALL_FILES,
        **{view.__name__: view for view in VIEWS},
    }
    templates.tests |= {"external": lambda judge: isinstance(judge, External)}
    return templates


def in_words(estimate: Estimate | None, form: str = ".3f") -> str:
    """A metric with its interval where it has one, each in `form`; a dash where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return number(estimate.value if estimate is not None else None, form)
    return f"{estimate.value:{form}} ({estimate.low:{form}} to {estimate.high:{form}})"


def number(value: float | None, form: str = ".3f") -> str:
    """A number in `form`, a dash where there is none."""
    return NONE if value is None else f"{value:{form}}"


def chance(p: float | None) -> str:
    """A p-value, which is never shown as nothing."""
    return "< 0.001" if p is not None and p < 0.001 else number(p)


def ratio(log_ratio: float) -> str:
    """A likelihood ratio of its natural log, to two digits."""
    return f"{math.exp(log_ratio):.2g}"


def factor(fit: EvidenceFit) -> str:
    """By how much eight of ten new collections move a ratio at most, up or down."""
    return f"{math.exp(EIGHT_OF_TEN * fit.model.tau):.2f}"


def lost(of: SetFigures | Release) -> float | None:
    """What calibration costs, in bits: the cost less the least; None where there is neither."""
    return None if of.cllr is None or of.cllr_min is None else max(0.0, of.cllr - of.cllr_min)


def opened(gate: Gate) -> str:
    """What may be said in a condition."""
    if min(gate.fake_groups, gate.real_groups) < FEWEST_GROUPS:
        return "not measured"
    open_for = [name for name, of in (("fake", gate.fake), ("real", gate.real)) if is_open(of)]
    return " and ".join(open_for) or "neither"


def cell(text: str) -> str:
    """A text as a cell of a table; an upright bar is written so that it does not end it."""
    return text.replace("|", "\\|")


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in cells) + " |" for cells in lines)


def aligned(part: KindResults, kind: Kind) -> list[Across]:
    """The slices of one kind that have files, each as all detectors have it."""
    return _with_files(zip(*(detector.results.of(kind) for detector in part.detectors), strict=True))


def is_shown(part: KindResults, kind: Kind) -> bool:
    """Whether the slices of a kind say something that another kind does not."""
    results = part.detectors[0].results
    if kind == "set" and [metrics.name for metrics in results.of("set")] == [
        metrics.name for metrics in results.of("source")
    ]:
        return False
    with_fakes = sum(metrics.at_threshold.recall is not None for metrics in results.of("source"))
    if kind == "method" and len(results.of("method")) <= with_fakes:  # no source has fakes of two methods
        return False
    return bool(aligned(part, kind))


def told(results: Results) -> list[SliceMetrics]:
    """The slices that have rows of measures: sources, those sets that are no source, sizes of face, and all
    files.
    """
    sources = results.of("source")
    sets = [metrics for metrics in results.of("set") if replace(metrics, kind="source") not in sources]
    return [*sources, *sets, *results.of("size"), results.whole]


def told_of_all(part: KindResults) -> list[Across]:
    """The same, each as all detectors have it, where it has files."""
    return _with_files(zip(*(told(detector.results) for detector in part.detectors), strict=True))


def with_reals(part: KindResults) -> list[Across]:
    """The sources that have judged reals."""
    return [
        row for row in aligned(part, "source") if any(metrics.false_positives is not None for metrics in row)
    ]


def scans(part: KindResults) -> tuple[DetectorResults, ...]:
    """The detectors whose scans differ: the first alone where one scan serves all."""
    wholes = [detector.results.whole for detector in part.detectors]
    alike = len({(metrics.judged, metrics.no_face, metrics.unreadable) for metrics in wholes}) == 1
    return part.detectors[:1] if alike else part.detectors


def pairs_of(part: KindResults) -> list[list[Difference]]:
    """The differences of each two detectors."""
    pairs: dict[tuple[str, str], list[Difference]] = {}
    for difference in part.differences:
        pairs.setdefault((difference.first, difference.second), []).append(difference)
    return list(pairs.values())


def by_corruption(part: RobustnessOfKind) -> list[tuple[AfterCorruption, ...]]:
    """What is left after each corruption, as all detectors have it."""
    return list(zip(*part.detectors.values(), strict=True))


def by_detector(fairness: Fairness) -> list[tuple[str, list[ByAttribute]]]:
    """The attributes of each detector."""
    names = dict.fromkeys(attribute.detector for attribute in fairness.by)
    return [(name, [attribute for attribute in fairness.by if attribute.detector == name]) for name in names]


def gaps_of(attributes: Sequence[ByAttribute]) -> list[tuple[str, str, Gap]]:
    """Attribute, rate and gap where there is one: where no group has a hit, there is nothing to tell."""
    gaps = [
        (metrics.attribute, rate, gap)
        for metrics in attributes
        for rate, gap in (("over t", metrics.gap_over_t), ("called likely fake", metrics.gap_likely_fake))
    ]
    return [(attribute, rate, gap) for attribute, rate, gap in gaps if gap and gap.difference.value > 0]


def _with_files(rows: Iterable[Across]) -> list[Across]:
    return [row for row in rows if any(metrics.files for metrics in row)]


VIEWS: tuple[Callable[..., object], ...] = (
    aligned,
    is_shown,
    told,
    told_of_all,
    with_reals,
    scans,
    pairs_of,
    by_corruption,
    by_detector,
    gaps_of,
    worst_deliveries,
)
"""What templates ask a report for, under the same names."""
