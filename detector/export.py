"""A trained detector to a file of its own: ONNX or OpenVINO, with the facts that its use needs, checked."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from detector.engines import PYTORCH
from detector.engines.golden import golden_logits, golden_picture
from detector.errors import EngineError, SettingsError
from detector.loading import Detector, load_detector
from detector.structures import Floats
from detector.weights import find_assets, find_weights, load_network

if TYPE_CHECKING:
    from torch import nn

CLOSE = 1e-3
"""Logits of the golden picture may differ so far between engines and processors."""

NEEDED = "pip install -r requirements-export.txt -c constraints.txt"


class Form(StrEnum):
    """What is written."""

    ONNX = "onnx"
    OPENVINO = "openvino"

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return {Form.ONNX: ".onnx", Form.OPENVINO: ".xml"}[self]


@dataclass(frozen=True)
class Exported:
    """A file that was written, the facts in it, and how far its logit of the golden picture is from the
    manifest's.
    """

    file: Path
    facts: Mapping[str, str]
    difference: float


@dataclass(frozen=True)
class _Ready:
    """A written file behind the contract of engines."""

    name: str
    logits: Callable[[Floats], Floats]


def facts_of(detector: Detector) -> dict[str, str]:
    """What a program must know beside the graph: `size` of the square in pixels, `margin` of the crop, `a`
    and `b` of p_fake = sigmoid(a x logit + b), the question asked, and which weights these are.
    """
    info, calibration = detector.info, detector.info.calibration
    return {
        "detector": info.name,
        "title": info.title,
        "weights_sha256": info.weights_sha256,
        "question": str(detector.spec.question),
        "size": str(info.input.size),
        "margin": repr(info.input.margin),
        "a": repr(calibration.a),
        "b": repr(calibration.b),
        "calibration_fitted_on": calibration.fitted_on,
        "input": "images: (B, 3, size, size) float32 RGB in 0..1, nothing else done to it",
        "output": "logits: (B,) float32, positive means fake",
    }


def export(name: str, form: Form, out: Path | None = None, weights: Path | None = None) -> Exported:
    """Write the detector `name` to `out` (else NAME.onnx or NAME.xml in this folder), once what was written
    gives the logit of the golden picture that the manifest names.

    OpenVINO's form is two files, FILE.xml and FILE.bin. Raises WeightsError, SettingsError, EngineError.
    """
    file = Path(f"{name}{form.suffix}") if out is None else out
    if file.suffix.lower() != form.suffix:
        raise SettingsError(f"{file.name}: a file of this form ends in {form.suffix}, name it so")
    if not file.resolve().parent.is_dir():
        raise SettingsError(f"{file.resolve().parent} does not exist: make it, or name the export elsewhere")
    detector = load_detector(name, PYTORCH, weights=weights)
    network, facts = load_network(name, detector.entry, find_weights(weights)).eval(), facts_of(detector)
    with tempfile.TemporaryDirectory() as folder:
        written = _write(network, form, Path(folder) / f"{file.stem}.onnx", facts)
        (logit,) = golden_logits(_ready(written, form), detector.input.size, golden_picture(find_assets()))
        difference = abs(logit - detector.entry.golden[0])
        if not difference <= CLOSE:
            raise EngineError(
                f"{file.name} was not written: its logit of the golden picture is {logit:.4f}, that of the"
                f" manifest {detector.entry.golden[0]:.4f}; use another version of torch or {form}"
            )
        for part in written.parent.glob(f"{written.stem}.*"):
            if part.suffix != ".onnx" or form is Form.ONNX:
                shutil.move(part, file.with_suffix(part.suffix))
    return Exported(file.with_suffix(form.suffix), facts, difference)


def _write(network: nn.Module, form: Form, onnx_file: Path, facts: Mapping[str, str]) -> Path:
    from detector.engines.export import export_onnx, export_openvino

    export_onnx(network, int(facts["size"]), onnx_file, facts)
    return onnx_file if form is Form.ONNX else export_openvino(onnx_file, onnx_file.parent, facts)


def _ready(file: Path, form: Form) -> _Ready:
    """What runs the written file, as people will run it."""
    from detector.engines.export import IMAGES, LOGITS

    if form is Form.ONNX:
        try:
            import onnxruntime
        except ImportError:
            raise EngineError(f"onnxruntime is not installed, and checks the file: {NEEDED}") from None
        session = onnxruntime.InferenceSession(file)
        return _Ready("onnx", lambda batch: session.run([LOGITS], {IMAGES: batch})[0])
    import openvino

    model = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return _Ready("openvino", lambda batch: model({IMAGES: batch})[LOGITS])
