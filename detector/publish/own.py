"""A person's own labelled pictures to the evidence of a published detector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from detector.data.labelled import SPLIT_FOLDERS
from detector.data.labels import Index, Row, read_index
from detector.data.layouts import read_layout
from detector.data.picture_layouts import CLASSES
from detector.data.tables import INDEX
from detector.engines import PYTORCH
from detector.errors import SettingsError
from detector.evidence import Fitted
from detector.pipeline import Progress, load_detector
from detector.publish.atomic import building, move_in
from detector.publish.card import write_card
from detector.publish.refit import SCORES, fit_evidence, stage_published, write_evidence
from detector.publish.scores import scores_of
from detector.structures import CATEGORIES
from detector.weights import write_entry
from detector.zoo.specs import SPECS

KINDS = {0: "genuine", 1: "fake"}
"""What pictures are called whose folder does not say their kind."""


def own_index(folder: Path) -> Index:
    """The labelled pictures of `folder`: those of its index.csv, else those below folders called Real and
    Fake, which lie in it, or in a folder for each source.

    A folder right below Real or Fake names the kind (swap, gan, snapshot ...), one below that a video whose
    frames it holds. Raises SettingsError where it is neither.
    """
    if (folder / INDEX).exists():
        return read_index(folder / INDEX)
    if not folder.is_dir():
        raise SettingsError(f"{folder} is no folder; give the one that holds Real and Fake, or {INDEX}")
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    whole = not inside or any(path.name.lower() in {*CLASSES, *SPLIT_FOLDERS} for path in inside)
    parts = [folder] if whole else inside
    return Index(folder / INDEX, tuple(row for part in parts for row in _rows(folder, part)))


def _rows(folder: Path, part: Path) -> Iterator[Row]:
    """The rows of one source."""
    source = part.resolve().name
    for row in read_layout(part, "folders").rows:
        if row.left_out:
            continue
        within = row.path.relative_to(part).parts[:-1]
        below = [name for name in within if name.lower() not in {*CLASSES, *SPLIT_FOLDERS}]
        kind = below[0] if below else KINDS[row.label]
        group = "/".join(below[1:]) or row.path.stem
        file = row.path.relative_to(folder).as_posix()
        yield Row(file, row.label, source, source, group=group, category=kind)


def fit_own(name: str, folder: Path, weights: Path, work: Path, progress: Progress | None = None) -> Fitted:
    """Fit the evidence of a published detector on the labelled pictures of `folder`, in place of what it had,
    in one step that can be undone; weights, calibration and figures stay.

    Of one source there are references only: nothing can be left out to judge a ratio by. Raises
    SettingsError where no picture has a face, or none is of the fakes the detector is asked about.
    """
    index = own_index(folder)
    with building(weights, name) as staged:
        recipe = stage_published(weights, name, staged)
        detector = load_detector(name, PYTORCH, weights=staged)
        scores = scores_of(index, [detector], work / SCORES, progress=progress)[name]
        asked = scores.of_question(detector.spec.question)
        if not asked.is_fake.any() or asked.is_fake.all():
            kinds = ", ".join(sorted(CATEGORIES[detector.spec.question]))
            raise SettingsError(
                f"{folder} lacks faces of fakes that {name} is asked about ({kinds}), or of genuine pictures:"
                " name the kinds in index.csv, or by folders below Fake and Real"
            )
        fitted = fit_evidence(detector, scores, folder.resolve().name)
        entry = replace(detector.entry, evidence=write_evidence(staged, name, fitted))
        write_entry(staged, name, entry)
        write_card(staged / f"{name}.md", SPECS[name], entry, recipe)
        move_in(staged, weights, name)
    return fitted
