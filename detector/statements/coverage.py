"""What of a file was looked at, and what was not, in words: the only place of them, for every door."""

from __future__ import annotations

from collections.abc import Iterator

from detector.structures import Cause, Choice, Coverage, Part, PartKind, Transfer

_WHY = {Cause.CUT_OFF: "lie beyond the end of the file", Cause.DAMAGED: "could not be decoded"}

_CHOSEN = {
    Choice.DEFAULT: "which players show",
    Choice.LARGEST: "the largest",
    Choice.FIRST: "the first",
    Choice.FULL: "the full picture, of which others are reduced copies",
    Choice.PREVIEW: "the camera's own preview; its raw data are not read",
}

_PARTS = {
    PartKind.STREAM: "picture streams",
    PartKind.DIRECTORY: "pictures in the file",
    PartKind.PICTURE: "pictures in the file",
}

_TRANSFERS = {Transfer.HLG: "HLG", Transfer.PQ: "PQ"}

MOST_SIZES = 3
"""Sizes told of pictures that change theirs."""


def coverage_phrases(coverage: Coverage | None) -> list[str]:
    """What a reader must know beside the answer, each with its capital and without its full stop; nothing of
    a file that was looked at as usual, or of which it is not known.
    """
    return [phrase[:1].upper() + phrase[1:] for phrase in _clauses(coverage)] if coverage else []


def coverage_sentences(coverage: Coverage | None) -> list[str]:
    """`coverage_phrases` as sentences."""
    return [f"{phrase}." for phrase in coverage_phrases(coverage)]


def looked_at(coverage: Coverage) -> str:
    """How many pictures were looked at, as `5 of 32 planned frames read`."""
    frames = "frame" if coverage.planned == 1 else "frames"
    return f"{coverage.read} of {coverage.planned} planned {frames} read"


def _clauses(coverage: Coverage) -> Iterator[str]:
    yield from _cut_off(coverage)
    for dropped in coverage.dropped:
        if dropped.pictures:
            yield (
                f"{dropped.pictures} of {coverage.planned} frames that were to be looked at"
                f" {_WHY[dropped.cause]}"
            )
    if coverage.part is not None:
        yield _of_part(coverage.part)
    if coverage.animated:
        frames = "picture" if coverage.read == 1 else "pictures"
        yield f"an animated image, judged as a short clip by {coverage.read} {frames} of it"
    if coverage.clock_restarts:
        times = "once" if coverage.clock_restarts == 1 else f"{coverage.clock_restarts} times"
        yield f"the clock of the file begins anew {times}; its parts were joined and all looked at"
    if coverage.sizes:
        told = [f"{width} x {height}" for width, height in coverage.sizes[:MOST_SIZES]]
        more = " and more" if len(coverage.sizes) > MOST_SIZES else ""
        yield f"the pictures change their size: {', then '.join(told)}{more}"
    if coverage.transfer is not Transfer.SDR:
        name = _TRANSFERS[coverage.transfer]
        yield (
            f"high dynamic range ({name}) was tone-mapped to that of a usual screen first"
            if coverage.tone_mapped
            else f"high dynamic range ({name}) was not tone-mapped: the picture looks other than on a screen"
        )


def _cut_off(coverage: Coverage) -> Iterator[str]:
    cut = coverage.cut_off
    if cut is None:
        return
    if cut.of_pictures is not None and cut.of_pictures > cut.pictures:
        yield f"the file is cut off: {cut.pictures} of its {cut.of_pictures} frames are there"
    elif cut.of_seconds is not None and cut.of_seconds > cut.seconds:
        yield f"the file is cut off: {cut.seconds:.1f} of its {cut.of_seconds:.1f} s are there"
    else:
        yield "the file is cut off: it announces more than is there"


def _of_part(part: Part) -> str:
    name = "stream" if part.kind is PartKind.STREAM else "picture"
    return (
        f"of {part.count} {_PARTS[part.kind]} only {name} {part.number} was looked at, {_CHOSEN[part.choice]}"
    )
