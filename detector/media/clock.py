"""The clock of a stream that begins anew, stands or falls back, into one that runs on."""

from __future__ import annotations

from collections import deque

from av.packet import Packet
from av.video.stream import VideoStream

from detector.media.container import Opened

# As the ffmpeg program joins such files (fftools/ffmpeg_demux.c: dts_delta_threshold, and its 0.1 s back).
BACK_S = 0.1
AHEAD_S = 10.0

# Two pictures at one time are met within the reordering of a decoder, 16 at most, of fields twice that.
REORDERED = 64


class Clock:
    """Joins the times of a stream's packets, read in order from the start of the file.

    Where the decoding time falls back by more than `BACK_S`, or in a transport or program stream leaps ahead
    by more than `AHEAD_S`, the next part follows the part before as one picture follows another. `restarts`
    counts that. Of pictures at one time, or a little out of order, each gets a time of its own.
    """

    def __init__(self, file: Opened) -> None:
        self.restarts = 0
        self._step = file.step
        self._back = max(1, round(BACK_S / file.tick_s))
        self._ahead = round(AHEAD_S / file.tick_s) if file.is_discontinuous else None
        self._shift = 0
        self._delay = self._step
        self._last: int | None = None
        self._shown: deque[int] = deque(maxlen=REORDERED)

    def join(self, packet: Packet[VideoStream]) -> None:
        """Give the packet its time on the joined clock."""
        delay = self._delay_of(packet)
        if packet.dts is not None:
            packet.dts = self._decoding_time(packet.dts)
        if packet.pts is not None:
            shown = packet.pts + self._shift if delay is None else (packet.dts or 0) + delay
            while shown in self._shown:
                shown += 1
            self._shown.append(shown)
            packet.pts = shown

    def _delay_of(self, packet: Packet[VideoStream]) -> int | None:
        """How long after its decoding a picture is shown; None where only its own time says that."""
        if self._ahead is None or packet.pts is None or packet.dts is None:
            return None
        # where parts meet, a program stream gives the last picture of one the time of the next one's first
        if 0 <= packet.pts - packet.dts <= self._ahead:
            self._delay = packet.pts - packet.dts
        return self._delay

    def _decoding_time(self, ticks: int) -> int:
        now = ticks + self._shift
        if self._last is not None:
            leaps = self._ahead is not None and now - self._last > self._ahead
            if leaps or self._last - now > self._back:
                self.restarts += 1
                self._shift = self._last + self._step - ticks
                now = self._last + self._step
            now = max(now, self._last + 1)
        self._last = now
        return now
