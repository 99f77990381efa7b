"""What ways of calibrating and rules for a threshold are worth, to Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detector.evaluate.calibration import (
    BEFORE,
    ISOTONIC,
    PLATT,
    SHIPPED,
    TEMPERATURE,
    TUNE,
    Comparison,
    compare,
    sample_of,
)
from detector.evaluate.cuts import cuts_of
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.markdown import NONE, grid, number
from detector.manifest import Cut, Entry, Fit, Rates

WAYS = {
    BEFORE: "before: sigmoid of the logit",
    TEMPERATURE: "temperature",
    PLATT: "Platt",
    ISOTONIC: "isotonic regression",
    SHIPPED: "**shipped**",
}
MUCH_BETTER = 0.02
"""Nats of log loss by which isotonic regression would have to be better before two numbers were given up for
a table of them.
"""

FITS_NOTE = (
    "Fitted on the judged faces of `tune`; there each way is judged on groups it was not fitted on (five"
    " folds), but for the shipped one; a dash: too few groups to leave one out. Log loss in nats; ECE over 15"
    " bins of equal mass. Less is better."
)
CUTS_NOTE = (
    "Chosen on `tune`, a face called fake over t; counts in brackets. The shipped t is the one with the best"
    " F1, and where the classes overlap F1 is best with most of the reals called fake, so no verdict rests on"
    " it alone: the uncertain band lies around it."
)


def calibration_markdown(
    entry: Entry, tune: Sequence[Prediction], others: Mapping[str, Sequence[Prediction]]
) -> str:
    """The tables of one detector from its predictions on `tune` and, by name, on `others` (test, cross);
    videos are left out.
    """
    sample, elsewhere = sample_of(tune), {name: sample_of(found) for name, found in others.items()}
    found = compare(sample, elsewhere, entry.calibration)
    cuts = cuts_of(sample, elsewhere, entry.calibration, entry.thresholds)
    return "\n\n".join([fits_table(found.fits), in_favour(found), cuts_table(cuts)])


def fits_table(fits: Mapping[str, Mapping[str, Fit]]) -> str:
    """A line for each way of calibrating, three columns for each data."""
    head = [
        "calibration",
        *(f"{name}: {measure}" for name in fits for measure in ("log loss", "Brier", "ECE")),
    ]
    known = [way for way in WAYS if any(way in ways for ways in fits.values())]
    rows = [[WAYS[way], *(cell for ways in fits.values() for cell in _fit(ways.get(way)))] for way in known]
    return f"{grid(head, rows)}\n\n{FITS_NOTE}"


def _fit(fit: Fit | None) -> tuple[str, str, str]:
    return (
        (NONE, NONE, NONE) if fit is None else (f"{fit.log_loss:.3f}", f"{fit.brier:.3f}", f"{fit.ece:.3f}")
    )


def in_favour(comparison: Comparison) -> str:
    """One sentence on whether isotonic regression would be much better than the shipped two numbers."""
    gains = {
        name: gain for name, gain in comparison.isotonic_gain.items() if name != TUNE and gain is not None
    }
    told = ", ".join(
        f"{gain.value:+.3f}{_bounds(gain.low, gain.high)} on `{name}`" for name, gain in gains.items()
    )
    better = bool(gains) and all(
        gain.value < -MUCH_BETTER and gain.high is not None and gain.high < 0 for gain in gains.values()
    )
    verdict = (
        "is much better than the shipped calibration"
        if better
        else "is not much better than the shipped calibration, which stays"
    )
    return f"Isotonic regression {verdict}: log loss {told or 'not measured elsewhere'}."


def _bounds(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({low:+.3f} to {high:+.3f})"


def cuts_table(cuts: Mapping[str, Cut]) -> str:
    """A line for each rule, three columns for each data."""
    data = list(dict.fromkeys(name for cut in cuts.values() for name in cut.on))
    head = [
        "threshold by",
        "t",
        *(f"{name}: {measure}" for name in data for measure in ("recall", "false positives", "F1")),
    ]
    rows = [
        [rule, f"{cut.t:.3f}", *(cell for name in data for cell in _rates(cut.on.get(name)))]
        for rule, cut in cuts.items()
    ]
    return f"{grid(head, rows)}\n\n{CUTS_NOTE}"


def _rates(rates: Rates | None) -> tuple[str, str, str]:
    if rates is None:
        return (NONE, NONE, NONE)
    caught, alarmed = f"{rates.caught} of {rates.fakes}", f"{rates.false_alarms} of {rates.reals}"
    return _counted(rates.recall, caught), _counted(rates.false_positive_rate, alarmed), number(rates.f1)


def _counted(share: float | None, counts: str) -> str:
    return NONE if share is None else f"{share:.1%} ({counts})"


def errors_table(entries: Mapping[str, Entry]) -> str:
    """Expected calibration error before and after, a line for each shipped detector; from
    the manifest alone.
    """
    data = list(
        dict.fromkeys(name for entry in entries.values() for name in entry.metrics.fits if name != TUNE)
    )
    head = [
        "",
        *(f"{name}: {when}" for name in data for when in ("ECE before", "after", "log loss before", "after")),
    ]
    rows = [
        [f"`{name}`", *(cell for on in data for cell in _change(entry.metrics.fits.get(on, {})))]
        for name, entry in entries.items()
    ]
    return grid(head, rows)


def _change(ways: Mapping[str, Fit]) -> tuple[str, ...]:
    before, after = ways.get(BEFORE), ways.get(SHIPPED)
    if before is None or after is None:
        return (NONE,) * 4
    return tuple(number(value) for value in (before.ece, after.ece, before.log_loss, after.log_loss))
