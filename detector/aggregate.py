"""What the judged faces of a file come to: its tracks, the face that decides, and the reasons."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from detector.calibration import probability
from detector.faces.tracks import LONGEST_STEP_S
from detector.structures import Calibration, FaceScore, Reason, ReasonKind, Scan, TrackScore, named

FEWEST_FRAMES = 3
"""A track decides, and a video gets more than `uncertain`, from this many judged frames on."""

MOST_CAUSES = 3
"""Of many faces that are hard to judge so many causes are told, the most frequent."""


@dataclass(frozen=True, eq=False)
class Aggregate:
    """What the faces come to; reasons with the weightiest first.

    `p_fake` and `deciding` are None where no face was judged. `caveats` are why the evidence is poor.
    `notes` say which rule decides, and where what decides is out of the range that the calibration was fitted
    on. `tracked` says that a person decides, not an average over frames.
    """

    tracks: tuple[TrackScore, ...]
    p_fake: float | None
    deciding: FaceScore | None
    caveats: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    tracked: bool = False


def aggregate(scan: Scan, scores: Sequence[FaceScore], calibration: Calibration) -> Aggregate:
    """What the scores of all faces of a file come to, in the order of `scan.faces`."""
    if not scores:
        caveats = (Reason(ReasonKind.NO_FACE), Reason(ReasonKind.ONLY_FACES))
        return Aggregate(tracks=(), p_fake=None, deciding=None, caveats=caveats, notes=())
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


def most_suspicious(scores: Iterable[FaceScore]) -> FaceScore:
    """The score with the highest logit, of equals the first."""
    return max(scores, key=lambda score: score.logit)


def most_suspicious_of_each_frame(scores: Iterable[FaceScore]) -> tuple[FaceScore, ...]:
    """The score with the highest logit in every frame, in order of frames."""
    by_frame: dict[int, list[FaceScore]] = {}
    for score in scores:
        by_frame.setdefault(score.face.frame_index, []).append(score)
    return tuple(most_suspicious(by_frame[index]) for index in sorted(by_frame))


def _photo(scores: Sequence[FaceScore]) -> Aggregate:
    deciding = most_suspicious(scores)
    remarks, beyond = deciding.face.quality.remarks, deciding.out_of_range
    return Aggregate(
        tracks=tuple(
            TrackScore(track_id=None, face_scores=(score,), p_fake=score.p_fake) for score in scores
        ),
        p_fake=deciding.p_fake,
        deciding=deciding,
        caveats=(Reason(ReasonKind.FACE_HARD_TO_JUDGE, causes=remarks),) if remarks else (),
        notes=(
            *((Reason(ReasonKind.FACE_OUT_OF_RANGE, causes=beyond),) if beyond else ()),
            Reason(ReasonKind.FACE_DECIDES, named(faces=len(scores))),
            *_whole_picture(deciding),
        ),
    )


def _tracked(by_track: Mapping[int | None, Sequence[FaceScore]], calibration: Calibration) -> Aggregate:
    """The most suspicious track decides, of those that are seen in frames enough."""
    tracks = [_track(track_id, faces, calibration) for track_id, faces in by_track.items()]
    long = [track for track in tracks if _frames(track.face_scores) >= FEWEST_FRAMES]
    best = max(long, key=lambda track: (track.p_fake, _mean_logit(track.face_scores)))
    frames, left_out = _frames(best.face_scores), len(tracks) - len(long)
    notes = [
        *_mostly_out_of_range(best.face_scores),
        Reason(ReasonKind.PERSON_DECIDES, named(people=len(long), frames=frames)),
    ]
    if left_out:
        notes.append(Reason(ReasonKind.PEOPLE_LEFT_OUT, named(people=left_out), named(low=FEWEST_FRAMES)))
    deciding = most_suspicious(best.face_scores)
    return Aggregate(
        tracks=tuple(tracks),
        p_fake=best.p_fake,
        deciding=deciding,
        caveats=_mostly_marked(best.face_scores, ReasonKind.PERSON_HARD_TO_JUDGE),
        notes=(*notes, *_whole_picture(deciding)),
        tracked=True,
    )


def _untracked(scan: Scan, scores: Sequence[FaceScore], calibration: Calibration) -> Aggregate:
    """Of each frame the highest logit, then the mean over frames."""
    highest = most_suspicious_of_each_frame(scores)
    p_fake = probability(_mean_logit(highest), calibration)
    deciding = most_suspicious(highest)
    caveats = _mostly_marked(highest, ReasonKind.FRAMES_HARD_TO_JUDGE)
    frames = named(frames=len(highest))
    if len(highest) < FEWEST_FRAMES:
        caveats = (Reason(ReasonKind.TOO_FEW_FRAMES, frames, named(low=FEWEST_FRAMES)), *caveats)
    return Aggregate(
        tracks=(TrackScore(track_id=None, face_scores=tuple(scores), p_fake=p_fake),),
        p_fake=p_fake,
        deciding=deciding,
        caveats=caveats,
        notes=(
            *_mostly_out_of_range(highest),
            Reason(ReasonKind.FRAMES_DECIDE, frames),
            _why_untracked(scan),
            *_whole_picture(deciding),
        ),
    )


def _track(track_id: int | None, scores: Sequence[FaceScore], calibration: Calibration) -> TrackScore:
    p_fake = probability(_mean_logit(scores), calibration)
    return TrackScore(track_id=track_id, face_scores=tuple(scores), p_fake=p_fake)


def _mean_logit(scores: Sequence[FaceScore]) -> float:
    return statistics.fmean(score.logit for score in scores)


def _frames(scores: Sequence[FaceScore]) -> int:
    return len({score.face.frame_index for score in scores})


def _mostly_marked(scores: Sequence[FaceScore], kind: ReasonKind) -> tuple[Reason, ...]:
    """A reason of `kind` where more than half of the faces are marked, with the most frequent causes, each as
    it was measured of the first face that has it.
    """
    marked = [score.face.quality.remarks for score in scores if score.face.quality.remarks]
    if 2 * len(marked) <= len(scores):
        return ()
    remarks = [remark for remarks in marked for remark in remarks]
    frequent = statistics.multimode(remark.kind for remark in remarks)[:MOST_CAUSES]
    causes = tuple(_first(remarks, cause) for cause in frequent)
    return (Reason(kind, named(marked=len(marked), faces=len(scores)), causes=causes),)


def _mostly_out_of_range(scores: Sequence[FaceScore]) -> tuple[Reason, ...]:
    """A reason where more than half of the faces are out of range in the same way, with the ways as causes,
    each as it was measured of the first face that is so.
    """
    beyond = [reason for score in scores for reason in score.out_of_range]
    kinds = [reason.kind for reason in beyond]
    common = [kind for kind in dict.fromkeys(kinds) if 2 * kinds.count(kind) > len(scores)]
    if not common:
        return ()
    causes = tuple(_first(beyond, kind) for kind in common)
    return (Reason(ReasonKind.FACES_OUT_OF_RANGE, named(faces=len(scores)), causes=causes),)


def _first(reasons: Iterable[Reason], kind: ReasonKind) -> Reason:
    return next(reason for reason in reasons if reason.kind is kind)


def _why_untracked(scan: Scan) -> Reason:
    if scan.tracked:
        return Reason(ReasonKind.NOBODY_TRACKED, limits=named(low=FEWEST_FRAMES))
    gap_s = _sample_gap_s(scan)
    if gap_s is None:
        return Reason(ReasonKind.TOO_FEW_SAMPLES)
    return Reason(ReasonKind.SAMPLES_FAR_APART, named(gap_s=gap_s), named(high=LONGEST_STEP_S))


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


def _whole_picture(deciding: FaceScore) -> tuple[Reason, ...]:
    return (Reason(ReasonKind.WHOLE_PICTURE),) if deciding.face.whole_picture else ()
