"""The predictions that ship: without names, and enough to rebuild the tables."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from detector.weights import find_weights, read_manifest
from tests.conftest import ROOT
from tools.kept_predictions import KEPT, hashed, without_names

CROSS = ROOT / "docs" / "results" / "cross"


def table_by_set() -> dict[str, dict[str, float]]:
    """The AUCs that docs/results/cross.md prints, by set and detector."""
    text = CROSS.with_suffix(".md").read_text(encoding="utf-8").split("## By set\n")[1].split("\n## ")[0]
    heading, _, *lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    names = [cell.strip("` ") for cell in heading[-6:]]
    return {
        line[0].strip(): {
            name: float(re.split(r" \(", cell)[0])
            for name, cell in zip(names, line[-6:], strict=True)
            if cell[0].isdigit()
        }
        for line in lines
        if "**" not in line[0]
    }


def test_the_table_by_set_can_be_rebuilt() -> None:
    judged = pd.read_parquet(CROSS.with_suffix(".parquet")).dropna(subset="p_fake")
    printed = table_by_set()
    assert len(printed) == 8
    assert sum(map(len, printed.values())) == 7 * 6
    for name, of_set in ((name, figures) for name, figures in printed.items() if figures):
        for detector, auc in of_set.items():
            rows = judged[(judged["set"] == name) & (judged["detector"] == detector)]
            assert roc_auc_score(rows["label"], rows["p_fake"]) == pytest.approx(auc, abs=6e-4)


def test_the_predictions_are_those_of_the_weights_that_ship_and_name_nobody() -> None:
    rows = pd.read_parquet(CROSS.with_suffix(".parquet"))
    shipped = {name: entry.sha256 for name, entry in read_manifest(find_weights()).items()}
    kept = rows.groupby("detector")["weights"].unique()
    assert {name: list(hashes) for name, hashes in kept.items()} == {
        name: [shipped[str(name)]] for name in kept.index
    }
    for column in ("name", "sha256", "group"):
        assert rows[column].str.fullmatch(r"[0-9a-f]{16}").all()
    assert not rows.duplicated(["name", "detector"]).any()


def test_names_become_hashes_and_scores_stay() -> None:
    kept = pd.DataFrame(
        {"file": ["a/b.jpg"], "file_sha256": ["ab" * 32], "category": ["swap"], "group": ["a person"]}
        | {column: [1] for column in KEPT}
        | {"set": ["swaps"], "detector": ["unblend-lite2"], "p_fake": [0.25]}
    )
    (row,) = without_names(kept).to_dict("records")
    assert row["name"] == hashed(kept["file"])[0] != "a/b.jpg"
    assert (row["sha256"], row["kind"], row["p_fake"]) == ("ab" * 8, "swap", 0.25)
    assert "a person" not in row.values()
