"""The page's endpoints for programs: photo, video, compare, explain, models; the tools of its MCP server too.

Their docstrings have a form that Gradio turns into the descriptions that programs and assistants read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image as Pictures

from detector.errors import DetectorError, MediaError, SettingsError, WeightsError
from detector.metrics import mean_auc
from detector.report import to_dict
from detector.statements import agreement
from detector.structures import Image, Scan
from detector.ui.api_answers import Comparison, Explanation, Model, Models, Report, typed
from detector.ui.backend import ONE_AT_A_TIME, Backend
from detector.ui.explaining import Layer, Maps
from detector.zoo.specs import SPECS

NO_FILE, UNREADABLE, WRONG_KIND, NO_FACE = "no_file", "unreadable", "wrong_kind", "no_face"
UNKNOWN_DETECTOR, NOT_TRAINED, REFUSED = "unknown_detector", "not_trained", "refused"
"""The titles of errors, by which programs tell them apart."""


def build_api(backend: Backend) -> None:
    """The endpoints, on components that nobody sees: so that only uploaded files are taken."""
    asked = Asked(backend)
    with gr.Column(visible=False):
        file, name, call = gr.File(label="file"), gr.Textbox("", label="detector"), gr.Button()
        cropped, picture = gr.Checkbox(False, label="already_cropped"), gr.Image(label="map", format="png")
        report, comparison = typed(Report, "report"), typed(Comparison, "comparison")
        words, models = typed(Explanation, "explanation"), typed(Models, "models")
    call.click(asked.photo, [file, name, cropped], report, api_name="photo", **ONE_AT_A_TIME)
    call.click(asked.video, [file, name], report, api_name="video", **ONE_AT_A_TIME)
    call.click(asked.compare, [file, cropped], comparison, api_name="compare", **ONE_AT_A_TIME)
    call.click(asked.explain, [file, name, cropped], [picture, words], api_name="explain", **ONE_AT_A_TIME)
    call.click(asked.models, None, models, api_name="models")


class Asked:
    """The endpoints on a backend. What the caller can mend is a gr.Error with one of the titles above."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def photo(self, file: str | None, detector: str = "", already_cropped: bool = False) -> dict[str, object]:
        """Find the faces in a photo and say how strong the evidence is that one was altered or generated.

        An answer is evidence, never proof: quote `statement`. `p_fake` holds for familiar pictures only.

        Parameters:
            file: the photo
            detector: a name that `models` lists; empty for the default
            already_cropped: true where the whole picture is one face

        Returns:
            the report: verdict, evidence with its likelihood ratio and references, statement in words
        """
        return self._report("photo", file, detector, already_cropped)

    def video(self, file: str | None, detector: str = "") -> dict[str, object]:
        """Follow the faces in a video and say how strong the evidence is that one was altered or generated.

        An answer is evidence, never proof: quote `statement`. `p_fake` holds for familiar pictures only.

        Parameters:
            file: the video
            detector: a name that `models` lists; empty for the default

        Returns:
            the report: verdict, evidence, statement in words, tracks with every judged face
        """
        return self._report("video", file, detector, False)

    def compare(self, file: str | None, already_cropped: bool = False) -> dict[str, object]:
        """Have every trained detector judge one photo or video.

        They share training pictures, so they are no independent witnesses.

        Parameters:
            file: the photo or video
            already_cropped: true where each whole picture is one face

        Returns:
            a report by each detector, and in words how far they agree
        """
        backend = self._backend
        with told():
            scanned = backend.scan(given(file), already_cropped)
            analyses = list(backend.judge_all(scanned).values())
        settings = backend.settings.of_judging
        return {
            "file": scanned.media.name,
            "answers": [to_dict(analysis, settings) for analysis in analyses],
            "agreement": agreement([each.evidence for each in analyses if each.evidence is not None]),
        }

    def explain(
        self, file: str | None, detector: str = "", already_cropped: bool = False
    ) -> tuple[Image, dict[str, object]]:
        """Draw what pushed the answer to fake or to genuine, in the face that decides.

        Parameters:
            file: the photo or video
            detector: a name that `models` lists; empty for the default
            already_cropped: true where each whole picture is one face

        Returns:
            the face with its map laid over, and what the map shows and how far it can be trusted
        """
        backend = self._backend
        with told():
            path, name = given(file), self._named(detector)
            analysis = backend.judge(backend.scan(path, already_cropped), name)
            if analysis.deciding is None:
                raise refusal(NO_FACE, f"{path.name}: {analysis.verdict}, so there is nothing to explain.")
            maps = backend.maps(analysis.deciding, name)
        layer = maps.layers[0]
        return laid_over(maps, layer), {
            "file": analysis.media.name,
            "detector": name,
            "verdict": str(analysis.verdict),
            "method": str(layer.method),
            "caption": layer.caption or layer.missing,
            "trust": layer.trust,
            "box": [round(float(edge), 1) for edge in analysis.deciding.face.box],
        }

    def models(self) -> dict[str, object]:
        """List the detectors that can be asked, the default first.

        Returns:
            the detectors, each with the question it answers and what was measured of it
        """
        return {"models": [self._model(name) for name in self._backend.names()]}

    def _report(self, kind: str, file: str | None, detector: str, cropped: bool) -> dict[str, object]:
        backend = self._backend
        with told():
            path, name = given(file), self._named(detector)  # before the scan, which may take a minute
            scanned = backend.scan(path, cropped)
            check_kind(scanned, kind)
            return to_dict(backend.judge(scanned, name), backend.settings.of_judging)

    def _named(self, detector: str) -> str:
        if detector and detector not in SPECS:
            raise refusal(
                UNKNOWN_DETECTOR,
                f"no detector is called {detector!r}; there are: {', '.join(self._backend.names())}",
            )
        return self._backend.trained(detector or self._backend.default())

    def _model(self, name: str) -> Model:
        entry, spec = self._backend.entries[name], SPECS[name]
        return {
            "name": name,
            "title": spec.title,
            "question": spec.question.value,
            "default": name == self._backend.default(),
            "input_px": entry.input.size,
            "params": entry.params,
            "weights_sha256": entry.sha256,
            "auc_in_domain": mean_auc(entry.metrics.test),
            "auc_cross": mean_auc(entry.metrics.cross),
            "has_evidence": entry.evidence is not None,
        }


def refusal(title: str, words: str) -> gr.Error:
    """An error that a program knows by its title."""
    return gr.Error(words, title=title, print_exception=False)


@contextmanager
def told() -> Iterator[None]:
    """What the core refuses inside, as an error with its title."""
    titles = {MediaError: UNREADABLE, WeightsError: NOT_TRAINED, SettingsError: REFUSED}
    try:
        yield
    except DetectorError as error:
        raise refusal(titles.get(type(error), REFUSED), str(error)) from None


def given(file: str | None) -> Path:
    """The uploaded file, which must be there."""
    if file is None:
        raise refusal(NO_FILE, "No file was given: upload a photo or video first.")
    return Path(file)


def check_kind(scanned: Scan, kind: str) -> None:
    """A photo is not judged as a video, nor the other way round."""
    media = scanned.media
    if media.kind != kind:
        raise refusal(WRONG_KIND, f"{media.name} is a {media.kind}: ask /{media.kind} about it.")


def laid_over(maps: Maps, layer: Layer) -> Image:
    """The face (S, S, 3) uint8 RGB with a map over it, where there is one."""
    face = Pictures.fromarray(maps.crop.image)
    if layer.image is None:
        return np.asarray(face)
    over = Pictures.fromarray(layer.image)
    under = face.convert("RGBA").resize(over.size, Pictures.Resampling.BICUBIC)
    return np.asarray(Pictures.alpha_composite(under, over).convert("RGB"))
