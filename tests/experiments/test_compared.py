"""Results of several runs side by side, by hand."""

from __future__ import annotations

from detector.evaluate.results import Results, results_of
from detector.experiments.candidate import aucs_of_parts, mean_and_spread, spread_markdown
from detector.structures import Thresholds
from tests.evaluate.made import prediction

GOOD, HALF = [0.1, 0.2, 0.8, 0.9], [0.1, 0.6, 0.5, 0.9]


def figures(
    ranks: dict[str, list[float]], kind: str = "photo", sets: dict[str, str] | None = None
) -> Results:
    """Two reals and two fakes a source, whose p_fakes are given in this order."""
    rows = [
        prediction(
            number // 2,
            p,
            source=source,
            set=(sets or {}).get(source, source),
            group=f"{number}",
            logit=p,
            kind=kind,
        )
        for source, values in ranks.items()
        for number, p in enumerate(values)
    ]
    return results_of(rows, Thresholds(0.5, "nothing"), resamples=20)


def test_parts_are_sources_or_sets_and_a_single_one_is_all() -> None:
    assert aucs_of_parts(figures({"a": GOOD, "b": HALF})) == {"a": 1.0, "b": 0.75, "mean": 0.875}
    assert aucs_of_parts(figures({"a": HALF})) == {"all": 0.75}


def test_runs_stand_side_by_side_with_their_mean_and_spread() -> None:
    table = spread_markdown(
        {"seed 1": figures({"a": GOOD, "b": HALF}), "seed 2": figures({"a": HALF, "b": HALF})}
    ).splitlines()
    assert table[0] == "| AUC | seed 1 | seed 2 | mean ± sd |"
    assert table[2:] == [
        "| a | 1.000 | 0.750 | 0.875 ± 0.177 |",
        "| b | 0.750 | 0.750 | 0.750 ± 0.000 |",
        "| mean | 0.875 | 0.750 | 0.812 ± 0.088 |",
    ]


def test_one_run_has_no_spread() -> None:
    assert mean_and_spread([0.5]) == "0.500"
