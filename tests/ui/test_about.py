"""The tab About: the collections that the published detectors were trained on, by name."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from detector.manifest import Entry
from detector.ui.about import COLLECTIONS, Collection, collections, page
from detector.weights import find_weights, read_manifest
from tests.makers import make_entry


def trained_on(*sources: str, start: str | None = None) -> Entry:
    """A published detector of these sources."""
    entry = make_entry()
    return replace(entry, trained_on=replace(entry.trained_on, sources=sources, start=start))


def test_a_collection_that_all_saw_stands_without_names_and_others_with() -> None:
    entries = {"unblend-lite2": trained_on("dfdc", "aaf"), "sbi-efficientnet-b4": trained_on("dfdc")}
    assert collections(entries) == [
        Collection(*COLLECTIONS["dfdc"], used_by=()),
        Collection(*COLLECTIONS["aaf"], used_by=("Lite2",)),
    ]


def test_what_an_earlier_detector_was_trained_on_counts_too() -> None:
    entries = {
        "multibranch-b4": trained_on("dfdc", start="sbi-efficientnet-b4.safetensors"),
        "sbi-efficientnet-b4": trained_on("aaf"),
    }
    (dfdc, aaf) = collections(entries)
    assert dfdc.used_by == ("Multibranch B4",) and aaf.used_by == ()


def test_a_collection_without_a_name_here_keeps_the_one_of_its_index() -> None:
    assert collections({"unblend-lite2": trained_on("mine")}) == [Collection("mine", "", ())]


def test_every_collection_of_what_ships_has_a_name() -> None:
    entries = read_manifest(find_weights())
    names = {name for name, _ in COLLECTIONS.values()}
    assert {each.name for each in collections(entries)} <= names


def test_how_long_uploads_are_kept_is_that_of_the_settings() -> None:
    assert "deleted after 7 minutes" in " ".join(page({}, "7").split())


def test_the_text_is_short() -> None:
    words = unescape(re.sub(r"<[^>]+>", " ", page(read_manifest(find_weights()), "10"))).split()
    assert len(words) < 650
