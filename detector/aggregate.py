"""Judged faces of one file to tracks, the face that decides, and the reasons in words."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.calibration import probability
from detector.structures import Calibration, FaceScore, Scan, TrackScore
from detector.verdict import FEWEST_FRAMES

NO_FACE_REASONS = (
    (
        "No face was found: use a picture where a face is larger, sharper or turned to the camera, or say"
        " that it is already cropped"
    ),
    "Only faces are judged: pictures that a generator made whole, without a face, are not",
)

EXTRAPOLATED = "take it as an extrapolation, which nothing was measured for"


@dataclass(frozen=True, eq=False)
class Decision:
    """What the faces come to. `marked`: the evidence is too poor for more than `uncertain`, and the first of
    `reasons` says why.

    `extrapolated`: what decides is unlike the faces that the calibration was fitted on, and one of `reasons`
    says in what.
    """

    tracks: tuple[TrackScore, ...]
    p_fake: float | None
    deciding: FaceScore | None
    marked: bool
    reasons: tuple[str, ...]
    tracked: bool = False
    extrapolated: bool = False


def aggregate(scan: Scan, scores: Sequence[FaceScore], calibration: Calibration) -> Decision:
    """The decision on a file from the scores of all its faces, in the order of `scan.faces`."""
    if not scores:
        return Decision(tracks=(), p_fake=None, deciding=None, marked=False, reasons=NO_FACE_REASONS)
    if scan.media.kind == "photo":
        return _photo(scores)
    if not scan.tracked:
        return _untracked(scan, scores, calibration)
    by_track: dict[int | None, list[FaceScore]] = {}
    for score in scores:
        by_track.setdefault(score.face.track_id, []).append(score)
    if max(_frames(faces) for faces in by_track.values()) < FEWEST_FRAMES:
        return _untracked(scan, scores, calibration)
    return _tracked(by_track, calibration)


def _photo(scores: Sequence[FaceScore]) -> Decision:
    deciding = most_suspicious(scores)
    remarks = deciding.face.quality.remarks
    caveats = [f"The face that decides is hard to judge: {', '.join(remarks)}"] if remarks else []
    unlike = _unlike_seen(deciding)
    rule = f"The most suspicious of {len(scores)} faces decides" if len(scores) > 1 else "One face was found"
    return Decision(
        tracks=tuple(
            TrackScore(track_id=None, face_scores=(score,), p_fake=score.p_fake) for score in scores
        ),
        p_fake=deciding.p_fake,
        deciding=deciding,
        marked=bool(remarks),
        reasons=(*caveats, *unlike, rule, *_whole_picture(deciding)),
        extrapolated=bool(unlike),
    )


def _tracked(by_track: Mapping[int | None, Sequence[FaceScore]], calibration: Calibration) -> Decision:
    tracks = [_track(track_id, faces, calibration) for track_id, faces in by_track.items()]
    long = [track for track in tracks if _frames(track.face_scores) >= FEWEST_FRAMES]
    best = max(long, key=lambda track: (track.p_fake, _mean_logit(track.face_scores)))
    frames = _frames(best.face_scores)
    if len(long) > 1:
        rule = f"The most suspicious of {len(long)} people decides, seen in {frames} frames"
    else:
        rule = f"One person decides, seen in {frames} frames"
    short = len(tracks) - len(long)
    aside = (
        [
            f"{short} more, seen in fewer than {FEWEST_FRAMES} frames, {'do' if short > 1 else 'does'} not"
            " decide"
        ]
        if short
        else []
    )
    deciding = most_suspicious(best.face_scores)
    caveats = _mostly_marked(best.face_scores, "the person that decides")
    unlike = _mostly_unlike_seen(best.face_scores)
    reasons = (*caveats, *unlike, rule, *aside, *_whole_picture(deciding))
    return Decision(
        tuple(tracks), best.p_fake, deciding, bool(caveats), reasons, tracked=True, extrapolated=bool(unlike)
    )


def _untracked(scan: Scan, scores: Sequence[FaceScore], calibration: Calibration) -> Decision:
    """Of each frame the highest logit, then the mean over frames."""
    by_frame: dict[int, list[FaceScore]] = {}
    for score in scores:
        by_frame.setdefault(score.face.frame_index, []).append(score)
    highest = [most_suspicious(faces) for faces in by_frame.values()]
    p_fake = probability(_mean_logit(highest), calibration)
    frames = len(highest)
    caveats = _mostly_marked(highest, "the frames that decide")
    if frames < FEWEST_FRAMES:
        shown = "Only 1 frame shows" if frames == 1 else f"Only {frames} frames show"
        caveats = (f"{shown} a face, and a video needs {FEWEST_FRAMES} for more than uncertain", *caveats)
    rule = (
        f"The most suspicious face of each frame decides, averaged over {frames} frames"
        if frames > 1
        else "One frame decides"
    )
    deciding = most_suspicious(highest)
    unlike = _mostly_unlike_seen(highest)
    return Decision(
        tracks=(TrackScore(track_id=None, face_scores=tuple(scores), p_fake=p_fake),),
        p_fake=p_fake,
        deciding=deciding,
        marked=bool(caveats),
        reasons=(*caveats, *unlike, rule, _why_untracked(scan), *_whole_picture(deciding)),
        extrapolated=bool(unlike),
    )


def most_suspicious(scores: Sequence[FaceScore]) -> FaceScore:
    """The score with the highest logit, of equals the first."""
    return max(scores, key=lambda score: score.logit)


def _track(track_id: int | None, scores: Sequence[FaceScore], calibration: Calibration) -> TrackScore:
    return TrackScore(
        track_id=track_id, face_scores=tuple(scores), p_fake=probability(_mean_logit(scores), calibration)
    )


def _mean_logit(scores: Sequence[FaceScore]) -> float:
    return statistics.fmean(score.logit for score in scores)


def _frames(scores: Sequence[FaceScore]) -> int:
    return len({score.face.frame_index for score in scores})


def _mostly_marked(scores: Sequence[FaceScore], whose: str) -> tuple[str, ...]:
    """A reason where more than half of the faces are marked, with the words that occur most."""
    marked = [score.face.quality.remarks for score in scores if score.face.quality.remarks]
    if 2 * len(marked) <= len(scores):
        return ()
    words = statistics.multimode(remark for remarks in marked for remark in remarks)
    return (f"{len(marked)} of {len(scores)} faces of {whose} are hard to judge: {', '.join(words[:3])}",)


def _unlike_seen(deciding: FaceScore) -> tuple[str, ...]:
    """That the probability of the face that decides is an extrapolation; the verdict stands."""
    if not deciding.unseen:
        return ()
    return (
        (
            f"The face that decides is {' and '.join(deciding.unseen)} than the faces its probability was"
            f" fitted on: {EXTRAPOLATED}"
        ),
    )


def _mostly_unlike_seen(scores: Sequence[FaceScore]) -> tuple[str, ...]:
    """The same of several faces, in what more than half of them are alike, each with the figures of the first
    that is so.
    """
    first: dict[str, str] = {}
    times: dict[str, int] = {}
    for words in (words for score in scores for words in score.unseen):
        kind = words.partition(" (")[0]
        first.setdefault(kind, words)
        times[kind] = times.get(kind, 0) + 1
    common = [words for kind, words in first.items() if 2 * times[kind] > len(scores)]
    if not common:
        return ()
    return (
        (
            f"Most of the faces that decide are {' and '.join(common)} than those the probability was fitted"
            f" on: {EXTRAPOLATED}"
        ),
    )


def _why_untracked(scan: Scan) -> str:
    if scan.tracked:
        return f"Not tracked: nobody is seen in {FEWEST_FRAMES} frames"
    gap = _sample_gap_s(scan)
    return "Not tracked: too few samples" if gap is None else f"Not tracked: samples lie {gap:.1f} s apart"


def _sample_gap_s(scan: Scan) -> float | None:
    """Seconds between neighbouring samples, from the frames with a face, else from the duration; None where
    neither tells.
    """
    times = sorted({(face.frame_index, face.time_s) for face in scan.faces})
    gaps = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for earlier, later in zip(times, times[1:], strict=False)
    ]
    if gaps:
        return statistics.median(gaps)
    if scan.media.duration_s and scan.frames_read > 1:
        return scan.media.duration_s / scan.frames_read
    return None


def _whole_picture(deciding: FaceScore) -> tuple[str, ...]:
    return ("The whole picture was taken as the face",) if deciding.face.whole_picture else ()
