"""The cards of what published systems claim of themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from detector.ui.cards import Claimant, Ours, claims_html
from detector.zoo.build import Sizes
from detector.zoo.claims import Claims
from detector.zoo.specs import SPECS

B4 = SPECS["sbi-efficientnet-b4"]
UNTRAINED = Ours(trained=False, input_px=380)
MEASURED = Ours(
    trained=True, input_px=160, auc_in_domain=0.9, auc_cross=0.7, params=17.55, file_mb=35.4,
    sizes=Sizes(70_700_000, 35_400_000, 18_300_000), latency_ms=80,
)  # fmt: skip


def lines(html: str) -> dict[str, list[str]]:
    """First cell of each line of the table to the others, as a reader sees them."""
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL):
        first, *rest = (
            " ".join(re.sub(r"<br>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        )
        found[plain(first)] = [plain(cell) for cell in rest]
    return found


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    return unescape(re.sub(r"<[^>]+>", "", html))


def card(claimant: Claimant) -> str:
    """The part on one system that has one detector."""
    return claims_html([claimant])


@pytest.mark.fidelity("0-21")
def test_every_claim_stands_beside_ours() -> None:
    everything = Claims(
        auc=0.982,
        accuracy=0.938,
        f1=0.9,
        precision=0.8,
        recall=0.7,
        params=19e6,
        file_mb=75,
        faces_per_s=62,
        on="a set",
        note="a note",
    )
    assert lines(card(Claimant(replace(B4, claims=everything), MEASURED))) == {
        "Figure": ["Claimed there, unverified", "Measured or counted here"],
        "AUC": ["0.982", "0.900 in-domain 0.700 cross-dataset"],
        "accuracy": ["0.938", "not given"],
        "F1": ["0.90", "not given"],
        "precision": ["0.80", "not given"],
        "recall": ["0.70", "not given"],
        "parameters": ["19 million", "17.55 million"],
        "file size": ["75 MB", "35.4 MB, the file here 70.7 MB at 32 bits"],
        "faces a second": ["62", "12.5 (80 ms a face of 160 px)"],
    }


@pytest.mark.fidelity("0-21", "4-23")
def test_claims_are_called_claims() -> None:
    assert "claimed there, unverified" in card(Claimant(B4, MEASURED)).lower()


@pytest.mark.fidelity("4-23")
def test_an_untrained_detector_has_no_figure_that_was_measured() -> None:
    shown = lines(card(Claimant(B4, replace(UNTRAINED, params=17.55, sizes=MEASURED.sizes))))
    assert shown["AUC"] == ["0.982", "not trained"]
    assert shown["faces a second"] == ["62", "not trained"]
    assert shown["file size"] == ["75 MB", "70.7 MB at 32 bits 35.4 MB at 16 bits"]


def test_what_is_not_counted_or_timed_yet_says_so() -> None:
    assert lines(card(Claimant(B4, UNTRAINED)))["parameters"][1] == "being counted"
    assert lines(card(Claimant(B4, replace(MEASURED, latency_ms=None))))["faces a second"][1] == "not timed"


def test_a_packed_file_stands_beside_the_claim_of_one() -> None:
    sizes = Sizes(1_298_900_000, 649_400_000, 326_000_000, 71_800_000)
    shown = lines(card(Claimant(SPECS["bnext-l"], replace(UNTRAINED, sizes=sizes))))
    assert shown["file size"] == [
        "106.1 MB",
        "1,298.9 MB at 32 bits 649.4 MB at 16 bits 71.8 MB at 1 bit, packed",
    ]


def test_no_data_named_is_said_and_data_named_is_shown() -> None:
    assert "no data named" in card(Claimant(B4, UNTRAINED))
    named = card(Claimant(SPECS["deit-distill-large"], UNTRAINED))
    assert "no data named" not in named and "DFDC, 5,000 videos" in named


def test_a_network_of_which_nothing_is_claimed_has_the_note_and_no_table() -> None:
    shown = card(Claimant(SPECS["bnext-t"], UNTRAINED))
    assert "No figure is claimed of this one by itself." in shown and "ordinary one" in shown
    assert "<table>" not in shown


@pytest.mark.parametrize(
    "claimed, expected", [(1.0, "1.00"), (0.98, "0.98"), (0.9182, "0.9182"), (0.9997500777, "0.99975")]
)
def test_a_claim_has_its_own_places(claimed: float, expected: str) -> None:
    assert lines(card(Claimant(replace(B4, claims=Claims(auc=claimed)), UNTRAINED)))["AUC"][0] == expected


def test_words_from_elsewhere_cannot_be_markup() -> None:
    bad = '<script>alert("x")</script>'
    spec = replace(B4, title=bad, paper=f"github.com/{bad}", claims=Claims(auc=0.9, on=bad, note=bad))
    shown = claims_html([Claimant(spec, UNTRAINED)])
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 5  # title, on, note, and the source as address and as words


def test_cards_stand_under_their_system_and_ours_claims_nothing() -> None:
    shown = claims_html([Claimant(spec, UNTRAINED) for spec in SPECS.values()])
    assert re.findall(r"<h4>(.*?)</h4>", shown) == [
        "Self-blended images",
        "Binary networks",
        "Distilled vision transformer",
        "DeepFake Inspector",
        "Four branches",
    ]
    assert re.findall(r'data-name="(.*?)"', shown) == [
        name for name, spec in SPECS.items() if spec.family != "unblend"
    ]
    assert (
        'href="https://arxiv.org/abs/2204.08376"' in shown
        and 'href="https://github.com/sarthak1gupta/Deepfake_CNN"' in shown
    )
