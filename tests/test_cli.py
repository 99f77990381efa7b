"""The command line: exit codes, what goes to stdout and what to stderr, and the same answer as the core's."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from detector.cli import explain, main
from detector.cli.progress import ProgressLine
from detector.engines.golden import golden_logits, golden_picture
from detector.engines.pytorch import PytorchEngine
from detector.evidence import Fitted, to_bytes
from detector.explain.maps import Method
from detector.files import sha256_of
from detector.manifest import Entry, EvidenceFile, TrainedInput
from detector.pipeline import analyze, load_detector
from detector.report import CSV_COLUMNS
from detector.structures import Question
from detector.weights import read_manifest, write_entry
from detector.zoo.build import build_network
from detector.zoo.specs import SPECS
from tests.makers import add_random_detector, make_entry

SIZE = 64


@pytest.fixture(scope="session")
def untrained_weights(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """A folder with a manifest and weights of Lite2 as it starts, at a small input size: real in all but
    training.
    """
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    network = build_network(SPECS["unblend-lite2"]).eval()
    path = folder / "unblend-lite2.safetensors"
    save_file({key: value.contiguous() for key, value in network.state_dict().items()}, path)
    golden = golden_logits(PytorchEngine(network), SIZE, golden_picture(assets))
    stored = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "precision": "fp32",
    }
    entry: Entry = replace(make_entry(**stored), input=TrainedInput(size=SIZE, margin=0.2), golden=golden)
    write_entry(folder, "unblend-lite2", entry)
    return folder


@pytest.fixture
def weights(untrained_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line's environment names these weights."""
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(untrained_weights))
    return untrained_weights


@pytest.fixture
def mixed(tmp_path: Path, assets: Path) -> Path:
    """A folder with one good portrait and everything that can be wrong with a file."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    portrait = (assets / "portrait_hopper.jpg").read_bytes()
    (folder / "portrait.jpg").write_bytes(portrait)
    (folder / "truncated.jpg").write_bytes(portrait[: len(portrait) // 3])
    (folder / "text.jpg").write_text("this is no picture\n" * 50)
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("skipped")
    Image.new("RGB", (8, 8), "grey").save(folder / "tiny.png")
    Image.new("1", (20_000, 20_000)).save(folder / "huge.png")
    return folder


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_no_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        "scan",
        "analyze",
        "explain",
        "models",
        "doctor",
        "serve",
        "evaluate",
        "train",
        "publish",
    ):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
    assert "usage: unblend scan" in capsys.readouterr().out


@pytest.mark.fidelity("1-8", "1-14", "2-13")
def test_a_folder_gives_one_row_a_file_and_the_faulty_ones_give_words(
    weights: Path, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(mixed)]) == 1
    captured = capsys.readouterr()
    rows = {Path(row["file"]).name: row for row in rows_of(captured.out)}
    assert tuple(rows["portrait.jpg"]) == CSV_COLUMNS
    assert rows.keys() == {"portrait.jpg", "truncated.jpg", "text.jpg", "empty.png", "tiny.png", "huge.png"}
    assert 0 <= float(rows["portrait.jpg"]["p_fake"]) <= 1
    assert rows["portrait.jpg"]["error"] == ""
    for name in ("truncated.jpg", "text.jpg", "empty.png", "huge.png"):
        assert rows[name]["verdict"] == "could not be read"
        assert rows[name]["error"]
        assert rows[name]["p_fake"] == ""
    assert (rows["tiny.png"]["verdict"], rows["tiny.png"]["p_fake"]) == ("no face found", "")
    assert "6 to check, 0 done before, 1 skipped" in captured.err


def test_no_face_is_an_answer_not_a_failure(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    assert main(["scan", str(tmp_path / "grey.png")]) == 0
    assert rows_of(capsys.readouterr().out)[0]["verdict"] == "no face found"


def test_a_named_file_that_is_not_there_is_a_row(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(tmp_path / "gone.jpg")]) == 1
    assert rows_of(capsys.readouterr().out)[0]["verdict"] == "could not be read"


def test_an_empty_folder_gives_only_the_columns(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert captured.out == ",".join(CSV_COLUMNS) + "\r\n"
    assert captured.err.endswith("0 checked\n")


@pytest.mark.fidelity("1-10")
@pytest.mark.parametrize("suffix", [".csv", ".json", ".parquet"])
def test_the_table_goes_to_the_file_asked_for(
    suffix: str, weights: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"table{suffix}"
    assert main(["scan", str(assets / "portrait_hopper.jpg"), "--out", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert out.stat().st_size > 100


def test_a_table_is_resumed_without_judging_again(
    weights: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "table.csv"
    first, second = (str(assets / name) for name in ("portrait_hopper.jpg", "portrait_collins.jpg"))
    assert main(["scan", first, "--out", str(out)]) == 0
    before = out.read_bytes()
    assert main(["scan", first, second, "--out", str(out), "--resume"]) == 0
    assert out.read_bytes().startswith(before)
    assert [row["file"] for row in rows_of(out.read_bytes().decode())] == [first, second]
    assert "1 to check, 1 done before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scan", "a.jpg", "--resume"], "--resume goes on with a table"),
        (["scan", "a.jpg", "--out", "gone/r.csv"], "gone does not exist: make it"),
        (["scan", "a.jpg", "--out", "/dev/null/r.csv"], "does not exist"),
        (["scan", "README.md", "--out", "README.md"], "--out README.md is the file that is read"),
        (["explain", "README.md", "--out", "README.md"], "--out README.md is the file that is read"),
        (["explain", "a.jpg", "--out", "gone/a.png"], "gone does not exist: make it"),
        (["explain", "a.jpg", "--out", "a.txt"], "a.txt is no picture"),
        (["scan", "a.jpg", "--out", "r.xlsx"], "r.xlsx ends in none of .csv, .json, .parquet"),
        (["scan", "a.jpg", "--detector", "nonsense"], "no detector is called 'nonsense'"),
        (["analyze", "a.jpg", "--detector", "sbi-efficientnetv2-m"], "sbi-efficientnetv2-m is not trained"),
        *[
            (
                [*words, "--detector", "bnext-t"],
                "unblend: bnext-t is not trained, so it cannot judge; trained are: unblend-lite2",
            )
            for words in (
                ["scan", "a.jpg"],
                ["analyze", "a.jpg"],
                ["analyze", "a.jpg", "--json"],
                ["explain", "a.jpg"],
                ["evaluate", "i.csv"],
            )
        ],
    ],
)
def test_wrong_use_is_told_in_one_line(
    words: list[str], said: str, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err.splitlines()[-1]


def test_an_impossible_setting_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLEND_FRAMES", "none")
    assert main(["models"]) == 2
    assert (
        capsys.readouterr().err
        == "unblend: UNBLEND_FRAMES is 'none'; it must be a whole number from 1 to 1000\n"
    )


@pytest.mark.fidelity("1-11")
def test_analyze_says_what_the_core_says(
    weights: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portrait = assets / "portrait_hopper.jpg"
    assert main(["analyze", str(portrait), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = analyze(portrait, load_detector(weights=weights))
    assert told["p_fake"] == round(expected.p_fake or -1, 6)
    assert told["verdict"] == expected.verdict
    assert told["detector"]["weights_sha256"] == expected.detector.weights_sha256


@pytest.mark.fidelity("3-13")
def test_analyze_gives_a_sentence(weights: Path, assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(assets / "portrait_hopper.jpg")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "No support either way (uncertain)."


def test_analyze_asks_several_detectors_about_one_scan(
    weights: Path,
    tmp_path: Path,
    assets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = shutil.copytree(weights, tmp_path / "weights")
    add_random_detector(both, "inspector-b0", 64)
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(both))
    photo = str(assets / "portrait_hopper.jpg")
    assert main(["analyze", photo, "--detector", "inspector-b0,unblend-lite2"]) == 0
    told = capsys.readouterr().out.splitlines()
    named = ["Inspector B0 (inspector-b0)", "Lite2 (unblend-lite2)"]
    assert [line for line in told[:-1] if not line.startswith(" ")] == named
    assert told[1] == "  No support either way (uncertain)."
    assert told[-1].endswith("They share training pictures, so 2 are not 2 witnesses.")
    assert main(["analyze", photo, "--detector", "all", "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert [document["detector"]["name"] for document in documents] == ["unblend-lite2", "inspector-b0"]
    assert main(["scan", photo, "--detector", "all"]) == 0
    captured = capsys.readouterr()
    assert [row["detector"] for row in rows_of(captured.out)] == ["unblend-lite2", "inspector-b0"]
    assert "2 to check by 2 detectors, 0 done before" in captured.err
    broken = tmp_path / "broken.jpg"
    broken.write_text("no picture")
    assert main(["scan", photo, str(broken), "--detector", "all"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert sum(line.endswith("save it as JPEG or MP4") for line in told) == 1  # told once, not by each
    assert told[-1] == "1 checked by 2 detectors, 1 could not be read: 2 uncertain"


def test_scan_says_how_many_genuine_pictures_score_alike(
    assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(assets / "collins_selfblend.jpg")]) == 0
    assert "(uncertain); of 100 genuine snapshots" in capsys.readouterr().err


def test_analyze_of_an_unreadable_file_fails_with_words(
    weights: Path, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["analyze", str(mixed / "text.jpg")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("unblend: text.jpg")


@pytest.mark.fidelity("1-9")
def test_a_cropped_face_is_judged_whole(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (120, 100), "grey").save(tmp_path / "grey.png")
    assert main(["analyze", str(tmp_path / "grey.png"), "--no-face-crop", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["deciding"]["box"] == [0, 0, 120, 100]


def test_explain_draws_the_face_that_decides(
    weights: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "heat.png"
    assert main(["explain", str(assets / "portrait_hopper.jpg"), "--out", str(out)]) == 0
    said, trust, path = capsys.readouterr().out.splitlines()
    assert said.startswith("Grad-CAM: ") and "not measured" in trust and path == str(out)
    with Image.open(out) as picture:
        assert picture.size == (SIZE, SIZE)


def test_explain_by_all_methods_draws_a_sheet(
    weights: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.png"
    assert main(["explain", str(assets / "portrait_hopper.jpg"), "--method", "all", "--out", str(out)]) == 0
    titles = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[:-1:2]]
    assert titles == ["Grad-CAM", "Grad-CAM++", "LayerCAM", "Occlusion"]  # lite2: no branches, no attention
    with Image.open(out) as picture:
        assert picture.size == (5 * SIZE + 4 * 8, SIZE)


def test_explain_offers_every_method() -> None:
    assert (*Method, explain.ALL) == explain.METHODS


def test_explain_without_a_face_draws_nothing(
    weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "grey.png")
    assert main(["explain", str(tmp_path / "grey.png"), "--out", str(tmp_path / "heat.png")]) == 1
    assert "no face found, so there is nothing to draw" in capsys.readouterr().err
    assert not (tmp_path / "heat.png").exists()


@pytest.mark.fidelity("0-21")
def test_models_lists_every_detector_trained_or_not(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == SPECS.keys()
    assert (
        rows["unblend-lite2"]["trained"]
        and rows["unblend-lite2"]["default"]
        and rows["unblend-lite2"]["input_px"] == SIZE
    )
    b4 = rows["sbi-efficientnet-b4"]
    assert not b4["trained"]
    assert b4["params"] == 17_550_409
    assert b4["gmacs"] == pytest.approx(4.392, rel=0.01)
    assert (b4["file_mb"], b4["auc_in_domain"], b4["auc_cross"]) == (None, None, None)
    assert b4["good_for"] == SPECS["sbi-efficientnet-b4"].good_for and b4["paper"] == "arXiv:2204.08376"
    assert b4["sizes_mb"] == {
        "fp32": 70.7,
        "fp16": 35.35,
        "int8": pytest.approx(18.3, abs=0.1),
        "packed": None,
    }
    assert rows["bnext-t"]["sizes_mb"]["packed"] == pytest.approx(
        6.70 + 4 * 0.0438, abs=0.02
    )  # and its statistics in float32
    assert all(row["params"] and row["gmacs"] and row["sizes_mb"]["int8"] for row in rows.values())
    assert b4["claims"]["auc"] == 0.982
    assert "no data set" in b4["claims"]["note"]


def test_models_are_a_table_for_people(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(SPECS) and all(len(line) < 120 for line in lines)
    line = next(line for line in lines if line.startswith("bnext-t"))
    assert line.endswith("not trained") and line[: heading.index("as fp16") + len("as fp16")].endswith(
        " 59.8 MB"
    )


@pytest.mark.fidelity("1-23")
def test_doctor_verifies_hash_and_golden_logits(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "verified, golden logits within" in out
    assert "broken" not in out


def test_doctor_finds_altered_weights(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    altered = tmp_path / "altered"
    shutil.copytree(weights, altered)
    with (altered / "unblend-lite2.safetensors").open("ab") as stream:
        stream.write(b"x")
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(altered))
    assert main(["doctor"]) == 1
    assert "unblend-lite2.safetensors is altered" in capsys.readouterr().out


@pytest.mark.parametrize(
    "told, said",
    [
        ({}, "evidence of three drawings"),
        ({"weights": "0" * 64}, "was fitted for unblend-lite2 000000000000 (either), not for unblend-lite2"),
        ({"detector": "bnext-t"}, "was fitted for bnext-t"),
    ],
)
def test_doctor_reads_the_evidence_and_whose_it_is(
    told: dict[str, str],
    said: str,
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copied = shutil.copytree(weights, tmp_path / "weights")
    entry = read_manifest(copied)["unblend-lite2"]
    fitted = Fitted(1, "unblend-lite2", entry.sha256, Question.EITHER, "three drawings", 0, None, ())
    content = to_bytes(replace(fitted, **told))
    (copied / "some.evidence.json").write_bytes(content)
    write_entry(
        copied,
        "unblend-lite2",
        replace(entry, evidence=EvidenceFile("some.evidence.json", sha256_of(content))),
    )
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(copied))
    assert main(["doctor"]) == (1 if told else 0)
    assert said in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_traceback(weights: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "detector", "scan", str(tmp_path / "gone.jpg")]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert program.stdout is not None and program.stderr is not None
    program.stdout.close()
    assert "Traceback" not in program.stderr.read()
    assert program.wait(timeout=120) == 141


def _heed_interrupts() -> None:
    """A shell lets what it starts in the background ignore interrupts, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_an_interrupted_scan_keeps_its_rows(weights: Path, assets: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "many", tmp_path / "table.csv"
    folder.mkdir()
    for number in range(200):
        shutil.copy(assets / "portrait_hopper.jpg", folder / f"{number:03d}.jpg")
    words = [sys.executable, "-m", "detector", "scan", str(folder), "--out", str(out)]
    program = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    )
    assert program.stderr is not None
    while not program.stderr.readline().startswith("2 of 200"):
        assert program.poll() is None
    program.send_signal(signal.SIGINT)
    said = program.stderr.read()
    assert program.wait(timeout=60) == 130
    assert "stopped; what was written is kept" in said
    assert "Traceback" not in said
    assert 2 <= len(rows_of(out.read_bytes().decode())) < 200


@pytest.mark.slow
def test_it_runs_as_a_module_from_any_folder(weights: Path, assets: Path, tmp_path: Path) -> None:
    portrait = assets / "portrait_hopper.jpg"
    words = [sys.executable, "-m", "detector", "analyze", str(portrait), "--json"]
    environ = {**os.environ, "PYTHONPATH": str(assets.parent)}
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, cwd=tmp_path, env=environ)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["file"] == str(portrait)


def test_progress_is_silent_where_stderr_is_no_terminal() -> None:
    stream = io.StringIO()
    with ProgressLine(stream) as line:
        line(0.5, "finding faces")
        line.tell("1 of 2  a.jpg: likely real")
    assert stream.getvalue() == "1 of 2  a.jpg: likely real\n"


def test_progress_on_a_terminal_is_one_line_that_clears_itself() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    with ProgressLine(stream) as line:
        line(0.5, "finding faces")
    assert stream.getvalue() == "\r\x1b[K 50%  finding faces\r\x1b[K"


def test_analyze_tells_what_is_left_when_the_picture_is_saved_again(
    weights: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = str(assets / "portrait_hopper.jpg")
    assert main(["analyze", photo, "--deliveries"]) == 0
    told = capsys.readouterr().out.splitlines()
    begin = told.index("The score when the picture is saved again:")
    assert [line.split(":")[0].strip() for line in told[begin + 1 :]] == [
        "as it is",
        "JPEG quality 50",
        "half the size and enlarged again",
        "JPEG quality 85, then 70",
    ]
    assert main(["analyze", photo, "--deliveries", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    judged = document["deliveries"]["judged"]
    assert document["deliveries"]["changes"] is False and len(judged) == 4
    assert judged[0]["logit"] == pytest.approx(document["deciding"]["logit"], abs=1e-4)


def test_a_folder_in_place_of_an_index_is_told_how_to_become_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path), "--detector", "unblend-lite2", "--evidence"]) == 2
    assert f"`data prepare {tmp_path} --layout folders --out OUT`" in capsys.readouterr().err


def test_undo_looks_where_every_command_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where no folder weights lies
    weights = tmp_path / "mine"
    weights.mkdir()
    add_random_detector(weights, "inspector-b0", 64)
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(weights))
    assert main(["publish", "--undo", "inspector-b0"]) == 2
    assert "inspector-b0" in capsys.readouterr().err
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(tmp_path))
    assert main(["publish", "--undo", "inspector-b0"]) in (1, 2)
    assert "no manifest.json in" in capsys.readouterr().err
