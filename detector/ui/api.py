"""The page's functions for programs: a file into the report of schema 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from detector.errors import DetectorError
from detector.report import to_dict
from detector.ui.backend import LANE, Lane


def build_api(lane: Lane) -> None:
    """Endpoints `analyse_photo` and `analyse_video`, on components that nobody sees: so that only uploaded
    files are taken.
    """

    def analyse_photo(file: str | None, detector: str, already_cropped: bool) -> dict[str, object]:
        """Judge a photo; an empty `detector` takes the default. Gives the report of `python -m detector
        analyze --json`.
        """
        return report(lane, file, detector, already_cropped)

    def analyse_video(file: str | None, detector: str) -> dict[str, object]:
        """Judge a video; an empty `detector` takes the default. Gives the report of `python -m detector
        analyze --json`.
        """
        return report(lane, file, detector, False)

    with gr.Column(visible=False):
        file, name = gr.File(label="file"), gr.Textbox(label="detector")
        cropped, answer, call = gr.Checkbox(label="already_cropped"), gr.JSON(label="report"), gr.Button()
    lanes: dict[str, Any] = LANE
    call.click(analyse_photo, [file, name, cropped], answer, api_name="analyse_photo", **lanes)
    call.click(analyse_video, [file, name], answer, api_name="analyse_video", **lanes)


def report(lane: Lane, file: str | None, detector: str, cropped: bool) -> dict[str, object]:
    """The report on an uploaded file; what the caller can mend is a gr.Error in words."""
    if file is None:
        raise gr.Error("No file was given: upload a photo or video first.", print_exception=False)
    try:
        name = lane.trained(detector or lane.default())  # before the scan, which may take a minute
        return to_dict(lane.judge(lane.scan(Path(file), cropped), name), lane.settings.of_judging)
    except DetectorError as error:
        raise gr.Error(str(error), print_exception=False) from None
