"""Detectors held to the release gate of evidence: their likelihood ratios on sources that they were fitted
without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from detector.evaluate.predictions import Prediction, Predictions
from detector.evidence import Score, Scores, validate
from detector.evidence.fitted import Fit
from detector.evidence.gates import Answers
from detector.evidence.measures import group_weights
from detector.evidence.scores import Array
from detector.structures import CATEGORIES, Question

SATURATED = 1e-6
"""A p_fake without a logit is taken for no nearer to 0 or 1."""


@dataclass(frozen=True, eq=False)
class Held:
    """A detector held to the gate for the fakes of one question; photos only, every face counted as ordinary:
    predictions do not tell what a face was like.

    `fit` is None where fewer than two sources have both classes. `answers` are what each picture got from
    what was fitted without its source, None with `fit` or where only figures are known.
    """

    detector: str
    question: Question
    fit: Fit | None
    answers: Answers | None = None

    def to_dict(self) -> dict[str, object]:
        """As plain values, all but the answers."""
        fit = asdict(self.fit) if self.fit is not None else None
        return {"detector": self.detector, "question": str(self.question), "fit": fit}


@dataclass(frozen=True, eq=False)
class Tippett:
    """Which share of the fakes and of the genuine pictures, groups alike, gets at least each likelihood ratio
    of `log10_ratio`: three (K,).
    """

    log10_ratio: Array
    fakes: Array
    reals: Array


def held_to_gate(predictions: Predictions, questions: Mapping[str, Question | None]) -> tuple[Held, ...]:
    """The detectors named in `questions` held to the gate, each for its question; where that is not known
    (None) for each that has fakes.
    """
    photos = predictions.of_kind("photo")
    held = []
    for name, known in questions.items():
        scores = scores_of(photos.of_detector(name))
        for question in _questions_of(scores) if known is None else [known]:
            validation = validate(scores.of_question(question))
            fit, answers = (None, None) if validation is None else (validation.fit, validation.answers)
            held.append(Held(name, question, fit, answers))
    return tuple(held)


def _questions_of(scores: Scores) -> list[Question]:
    kinds = set(scores.kind[scores.is_fake])
    narrow = [name for name in (Question.ALTERED, Question.GENERATED) if kinds & CATEGORIES[name]]
    return [Question.EITHER, *(narrow if len(narrow) > 1 else ())]


def scores_of(predictions: Predictions) -> Scores:
    """What one detector said of the pictures that it judged, as evidence is fitted on; the face that decides
    stands for its picture.
    """
    return Scores.of(_score(prediction) for prediction in predictions.take(predictions.judged))


def _score(prediction: Prediction) -> Score:
    logit = prediction.logit
    if logit is None:
        assert prediction.p_fake is not None  # it is judged
        p_fake = min(max(prediction.p_fake, SATURATED), 1 - SATURATED)
        logit = float(np.log(p_fake) - np.log1p(-p_fake))
    return Score(
        file=prediction.file,
        logit=logit,
        is_fake=prediction.label == 1,
        set=prediction.set,
        source=prediction.source,
        kind=prediction.category,
        group=prediction.group,
        clip=prediction.clip,
    )


def tippett_of(answers: Answers) -> Tippett:
    """The curves of answers, at each ratio that was given."""
    scores = answers.scores
    weights = group_weights(scores.owner, scores.is_fake)
    values = np.unique(np.concatenate([[0.0], answers.answered]))

    def at_least(label: bool) -> Array:
        of_class = scores.is_fake == label
        order = np.argsort(answers.answered[of_class], kind="stable")
        below = np.concatenate([[0.0], np.cumsum(weights[of_class][order])])
        places = np.searchsorted(answers.answered[of_class][order], values, side="left")
        return np.asarray(1 - below[places] / max(below[-1], 1e-12))

    return Tippett(values / np.log(10), at_least(True), at_least(False))
