"""A detector with its evidence, from a folder of weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector import evidence
from detector.errors import WeightsError
from detector.files import sha256_of
from detector.loading import load_evidence
from detector.manifest import Entry, EvidenceFile
from detector.structures import Question
from detector.zoo.specs import SPECS
from tests.evidence.made import fitted
from tests.makers import make_entry

SPEC = SPECS["unblend-lite2"]


@pytest.fixture
def entry(tmp_path: Path) -> Entry:
    """An entry with its evidence in `tmp_path`."""
    entry = make_entry()
    path = tmp_path / evidence.file_name(SPEC.name)
    evidence.write(path, replace(fitted(), detector=SPEC.name, weights=entry.sha256))
    return replace(entry, evidence=EvidenceFile(path.name, sha256_of(path)))


def test_what_was_fitted_is_read(tmp_path: Path, entry: Entry) -> None:
    read = load_evidence(SPEC, entry, tmp_path)
    assert read == replace(fitted(), detector=SPEC.name, weights=entry.sha256)


def test_an_entry_without_evidence_has_none(tmp_path: Path) -> None:
    assert load_evidence(SPEC, make_entry(), tmp_path) is None


def test_evidence_of_another_detector_is_refused(tmp_path: Path, entry: Entry) -> None:
    with pytest.raises(
        WeightsError, match=r"was fitted for unblend-lite2 e3b0\w+ \(either\), not for unblend"
    ):
        load_evidence(SPEC, replace(entry, sha256="cd" * 32), tmp_path)
    with pytest.raises(WeightsError, match="not for bnext-t"):
        load_evidence(SPECS["bnext-t"], entry, tmp_path)
    with pytest.raises(WeightsError, match=r"not for unblend-lite2 \w+ \(altered\)"):
        load_evidence(replace(SPEC, question=Question.ALTERED), entry, tmp_path)
