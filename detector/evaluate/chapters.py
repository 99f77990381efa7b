"""Figures of detectors on files of one kind to the chapters of the Markdown report, each empty where it has
nothing to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detector.evaluate.judged import Judged
from detector.evaluate.metrics import Estimate
from detector.evaluate.reliability import BINS
from detector.evaluate.report.markdown import grid, in_words, number
from detector.evaluate.results import Figure, Figures
from detector.evaluate.significance import MEAN_OF_SETS, Difference
from detector.evaluate.slices import ALL_FILES, Kind

HEADINGS: dict[Kind, str] = {
    "source": "By source",
    "set": "By set",
    "method": "By method",
    "size": "By size of the face",
    "part": "Parts quoted by themselves",
}
NOTES: dict[Kind, str] = {
    "method": "The fakes of each method against the reals of their source.\n\n",
    "size": (
        "Longer side of the box of the face that decides, in pixels of its picture (counts are those of the"
        " first detector). Sizes differ between sources, so a row also tells which sources are in it.\n\n"
    ),
}
THRESHOLD_HEAD = (
    "",
    "real called real / fake",
    "fake called real / fake",
    "no face / unreadable",
    "accuracy",
    "balanced accuracy",
    "precision",
    "recall",
    "specificity",
    "F1",
)
PROBABILITY_HEAD = ("", "AP", "EER", "log loss", "Brier", "ECE")
SCANNED = ("judged", "no face", "could not be read")


def auc_chapter(judged: Sequence[Judged], kind: Kind) -> str:
    """AUC of every detector on every slice of one kind; the mean and the pooled AUC below
    sources and sets.
    """
    figures = [one.figures for one in judged]
    rows = [
        _auc_row(columns)
        for columns in zip(*(one.of(kind) for one in figures), strict=True)
        if any(one.files for one in columns)
    ]
    if (
        not rows
        or (kind == "set" and _sets_are_sources(figures[0]))
        or (kind == "method" and _methods_are_sources(figures[0]))
    ):
        return ""
    head = ["", "real", "fake", "groups", "judged", *(f"`{one.info.name}`" for one in judged)]
    if kind in ("source", "set"):
        means = [one.mean_of_sources if kind == "source" else one.mean_of_sets for one in figures]
        if any(means):
            rows.append(
                [
                    f"**mean over {kind}s with fakes**",
                    "",
                    "",
                    "",
                    "",
                    *(f"**{in_words(one)}**" for one in means),
                ]
            )
        if len(rows) > 1 and any(one.whole.auc for one in figures):
            rows.append(["**pooled**", *_auc_row([one.whole for one in figures])[1:]])
    return f"### {HEADINGS[kind]}\n\n{NOTES.get(kind, '')}{grid(head, rows)}"


def _sets_are_sources(figures: Figures) -> bool:
    return [one.name for one in figures.of("set")] == [one.name for one in figures.of("source")]


def _methods_are_sources(figures: Figures) -> bool:
    """Whether no source has fakes of two methods."""
    return len(figures.of("method")) <= sum(
        one.at_threshold.recall is not None for one in figures.of("source")
    )


def _auc_row(columns: Sequence[Figure]) -> list[str]:
    first = columns[0]
    mark = " †" if first.against == "all reals" else ""
    counts = f" ({first.fake} × {first.real}: {first.pairs} pairs)" if first.pairs is not None else ""
    judged = f"{first.judged} of {first.files}"
    return [
        f"{first.name}{mark}{counts}",
        str(first.real),
        str(first.fake),
        str(first.groups),
        judged,
        *(in_words(one.auc) for one in columns),
    ]


def answers_chapter(judged: Sequence[Judged]) -> str:
    """Which share of the files was judged, had no face, could not be read, and got no
    more than `uncertain`.
    """
    whole = [one.figures.whole for one in judged]
    alike = (
        len({(one.judged, one.no_face, one.unreadable) for one in whole}) == 1
    )  # one scan serves all detectors
    scanned = judged[:1] if alike else judged
    head = [
        "",
        "files",
        *(words if alike else f"`{one.info.name}` {words}" for one in scanned for words in SCANNED),
    ]
    rows = [
        [_named(columns[0]), str(columns[0].files), *_scanned(columns[: len(scanned)]), *_uncertain(columns)]
        for columns in zip(*(_told(one.figures) for one in judged), strict=True)
        if any(one.files for one in columns)
    ]
    note = "Shares of all files. What was judged and is not `uncertain` got a verdict."
    return (
        f"### Answers\n\n{note}\n\n{grid([*head, *(f'`{one.info.name}` uncertain' for one in judged)], rows)}"
    )


def _scanned(figures: Sequence[Figure]) -> list[str]:
    shares = [
        share for one in figures for share in (one.shares.judged, one.shares.no_face, one.shares.unreadable)
    ]
    return [in_words(share, ".1%") for share in shares]


def _uncertain(figures: Sequence[Figure]) -> list[str]:
    return [in_words(one.shares.uncertain, ".1%") for one in figures]


def _told(figures: Figures) -> list[Figure]:
    """The slices that have rows of measures: sources, those sets that are no source, sizes of face, and all
    files.
    """
    sources = figures.of("source")
    sets = [one for one in figures.of("set") if replace(one, kind="source") not in sources]
    return [*sources, *sets, *figures.of("size"), figures.whole]


def _named(figure: Figure) -> str:
    endings = {"set": " (set)", "size": " (face)"}
    return f"**{figure.name}**" if figure.kind == "all" else figure.name + endings.get(figure.kind, "")


def reals_chapter(judged: Sequence[Judged]) -> str:
    """Per source with reals: the share of them over t, and over hi."""
    head = [
        "",
        *(
            f"`{one.info.name}` {words}"
            for one in judged
            for words in (f"over t = {one.info.thresholds.t:.3f}", "likely fake")
        ),
    ]
    rows = [
        [
            columns[0].name,
            *(in_words(value) for one in columns for value in (one.false_positives, one.reals_over_hi)),
        ]
        for columns in zip(*(one.figures.of("source") for one in judged), strict=True)
        if any(one.false_positives is not None for one in columns)
    ]
    return f"### Real pictures called fake\n\n{grid(head, rows)}" if rows else ""


def threshold_chapter(judged: Sequence[Judged]) -> str:
    """Per detector: what is called what at its threshold, by source, by those sets that are no source, by
    size, and over all files.
    """
    note = (
        "A file is called fake where its p_fake is over the detector's t, also where the verdict is"
        " `uncertain`; what was not judged is in no measure. Precision, recall and F1 are of fake,"
        " specificity is the recall of real. A source of one class has a dash where both are needed."
        " Accuracy, precision and F1 move with the share of fakes: compare detectors by them, not sources."
    )
    tables = [
        f"`{one.info.name}`, t = {one.info.thresholds.t:.3f}:\n\n"
        + grid(THRESHOLD_HEAD, [_threshold_row(of) for of in _told(one.figures) if of.files])
        for one in judged
    ]
    return "\n\n".join(["### At the threshold", note, *tables])


def _threshold_row(figure: Figure) -> list[str]:
    at, matrix = figure.at_threshold, figure.at_threshold.matrix
    measures = (at.accuracy, at.balanced_accuracy, at.precision, at.recall, at.specificity, at.f1)
    return [
        _named(figure),
        f"{matrix.real_as_real} / {matrix.real_as_fake}",
        f"{matrix.fake_as_real} / {matrix.fake_as_fake}",
        f"{figure.no_face} / {figure.unreadable}",
        *(in_words(one) for one in measures),
    ]


def probability_chapter(judged: Sequence[Judged]) -> str:
    """Per detector: what hangs on no threshold, beside the AUC."""
    note = (
        "AP (average precision) and EER (equal error rate) look at the ranking, log loss, Brier score and"
        f" ECE (expected calibration error, {BINS} bins of equal numbers of files) at p_fake itself. The"
        " fewer the files the higher an ECE comes out by chance alone; its interval is how far the draws"
        " spread, set about the figure. AP, log loss, Brier score and ECE move with the share of fakes."
    )
    tables = [
        f"`{one.info.name}`:\n\n"
        + grid(PROBABILITY_HEAD, [_probability_row(of) for of in _told(one.figures) if of.files])
        for one in judged
    ]
    return "\n\n".join(["### Ranking and probabilities", note, *tables])


def _probability_row(figure: Figure) -> list[str]:
    own = figure.against == "own reals"
    ranking: list[Estimate | None] = [figure.average_precision, figure.equal_error] if own else [None, None]
    at = figure.at_threshold
    return [
        _named(figure),
        *(in_words(one) for one in (*ranking, at.log_loss, at.brier, figure.calibration_error)),
    ]


def band_chapter(judged: Sequence[Judged]) -> str:
    """How committed verdicts fare, each file judged with the band fitted without its source."""
    banded = [(one, one.band) for one in judged if one.band is not None and one.band.committed]
    if not banded:
        return ""
    head = [
        "",
        *(f"`{one.info.name}` {words}" for one, _ in banded for words in ("committed", "of these wrong")),
    ]
    rows = [
        [columns[0].name, *(number(value, ".1%") for one in columns for value in (one.coverage, one.risk))]
        for columns in zip(*(band.committed for _, band in banded), strict=True)
    ]
    bands = "; ".join(
        f"`{one.info.name}` uncertain from {band.band.lo:.3f} to {band.band.hi:.3f}" for one, band in banded
    )
    note = (
        "Share of files with more than `uncertain`, and how many of these are wrong; the band fitted without"
        " the source that is judged. Fitted on all sets:"
    )
    return f"### Verdicts\n\n{note} {bands}.\n\n{grid(head, rows)}"


def paired_chapter(found: Sequence[Difference]) -> str:
    """The AUCs of every two detectors on the files that both judged, and how likely their difference is by
    chance.
    """
    if not found:
        return ""
    note = (
        "On the files that both judged, the same draws for both; p is the bootstrap's, which keeps groups"
        " together, and is not corrected for the number of comparisons."
    )
    parts = [f"### Two detectors on the same files\n\n{note}"]
    for first, second in dict.fromkeys((one.first, one.second) for one in found):
        head = ["", "files", f"`{first}`", f"`{second}`", "difference", "p"]
        rows = [
            [
                f"**{one.name}**" if one.name in (MEAN_OF_SETS, ALL_FILES) else one.name,
                str(one.files),
                number(one.auc_of_first),
                number(one.auc_of_second),
                in_words(one.difference, "+.3f"),
                _chance(one.p_bootstrap),
            ]
            for one in found
            if (one.first, one.second) == (first, second)
        ]
        parts.append(grid(head, rows))
    return "\n\n".join(parts)


def _chance(p: float | None) -> str:
    return "< 0.001" if p is not None and p < 0.001 else number(p)
