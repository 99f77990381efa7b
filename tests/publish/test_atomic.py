"""Publishing is one step: whatever breaks it off, what was published before is there, whole, and loads."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from detector.errors import DetectorError
from detector.files import sha256_of
from detector.pipeline import load_detector
from detector.publish.atomic import finish_or_forget, move_in, staging
from detector.publish.measure import Sources, rewrite_cards
from detector.publish.weights import publish
from detector.weights import read_manifest, write_entry
from tests.makers import add_random_detector
from tests.publish.conftest import Published
from tests.train.makers import negate_head


@dataclass(frozen=True)
class Again:
    """A second run to publish over the first: `checkpoint` into `weights`."""

    run: Path
    data: Path
    weights: Path
    checkpoint: Path


@pytest.fixture
def again(published: Published, tmp_path: Path) -> Again:
    """The shared run once more, in folders of its own, with the weights that ship already in place."""
    run = shutil.copytree(published.run, tmp_path / "run")
    weights = shutil.copytree(published.weights, tmp_path / "weights")
    return Again(run, published.data, weights, run / "last.ckpt")


def contents(folder: Path) -> dict[str, str]:
    """The files of a folder by their hash."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_weights_that_cannot_be_calibrated_are_refused_in_one_line_and_nothing_moves(again: Again) -> None:
    before = contents(again.weights)
    negate_head(again.checkpoint)
    with pytest.raises(DetectorError, match="unblend-lite2.*logits do not rise with the label") as caught:
        publish(again.run, Sources(again.data), again.weights, checkpoint=again.checkpoint)
    assert "\n" not in str(caught.value)
    assert contents(again.weights) == before
    assert load_detector(weights=again.weights).info.name == "unblend-lite2"


def test_a_publish_that_is_interrupted_while_it_measures_leaves_what_was_there(again: Again) -> None:
    before = contents(again.weights)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    shutil.rmtree(again.run / "logs")
    for kept in again.run.glob("*.csv"):
        kept.unlink()
    with pytest.raises(KeyboardInterrupt):
        publish(
            again.run,
            Sources(again.data),
            again.weights,
            checkpoint=again.checkpoint,
            size=48,
            progress=interrupt,
        )
    assert contents(again.weights) == before


@pytest.mark.parametrize("missing", ["data", "cross", "videos", "checkpoint"])
def test_a_publish_that_lacks_something_on_the_way_leaves_what_was_there(again: Again, missing: str) -> None:
    before, nowhere = contents(again.weights), again.run / "nowhere"
    given = {"data": again.data, "checkpoint": again.checkpoint} | {missing: nowhere}
    checkpoint = given.pop("checkpoint")
    with pytest.raises(DetectorError):
        publish(again.run, Sources(**given), again.weights, checkpoint=checkpoint, size=48)
    assert contents(again.weights) == before


NAME = "unblend-lite2"


@pytest.fixture
def over_another(published: Published, tmp_path: Path) -> Path:
    """A folder of weights with a detector of an earlier version in it, and the shared one built aside."""
    weights = tmp_path / "weights"
    weights.mkdir()
    add_random_detector(weights, NAME, size=64)
    entry = read_manifest(weights)[NAME]
    entry = replace(entry, trained_on=replace(entry.trained_on, recipe="unblend-lite2-quick.json"))
    write_entry(weights, NAME, entry)
    rewrite_cards([NAME], weights)
    shutil.copytree(published.weights, staging(weights, NAME))
    return weights


def move_in_and_die(weights: Path, moves: int) -> None:
    """Move the shared detector in, killed at once when it wants to replace or delete a file after `moves`."""
    left = moves

    def watch(event: str, _: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove"):
            if not left:
                os._exit(137)
            left -= 1

    sys.addaudithook(watch)
    move_in(staging(weights, NAME), weights, NAME)
    os._exit(0)


def test_killed_between_any_two_moves_it_loads_and_the_next_call_puts_it_right(
    published: Published, over_another: Path
) -> None:
    old, loaded = read_manifest(over_another)[NAME], []
    for moves in range(20):
        weights = shutil.copytree(over_another, over_another.with_name(f"killed-{moves}"))
        child = multiprocessing.get_context("fork").Process(target=move_in_and_die, args=(weights, moves))
        child.start()
        child.join()
        now = read_manifest(weights)[NAME]
        assert now in (old, published.entry)
        assert sha256_of(weights / now.file) == now.sha256
        assert load_detector(NAME, weights=weights).info.weights_sha256 == now.sha256
        finish_or_forget(weights, NAME)
        whole = now == published.entry
        assert (weights / f"{NAME}.recipe.json").exists() == whole
        assert ("beside this card" in (weights / f"{NAME}.md").read_text()) == whole
        assert [path.name for path in weights.glob("*.safetensors")] == [now.file]
        assert not [path for path in weights.iterdir() if path.name.startswith(f".{NAME}")]
        loaded.append(now.file)
        if child.exitcode == 0:
            break
    assert child.exitcode == 0 and len(loaded) >= 5
    assert {old.file, published.entry.file} == set(loaded)


def test_publishing_again_leaves_one_file_of_weights_and_the_same_entry(again: Again) -> None:
    before = read_manifest(again.weights)
    publish(again.run, Sources(again.data), again.weights, checkpoint=again.checkpoint, size=48)
    after = read_manifest(again.weights)[NAME]
    assert after.input.size == 48 and after.sha256 == before[NAME].sha256
    assert [path.name for path in again.weights.glob("*.safetensors")] == [after.file]
