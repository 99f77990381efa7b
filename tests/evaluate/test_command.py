"""`evaluate` at its door: what it is given, what it prints and writes, and wrong use in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.cli import main
from detector.evaluate.predictions import write_predictions
from detector.weights import find_weights, read_manifest
from tests.evaluate.made import prediction


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    """Predictions made elsewhere and their labels, as words of the command line."""
    (tmp_path / "theirs.csv").write_text("file,p_fake,other\nr.jpg,0.2,0.9\nf.jpg,0.9,0.3\n")
    (tmp_path / "index.csv").write_text("file,label\nr.jpg,0\nf.jpg,1\n")
    return [
        "evaluate",
        "--predictions",
        str(tmp_path / "theirs.csv"),
        "--labels",
        str(tmp_path / "index.csv"),
    ]


def test_predictions_made_elsewhere_give_tables(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == 0
    assert "| 1.000 (1.000 to 1.000) |" in capsys.readouterr().out.split("### By source")[1].split("###")[0]


def test_a_column_and_a_threshold_can_be_named(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*given, "--column", "other", "--threshold", "0.4"]) == 0
    assert "`other`, t = 0.400:" in capsys.readouterr().out


def test_plots_lie_in_a_folder_beside_the_tables(given: list[str], tmp_path: Path) -> None:
    assert main([*given, "--out", str(tmp_path / "out.csv"), "--plots"]) == 0
    assert {path.name for path in tmp_path.glob("out*")} == {"out.csv", "out.md", "out.json", "out_plots"}
    assert (tmp_path / "out_plots" / "theirs-photos-roc.png").exists()


def test_kept_predictions_give_the_tables_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = read_manifest(find_weights())["unblend-lite2"].sha256
    kept = [prediction(label, p, group=str(label)) for label, p in ((0, 0.2), (1, 0.9))]
    rows = [replace(prediction, detector="unblend-lite2", weights=weights) for prediction in kept]
    write_predictions(tmp_path / "kept.parquet", rows)
    assert main(["evaluate", "--from-predictions", str(tmp_path / "kept.parquet"), "--thresholds"]) == 0
    said = capsys.readouterr().out
    assert "| a | 1 | 1 | 2 | 2 of 2 | 1.000 (1.000 to 1.000) |" in said
    assert "### At the thresholds of other rules" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            [],
            (
                "evaluate needs INDEX.csv and --detector A,B or --run FOLDER,FOLDER, or --predictions CSV and"
                " --labels CSV"
            ),
        ),
        (["i.csv"], "evaluate needs INDEX.csv and --detector A,B"),
        (["--detector", "unblend-lite2"], "evaluate needs INDEX.csv and --detector A,B"),
        (["--predictions", "p.csv"], "--predictions and --labels go together"),
        (["--labels", "i.csv"], "--predictions and --labels go together"),
        (
            ["i.csv", "--predictions", "p.csv", "--labels", "i.csv"],
            "are judged already: leave INDEX.csv, --detector and --run away",
        ),
        (["--detector", "a", "--predictions", "p.csv", "--labels", "i.csv"], "are judged already"),
        (["--predictions", "p.csv", "--labels", "nowhere.csv"], "nowhere.csv cannot be read as an index"),
        (["--predictions", "p.csv", "--labels", "i.csv", "--thresholds"], "are of detectors judged here"),
        (
            ["--from-predictions", "p.csv", "--run", "folder"],
            "--from-predictions takes published detectors, which a --run is not: leave it away",
        ),
        (
            ["--from-predictions", "p.csv", "--predictions", "q.csv", "--labels", "i.csv"],
            "are judged already",
        ),
        (["--from-predictions", "nowhere.csv"], "nowhere.csv cannot be read as predictions"),
        (
            ["i.csv", "--detector", "a", "--plots"],
            "--plots writes into a folder beside --out; give --out FILE.csv",
        ),
    ],
)
def test_wrong_use_is_told_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1
