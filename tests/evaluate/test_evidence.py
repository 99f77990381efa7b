"""Detectors held to the release gate, through `evaluate --evidence`."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from detector.cli import main
from detector.evaluate.evidence import held_to_gate, scores_of, tippett_of
from detector.evaluate.predictions import Predictions
from detector.evaluate.report.markdown import to_markdown
from detector.evidence.gates import Answers
from detector.evidence.scores import Scores
from detector.structures import Question
from tests.evaluate.made import made_index, made_report, prediction
from tests.evidence.simulated import collection, collections


def predicted(rows, with_logit=True):
    return Predictions.of(
        prediction(
            int(row.is_fake),
            float(expit(row.logit)),
            source=row.source,
            set=row.set,
            group=row.group,
            logit=row.logit if with_logit else math.nan,
            file=row.file,
            category=row.kind,
            clip=row.clip,
        )
        for row in rows
    )


def test_predictions_are_scores_with_what_the_index_says():
    rows = collection("a", 0, fakes=2, reals=1, clip="someone clip.mp4")
    scores = scores_of(predicted(rows))
    assert [list(getattr(scores, name)) for name in ("file", "is_fake", "kind", "clip", "group")] == [
        [getattr(row, name) for row in rows] for name in ("file", "is_fake", "kind", "clip", "group")
    ]


def test_a_probability_of_another_program_has_its_log_odds():
    rows = [
        prediction(1, 0.8, logit=math.nan),
        prediction(1, 1.0, logit=math.nan),
        prediction(0, None),
    ]
    logits = scores_of(Predictions.of(replace(row, logit=None) for row in rows)).logit
    assert list(logits) == pytest.approx([math.log(4), math.log(1e6 - 1)])


def test_a_known_question_is_asked_and_of_others_every_one_that_has_fakes():
    rows = collections(3, fakes=20, reals=20) + [
        row
        for number in (7, 8, 9)
        for row in collection(f"gan{number}", number, kinds=("portrait", "gan"), fakes=20, reals=20)
    ]
    predictions = predicted(rows)
    (held,) = held_to_gate(predictions, {"made": Question.GENERATED})
    assert held.question is Question.GENERATED
    assert held.fit is not None
    assert {of.name for of in held.fit.release.sets if of.cllr is not None} == {"gan7", "gan8", "gan9"}
    assert [of.question for of in held_to_gate(predictions, {"made": None})] == list(Question)


def test_one_source_cannot_be_left_out():
    (held,) = held_to_gate(predicted(collection("mine", 0)), {"made": None})
    assert (held.fit, held.answers) == (None, None)


def test_the_curves_count_groups_at_each_ratio():
    rows = collection("a", 0, fakes=2, reals=2)
    rows = [*rows, replace(rows[-1], file="more")]
    ratios = np.log([1.0, 0.1, 10.0, 1.0, 10.0])
    may = np.ones(5, dtype=bool)
    curves = tippett_of(Answers(Scores.of(rows), ratios, ratios, may, may))
    assert list(curves.log10_ratio) == pytest.approx([-1, 0, 1])
    assert list(curves.reals) == pytest.approx([1, 0.5, 0])
    assert list(curves.fakes) == pytest.approx([1, 1, 0.75])  # one person twice, once at 10


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Predictions of another program on six simulated sets, and their labels."""
    folder = tmp_path_factory.mktemp("theirs")
    rows = collections(6)
    with (folder / "theirs.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows([("file", "p_fake"), *((row.file, expit(row.logit)) for row in rows)])
    with (folder / "index.csv").open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(("file", "label", "source", "kind", "group"))
        table.writerows((row.file, int(row.is_fake), row.source, row.kind, row.group) for row in rows)
    return folder


def test_another_program_is_held_to_the_gate(files, capsys):
    words = ["evaluate", "--predictions", str(files / "theirs.csv"), "--labels", str(files / "index.csv")]
    assert main([*words, "--evidence", "--plots", "--out", str(files / "out.csv")]) == 0
    told = capsys.readouterr().out.split("### Evidence, leaving each source out")[1]
    assert "| `theirs` | either |" in told and told.count("released") == 2
    assert "every face counts as ordinary" in told
    assert "--evidence" in (files / "out.md").read_text()
    assert (files / "out_plots" / "theirs-photos-tippett-either.png").stat().st_size > 5000
    (held,) = json.loads((files / "out.json").read_text())["evidence"]
    assert held["fit"]["release"]["refusals"] == []
    assert held["fit"]["release"]["cllr"] < 0.7
    assert {of["name"] for of in held["fit"]["release"]["sets"]} == {f"set{number}" for number in range(6)}


def test_what_is_withheld_is_said_with_the_set_that_misled(tmp_path):
    rows = collections(6) + collection("portraits", 50, fakes=0, shift=4.0)
    report = made_report(made_index(tmp_path), predicted(rows))
    told = to_markdown(replace(report, evidence=held_to_gate(report.predictions, {"made": Question.EITHER})))
    assert "of portraits, 15% allowed" in told
    assert "| portraits | 0, 60 | – | – | – | – |" in told


def test_too_few_sources_are_said(tmp_path):
    report = made_report(made_index(tmp_path), predicted(collection("mine", 0)))
    told = to_markdown(replace(report, evidence=held_to_gate(report.predictions, {"made": None})))
    assert "| `made` | either | – | – | – | – | – | – | fewer than two sources with both classes |" in told


def test_no_evidence_is_told_unasked(tmp_path):
    report = made_report(made_index(tmp_path), predicted(collection("mine", 0)))
    assert "Evidence" not in to_markdown(report)
    assert "evidence" not in report.to_dict()
