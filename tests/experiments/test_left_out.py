"""Leave one source out: the table by hand, and a real run of the command on a few real pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detector.cli import main
from detector.evaluate.results import results_of
from detector.experiments.candidate import left_out_dict, left_out_markdown, mean_transfer, transfers_of
from detector.structures import Thresholds
from tests.evaluate.made import prediction
from tests.train.test_run import write_recipe

EACH = 3
"""Pictures of a source, class and split."""


def figures(ranks: dict[str, list[float]]) -> object:
    """Results of two reals and two fakes a source, whose p_fakes are given in this order."""
    rows = [
        prediction(number // 2, p_fake, source=source, group=f"{number}", logit=p_fake)
        for source, values in ranks.items()
        for number, p_fake in enumerate(values)
    ]
    return results_of(rows, Thresholds(0.5, "nothing"), resamples=20)


def test_each_source_is_judged_by_the_run_that_never_saw_it_and_by_the_others() -> None:
    good, half, bad = [0.1, 0.2, 0.8, 0.9], [0.1, 0.6, 0.5, 0.9], [0.8, 0.9, 0.1, 0.2]
    transfers = transfers_of(
        {
            "a": figures({"a": half, "b": good}),
            "b": figures({"a": good, "b": bad}),
            "c": figures({"a": half, "b": half}),
        }
    )
    assert transfers["a"].left_out.value == 0.75
    assert transfers["a"].trained_on == pytest.approx((1.0 + 0.75) / 2)
    assert transfers["b"].left_out.value == 0.0
    assert transfers["b"].trained_on == pytest.approx((1.0 + 0.75) / 2)
    assert "c" not in transfers  # it has no fakes, so nothing to tell apart
    assert mean_transfer(transfers.values()).left_out == 0.375
    assert left_out_dict(transfers)["mean"] == {"left_out": 0.375, "trained_on": 0.875}
    lines = left_out_markdown(transfers).splitlines()
    assert lines[2].startswith("| a | 0.750 (")
    assert lines[2].endswith("| 0.875 |")
    assert lines[-1] == "| mean | 0.375 | 0.875 |"


def test_a_single_run_has_nothing_to_be_compared_with() -> None:
    transfers = transfers_of({"a": figures({"a": [0.1, 0.2, 0.8, 0.9]})})
    assert transfers["a"].trained_on is None
    assert left_out_markdown(transfers).splitlines()[-1] == "| mean | 1.000 | – |"


def few(shared: Path, folder: Path) -> Path:
    """An index of a few real pictures of two sources, each split; copied by name, so that nothing of them is
    kept here.
    """
    table = pd.read_csv(shared / "data" / "train" / "index.csv", dtype={"source": str, "group": str})
    points = np.load(shared / "data" / "train" / "landmarks68.npy")
    rows = table[table["source"].isin(["dfdc", "stylegan1"])].groupby(["split", "source", "label"]).head(EACH)
    folder.mkdir()
    np.save(folder / "landmarks68.npy", points[rows.index])
    rows.assign(file=[str(shared / "data" / "train" / file) for file in rows["file"]]).to_csv(
        folder / "index.csv", index=False
    )
    return folder


@pytest.mark.slow
def test_the_command_trains_without_each_source_and_judges_what_it_left_out(
    shared: Path, tmp_path: Path
) -> None:
    mixes = {
        "real_mix": {"dfdc": 1.0, "stylegan1": 1.0},
        "partner_mix": {"stylegan1": 1.0},
        "fake_mix": {"dfdc": 1.0, "stylegan1": 1.0},
    }
    recipe = write_recipe(tmp_path, sizes={"0": 64}, epochs=1, epoch_steps=1, **mixes)
    data, out = few(shared, tmp_path / "data"), tmp_path / "runs"
    words = [
        "train",
        str(recipe),
        "--data",
        str(data),
        "--out",
        str(out),
        "--workers",
        "0",
        "--leave-out",
        "each",
    ]
    assert main(words) == 0
    table = json.loads((out / "left-out.json").read_text())
    assert set(table["auc"]) == {"dfdc", "stylegan1"}
    judged = pd.read_csv(out / "test.csv")
    assert set(judged["detector"]) == {"unblend-lite2@without-dfdc", "unblend-lite2@without-stylegan1"}
    assert len(judged) == 2 * 4 * EACH
    assert set(judged["verdict"]) <= {"uncertain", "no face"}
    tuned = pd.read_csv(out / "without-dfdc" / "tune-logits.csv")
    assert set(tuned["source"]) <= {"stylegan1", "self-blends"}
    assert json.loads((out / "without-dfdc" / "recipe.json").read_text())["data"]["leave_out"] == ["dfdc"]


@pytest.mark.slow
def test_a_run_is_evaluated_without_being_published(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixes = {"real_mix": {"dfdc": 1.0}, "partner_mix": {"stylegan1": 1.0}, "fake_mix": {"dfdc": 1.0}}
    recipe = write_recipe(tmp_path, sizes={"0": 64}, epochs=1, epoch_steps=1, **mixes)
    data, run = few(shared, tmp_path / "data"), tmp_path / "run"
    assert main(["train", str(recipe), "--data", str(data), "--out", str(run), "--workers", "0"]) == 0
    capsys.readouterr()
    words = ["evaluate", str(data / "index.csv"), "--split", "test", "--run", str(run), "--size", "96"]
    assert main([*words, "--detector", "unblend-lite2"]) == 0
    said = capsys.readouterr().out
    assert "unblend-lite2@run" in said
    assert f"--run {run} --size 96" in said
    assert main([*words[:-2], "--thresholds"]) == 2
    assert "nothing is fitted of a --run" in capsys.readouterr().err
    assert main(["evaluate", str(data / "index.csv"), "--run", f"{run},{run}"]) == 2
    assert "names two folders alike" in capsys.readouterr().err
