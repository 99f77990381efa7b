"""A photo or video file into its facts and its upright RGB frames; the only place with BGR and YUV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.errors import MediaError
from detector.media.animation import AnimationPlan, describe_animation, read_animation
from detector.media.formats import PHOTO_EXTENSIONS, VIDEO_EXTENSIONS, named_unread
from detector.media.image import HEADER_BYTES, PhotoPlan, describe_photo, is_photo, read_photo
from detector.media.limits import Limits, open_file
from detector.media.video import VideoPlan, describe_video, read_video
from detector.structures import Coverage, Frame, MediaInfo

__all__ = ["PHOTO_EXTENSIONS", "VIDEO_EXTENSIONS", "Frames", "Limits", "Media", "open"]


@dataclass(frozen=True)
class Frames:
    """The frames of a file, decoded anew at each iteration, one in memory at a time; raises MediaError where
    that fails.
    """

    plan: PhotoPlan | AnimationPlan | VideoPlan

    @property
    def planned(self) -> int:
        """How many frames will come, if the file is whole."""
        return 1 if isinstance(self.plan, PhotoPlan) else len(self.plan.wanted)

    def __iter__(self) -> Iterator[Frame]:
        """Decode from the beginning."""
        if isinstance(self.plan, VideoPlan):
            return read_video(self.plan)
        if isinstance(self.plan, AnimationPlan):
            return read_animation(self.plan)
        return (read_photo(plan) for plan in (self.plan,))


@dataclass(frozen=True)
class Media:
    """A file that is open for judging: what is known of it, its frames, and what of it these are. That is
    known to its end by `coverage.after_reading`.
    """

    info: MediaInfo
    frames: Frames
    coverage: Coverage = Coverage()


def open(path: Path | str, frames: int = 32, limits: Limits = Limits()) -> Media:  # noqa: B008 (frozen)
    """Open a photo or a video, told apart by content; of a video, or of an image that moves, `frames`
    pictures, evenly over its duration.

    The file is opened once, and closed again. Arguments and result hold plain values and pickle. MediaError
    for what cannot be read or is over a limit; a photo's pixels are only decoded, and their damage found,
    when its frames are read.
    """
    if frames < 1:
        raise ValueError(f"{frames} frames")
    path = Path(path)
    with open_file(path) as file:
        if is_photo(file):
            animation = describe_animation(path, file, frames, limits)
            if animation is not None:
                return Media(animation.info, Frames(animation.plan), animation.coverage)
            photo = describe_photo(file, limits)
            return Media(photo.info, Frames(PhotoPlan(path)), photo.coverage)
        unread = named_unread(file.from_start().read(HEADER_BYTES))
        if unread is not None:
            raise MediaError(f"{file.name} {unread}")
        video = describe_video(path, file, frames, limits)
    return Media(video.info, Frames(video.plan), video.coverage)
