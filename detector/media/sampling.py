"""A video's times into the few that are looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timeline:
    """When a video's pictures are shown, in ticks of its stream.

    `times` are all pictures and `keys` the keyframes among them, both ascending; `times` is empty where only
    the container's index was read. `end` is when the last picture goes. `slack` is how far the ticks of
    `keys` may be off.
    """

    times: tuple[int, ...]
    keys: tuple[int, ...]
    start: int
    end: int
    slack: int = 0


def spread(times: Sequence[int], start: int, end: int, count: int) -> tuple[int, ...]:
    """Choose `count` of the ascending `times`: those nearest to the middles of `count` equal parts of
    start..end, none twice.

    All of them where there are no more. Where several middles want the same picture (a hole in a variable
    frame rate) its neighbours on both sides stand in.
    """
    if len(times) <= count:
        return tuple(times)
    part = (end - start) / count
    wanted = [_nearest(times, start + (i + 0.5) * part) for i in range(count)]
    # strictly ascending positions p[i] are non-descending p[i] - i: the nearest such sequence by pooling
    # adjacent violators
    blocks: list[list[float]] = []
    for i, position in enumerate(wanted):
        blocks.append([position - i, 1.0])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, size = blocks.pop()
            before, before_size = blocks[-1]
            blocks[-1] = [(before * before_size + mean * size) / (before_size + size), before_size + size]
    offsets = [round(mean) for mean, size in blocks for _ in range(int(size))]
    last = len(times) - count
    return tuple(times[min(max(offset, 0), last) + i] for i, offset in enumerate(offsets))


def _nearest(times: Sequence[int], target: float) -> int:
    after = bisect_left(times, target)
    if after == 0:
        return 0
    if after == len(times):
        return after - 1
    return after if times[after] - target < target - times[after - 1] else after - 1
