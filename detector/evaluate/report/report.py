"""An evaluation as values, and those as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from detector.evaluate.cross import CrossAuc, Delivered, cross_aucs
from detector.evaluate.evidence import Held
from detector.evaluate.fairness import Fairness
from detector.evaluate.metrics import RESAMPLES
from detector.evaluate.predictions import Prediction, Predictions
from detector.evaluate.report.environment import Environment
from detector.evaluate.results import Results, results_of
from detector.evaluate.robustness import Robustness
from detector.evaluate.significance import Difference, differences
from detector.evaluate.thresholds import AtRules, at_rules
from detector.structures import DetectorInfo, Thresholds, Verdict

SCHEMA = 4
KINDS = {"photo": "photos", "video": "videos"}
"""Kinds of files, which never share a metric, and what several are called."""


@dataclass(frozen=True)
class External:
    """Another program, known by the file of its predictions."""

    name: str
    thresholds: Thresholds
    file: str
    file_sha256: str


Judge = DetectorInfo | External


@dataclass(frozen=True)
class DetectorResults:
    """A detector and all metrics of it on files of one kind (`photo` or `video`).

    `cross` is by question, empty unless both classes come from two sets or more.
    """

    info: Judge
    kind: str
    results: Results
    cross: tuple[CrossAuc, ...] = ()


@dataclass(frozen=True)
class KindResults:
    """All that is said of the files of one kind."""

    kind: str
    detectors: tuple[DetectorResults, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Unmatched:
    """Files of the index without a prediction, and files predicted that have no label."""

    unpredicted: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotJudged:
    """A file without p_fake, and why."""

    file: str
    verdict: Verdict
    error: str


@dataclass(frozen=True)
class Report:
    """An evaluation: how it was made, what was said of each file, and the metrics of every detector.

    `thresholds`, `robustness`, `fairness`, `deliveries` and `evidence` are None where they were not asked
    for; `rules` of `thresholds` are empty for a detector whose manifest has none.
    """

    environment: Environment
    judges: tuple[Judge, ...]
    predictions: Predictions
    kinds: tuple[KindResults, ...]
    unmatched: Unmatched = Unmatched()
    thresholds: tuple[AtRules, ...] | None = None
    robustness: Robustness | None = None
    fairness: Fairness | None = None
    deliveries: tuple[Delivered, ...] | None = None
    evidence: tuple[Held, ...] | None = None

    @property
    def detectors(self) -> tuple[DetectorResults, ...]:
        """Those of every kind of file, one after another."""
        return tuple(detector for of_kind in self.kinds for detector in of_kind.detectors)

    @property
    def not_judged(self) -> tuple[NotJudged, ...]:
        """Files without p_fake, each once, in order."""
        table = self.predictions
        missing = table.take(~table.judged)
        columns = zip(missing.file, missing.verdict, missing.error, strict=True)
        return tuple({file: NotJudged(file, verdict, error) for file, verdict, error in columns}.values())

    @property
    def unreadable(self) -> int:
        """How many files could not be read."""
        return len(set(self.predictions.file[self.predictions.verdict == Verdict.UNREADABLE]))

    def to_dict(self) -> dict[str, object]:
        """The report as plain values, all but the predictions."""
        content: dict[str, object] = {
            "schema": SCHEMA,
            **asdict(self.environment),
            "detectors": [
                {
                    "detector": asdict(detector.info),
                    "kind": detector.kind,
                    **asdict(detector.results),
                    "cross_auc": [asdict(of_question) for of_question in detector.cross],
                }
                for detector in self.detectors
            ],
            "differences": [
                {"kind": of_kind.kind, **asdict(row)} for of_kind in self.kinds for row in of_kind.differences
            ],
            "not_judged": [{**asdict(row), "verdict": str(row.verdict)} for row in self.not_judged],
            "unmatched": asdict(self.unmatched),
        }
        if self.thresholds is not None:
            measured = [asdict(row) for row in self.thresholds if row.rules]
            content["thresholds"] = {"measured": measured}
        if self.robustness is not None:
            of_kinds = {
                of_kind.kind: {
                    "corruptions": [
                        {"name": corruption.name, "steps": [asdict(step) for step in corruption.steps]}
                        for corruption in of_kind.corruptions
                    ],
                    "detectors": {
                        name: [asdict(row) for row in rows] for name, rows in of_kind.detectors.items()
                    },
                }
                for of_kind in self.robustness.kinds
            }
            content["robustness"] = {"random_seed": self.robustness.random_seed, **of_kinds}
        if self.fairness is not None:
            content["fairness"] = asdict(self.fairness)
        if self.deliveries is not None:
            content["deliveries"] = [asdict(row) for row in self.deliveries]
        if self.evidence is not None:
            content["evidence"] = [of.to_dict() for of in self.evidence]
        return content


def report_of(
    environment: Environment,
    judges: Sequence[Judge],
    predictions: Predictions,
    unmatched: Unmatched = Unmatched(),  # noqa: B008  # frozen
) -> Report:
    """The metrics of every detector on its own predictions."""
    resamples, random_seed = environment.resamples, environment.random_seed
    kinds = kinds_of(judges, predictions, resamples, random_seed)
    return Report(environment, tuple(judges), predictions, kinds, unmatched)


def kinds_of(
    judges: Sequence[Judge], predictions: Predictions, resamples: int = RESAMPLES, random_seed: int = 0
) -> tuple[KindResults, ...]:
    """The metrics of every detector on its own predictions, photos and videos by themselves."""
    kinds = []
    for kind in KINDS:
        own = predictions.of_kind(kind)
        if not len(own) or not judges:
            continue
        detectors = tuple(
            _detector_results(info, kind, own.of_detector(info.name), resamples, random_seed)
            for info in judges
        )
        compared = differences(own, [info.name for info in judges], resamples, random_seed)
        kinds.append(KindResults(kind, detectors, compared))
    return tuple(kinds)


def _detector_results(
    info: Judge, kind: str, predictions: Predictions, resamples: int, random_seed: int
) -> DetectorResults:
    results = results_of(predictions, info.thresholds, resamples, random_seed)
    cross = cross_aucs(predictions.resampled(resamples, random_seed))
    return DetectorResults(info, kind, results, cross)


def thresholds_of(
    cuts: Mapping[str, Mapping[str, float]],
    predictions: Sequence[Prediction],
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> tuple[AtRules, ...]:
    """What each detector is worth at the thresholds of rules, photos and videos apart; `cuts` are by detector
    and rule.

    A detector without such thresholds has one entry, whose rules are empty.
    """
    table, at = Predictions.of(predictions), list[AtRules]()
    for name, thresholds in cuts.items():
        own = table.of_detector(name)
        kinds = [kind for kind in KINDS if (own.kind == kind).any()] if thresholds else [""]
        at += [
            AtRules(name, kind, at_rules(own.of_kind(kind), thresholds, resamples, random_seed))
            for kind in kinds
        ]
    return tuple(at)
