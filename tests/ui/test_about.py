"""The tab About: what each detector was trained on, told with what it went on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.manifest import Entry
from detector.ui.about import page, trained
from detector.weights import read_manifest
from detector.zoo.specs import SPECS
from tests.makers import make_entry

WEIGHTS = Path(__file__).resolve().parents[2] / "weights"


def multibranch(start: str | None) -> dict[str, Entry]:
    """A detector that began from `start`, beside another that saw 1,234 pictures."""
    first = make_entry()
    other = replace(first, trained_on=replace(first.trained_on, samples=1234))
    return {
        "multibranch-b4": replace(first, trained_on=replace(first.trained_on, start=start)),
        "sbi-efficientnet-b4": other,
    }


def test_a_detector_that_goes_on_from_another_tells_the_pictures_of_both() -> None:
    entries = multibranch("sbi-efficientnet-b4.safetensors")
    assert (
        f"<td>100, after the 1,234 of {SPECS['sbi-efficientnet-b4'].title}</td>"
        in page(entries, "30").splitlines()
    )
    earlier = trained(entries)[0].went_on_from
    assert earlier is not None and earlier.samples == 1234


@pytest.mark.parametrize("start", [None, "tf_efficientnet_b4.safetensors"])
def test_one_that_began_from_other_weights_tells_its_own_alone(start: str | None) -> None:
    assert trained(multibranch(start))[0].went_on_from is None
    assert "<td>100</td>" in page(multibranch(start), "30").splitlines()


def test_the_shipped_default_owns_up_to_the_pictures_of_its_backbone() -> None:
    entries = read_manifest(WEIGHTS)
    assert f"after the {entries['sbi-efficientnet-b4'].trained_on.samples:,} of" in page(entries, "30")


def test_how_long_uploads_are_kept_is_that_of_the_settings() -> None:
    assert "deleted after 7 minutes" in " ".join(page({}, "7").split())
