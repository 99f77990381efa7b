"""The picture of a run's logs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from detector.train.loggers import read_logs
from detector.train.run_report import draw_curves


def write_log(run: Path, version: int, rows: list[dict[str, float]]) -> None:
    folder = run / "logs" / f"version_{version}"
    folder.mkdir(parents=True)
    pd.DataFrame(rows).to_csv(folder / "metrics.csv", index=False)


def test_of_steps_that_were_done_twice_the_later_count(tmp_path: Path) -> None:
    write_log(tmp_path, 2, [{"step": 20, "loss_step": 0.3}])
    write_log(tmp_path, 10, [{"step": 30, "loss_step": 0.2}])  # numbers, not letters, say what came later
    write_log(
        tmp_path,
        0,
        [{"step": 10, "loss_step": 0.6}, {"step": 20, "loss_step": 0.5}, {"step": 25, "loss_step": 0.4}],
    )
    assert read_logs(tmp_path)["loss_step"].tolist() == [0.6, 0.3, 0.2]


def test_the_empty_log_of_a_process_that_was_killed_is_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, 0, [{"step": 10, "loss_step": 0.6}])
    (tmp_path / "logs" / "version_1").mkdir()
    (tmp_path / "logs" / "version_1" / "metrics.csv").touch()
    assert read_logs(tmp_path)["loss_step"].tolist() == [0.6]


@pytest.mark.fidelity("2-12", "4-16")
def test_the_picture_is_written_beside_the_logs(tmp_path: Path) -> None:
    write_log(
        tmp_path,
        0,
        [
            {"step": 10, "loss_step": 0.6},
            {"step": 19, "auc/dfdc": 0.6, "auc/blends": 0.8, "auc_mean": 0.7},
            {"step": 30, "loss_step": 0.4},
            {"step": 39, "auc/dfdc": 0.7, "auc/blends": 0.9, "auc_mean": 0.8},
        ],
    )
    path = draw_curves(tmp_path)
    assert path == tmp_path / "curves.png"
    with Image.open(path) as picture:
        assert picture.size == (1200, 480)
        assert (
            len(picture.convert("RGB").getcolors(maxcolors=100_000) or []) > 4
        )  # lines in several colours on white
