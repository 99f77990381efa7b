"""The cards of the tab Detectors: what each was measured to be worth."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from detector.manifest import Metrics
from detector.ui import texts, worth_texts
from detector.ui.worth import card, worth_html
from detector.weights import find_weights, read_manifest
from detector.zoo.specs import SPECS
from tests.makers import make_entry, make_summary

ACROSS = make_summary(interval=(0.644, 0.73), committed=0.0095, wrong_interval=(0.071, 0.5), band="")
INSIDE = replace(
    ACROSS,
    files=1454,
    groups=929,
    auc=0.746,
    interval=None,
    committed=0.12,
    sure=160,
    wrong=None,
    wrong_interval=None,
)
METRICS = Metrics(ece={"test": 0.043, "cross": 0.0726}, summary={"cross": ACROSS, "test": INSIDE})


def lines(html: str) -> dict[str, list[str]]:
    """The cells of each line of a card's table, without tags, by its heading."""
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]
    plain = [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in rows]
    return {head: cells for head, *cells in plain}


def test_in_domain_and_cross_dataset_stand_side_by_side_in_this_order() -> None:
    found = lines(card("unblend-lite2", make_entry(metrics=METRICS)))
    assert found[""] == ["In-domain", "Cross-dataset"]
    assert found["AUC"] == ["0.75", "0.69 (0.64 to 0.73)"]
    assert found[worth_texts.AMOUNT][0] == "1,454 pictures of 929 people or videos"
    assert found[worth_texts.SURE] == ["12 % (160)", "under 1 % (7)"]
    assert found[worth_texts.WRONG] == [worth_texts.NONE_WRONG, "25 % (7 to 50 %)"]
    assert found[worth_texts.ERROR] == ["0.043", "0.073"]


def test_every_figure_says_on_what_it_was_measured() -> None:
    metrics = replace(METRICS, summary={**METRICS.summary, "videos": replace(ACROSS, files=49)})
    found = lines(card("unblend-lite2", make_entry(metrics=metrics)))
    assert found[worth_texts.PROTOCOL] == list(worth_texts.PROTOCOLS.values())
    assert found[worth_texts.AMOUNT][2] == "49 clips" and found[worth_texts.ERROR][2] == worth_texts.NONE


def test_an_old_entry_says_that_nothing_was_measured() -> None:
    html = card("unblend-lite2", make_entry())
    assert (
        "<table" not in html
        and f"Nothing of this was measured for {SPECS['unblend-lite2'].title.replace(chr(39), '&#x27;')}"
        in html
    )


def test_trained_detectors_alone_have_a_card_in_the_order_of_the_zoo() -> None:
    html = worth_html(
        {
            "sbi-efficientnet-b4": make_entry(),
            "unblend-lite2": make_entry(metrics=METRICS),
            "unknown": make_entry(),
        }
    )
    assert re.findall(r'data-name="([^"]+)"', html) == [
        name for name in SPECS if name in ("unblend-lite2", "sbi-efficientnet-b4")
    ]


@pytest.mark.parametrize("word", ["sure verdict", "95 % interval"])
def test_words_of_the_trade_are_explained(word: str) -> None:
    assert texts.term(word) in worth_html({})


def test_the_shipped_detectors_have_all_three_columns() -> None:
    entries = read_manifest(find_weights())
    for name, entry in entries.items():
        assert len(lines(card(name, entry))[""]) == 3
