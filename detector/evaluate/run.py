"""The one entry: an index and detectors, or predictions that were kept, to a report and its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from detector.data.demographics import read_people
from detector.data.labels import Index, Row, read_index
from detector.errors import DetectorError
from detector.evaluate.cross import delivered
from detector.evaluate.evidence import held_to_gate
from detector.evaluate.fairness import fairness_of
from detector.evaluate.metrics import RESAMPLES
from detector.evaluate.predict import Walk, finder_of, labelled, predict_rows, table_of
from detector.evaluate.predictions import Predictions, read_predictions
from detector.evaluate.report.environment import environment_of
from detector.evaluate.report.markdown import to_markdown
from detector.evaluate.report.report import Report, Unmatched, report_of, thresholds_of
from detector.evaluate.robustness import Corrupted, kept_corrupted, predict_corrupted, robustness_of
from detector.files import sha256_of, write_atomically
from detector.perturb import DELIVERIES
from detector.pipeline import Detector, Progress, load_detector

ROW = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Parts:
    """The parts of a report that are made only when asked for, by their options on the command line."""

    thresholds: bool = False
    robustness: bool = False
    fairness: bool = False
    deliveries: bool = False
    evidence: bool = False

    @property
    def options(self) -> list[str]:
        """As the command line has them."""
        return [f"--{name}" for name, is_asked in asdict(self).items() if is_asked]


def evaluate(
    index: Path,
    detectors: Sequence[str | Detector],
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    engine: str = "pytorch",
    device: str = "cpu",
    weights: Path | None = None,
    walk: Walk = Walk(),  # noqa: B008  # frozen
    parts: Parts = Parts(),  # noqa: B008  # frozen
    plots: bool = False,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Evaluate detectors on an index CSV: published ones by name, or others as they are, for which `command`
    says how it is repeated.

    With `out`, a CSV or Parquet, predictions are kept there as they come and taken from there where they
    stand already; the report is written beside it as `.md` and `.json`, and where `plots` are asked for its
    curves into the folder `OUT_plots`. The same files, weights and random seed give the same content. Raises
    DetectorError.
    """
    loaded = _loaded(detectors, engine, device, weights)
    rows = read_index(index).of_split(split, limit)
    predictions = predict_rows(rows, loaded, out=out, walk=walk, progress=progress)
    corrupted: Sequence[Corrupted] = ()
    deliveries: Sequence[Corrupted] = ()
    if parts.robustness:
        corrupted = predict_corrupted(
            rows, loaded, predictions, out, walk=walk, random_seed=random_seed, progress=progress
        )
    if parts.deliveries:
        deliveries = predict_corrupted(
            rows, loaded, predictions, out, walk=walk, photos=DELIVERIES, videos=(), progress=progress
        )
    names = [detector.info.name for detector in loaded]
    environment = environment_of(
        rows,
        predictions,
        command=command or command_of(index, names, split, limit, parts),
        split=split,
        resamples=resamples,
        random_seed=random_seed,
        judging=_judging(walk, engine, device),
    )
    report = report_of(environment, [detector.info for detector in loaded], predictions)
    report = _with_parts(report, parts, loaded, corrupted, deliveries, index)
    if out is not None:
        write_report(report, out, plots=plots)
    return report


def evaluate_kept(
    kept: Path,
    index: Path | None = None,
    detectors: Sequence[str | Detector] = (),
    out: Path | None = None,
    split: str | None = None,
    limit: int | None = None,
    *,
    engine: str = "pytorch",
    weights: Path | None = None,
    parts: Parts = Parts(),  # noqa: B008  # frozen
    plots: bool = False,
    resamples: int = RESAMPLES,
    random_seed: int = 0,
) -> Report:
    """The same report from predictions that an evaluation kept in `kept`; nothing is judged.

    Labels and groups are those of `index`; without one those that were kept. No `detectors`: all whose
    predictions there are. Their thresholds are those of the manifest in `weights`. Raises DetectorError where
    other weights made the predictions.
    """
    said = read_predictions(kept)
    loaded = _loaded(detectors or list(said.detector), engine, weights=weights)
    names = [detector.info.name for detector in loaded]
    _check_weights(kept, said, loaded)
    rows = (read_index(index) if index is not None else _index_of(kept, said)).of_split(split, limit)
    predictions, unmatched = match(rows, said, names)
    if not len(predictions):
        raise DetectorError(
            f"{kept.name} and {rows.path.name} have no file in common that {', '.join(names)} judged"
        )
    command = command_of(index, names if detectors else (), split, limit, parts, kept=kept)
    environment = environment_of(
        rows,
        predictions,
        command=command,
        split=split,
        resamples=resamples,
        random_seed=random_seed,
        judging={"predictions": kept.name, "predictions_sha256": sha256_of(kept)},
    )
    report = report_of(environment, [detector.info for detector in loaded], predictions, unmatched)
    corrupted = kept_corrupted(kept) if parts.robustness else ()
    after = kept_corrupted(kept, photos=DELIVERIES, videos=()) if parts.deliveries else ()
    report = _with_parts(report, parts, loaded, corrupted, _all_labelled(after, rows), rows.path)
    if out is not None:
        if table_of(out).resolve() in {kept.resolve(), rows.path.resolve()}:
            raise DetectorError(f"--out {out} is what is read; give another name")
        write_report(report, out, plots=plots)
    return report


def match(index: Index, predictions: Predictions, names: Sequence[str]) -> tuple[Predictions, Unmatched]:
    """The predictions of the files of `index` that all detectors of `names` have, file by file, labelled as
    the index has it now; and what was left out.
    """
    places = {
        key: place for place, key in enumerate(zip(predictions.detector, predictions.file, strict=True))
    }
    known = [row for row in index.rows if all((name, row.file) in places for name in names)]
    rows = [labelled(predictions[places[name, row.file]], row) for row in known for name in names]
    held = {row.file for row in known}
    missing = tuple(row.file for row in index.rows if row.file not in held)
    return Predictions.of(rows), Unmatched(unpredicted=missing)


def command_of(
    index: Path | None,
    detectors: Sequence[str],
    split: str | None,
    limit: int | None,
    parts: Parts = Parts(),  # noqa: B008  # frozen
    *,
    kept: Path | None = None,
) -> str:
    """The command line that repeats an evaluation."""
    words = ["python -m detector evaluate"]
    words += [index.as_posix()] if index is not None else []
    words += ["--from-predictions", kept.as_posix()] if kept is not None else []
    words += ["--detector", ",".join(detectors)] if detectors else []
    words += ["--split", split] if split else []
    words += ["--limit", str(limit)] if limit else []
    return " ".join([*words, *parts.options])


def write_report(report: Report, out: Path, *, plots: bool = False) -> None:
    """Write a report beside the predictions `out`: tables as Markdown, everything as JSON, and where `plots`
    are asked for the curves; the same report gives the same bytes.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out.with_suffix(".md"), to_markdown(report))
    write_atomically(out.with_suffix(".json"), to_json(report))
    if plots:
        from detector.evaluate.report.plots import plots_folder, write_plots

        write_plots(report, plots_folder(out))


def to_json(report: Report) -> str:
    """A report as JSON, UTF-8 as it stands, its last line ended."""
    return json.dumps(report.to_dict(), indent=1, ensure_ascii=False) + "\n"


def _loaded(
    detectors: Sequence[str | Detector], engine: str, device: str = "cpu", weights: Path | None = None
) -> list[Detector]:
    """The detectors, those that are only named loaded, each once."""
    return [
        detector
        if isinstance(detector, Detector)
        else load_detector(detector, engine=engine, device=device, weights=weights)
        for detector in dict.fromkeys(detectors)
    ]


def _all_labelled(corrupted: Sequence[Corrupted], index: Index) -> list[Corrupted]:
    """What was kept after corruptions, of the files of `index` and labelled as that has them now."""
    rows = {row.file: row for row in index.rows}
    return [
        replace(
            result,
            predictions=Predictions.of(
                labelled(prediction, rows[prediction.file])
                for prediction in result.predictions
                if prediction.file in rows
            ),
        )
        for result in corrupted
    ]


def _with_parts(
    report: Report,
    parts: Parts,
    detectors: Sequence[Detector],
    corrupted: Sequence[Corrupted],
    deliveries: Sequence[Corrupted],
    people: Path,
) -> Report:
    """The report with the parts that are asked for; `people` is the table that may tell who is on a file."""
    infos = [detector.info for detector in detectors]
    predictions, random_seed = report.predictions, report.environment.random_seed
    resamples = report.environment.resamples
    if parts.thresholds:
        cuts = {
            detector.info.name: {rule: cut.t for rule, cut in detector.entry.metrics.cuts.items()}
            for detector in detectors
        }
        report = replace(report, thresholds=thresholds_of(cuts, predictions, resamples, random_seed))
    if parts.robustness:
        robustness = robustness_of(infos, predictions, corrupted, resamples, random_seed)
        report = replace(report, robustness=robustness)
    if parts.fairness:
        fairness = fairness_of(infos, predictions, read_people(people), random_seed)
        report = replace(report, fairness=fairness)
    if parts.deliveries:
        photos = report.predictions.of_kind("photo").resampled(resamples, random_seed)
        after = [
            (delivery.corruption.name, delivery.predictions.resampled(resamples, random_seed))
            for delivery in deliveries
        ]
        rows = tuple(
            row
            for info in infos
            for row in delivered(
                info.name,
                photos.of_detector(info.name),
                [(name, predictions.of_detector(info.name)) for name, predictions in after],
            )
        )
        report = replace(report, deliveries=rows)
    if parts.evidence:
        questions = {detector.info.name: detector.spec.question for detector in detectors}
        report = replace(report, evidence=held_to_gate(predictions, questions))
    return report


def _check_weights(kept: Path, predictions: Predictions, detectors: Sequence[Detector]) -> None:
    """Raise DetectorError where a detector's present weights did not make its predictions."""
    for detector in detectors:
        made_by = set(predictions.of_detector(detector.info.name).weights)
        if not made_by:
            raise DetectorError(f"{kept} holds no prediction of {detector.info.name}: evaluate it with --out")
        if made_by != {detector.info.weights_sha256}:
            others = ", ".join(sorted(sha256[:12] for sha256 in made_by - {detector.info.weights_sha256}))
            raise DetectorError(
                f"{kept} holds what weights {others} of {detector.info.name} said, but"
                f" {detector.info.weights_sha256[:12]} are installed: evaluate it again"
            )


def _index_of(kept: Path, predictions: Predictions) -> Index:
    """The labelled files of kept predictions."""
    first = {prediction.file: prediction for prediction in reversed(predictions)}
    rows = [first[file] for file in dict.fromkeys(predictions.file)]
    return Index(kept, tuple(Row(**{name: getattr(prediction, name) for name in ROW}) for prediction in rows))


def _judging(walk: Walk, engine: str, device: str) -> dict[str, object]:
    """How files are scanned and judged; the instructions of the processor move the last digits of a logit."""
    import torch

    return {
        "engine": engine,
        "device": device,
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "frames": walk.frames,
        "cropped": walk.cropped,
        "finder": finder_of(walk),
    }
