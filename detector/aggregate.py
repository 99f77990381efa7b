"""What the judged faces of a file come to: its tracks, the face that decides, and the reasons."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from detector.calibration import probability
from detector.changes import change_points
from detector.evidence import Circumstances, Fitted, of_file, weigh
from detector.faces.tracks import LONGEST_STEP_S
from detector.structures import (
    Calibration,
    Change,
    Evidence,
    FaceScore,
    Question,
    Reason,
    ReasonKind,
    Scan,
    TrackScore,
    named,
)

FEWEST_FRAMES = 3
"""A track decides, and a video gets more than `uncertain`, from this many judged frames on."""

MOST_CAUSES = 3
"""Of many faces that are hard to judge so many causes are told, the most frequent."""


@dataclass(frozen=True, eq=False)
class Aggregate:
    """What the faces come to; reasons with the weightiest first.

    `p_fake`, `evidence` and `deciding` are None where no face was judged. `caveats` are why the
    evidence is poor. `notes` say which rule decides, and where what decides is out of the range that the
    calibration was fitted on. `tracked` says that a person decides, not an average over frames.
    """

    tracks: tuple[TrackScore, ...]
    p_fake: float | None
    evidence: Evidence | None
    deciding: FaceScore | None
    caveats: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    tracked: bool = False


def aggregate(
    scan: Scan,
    scores: Sequence[FaceScore],
    calibration: Calibration,
    fitted: Fitted | None = None,
    question: Question = Question.EITHER,
) -> Aggregate:
    """What the scores of all faces of a file come to, in the order of `scan.faces`; `fitted` is what the
    detector's scores are worth about its `question`.
    """
    scale = _Scale(calibration, fitted, question)
    if not scores:
        caveats = (Reason(ReasonKind.NO_FACE), Reason(ReasonKind.ONLY_FACES))
        return Aggregate((), p_fake=None, evidence=None, deciding=None, caveats=caveats, notes=())
    if scan.media.kind == "photo":
        return _photo(scores, fitted)
    if not scan.tracked:
        return _untracked(scan, scores, scale)
    by_track: dict[int | None, list[FaceScore]] = {}
    for score in scores:
        by_track.setdefault(score.face.track_id, []).append(score)
    if max(_frames(faces) for faces in by_track.values()) < FEWEST_FRAMES:
        return _untracked(scan, scores, scale)
    return _tracked(by_track, scale)


@dataclass(frozen=True)
class _Scale:
    """What makes a probability and evidence of a logit."""

    calibration: Calibration
    fitted: Fitted | None
    question: Question

    def person(self, track_id: int | None, scores: Sequence[FaceScore]) -> TrackScore:
        """The score of a person, who decides where seen in frames enough, and where it changes."""
        ordered = sorted(scores, key=lambda score: score.face.frame_index)
        track = self.track(track_id, scores, scores, decides=_frames(scores) >= FEWEST_FRAMES)
        return replace(track, changes=self._changes(ordered))

    def _changes(self, scores: Sequence[FaceScore]) -> tuple[Change, ...]:
        places = change_points([score.logit for score in scores], self.calibration.a)
        ends = [0, *places, len(scores)]
        parts = [scores[begin:end] for begin, end in zip(ends, ends[1:], strict=False)]
        means = [_mean_logit(part) for part in parts]
        weighed = [
            weigh(mean, self.fitted, self.question, circumstances_of(part, is_video=True))
            for mean, part in zip(means, parts, strict=True)
        ]
        return tuple(
            Change(
                time_s=(scores[place - 1].face.time_s + scores[place].face.time_s) / 2,
                logit_before=means[number],
                logit_after=means[number + 1],
                before=weighed[number],
                after=weighed[number + 1],
            )
            for number, place in enumerate(places)
        )

    def track(
        self,
        track_id: int | None,
        scores: Sequence[FaceScore],
        counted: Sequence[FaceScore],
        decides: bool = True,
    ) -> TrackScore:
        """The score of a track with the faces `scores`, by the mean logit of those that are `counted`."""
        logit = _mean_logit(counted)
        circumstances = circumstances_of(counted, is_video=True)
        return TrackScore(
            track_id=track_id,
            face_scores=tuple(scores),
            p_fake=probability(logit, self.calibration),
            evidence=weigh(logit, self.fitted, self.question, circumstances),
            decides=decides,
        )


def circumstances_of(scores: Sequence[FaceScore], *, is_video: bool) -> Circumstances:
    """How far the mean of `scores` may be believed: what holds of more than half of the faces."""
    conditions = [condition for score in scores for condition in score.face.conditions]
    return Circumstances(
        conditions=frozenset(each for each in conditions if _is_most(conditions.count(each), scores)),
        ways_out=len(_common_ways_out(scores)),
        marked=_is_most(sum(bool(score.face.quality.remarks) for score in scores), scores),
        frames=_frames(scores) if is_video else None,
    )


def _is_most(count: int, scores: Sequence[FaceScore]) -> bool:
    return 2 * count > len(scores)


def most_suspicious(scores: Iterable[FaceScore]) -> FaceScore:
    """The score with the highest logit, of equals the first."""
    return max(scores, key=lambda score: score.logit)


def most_suspicious_of_each_frame(scores: Iterable[FaceScore]) -> tuple[FaceScore, ...]:
    """The score with the highest logit in every frame, in order of frames."""
    by_frame: dict[int, list[FaceScore]] = {}
    for score in scores:
        by_frame.setdefault(score.face.frame_index, []).append(score)
    return tuple(most_suspicious(by_frame[index]) for index in sorted(by_frame))


def _photo(scores: Sequence[FaceScore], fitted: Fitted | None) -> Aggregate:
    """Exactly one face is fake, each equally likely; that with the highest logit is named."""
    deciding = most_suspicious(scores)
    remarks, beyond = deciding.face.quality.remarks, deciding.out_of_range
    return Aggregate(
        tracks=tuple(
            TrackScore(track_id=None, face_scores=(score,), p_fake=score.p_fake, evidence=score.evidence)
            for score in scores
        ),
        p_fake=deciding.p_fake,
        evidence=_together([score.evidence for score in scores], [score.logit for score in scores], fitted),
        deciding=deciding,
        caveats=(Reason(ReasonKind.FACE_HARD_TO_JUDGE, causes=remarks),) if remarks else (),
        notes=(
            *((Reason(ReasonKind.FACE_OUT_OF_RANGE, causes=beyond),) if beyond else ()),
            Reason(ReasonKind.FACE_DECIDES, named(faces=len(scores), face=1 + _place(scores, deciding))),
            *_whole_picture(deciding),
        ),
    )


def _place(scores: Sequence[FaceScore], wanted: FaceScore) -> int:
    return next(place for place, score in enumerate(scores) if score is wanted)


def _tracked(by_track: Mapping[int | None, Sequence[FaceScore]], scale: _Scale) -> Aggregate:
    """As the faces of a photo, of the tracks that are seen in frames enough; each by its mean logit."""
    tracks = [scale.person(track_id, faces) for track_id, faces in by_track.items()]
    long = [track for track in tracks if track.decides]
    logits = [_mean_logit(track.face_scores) for track in long]
    best = max(long, key=lambda track: (track.p_fake, _mean_logit(track.face_scores)))
    counts = named(people=len(long), frames=_frames(best.face_scores), person=1 + (best.track_id or 0))
    notes = [*_mostly_out_of_range(best.face_scores), Reason(ReasonKind.PERSON_DECIDES, counts)]
    if left_out := len(tracks) - len(long):
        notes.append(Reason(ReasonKind.PEOPLE_LEFT_OUT, named(people=left_out), named(low=FEWEST_FRAMES)))
    deciding = most_suspicious(best.face_scores)
    return Aggregate(
        tracks=tuple(tracks),
        p_fake=best.p_fake,
        evidence=_together([track.evidence for track in long], logits, scale.fitted),
        deciding=deciding,
        caveats=_mostly_marked(best.face_scores, ReasonKind.PERSON_HARD_TO_JUDGE),
        notes=(*notes, *_whole_picture(deciding)),
        tracked=True,
    )


def _untracked(scan: Scan, scores: Sequence[FaceScore], scale: _Scale) -> Aggregate:
    """Of each frame the highest logit, then the mean over frames."""
    highest = most_suspicious_of_each_frame(scores)
    track = scale.track(None, scores, highest)
    deciding = most_suspicious(highest)
    caveats = _mostly_marked(highest, ReasonKind.FRAMES_HARD_TO_JUDGE)
    frames = named(frames=len(highest))
    if len(highest) < FEWEST_FRAMES:
        caveats = (Reason(ReasonKind.TOO_FEW_FRAMES, frames, named(low=FEWEST_FRAMES)), *caveats)
    return Aggregate(
        tracks=(track,),
        p_fake=track.p_fake,
        evidence=track.evidence,
        deciding=deciding,
        caveats=caveats,
        notes=(
            *_mostly_out_of_range(highest),
            Reason(ReasonKind.FRAMES_DECIDE, frames),
            _why_untracked(scan),
            *_whole_picture(deciding),
        ),
    )


def _together(
    evidences: Iterable[Evidence | None], logits: Sequence[float], fitted: Fitted | None
) -> Evidence:
    """The evidence of a file from that of its faces or tracks."""
    return of_file([evidence for evidence in evidences if evidence is not None], logits, fitted)


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
    """A reason where more than half of the faces are out of range in the same way, the ways as causes."""
    causes = _common_ways_out(scores)
    return (Reason(ReasonKind.FACES_OUT_OF_RANGE, named(faces=len(scores)), causes=causes),) if causes else ()


def _common_ways_out(scores: Sequence[FaceScore]) -> tuple[Reason, ...]:
    """The ways in which more than half of the faces are out of range, each as it was measured of the first
    face that is so.
    """
    beyond = [reason for score in scores for reason in score.out_of_range]
    kinds = [reason.kind for reason in beyond]
    return tuple(_first(beyond, kind) for kind in dict.fromkeys(kinds) if _is_most(kinds.count(kind), scores))


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
