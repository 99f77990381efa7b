"""A publish undone: what was published before is back, byte for byte, and can be undone again."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import DetectorError
from detector.evidence import Fitted, read, to_bytes
from detector.files import sha256_of
from detector.manifest import EvidenceFile
from detector.pipeline import load_detector
from detector.publish.atomic import building, file_name, move_in, undo
from detector.publish.former import beside, files_of, link
from detector.structures import Question
from detector.weights import evidence_path, read_manifest, write_entry
from tests.makers import add_random_detector

NAME = "unblend-lite2"
FIRST, SECOND = "first", "second"


def told(weights: Path) -> str:
    """What the published evidence says it was fitted on."""
    path = evidence_path(read_manifest(weights)[NAME], weights)
    assert path is not None
    return read(path).fitted_on


def publish_once(weights: Path, fitted_on: str) -> None:
    """Publish the same random weights with other evidence, and a card that tells it."""
    with building(weights, NAME) as staged:
        add_random_detector(staged, NAME, size=64)
        entry = read_manifest(staged)[NAME]
        evidence = to_bytes(Fitted(1, NAME, entry.sha256, Question.EITHER, fitted_on, 0, None, ()))
        file = file_name(NAME, sha256_of(evidence), ".evidence.json")
        (staged / file).write_bytes(evidence)
        entry = replace(entry, evidence=EvidenceFile(file, sha256_of(evidence)))
        (staged / f"{NAME}.md").write_text(fitted_on)
        write_entry(staged, NAME, entry)
        move_in(staged, weights, NAME)


def contents(folder: Path) -> dict[str, str]:
    """The files of a folder by their hash."""
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture(scope="module")
def published_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder of weights published twice, with what is kept beside it, and what it held in between."""
    weights = tmp_path_factory.mktemp("former") / "weights"
    weights.mkdir()
    publish_once(weights, FIRST)
    between = contents(weights)
    publish_once(weights, SECOND)
    return weights, between


@pytest.fixture
def twice(published_twice: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The same in a folder of one's own."""
    weights, between = published_twice
    shutil.copytree(beside(weights), beside(tmp_path / "weights"))
    return shutil.copytree(weights, tmp_path / "weights"), between


def test_undone_everything_is_as_before_and_undone_again_as_after(twice: tuple[Path, dict[str, str]]) -> None:
    weights, between = twice
    after = contents(weights)
    assert after != between and len(after) == len(between) == 4
    undo(weights, NAME)
    assert contents(weights) == between
    assert told(weights) == FIRST
    assert load_detector(NAME, weights=weights).info.name == NAME
    undo(weights, NAME)
    assert contents(weights) == after


def test_the_first_publish_undone_takes_the_detector_out_and_back(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    add_random_detector(weights, "inspector-b0", size=64)
    before = contents(weights)
    publish_once(weights, FIRST)
    after = contents(weights)
    assert undo(weights, NAME) is None
    assert contents(weights) == before and read_manifest(weights).default == "inspector-b0"
    undo(weights, NAME)
    assert contents(weights) == after


def test_one_command_undoes_a_publish(
    twice: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    weights, between = twice
    assert main(["publish", "--undo", NAME, "--weights", str(weights)]) == 0
    assert contents(weights) == between
    assert capsys.readouterr().out == f"{weights / read_manifest(weights)[NAME].file}\n"
    assert main(["publish", "--undo", "bnext-t", "--weights", str(weights)]) == 2
    assert "of bnext-t nothing is kept" in capsys.readouterr().err


def test_where_nothing_is_kept_it_says_so(tmp_path: Path) -> None:
    add_random_detector(tmp_path, NAME, size=64)
    before = contents(tmp_path)
    with pytest.raises(DetectorError, match="of unblend-lite2 nothing is kept") as caught:
        undo(tmp_path, NAME)
    assert "\n" not in str(caught.value) and contents(tmp_path) == before


def test_a_place_that_cannot_be_written_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "weights.former").write_text("a file in its place")
    with pytest.raises(DetectorError, match="weights.former cannot be made") as caught:
        undo(tmp_path / "weights", NAME)
    assert "\n" not in str(caught.value)


def test_every_file_of_the_former_is_kept_and_only_of_the_last(twice: tuple[Path, dict[str, str]]) -> None:
    weights, between = twice
    former = beside(weights) / NAME
    assert set(contents(former)) == set(between)
    assert set(files_of(NAME, read_manifest(former)[NAME])) == set(between) - {"manifest.json"}
    publish_once(weights, FIRST)
    assert read_manifest(former)[NAME].evidence != read_manifest(weights)[NAME].evidence
    assert len(contents(former)) == len(between)


def test_what_is_kept_takes_no_bytes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text(FIRST)
    link(tmp_path / "weights", tmp_path / "kept")
    assert os.path.samefile(tmp_path / "weights", tmp_path / "kept")


def undo_and_die(weights: Path, moves: int) -> None:
    """Undo, killed at once when it wants to replace or delete a file after `moves`."""
    left = moves

    def watch(event: str, _: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove", "os.rmdir"):
            if not left:
                os._exit(137)
            left -= 1

    sys.addaudithook(watch)
    undo(weights, NAME)
    os._exit(0)


@pytest.mark.slow
def test_killed_between_any_two_moves_one_of_both_is_published_and_the_other_is_kept(
    published_twice: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    whole, _ = published_twice
    seen = []
    for moves in range(0, 60, 2):
        weights = shutil.copytree(whole, tmp_path / f"weights-{moves}")
        shutil.copytree(beside(whole), beside(weights))
        child = multiprocessing.get_context("fork").Process(target=undo_and_die, args=(weights, moves))
        child.start()
        child.join()
        now = told(weights)
        seen.append(now)
        undo(weights, NAME)
        assert {now, told(weights)} == {FIRST, SECOND}
        assert (weights / f"{NAME}.md").read_text() == told(weights)
        shutil.rmtree(weights)
        shutil.rmtree(beside(weights))
        if child.exitcode == 0:
            break
    assert child.exitcode == 0 and {FIRST, SECOND} == set(seen)
