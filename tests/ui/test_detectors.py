"""The rows of the tab Detectors."""

from __future__ import annotations

from detector.ui import texts
from detector.ui.detectors import HEADINGS, Row, claimed, rows, size_chart, table
from detector.weights import find_weights, read_manifest
from detector.zoo.build import Cost, Sizes
from detector.zoo.specs import SPECS, SYSTEMS

COST = Cost(params=5_000_000, gmacs=1.5, sizes=Sizes(20_000_000, 10_000_000, 5_000_000))


def test_without_weights_all_fourteen_are_there_by_system_and_say_they_are_untrained() -> None:
    table = rows({}, {}, {})
    assert [row.name for row in table] == list(SPECS)
    assert not any(row.trained for row in table)
    assert all(row.params is row.file_mb is row.auc_in_domain is row.latency_ms is None for row in table)
    assert [system for system in dict.fromkeys(row.spec.system for row in table)] == list(SYSTEMS.values())


def test_trained_ones_come_first_in_their_system() -> None:
    entry = read_manifest(find_weights())["sbi-efficientnet-b4"]
    table = rows({"sbi-mobilevitv2-200": entry, "bnext-l": entry}, {"bnext-l": 90.0}, {})
    names = [row.name for row in table]
    assert names[0] == "unblend-lite2" and names[3] == "sbi-mobilevitv2-200" and names[7] == "bnext-l"
    assert table[7].latency_ms == 90.0 and table[7].file_mb == entry.bytes / 1e6


def test_a_row_of_the_table_says_system_state_and_what_it_is_good_for() -> None:
    shown = table(rows({}, {}, {"bnext-t": COST})).data
    line = shown.iloc[list(SPECS).index("bnext-t")]
    assert list(shown.columns) == HEADINGS and len(shown) == len(SPECS)
    assert line["System"] == "Binary networks" and line["State"] == texts.UNTRAINED
    assert "bnext-t" in line[HEADINGS[1]] and SPECS["bnext-t"].good_for in line[HEADINGS[1]]
    assert (line["Parameters (million)"], line["Operations (GMAC)"]) == (5.0, 1.5)


def test_only_what_has_a_file_is_in_the_chart_of_sizes_against_speed() -> None:
    trained = Row("unblend-lite2", True, 4.8, 9.8, 160, 0.3, 0.8, 0.6, latency_ms=60)
    (drawn,) = size_chart([trained, *rows({}, {}, {})], dark=False).data
    assert (list(drawn.x), list(drawn.y), list(drawn.text)) == ([60], [9.8], ["unblend-lite2"])


def test_claims_are_beside_what_is_known_of_a_row() -> None:
    shown = claimed(rows({}, {}, dict.fromkeys(SPECS, COST)))
    assert "5.00 million" in shown and "20.0 MB at 32 bits" in shown
