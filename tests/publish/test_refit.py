"""What is published fitted anew: evidence and figures from elsewhere, in one step that can be undone."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from detector.cli import main
from detector.errors import DetectorError
from detector.evidence import read
from detector.files import sha256_of
from detector.manifest import Entry
from detector.publish.atomic import undo
from detector.publish.measure import Sources
from detector.publish.refit import refit
from detector.publish.weights import publish
from detector.structures import Question
from detector.weights import evidence_path, read_manifest
from tests.publish.conftest import Published
from tests.publish.elsewhere import make_cross

NAME = "unblend-lite2"


@dataclass(frozen=True)
class Refitted:
    """The folder of weights after a refit on sets from elsewhere, these, and what had been published."""

    weights: Path
    cross: Path
    work: Path
    former: Entry

    @property
    def entry(self) -> Entry:
        """What is published now."""
        return read_manifest(self.weights)[NAME]


@pytest.fixture(scope="module")
def refitted(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Refitted:
    """The shared detector, published without sets from elsewhere, refitted on some by the command."""
    folder = tmp_path_factory.mktemp("refit")
    weights = shutil.copytree(published.weights, folder / "weights")
    cross = make_cross(folder / "cross")
    words = ["publish", "--refit", NAME, "--cross", str(cross), "--work", str(folder / "work")]
    assert main([*words, "--weights", str(weights)]) == 0
    return Refitted(weights, cross, folder / "work", published.entry)


def test_a_detector_published_without_sets_from_elsewhere_has_no_evidence(refitted: Refitted) -> None:
    assert refitted.former.evidence is None and refitted.former.metrics.cross == {}


def test_evidence_is_fitted_for_the_question_and_the_weights(refitted: Refitted) -> None:
    path = evidence_path(refitted.entry, refitted.weights)
    assert path is not None and path.name == f"{NAME}-{sha256_of(path)[:12]}.evidence.json"
    fitted = read(path)
    assert (fitted.detector, fitted.weights) == (NAME, refitted.entry.sha256)
    assert fitted.question is Question.EITHER and fitted.fitted_on == "16 faces of cross: a, b"
    assert fitted.fit is not None and len(fitted.fit.gates) == 6
    assert {(of.kind, of.is_fake, len(of.logits)) for of in fitted.references} == {
        ("snapshot", False, 4),
        ("studio", False, 4),
        ("diffusion", True, 8),
    }
    assert "person" not in path.read_text()


def test_what_there_is_no_data_for_stays(refitted: Refitted) -> None:
    entry, former = refitted.entry, refitted.former
    assert (entry.file, entry.sha256, entry.calibration) == (former.file, former.sha256, former.calibration)
    assert (entry.thresholds, entry.seen, entry.trained_on) == (
        former.thresholds,
        former.seen,
        former.trained_on,
    )
    assert entry.metrics.test == former.metrics.test and entry.metrics.fits == former.metrics.fits
    assert entry.golden == pytest.approx(former.golden, abs=1e-4)


def test_figures_across_datasets_are_by_question_and_kind(refitted: Refitted) -> None:
    metrics = refitted.entry.metrics
    assert set(metrics.cross) == {"a", "b"} and set(metrics.cross_auc) == {"either", "generated"}
    assert metrics.cross_auc["either"].cells == 4 and metrics.cross_auc["either"].worst is None
    assert metrics.cross_auc["either"].mean == metrics.cross_auc["generated"].mean
    assert (metrics.kinds["diffusion"].n, metrics.kinds["diffusion"].groups) == (8, 8)
    assert metrics.kinds["diffusion"].auc == metrics.cross_auc["either"].mean
    assert metrics.kinds["studio"].false_alarms is not None and metrics.kinds["studio"].auc is None


def test_the_card_is_written_anew(refitted: Refitted) -> None:
    told = (refitted.weights / f"{NAME}.md").read_text()
    assert "Fitted on 16 faces of cross: a, b; everything below is judged" in told
    assert "| of every kind (its question) |" in told and "| diffusion (fake) | 8 | 8 |" in told
    assert "| studio-like |" in told and "withheld by the release gate" in told


def test_a_refit_is_repeatable_and_undone_as_a_publish_is(refitted: Refitted, tmp_path: Path) -> None:
    weights = shutil.copytree(refitted.weights, tmp_path / "weights")
    refit([NAME], Sources(None, refitted.cross), weights, refitted.work)
    again = read_manifest(weights)[NAME]
    assert replace(again, speed=None) == replace(refitted.entry, speed=None)
    undo(weights, NAME)
    assert replace(read_manifest(weights)[NAME], speed=None) == replace(refitted.entry, speed=None)
    shutil.rmtree(tmp_path / "weights.former")
    shutil.copytree(refitted.weights.with_name("weights.former"), tmp_path / "weights.former")
    undo(weights, NAME)
    assert read_manifest(weights)[NAME] == refitted.former
    assert not list(weights.glob("*.evidence.json"))


def test_a_publish_on_sets_from_elsewhere_fits_evidence_at_once(
    published: Published, refitted: Refitted, tmp_path: Path
) -> None:
    run = shutil.copytree(published.run, tmp_path / "run")
    shutil.copytree(refitted.work / "scores", run / "scores")
    sources = Sources(published.data, refitted.cross)
    entry = publish(run, sources, tmp_path / "weights", checkpoint=run / "last.ckpt")
    assert entry.evidence == refitted.entry.evidence
    assert entry == read_manifest(tmp_path / "weights")[NAME]
    assert replace(entry.metrics, fits={}, cuts={}) == replace(refitted.entry.metrics, fits={}, cuts={})


def test_without_anything_to_fit_on_it_says_so(refitted: Refitted, tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match="nothing to fit on"):
        refit([NAME], Sources(None), refitted.weights, tmp_path)
    with pytest.raises(DetectorError, match="bnext-t is not in the manifest"):
        refit(["bnext-t"], Sources(None, refitted.cross), refitted.weights, tmp_path)
