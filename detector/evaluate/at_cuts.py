"""Thresholds that other rules chose on `tune` to what they are worth on the files of an evaluation; nothing
is chosen on what is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from detector.evaluate.metrics import DRAWS
from detector.evaluate.predict import Evaluated, Further
from detector.evaluate.predictions import Prediction
from detector.evaluate.report.markdown import grid, in_words
from detector.evaluate.report.report import KINDS
from detector.evaluate.sections import Section
from detector.evaluate.slices import columns_of
from detector.evaluate.thresholds import AtThreshold, measure_at

HEAD = ("threshold by", "t", "accuracy", "precision", "recall", "specificity", "F1")
NOTE = (
    "Each rule chose on the split `tune` when the detector was measured (`cuts` of the manifest), and nothing"
    " here moved it. Of these the program uses the shipped t alone, that of the best F1."
)
UNKNOWN = "no thresholds of other rules are in the manifest; `measure` brings them there."


def at_cuts(
    predictions: Sequence[Prediction], cuts: Mapping[str, float], draws: int = DRAWS, random_seed: int = 0
) -> dict[str, AtThreshold]:
    """What the judged files of one detector and kind are worth at the threshold of each rule."""
    columns = columns_of(predictions, draws, random_seed)
    rows = np.flatnonzero(columns.judged)
    labels, p_fake, weights, groups = (
        columns.labels[rows],
        columns.p_fake[rows],
        columns.weights[:, rows],
        columns.groups(rows),
    )
    return {rule: measure_at(t, labels, p_fake, weights, groups) for rule, t in cuts.items()}


def cuts_section(
    cuts: Mapping[str, Mapping[str, float]],
    predictions: Sequence[Prediction],
    draws: int = DRAWS,
    random_seed: int = 0,
) -> Section:
    """A table for each detector, by name in `cuts` with the threshold of each rule, and each kind of file."""
    parts, content = [f"### At the thresholds of other rules\n\n{NOTE}"], []
    for name, of_rules in cuts.items():
        if not of_rules:
            parts.append(f"`{name}`: {UNKNOWN}")
            continue
        for kind, words in KINDS.items():
            own = [one for one in predictions if one.detector == name and one.kind == kind]
            if not own:
                continue
            found = at_cuts(own, of_rules, draws, random_seed)
            parts.append(
                f"`{name}`, {words}:\n\n{grid(HEAD, [_row(rule, at) for rule, at in found.items()])}"
            )
            content.append(
                {"detector": name, "kind": kind, "rules": {rule: asdict(at) for rule, at in found.items()}}
            )
    return Section("\n\n".join(parts), {"measured": content})


def _row(rule: str, at: AtThreshold) -> list[str]:
    return [
        rule,
        f"{at.threshold:.3f}",
        *(in_words(one) for one in (at.accuracy, at.precision, at.recall, at.specificity, at.f1)),
    ]


def _section(evaluated: Evaluated) -> Section:
    cuts = {
        one.info.name: {rule: cut.t for rule, cut in one.entry.metrics.cuts.items()}
        for one in evaluated.detectors
    }
    return cuts_section(cuts, evaluated.predictions, evaluated.draws, evaluated.random_seed)


THRESHOLDS = Further("thresholds", _section)
