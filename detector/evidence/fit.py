"""Labelled scores to fitted evidence: every step of it, and the gate that leaves each source out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from detector.evidence.fitted import SCHEMA, Bounds, Fit, Fitted, Model
from detector.evidence.gates import Answers, Steps, answers_of, gates_of, release_of
from detector.evidence.measures import bounds_of
from detector.evidence.model import SetRows, fit_model, log_ratios, rows_of
from detector.evidence.references import kinds_of
from detector.evidence.scores import Array, Scores, Variant
from detector.structures import Question

FEWEST_SOURCES = 2
"""Sources with both classes, so that one can be left out."""

ModelWithout = Callable[[frozenset[str]], Model]


@dataclass(frozen=True, eq=False)
class Validation:
    """A fit on all sources, and the answers of each source by what was fitted without it."""

    fit: Fit
    answers: Answers


def fit(
    scores: Scores, question: Question, *, detector: str, weights: str, fitted_on: str, clips: int = 0
) -> Fitted:
    """The evidence of a detector with these `weights` (their sha256), about the fakes of `question`.

    There is no ratio in it where fewer than two sources have both classes, or no kind is known; what was
    `fitted_on` is told in words. The same scores give the same evidence, in whatever order.
    """
    asked = in_order(scores.of_question(question))
    validation = validate(asked)
    return Fitted(
        schema=SCHEMA,
        detector=detector,
        weights=weights,
        question=question,
        fitted_on=fitted_on,
        clips=clips,
        fit=None if validation is None else validation.fit,
        references=kinds_of(asked),
    )


def validate(scores: Scores) -> Validation | None:
    """All steps on all sources, and without each of them; None where fewer than two have both classes.

    `scores` hold the fakes of one question only.
    """
    scores = in_order(scores)
    sets = rows_of(scores)
    if len({of.source for of in sets}) < FEWEST_SOURCES:
        return None

    @cache
    def model_without(sources: frozenset[str]) -> Model:
        return fit_model([of for of in sets if of.source not in sources])

    steps = _steps(scores, sets, frozenset(), model_without)
    plain = scores.of_variant(Variant.PLAIN)
    without = {
        source: _steps(scores, sets, frozenset({source}), model_without)
        for source in sorted(set(plain.source))
    }
    answers = answers_of(plain, without)
    return Validation(Fit(steps.model, steps.bounds, steps.gates, release_of(answers)), answers)


def in_order(scores: Scores) -> Scores:
    """The same rows by source, set, file and variant, so that nothing hangs on how they came."""
    keys = (scores.variant, scores.file, scores.set, scores.source)
    return scores.take(np.lexsort([key.astype(str) for key in keys]))


def _steps(
    scores: Scores, sets: Iterable[SetRows], left_out: frozenset[str], model_without: ModelWithout
) -> Steps:
    """Model, bounds and gates without the sources `left_out`; the last two from ratios of each source by a
    model without that too.

    Where that would leave no set with both classes, the source is judged by the model that knows it.
    """
    known = frozenset(of.source for of in sets)
    rest = scores.take(~np.isin(scores.source.astype(str), sorted(left_out)))
    ratios = np.zeros(len(rest))
    for source in sorted(set(rest.source)):
        both = (left_out | {source}) & known
        model = model_without(both if both != known else left_out & known)
        of_source = rest.source == source
        ratios[of_source] = log_ratios(rest.logit[of_source], model).ratio
    return Steps(model_without(left_out & known), _bounds(rest, ratios), gates_of(rest, ratios))


def _bounds(scores: Scores, ratios: Array) -> Bounds:
    plain = scores.variant == Variant.PLAIN
    return bounds_of(ratios[plain], scores.is_fake[plain], scores.owner[plain])
