"""The page's endpoints for programs, which answer with the report of schema 1."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from detector.errors import DetectorError
from detector.report import to_dict
from detector.ui.backend import ONE_AT_A_TIME, Backend


def build_api(backend: Backend) -> None:
    """Endpoints `analyse_photo` and `analyse_video`, on components that nobody sees: so that only uploaded
    files are taken.
    """

    def analyse_photo(file: str | None, detector: str, already_cropped: bool) -> dict[str, object]:
        """Judge a photo; an empty `detector` takes the default. Gives the report of `python -m detector
        analyze --json`.
        """
        return report(backend, file, detector, already_cropped)

    def analyse_video(file: str | None, detector: str) -> dict[str, object]:
        """Judge a video; an empty `detector` takes the default. Gives the report of `python -m detector
        analyze --json`.
        """
        return report(backend, file, detector, False)

    with gr.Column(visible=False):
        file, name = gr.File(label="file"), gr.Textbox(label="detector")
        cropped, answer, call = gr.Checkbox(label="already_cropped"), gr.JSON(label="report"), gr.Button()
    call.click(analyse_photo, [file, name, cropped], answer, api_name="analyse_photo", **ONE_AT_A_TIME)
    call.click(analyse_video, [file, name], answer, api_name="analyse_video", **ONE_AT_A_TIME)


def report(backend: Backend, file: str | None, detector: str, cropped: bool) -> dict[str, object]:
    """The report on an uploaded file; what the caller can mend is a gr.Error in words."""
    if file is None:
        raise gr.Error("No file was given: upload a photo or video first.", print_exception=False)
    try:
        name = backend.trained(detector or backend.default())  # before the scan, which may take a minute
        return to_dict(backend.judge(backend.scan(Path(file), cropped), name), backend.settings.of_judging)
    except DetectorError as error:
        raise gr.Error(str(error), print_exception=False) from None
