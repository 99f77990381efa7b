"""Evidence on one's own pictures: from folders, in one command, undone by another."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import DetectorError
from detector.evidence import read
from detector.publish.own import fit_own, own_index
from detector.weights import evidence_path, find_assets, read_manifest, write_entry
from tests.makers import add_random_detector

NAME, ALTERED = "unblend-lite2", "unblend-altered"


def make_own(folder: Path, places: dict[str, tuple[str, ...]]) -> Path:
    """Free portraits in folders: by place the names of pictures of the lesson."""
    for place, names in places.items():
        (folder / place).mkdir(parents=True)
        for name in names:
            shutil.copy(find_assets() / "learn" / f"{name}.jpg", folder / place)
    return folder


TWO_SOURCES = {
    "phone/Real/snapshot": ("genuine_01", "genuine_02"),
    "phone/Fake/diffusion": ("generated_01", "generated_02"),
    "press/Real": ("genuine_03", "genuine_04"),
    "press/Fake/diffusion": ("generated_03", "generated_04"),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two detectors with random weights."""
    weights = tmp_path_factory.mktemp("own") / "weights"
    weights.mkdir()
    for name in (NAME, ALTERED):
        add_random_detector(weights, name, size=64)
        entry = read_manifest(weights)[name]
        trained_on = replace(entry.trained_on, recipe="unblend-lite2.json")
        write_entry(weights, name, replace(entry, trained_on=trained_on))
    return weights


@pytest.fixture
def weights(published: Path, tmp_path: Path) -> Path:
    """The same in a folder of one's own."""
    return shutil.copytree(published, tmp_path / "weights")


def test_folders_say_class_source_and_kind(tmp_path: Path) -> None:
    rows = own_index(make_own(tmp_path / "mine", TWO_SOURCES)).rows
    assert {(row.source, row.label, row.category) for row in rows} == {
        ("phone", 0, "snapshot"),
        ("phone", 1, "diffusion"),
        ("press", 0, "genuine"),
        ("press", 1, "diffusion"),
    }
    assert all((tmp_path / "mine" / row.file).exists() for row in rows)
    assert len(rows) == len({row.group for row in rows}) == 8


def test_a_folder_below_a_kind_is_a_video(tmp_path: Path) -> None:
    places = {"Fake/swap/one": ("generated_01", "generated_02"), "Real": ("genuine_01",)}
    rows = own_index(make_own(tmp_path / "mine", places)).rows
    assert sorted((row.category, row.group) for row in rows) == [
        ("genuine", "genuine_01"),
        ("swap", "one"),
        ("swap", "one"),
    ]


def test_an_index_goes_before_folders(tmp_path: Path) -> None:
    folder = make_own(tmp_path / "mine", {"Real": ("genuine_01",), "Fake": ("generated_01",)})
    assert {row.source for row in own_index(folder).rows} == {"mine"}
    (folder / "index.csv").write_text("file,label,source,kind\nReal/genuine_01.jpg,0,web,snapshot\n")
    (row,) = own_index(folder).rows
    assert (row.source, row.category) == ("web", "snapshot")


def test_one_command_fits_evidence_and_another_returns(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(weights))
    mine = make_own(tmp_path / "mine", TWO_SOURCES)
    before = read_manifest(weights)[NAME]
    assert main(["calibrate", NAME, "--evidence", str(mine), "--work", str(tmp_path / "work")]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "evidence of 8 faces of mine: phone, press",
        str(weights / f"{NAME}.md"),
    ]
    path = evidence_path(read_manifest(weights)[NAME], weights)
    assert path is not None and read(path).fit is not None
    assert "Fitted on 8 faces of mine" in (weights / f"{NAME}.md").read_text()
    assert main(["publish", "--undo", NAME, "--weights", str(weights)]) == 0
    assert read_manifest(weights)[NAME] == before and before.evidence is None


def test_of_one_source_there_are_references_only(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNBLEND_WEIGHTS", str(weights))
    one = {place: names for place, names in TWO_SOURCES.items() if place.startswith("phone")}
    mine = make_own(tmp_path / "mine", one) / "phone"
    assert main(["calibrate", NAME, "--evidence", str(mine), "--work", str(tmp_path / "work")]) == 0
    assert "references only" in capsys.readouterr().out
    told = (weights / f"{NAME}.md").read_text()
    assert "References only, of 4 faces of phone" in told


def test_fakes_of_another_question_are_not_fitted_on(weights: Path, tmp_path: Path) -> None:
    mine = make_own(tmp_path / "mine", TWO_SOURCES)
    with pytest.raises(DetectorError, match="hand edit, reenactment, swap"):
        fit_own(ALTERED, mine, weights, tmp_path / "work")
    assert read_manifest(weights)[ALTERED].evidence is None


def test_a_folder_that_is_none_is_named(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="is no folder"):
        fit_own(NAME, tmp_path / "nowhere", weights, tmp_path / "work")
