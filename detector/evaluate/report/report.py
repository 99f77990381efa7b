"""Figures of several detectors to Markdown tables and to a JSON that holds all it takes to repeat them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from detector.evaluate import chapters
from detector.evaluate.judged import Elsewhere, Judge, Judged, judged_of
from detector.evaluate.metrics import DRAWS
from detector.evaluate.predictions import Index, Prediction
from detector.evaluate.report.environment import facts_of
from detector.evaluate.significance import Difference, differences
from detector.structures import Verdict

LISTED_FILES = 20
"""Files that were not judged, named in the Markdown; the JSON and the predictions name all."""
KINDS = {"photo": "photos", "video": "videos"}


@dataclass(frozen=True)
class Report:
    """An evaluation: `predictions` file by file, the tables, and how many files could not be read.

    `judged` has one entry for every kind of file (photos, videos) and detector: the two kinds are never in
    one figure.
    """

    predictions: tuple[Prediction, ...]
    judged: tuple[Judged, ...]
    markdown: str
    json: str
    unreadable: int


@dataclass(frozen=True)
class Unmatched:
    """Files of an evaluation of predictions made elsewhere that have a label and no prediction, or a
    prediction and no label.
    """

    unpredicted: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()


@dataclass(frozen=True)
class _OfKind:
    """All that is said of the files of one kind."""

    kind: str
    judged: tuple[Judged, ...]
    differences: tuple[Difference, ...]


def report_of(
    index: Index,
    detectors: Sequence[Judge],
    predictions: Sequence[Prediction],
    *,
    command: str,
    split: str | None = None,
    draws: int = DRAWS,
    random_seed: int = 0,
    judging: Mapping[str, object] | None = None,
    unmatched: Unmatched = Unmatched(),  # noqa: B008 (frozen)
) -> Report:
    """The figures of every detector on its own predictions, as Markdown and JSON; no date and no path of a
    machine in either.
    """
    parts = _by_kind(detectors, predictions, draws, random_seed)
    facts = facts_of(
        index,
        predictions,
        command=command,
        split=split,
        draws=draws,
        random_seed=random_seed,
        judging=judging if judging is not None else {},
    )
    return Report(
        predictions=tuple(predictions),
        judged=tuple(judged for part in parts for judged in part.judged),
        markdown=_markdown(parts, detectors, predictions, facts, unmatched),
        json=_json(parts, predictions, facts, unmatched),
        unreadable=len({one.file for one in predictions if one.verdict is Verdict.UNREADABLE}),
    )


def _by_kind(
    detectors: Sequence[Judge], predictions: Sequence[Prediction], draws: int, random_seed: int
) -> list[_OfKind]:
    found = []
    for kind in KINDS:
        own = [one for one in predictions if one.kind == kind]
        if own and detectors:
            judged = tuple(
                judged_of(info, kind, [one for one in own if one.detector == info.name], draws, random_seed)
                for info in detectors
            )
            found.append(
                _OfKind(kind, judged, differences(own, [info.name for info in detectors], draws, random_seed))
            )
    return found


def _json(
    parts: Sequence[_OfKind],
    predictions: Sequence[Prediction],
    facts: dict[str, object],
    unmatched: Unmatched,
) -> str:
    detectors = [
        {
            "detector": asdict(one.info),
            "kind": one.kind,
            **asdict(one.figures),
            "band": asdict(one.band) if one.band else None,
        }
        for part in parts
        for one in part.judged
    ]
    content = {
        "schema": 2,
        **facts,
        "detectors": detectors,
        "differences": [{"kind": part.kind, **asdict(one)} for part in parts for one in part.differences],
        "not_judged": _not_judged(predictions),
        "unmatched": asdict(unmatched),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _markdown(
    parts: Sequence[_OfKind],
    detectors: Sequence[Judge],
    predictions: Sequence[Prediction],
    facts: dict[str, object],
    unmatched: Unmatched,
) -> str:
    written = [_how(facts, detectors)]
    for part in parts:
        of_kind = _chapters(part)
        if len(parts) > 1:  # the two kinds never share a table
            of_kind = [chapter.replace("\n", f": {KINDS[part.kind]}\n", 1) for chapter in of_kind]
        written += of_kind
    written += [text for text in (_unmatched_list(unmatched), _not_judged_list(predictions)) if text]
    return "\n\n".join(written) + "\n"


def _chapters(part: _OfKind) -> list[str]:
    judged = part.judged
    found = [chapters.auc_chapter(judged, kind) for kind in chapters.HEADINGS]
    found += [
        chapters.answers_chapter(judged),
        chapters.reals_chapter(judged),
        chapters.threshold_chapter(judged),
        chapters.probability_chapter(judged),
        chapters.band_chapter(judged),
        chapters.paired_chapter(part.differences),
    ]
    return [chapter for chapter in found if chapter]


def _how(facts: dict[str, object], detectors: Sequence[Judge]) -> str:
    ours = ", ".join(
        f"`{one.name}` {one.weights_sha256[:12]}" for one in detectors if not isinstance(one, Elsewhere)
    )
    theirs = ", ".join(
        f"`{one.name}` of `{one.file}` (sha256 {one.file_sha256[:12]})"
        for one in detectors
        if isinstance(one, Elsewhere)
    )
    through = (
        "AUC of predictions made elsewhere"
        if theirs
        else "AUC through the whole pipeline (decoded, face found, cropped, judged)"
    )
    sources = [*([f"Weights: {ours}."] if ours else []), *([f"Predictions: {theirs}."] if theirs else [])]
    return (
        f"`{facts['command']}`\n\n{through} with a {facts['interval']}, random seed {facts['random_seed']}."
        f" {facts['files']} files of `{facts['index']}` (sha256 {str(facts['index_sha256'])[:12]})."
        f" {' '.join(sources)} A source of fakes only (†) is set against all real pictures of the index;"
        " pooled is one ranking of all files."
    )


def _not_judged(predictions: Sequence[Prediction]) -> list[dict[str, str]]:
    """Files without p_fake, each once, in order."""
    found = {
        one.file: {"file": one.file, "verdict": str(one.verdict), "error": one.error}
        for one in predictions
        if one.p_fake is None
    }
    return list(found.values())


def _not_judged_list(predictions: Sequence[Prediction]) -> str:
    files = _not_judged(predictions)
    lines = [
        f"`{one['file']}`: {one['verdict']}" + (f" ({one['error']})" if one["error"] else "") for one in files
    ]
    return _listed("Not judged", lines)


def _unmatched_list(unmatched: Unmatched) -> str:
    lists = (
        ("Labelled, without a prediction", unmatched.unpredicted),
        ("Predicted, without a label", unmatched.unlabelled),
    )
    return "\n\n".join(
        text for title, files in lists if (text := _listed(title, [f"`{file}`" for file in files]))
    )


def _listed(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    more = [f"- and {len(lines) - LISTED_FILES} more, in the JSON"] if len(lines) > LISTED_FILES else []
    return f"### {title}: {len(lines)}\n\n" + "\n".join(
        [*(f"- {line}" for line in lines[:LISTED_FILES]), *more]
    )
