"""`export`: files that judge a crop as the pipeline does, where there is no torch."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from detector.cli import main
from detector.errors import EngineError, SettingsError, WeightsError
from detector.export import Form, export
from detector.faces.crop import crop_face
from detector.pipeline import analyze, load_detector, scan
from detector.weights import find_weights, read_manifest, write_entry
from tests.conftest import ROOT

NAME = "unblend-lite2"
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
SCRIPTS = dict(zip(Form, PYTHON.findall((ROOT / "docs" / "export.md").read_text()), strict=True))
WITHOUT_TORCH = "import sys; sys.modules['torch'] = None\n"
"""In front of a script: an import of torch raises ImportError."""


@pytest.fixture(scope="module")
def crop(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """The face of a portrait at the size that the detector takes."""
    path = tmp_path_factory.mktemp("crop") / "face.png"
    (face,) = scan(assets / "portrait_hopper.jpg").faces
    Image.fromarray(crop_face(face, load_detector(NAME).input).image).save(path)
    return path


@pytest.mark.parametrize("form", Form)
def test_the_documented_script_judges_a_crop_without_torch(
    form: Form, crop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"lite{form.suffix}"
    assert main(["export", NAME, f"--{form}", "--out", str(file)]) == 0
    printed = capsys.readouterr().out
    facts = load_detector(NAME).info
    for line in (f"size: {facts.input.size}", f"margin: {facts.input.margin}", facts.weights_sha256):
        assert line in printed
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH + SCRIPTS[form], file, crop],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = analyze(crop, load_detector(NAME), cropped=True).p_fake
    assert float(ran.stdout) == pytest.approx(expected, abs=1e-4)


def test_a_larger_crop_is_shrunk_as_the_pipeline_shrinks_it(tmp_path: Path, assets: Path) -> None:
    (face,) = scan(assets / "portrait_hopper.jpg").faces
    detector = load_detector(NAME)
    larger = tmp_path / "larger.png"
    Image.fromarray(crop_face(face, replace(detector.input, size=400)).image).save(larger)
    file = export(NAME, Form.ONNX, tmp_path / "lite.onnx").file
    words = [sys.executable, "-c", WITHOUT_TORCH + SCRIPTS[Form.ONNX], str(file), str(larger)]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert float(printed) == pytest.approx(analyze(larger, detector, cropped=True).p_fake, abs=5e-3)


def test_a_documented_script_is_short() -> None:
    for script in SCRIPTS.values():
        assert sum(bool(line) and "import" not in line for line in script.splitlines()) <= 10


def test_a_file_that_judges_otherwise_is_not_left_behind(tmp_path: Path) -> None:
    entry, folder, out = read_manifest(find_weights())[NAME], tmp_path / "weights", tmp_path / "lite.onnx"
    folder.mkdir()
    (folder / entry.file).symlink_to(find_weights() / entry.file)
    write_entry(folder, NAME, replace(entry, golden=(entry.golden[0] + 0.01,), evidence=None))
    with pytest.raises(EngineError, match=r"lite.onnx was not written: its logit of the golden picture is"):
        export(NAME, Form.ONNX, out, folder)
    assert not out.exists()


@pytest.mark.parametrize(
    ("name", "out", "fault", "words"),
    [
        (NAME, "lite.pt", SettingsError, "lite.pt: a file of this form ends in .onnx"),
        (NAME, "nowhere/lite.onnx", SettingsError, "nowhere does not exist: make it"),
        ("bnext-t", "b.onnx", WeightsError, "bnext-t is not trained"),
        ("nobody", "n.onnx", SettingsError, "no detector is called 'nobody'"),
    ],
)
def test_what_cannot_be_written_is_said(
    name: str, out: str, fault: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(fault, match=re.escape(words)):
        export(name, Form.ONNX, tmp_path / out)


def test_a_form_must_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["export", NAME])
    assert "one of the arguments --onnx --openvino is required" in capsys.readouterr().err
