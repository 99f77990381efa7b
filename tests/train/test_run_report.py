"""What a run leaves about what it reached: by hand where numbers are, by a real run where files are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from detector.evaluate.thresholds import Confusion
from detector.train.recipe import parse_recipe
from detector.train.run import train
from detector.train.run_report import (
    draw_confusion,
    draw_curves,
    on_tune,
    stages_markdown,
    stages_reached,
    tune_logits,
)
from tests.train.makers import make_data, tiny
from tests.train.test_curves import write_log
from tests.train.test_run import write_recipe


class Brightness(nn.Module):
    """The mean of a picture in 0..1, and how many it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(()))
        self.batches: list[int] = []

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.batches.append(len(images))
        return images.mean(dim=(1, 2, 3)) + self.nothing


def predictions(rows: list[tuple[str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source", "label", "logit"])


def test_every_crop_is_judged_in_its_order_and_in_eval_mode() -> None:
    network = Brightness().train()
    logits = tune_logits(
        network, [np.full((4, 4, 3), value, np.uint8) for value in (0, 51, 255, *[102] * 20)]
    )
    assert logits == pytest.approx([0.0, 0.2, 1.0, *[0.4] * 20], abs=1e-6)
    assert network.batches == [16, 7]
    assert not network.training


def test_figures_are_those_at_the_best_f1_without_self_blends() -> None:
    rows = [
        ("a", 0, -2.0),
        ("a", 0, 0.5),
        ("a", 1, 1.0),
        ("b", 1, 2.0),
        ("b", 1, -1.0),
        ("self-blends", 0, 3.0),
        ("self-blends", 1, 2.0),
    ]
    report = on_tune(predictions(rows))
    at = report.at
    assert report.pictures == 5
    assert report.auc == pytest.approx({"a": 1.0, "b": 0.75, "self-blends": 0.0, "mean": 1.75 / 3})
    assert at.matrix == Confusion(real_as_real=1, real_as_fake=1, fake_as_real=0, fake_as_fake=3)
    assert [metric.value for metric in (at.recall, at.specificity, at.precision) if metric] == [
        1.0,
        0.5,
        0.75,
    ]
    assert at.f1 and at.f1.value == pytest.approx(6 / 7)
    assert at.accuracy and at.accuracy.value == pytest.approx(0.8)


@pytest.mark.fidelity("3-3", "3-11")
def test_the_table_of_stages_has_what_each_reached_at_its_end(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(epochs=4, stages={"0": "head", "0.25": "last 3", "0.5": "all"}), "r")
    rows = [
        {"epoch": number, "step": 2 * number + 1, "auc/a": 0.5 + number / 10, "auc_mean": 0.6 + number / 10}
        for number in range(4)
    ]
    write_log(tmp_path, 0, rows)
    table = stages_reached(tmp_path, recipe, {"head": 10, "last 3": 200, "all": 3000}.__getitem__)
    assert [(row.stage, row.first_epoch, row.last_epoch) for row in table] == [
        ("head", 0, 0),
        ("last 3", 1, 1),
        ("all", 2, 3),
    ]
    assert [row.learning_parameters for row in table] == [10, 200, 3000]
    assert [row.size for row in table] == [32, 32, 64]
    assert table[2].auc == pytest.approx({"a": 0.8, "mean": 0.9})
    assert "| last 3 | 1 to 1 | 32 px | 200 | 0.600 | 0.700 |" in stages_markdown(table)


def test_epochs_whose_lines_were_lost_with_a_killed_process_are_left_out_of_the_table(tmp_path: Path) -> None:
    recipe = parse_recipe(tiny(epochs=4, stages={"0": "head", "0.5": "all"}), "r")
    assert stages_reached(tmp_path, recipe, len) == []
    assert stages_markdown([]).count("\n") == 2
    assert draw_curves(tmp_path).exists()
    write_log(tmp_path, 0, [{"epoch": 0, "step": 1, "loss_epoch": 0.5}])
    assert stages_reached(tmp_path, recipe, len) == []
    write_log(
        tmp_path,
        1,
        [{"epoch": number, "step": 2 * number + 1, "auc/a": 0.5, "auc_mean": 0.5} for number in (1, 3)],
    )
    table = stages_reached(tmp_path, recipe, len)
    assert [(row.stage, row.first_epoch, row.last_epoch) for row in table] == [
        ("head", 1, 1),
        ("all", 3, 3),
    ]


@pytest.mark.fidelity("3-11")
def test_the_confusion_matrix_is_drawn_also_where_a_class_is_missing(tmp_path: Path) -> None:
    path = draw_confusion(
        tmp_path, Confusion(real_as_real=0, real_as_fake=0, fake_as_real=3, fake_as_fake=1), 0.5
    )
    with Image.open(path) as picture:
        assert picture.size == (600, 540)


@pytest.mark.fidelity("0-11", "3-11", "4-16")
def test_a_run_in_stages_leaves_its_outcome(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path, sizes={"0": 32}, stages={"0": "head", "0.5": "all"})
    run = train(recipe, make_data(tmp_path / "data"), tmp_path / "run", workers=0)
    metrics = json.loads((run / "metrics.json").read_text())
    assert sum(metrics["confusion"].values()) == metrics["pictures"] == 12
    assert metrics["checkpoint"] in {path.name for path in run.glob("epoch=*.ckpt")}
    assert (
        f"auc_mean={metrics['auc']['mean']:.4f}" in metrics["checkpoint"]
    )  # judged again, the best epoch reaches what it did
    assert {"curves.png", "confusion.png", "tune-logits.csv", "stages.md", "summary.md"} <= {
        path.name for path in run.iterdir()
    }
    stages = json.loads((run / "stages.json").read_text())
    assert [stage["stage"] for stage in stages] == ["head", "all"]
    assert stages[0]["learning_parameters"] < stages[1]["learning_parameters"]
    assert metrics["train_pictures"] == 12
    told = (run / "summary.md").read_text()
    assert told.startswith("# unblend-lite2, random seed 0\n\na test\n\n- best epoch: `epoch=")
    assert "sizes 32 px from 0 %\n- 12 pictures to draw from\n\n## On tune\n\n| source | AUC |\n" in told
    assert told.endswith((run / "stages.md").read_text())


@pytest.mark.fidelity("0-9")
def test_a_run_that_ended_by_its_patience_stays_at_its_end_when_it_is_resumed(tmp_path: Path) -> None:
    data, recipe = (
        make_data(tmp_path / "data"),
        write_recipe(tmp_path, sizes={"0": 32}, epochs=9, epoch_steps=1, patience=1, learning_rate=0.0),
    )
    run = train(recipe, data, tmp_path / "run", workers=0)
    ended = torch.load(run / "last.ckpt", weights_only=False)["global_step"]
    train(recipe, data, run, resume=True, workers=0)
    assert ended < 9
    assert torch.load(run / "last.ckpt", weights_only=False)["global_step"] == ended
