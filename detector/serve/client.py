"""A request to a running RescueBox server, by Flask-ML's own client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import requests
from flask_ml.flask_ml_client import MLClient

from detector.errors import FetchError, SettingsError
from detector.serve import OFF, ON, PREDICT


@dataclass(frozen=True)
class Answered:
    """The table that the server wrote, and its sum in words."""

    table: Path
    words: str


def ask(
    url: str, folder: Path, table: Path, detector: str, checkpoint: Path | None, cropped: bool
) -> Answered:
    """Have the server at `url` judge `folder` into `table`, paths of the server's machine.

    Raises SettingsError with what it refuses, and FetchError where it does not answer or breaks off.
    """
    inputs = {
        "input_dataset": {"path": str(folder.resolve())},
        "output_file": {"path": str(table.resolve())},
    }
    parameters = {
        "detector": detector,
        "checkpoint": str(checkpoint.resolve()) if checkpoint else "",
        "disable_facecrop": ON if cropped else OFF,
    }
    try:
        answer = MLClient(url.rstrip("/") + PREDICT).request(inputs, parameters)
    except requests.RequestException as fault:
        raise FetchError(
            f"no server answers at {url} ({type(fault).__name__}): start it with serve-rescuebox"
        ) from None
    if answer.get("status") == "VALIDATION_ERROR":
        raise SettingsError(f"the server refused: {answer['error']}")
    if "path" not in answer:
        raise FetchError(f"the server at {url} failed: {answer.get('error') or answer}")
    return Answered(Path(answer["path"]), answer["subtitle"])
