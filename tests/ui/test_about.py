"""The tab About: what each detector was trained on, told with what it went on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.ui.about import trained
from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.makers import make_entry

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


def pictures(start: str | None) -> str:
    """The cell of a detector that began from `start`, beside another that saw 1,234 pictures."""
    first = make_entry()
    other = replace(first, trained_on=replace(first.trained_on, pictures=1234))
    table = trained(
        {
            "multibranch-b4": replace(first, trained_on=replace(first.trained_on, start=start)),
            "sbi-efficientnet-b4": other,
        }
    )
    return table.split("<tr>")[2].split("<td>")[1].partition("</td>")[0]


def test_a_detector_that_goes_on_from_another_tells_the_pictures_of_both() -> None:
    assert (
        pictures("sbi-efficientnet-b4.safetensors")
        == f"100, after the 1,234 of {SPECS['sbi-efficientnet-b4'].title}"
    )


@pytest.mark.parametrize("start", [None, "tf_efficientnet_b4.safetensors"])
def test_one_that_began_from_other_weights_tells_its_own_alone(start: str | None) -> None:
    assert pictures(start) == "100"


def test_the_shipped_default_owns_up_to_the_pictures_of_its_backbone() -> None:
    entries = read_manifest(WEIGHTS)
    assert f"after the {entries['sbi-efficientnet-b4'].trained_on.pictures:,} of" in trained(entries)
