"""Every set of fakes against every set of genuine pictures."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from detector.evaluate.cross import AS_IT_IS, Question, cross_aucs, delivered, worst_deliveries
from detector.evaluate.metrics import auc, weighted_auc
from detector.evaluate.predictions import Predictions
from tests.evaluate.made import prediction


def table(files: list[tuple[str, int, float, str, str]], resamples: int = 50) -> Predictions:
    """Predictions of (set, label, p_fake, group, category)."""
    rows = [
        prediction(label, p_fake, source=name, group=group, category=category, file=f"{name}/{number}.jpg")
        for number, (name, label, p_fake, group, category) in enumerate(files)
    ]
    return Predictions.of(rows).resampled(resamples)


def drawn(
    sets: dict[str, tuple[float, float, str]], groups: int = 20
) -> list[tuple[str, int, float, str, str]]:
    """A fake and a genuine picture of each group of each set, about the mean p_fake of their class."""
    rng = np.random.default_rng(0)
    return [
        (name, label, float(np.clip(mean + rng.normal(0, 0.1), 0, 1)), f"{name}{number}", category * label)
        for name, (fake, real, category) in sets.items()
        for number in range(groups)
        for label, mean in ((0, real), (1, fake))
    ]


def test_a_set_that_shifts_as_a_whole_is_seen_between_sets_alone() -> None:
    files = [
        ("a", 1, 0.9, "1", ""),
        ("a", 0, 0.8, "2", ""),
        ("b", 1, 0.3, "3", ""),
        ("b", 0, 0.2, "4", ""),
    ]
    (either,) = cross_aucs(table(files))
    assert {(cell.fakes, cell.reals): cell.auc.value for cell in either.cells} == {
        ("a", "a"): 1.0,
        ("a", "b"): 1.0,
        ("b", "a"): 0.0,
        ("b", "b"): 1.0,
    }
    assert either.mean.value == 0.75


def test_cells_and_mean_are_plain_aucs() -> None:
    files = drawn({"a": (0.7, 0.4, "swap"), "b": (0.6, 0.3, "gan"), "c": (0.5, 0.45, "swap")})
    either = cross_aucs(table(files))[0]
    expected = {
        (fakes, reals): auc(
            [f[2] for f in files if (f[0], f[1]) in ((fakes, 1), (reals, 0))],
            [f[1] for f in files if (f[0], f[1]) in ((fakes, 1), (reals, 0))],
        )
        for fakes in "abc"
        for reals in "abc"
    }
    assert {(cell.fakes, cell.reals): cell.auc.value for cell in either.cells} == pytest.approx(expected)
    assert either.mean.value == pytest.approx(np.mean(list(expected.values())))
    assert either.worst is not None
    assert either.worst.auc.value == pytest.approx(min(expected.values()))


def test_a_question_has_its_own_fakes_and_all_genuine_pictures() -> None:
    files = drawn({"a": (0.7, 0.4, "swap"), "b": (0.6, 0.3, "gan")})
    by_question = {cross_auc.question: cross_auc for cross_auc in cross_aucs(table(files))}
    assert set(by_question) == {Question.EITHER, Question.ALTERED, Question.GENERATED}
    assert [(cell.fakes, cell.reals) for cell in by_question[Question.ALTERED].cells] == [
        ("a", "a"),
        ("a", "b"),
    ]
    assert [cell.fakes for cell in by_question[Question.GENERATED].cells] == ["b", "b"]


def test_without_categories_only_either_is_answered() -> None:
    files = drawn({"a": (0.7, 0.4, ""), "b": (0.6, 0.3, "")})
    assert [cross_auc.question for cross_auc in cross_aucs(table(files))] == [Question.EITHER]


def test_the_mean_is_the_auc_of_one_list_in_which_every_class_of_every_set_weighs_alike() -> None:
    files = drawn({"a": (0.7, 0.4, ""), "b": (0.5, 0.45, "")}) + drawn({"c": (0.6, 0.5, "")}, groups=50)
    sizes = Counter(name for name, *_ in files)
    weights = np.array([[1 / sizes[name] for name, *_ in files]])
    pooled = weighted_auc([file[2] for file in files], [file[1] for file in files], weights)
    assert cross_aucs(table(files))[0].mean.value == pytest.approx(float(pooled[0]))


def test_a_cell_of_few_groups_is_told_but_never_the_worst() -> None:
    few = drawn({"few": (0.2, 0.9, "")}, groups=14)
    files = few + drawn({"a": (0.7, 0.4, ""), "b": (0.6, 0.5, "")}, groups=15)
    either = cross_aucs(table(files))[0]
    lowest = min(either.cells, key=lambda cell: cell.auc.value)
    assert "few" in (lowest.fakes, lowest.reals)
    assert not lowest.is_large
    assert either.worst is not None
    assert "few" not in (either.worst.fakes, either.worst.reals)


def test_intervals_hold_the_figures_and_widen_with_fewer_groups() -> None:
    many = cross_aucs(table(drawn({"a": (0.6, 0.5, ""), "b": (0.6, 0.5, "")}, groups=60), 200))[0]
    few = cross_aucs(table(drawn({"a": (0.6, 0.5, ""), "b": (0.6, 0.5, "")}, groups=16), 200))[0]
    for predictions in (many, few):
        assert predictions.mean.low is not None
        assert predictions.mean.high is not None
        assert predictions.mean.low < predictions.mean.value < predictions.mean.high
    assert few.mean.high - few.mean.low > many.mean.high - many.mean.low


def test_one_set_is_no_matrix() -> None:
    assert cross_aucs(table(drawn({"a": (0.7, 0.4, "swap")}))) == ()


def test_a_file_without_an_answer_is_left_out() -> None:
    files = drawn({"a": (0.7, 0.4, ""), "b": (0.6, 0.3, "")})
    whole = table(files)
    rows = [*whole, prediction(1, None, source="a", group="x"), prediction(0, None, source="c", group="y")]
    assert cross_aucs(Predictions.of(rows).resampled(50))[0].mean.value == cross_aucs(whole)[0].mean.value


def test_the_worst_delivery_is_quoted_and_what_it_lost_is_counted() -> None:
    whole = table(drawn({"a": (0.8, 0.2, ""), "b": (0.8, 0.2, "")}))
    saved = table(drawn({"a": (0.6, 0.5, ""), "b": (0.6, 0.5, "")}))
    small = table(drawn({"a": (0.7, 0.4, ""), "b": (0.7, 0.4, "")}))
    rows = delivered("made", whole, [("saved", saved.take(np.arange(len(saved)) > 1)), ("small", small)])
    assert [(row.delivery, row.files, row.lost) for row in rows] == [
        (AS_IT_IS, 80, 0),
        ("saved", 78, 2),
        ("small", 80, 0),
    ]
    assert rows[0].mean == cross_aucs(whole)[0].mean
    assert [row.delivery for row in worst_deliveries(rows)] == ["saved"]


def test_deliveries_of_two_questions_are_quoted_apart() -> None:
    whole = table(drawn({"a": (0.8, 0.2, "swap"), "b": (0.6, 0.2, "gan")}))
    saved = table(drawn({"a": (0.4, 0.2, "swap"), "b": (0.9, 0.2, "gan")}))
    worst = {
        row.question: row.delivery for row in worst_deliveries(delivered("made", whole, [("saved", saved)]))
    }
    assert worst[Question.ALTERED] == "saved"
    assert worst[Question.GENERATED] == AS_IT_IS
