"""The server that RescueBox speaks to: tasks on Flask-ML, a folder in and a table out."""

from __future__ import annotations

import csv
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict

from flask_ml.flask_ml_server import MLServer
from flask_ml.flask_ml_server.errors import BadRequestError
from flask_ml.flask_ml_server.models import (
    DirectoryInput,
    EnumParameterDescriptor,
    EnumVal,
    FileInput,
    FileResponse,
    FileType,
    InputSchema,
    InputType,
    MarkdownResponse,
    NewFileInputType,
    ParameterSchema,
    ResponseBody,
    TaskSchema,
    TextParameterDescriptor,
)

from detector import __version__
from detector.batch import Result, find_files, row, scan_files
from detector.errors import DetectorError, SettingsError
from detector.faces.finder import default_finder
from detector.metrics import mean_auc
from detector.serve import DETECTORS, OFF, ON, PREDICT
from detector.serve.folders import ALL, DEFAULT, Allowed, Order, Shelf
from detector.settings import Settings
from detector.statements import heading, statement_of_file
from detector.structures import Verdict
from detector.weights import find_weights, read_manifest
from detector.zoo.specs import SPECS

WORDS = {
    Verdict.LIKELY_FAKE: "likely fake",
    Verdict.LIKELY_REAL: "likely real",
    Verdict.UNCERTAIN: "uncertain",
    Verdict.NO_FACE: "no face",
    Verdict.UNREADABLE: "error",
}
"""What stands as the prediction."""

COLUMNS = (
    *("image_path", "prediction", "evidence_words", "p_fake", "evidence", "lr", "lr_low", "lr_high", "faces"),
    *("deciding_face", "frames", "kind", "reasons", "detector", "weights", "engine", "seconds", "error"),
)


class PredictInputs(TypedDict):
    """The paths of `/predict`."""

    input_dataset: DirectoryInput
    output_file: FileInput


class PredictParameters(TypedDict):
    """The choices of `/predict`."""

    detector: str
    checkpoint: str
    disable_facecrop: str


class Nothing(TypedDict):
    """What a task without a form takes."""


def build_server(settings: Settings, roots: Iterable[Path]) -> Any:
    """The MLServer; a request may name files below `roots` alone."""
    allowed = Allowed(tuple(root.resolve() for root in roots))
    shelf, turn = Shelf(settings, allowed), threading.Lock()
    server: Any = MLServer(__name__)  # type: ignore[no-untyped-call]
    info = (Path(__file__).parent / "info.md").read_text(encoding="utf-8")
    server.add_app_metadata("Unblend", "Unblend contributors", __version__, info)

    def predict(inputs: PredictInputs, parameters: PredictParameters) -> ResponseBody:
        try:
            order = read_order(inputs, parameters, allowed, shelf)
            with turn:
                return ResponseBody(root=carry_out(order, settings, allowed))
        except DetectorError as fault:  # what the caller can mend is a 400
            raise BadRequestError(str(fault)) from None

    def detectors(inputs: Nothing, parameters: Nothing) -> ResponseBody:
        return ResponseBody(root=MarkdownResponse(title="Detectors", value=detectors_table(settings)))

    judging = server.route(PREDICT, lambda: predict_schema(shelf.names()), "Judge photos and videos", 0)
    judging(predict)
    server.route(DETECTORS, lambda: TaskSchema(inputs=[], parameters=[]), "Which detectors there are", 1)(
        detectors
    )
    return server


def predict_schema(names: Iterable[str]) -> TaskSchema:
    """The form of `/predict`, with the detectors that are trained at this moment."""
    table = NewFileInputType(
        default_name="predictions", default_extension=".csv", allowed_extensions=[".csv"]
    )
    told = {DEFAULT: "the default", ALL: "every one that is trained"}
    detectors = EnumParameterDescriptor(
        enum_vals=[EnumVal(key=name, label=told.get(name, name)) for name in names], default=DEFAULT
    )
    switch = EnumParameterDescriptor(
        enum_vals=[
            EnumVal(key=OFF, label="find the faces, judge each"),
            EnumVal(key=ON, label="each picture is a face already: judge the whole of it"),
        ],
        default=OFF,
    )
    return TaskSchema(
        inputs=[
            InputSchema(
                key="input_dataset",
                label="Folder of photos and videos",
                subtitle="Searched with all folders below it.",
                input_type=InputType.DIRECTORY,
            ),
            InputSchema(
                key="output_file",
                label="Table of answers",
                subtitle="A new .csv; one that is there is kept.",
                input_type=table,
            ),
        ],
        parameters=[
            ParameterSchema(key="detector", label="Detector", subtitle="Who judges.", value=detectors),
            ParameterSchema(
                key="checkpoint",
                label="Weights",
                subtitle="A folder with manifest.json, or a file of one; empty: those that ship.",
                value=TextParameterDescriptor(default=""),
            ),
            ParameterSchema(key="disable_facecrop", label="Face crop", subtitle="", value=switch),
        ],
    )


def read_order(inputs: PredictInputs, parameters: PredictParameters, allowed: Allowed, shelf: Shelf) -> Order:
    """What a request asks for. Flask-ML lets any value pass, so each is looked at. Raises DetectorError."""
    cropped = parameters["disable_facecrop"]
    if cropped not in (OFF, ON):
        raise SettingsError(f"disable_facecrop is {cropped!r}; it must be {OFF} or {ON}")
    for key in ("detector", "checkpoint"):
        if not isinstance(parameters[key], str):
            raise SettingsError(f"{key} is {parameters[key]!r}; it must be a text")
    return Order(
        folder=allowed.folder("input_dataset", inputs["input_dataset"].path),
        table=allowed.table("output_file", inputs["output_file"].path),
        detectors=shelf.take(parameters["detector"], parameters["checkpoint"]),
        cropped=cropped == ON,
    )


def carry_out(order: Order, settings: Settings, allowed: Allowed) -> FileResponse:
    """Judge the folder row by row into the table, whose path and sum are the answer."""
    if not find_files([order.folder]).paths:
        raise SettingsError(f"{order.folder} holds no photo and no video: choose another")
    told: Counter[str] = Counter()
    try:
        with order.table.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
            writer.writeheader()
            for result in _results(order, settings, allowed):
                writer.writerow(table_row(result))
                stream.flush()
                told[WORDS[result.verdict]] += 1
    except OSError as fault:
        raise SettingsError(f"{order.table} cannot be written ({fault.strerror}): name another") from None
    said = ", ".join(f"{count} {word}" for word, count in told.most_common())
    by = ", ".join(detector.info.name for detector in order.detectors)
    return FileResponse(
        file_type=FileType.CSV, path=str(order.table), title="Answers", subtitle=f"{said} (by {by})"
    )


def _results(order: Order, settings: Settings, allowed: Allowed) -> Iterator[Result]:
    """The answers; a link that leads out of the allowed folders is a file that cannot be read."""
    for path in find_files([order.folder]).paths:
        if allowed.holds(path):
            yield from scan_files(
                [path],
                order.detectors,
                frames=settings.frames,
                limits=settings.limits,
                finder=None if order.cropped else default_finder(settings.finder),
                cropped=order.cropped,
            )
        else:
            error = f"{path.name} is a link out of the allowed folders: start the server with --root FOLDER"
            yield from (Result(path, detector.info, error=error) for detector in order.detectors)


def table_row(result: Result) -> dict[str, str]:
    """A result as a row of COLUMNS."""
    told = row(result)
    evidence = result.analysis.evidence if result.analysis else None
    spoken = [] if evidence is None or result.analysis is None else statement_of_file(result.analysis)
    words = "" if evidence is None else " ".join([f"{heading(evidence)}.", *spoken])
    told |= {"image_path": told["file"], "prediction": WORDS[result.verdict], "evidence_words": words}
    return {column: told[column] for column in COLUMNS}


def detectors_table(settings: Settings) -> str:
    """The trained detectors as Markdown, with what was measured of them."""
    lines = [
        "| detector | question | AUC on its own data sets | AUC on others |",
        "|---|---|---|---|",
    ]
    for name, entry in read_manifest(find_weights(settings.weights)).items():
        if name in SPECS:
            measured = (mean_auc(entry.metrics.test), mean_auc(entry.metrics.cross))
            figures = " | ".join("not measured" if auc is None else f"{auc:.3f}" for auc in measured)
            lines.append(f"| {name} | {SPECS[name].question} | {figures} |")
    return "\n".join(lines)
