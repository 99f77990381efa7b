"""Jobs of a decode worker: what comes back, and that a codec at its worst costs no more than its own job."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.errors import EngineError, MediaError
from detector.media.decode_worker import Job, Reply, Value
from detector.media.limits import Limits
from detector.media.workers import LOOK_AHEAD, DecodeError, Worker, Workers
from detector.structures import Frame, ReasonKind

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the system limits no memory, or has no /proc")
LIMITS = Limits(megapixels=1, decode_mb=1024)
SHORT = Limits(decode_s=1)


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers("from tests.media.worst import main; main()")
    yield made
    made.close()


def job(task: str, path: Path | str = "x.mp4", frames: int = 3, limits: Limits = LIMITS) -> Job:
    return Job(task, os.fsencode(path), limits, frames)


def text_of(reply: Reply) -> str:
    assert isinstance(reply, Value)
    return reply.content.decode()


def ended(pid: int, within_s: float = 20) -> bool:
    """Whether the process is gone, or goes within a while."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def still_serves(workers: Workers, tmp_path: Path) -> bool:
    return len(list(workers.run(job("fine", tmp_path / "count")))) == 5


def test_frames_come_in_order_as_they_were_decoded(workers: Workers, tmp_path: Path) -> None:
    _, *frames, _ = workers.run(job("fine", tmp_path / "count"))
    assert [(frame.index, frame.time_s) for frame in frames if isinstance(frame, Frame)] == [
        (0, 0.0),
        (1, 0.1),
        (2, 0.2),
    ]
    assert all(isinstance(frame, Frame) and (frame.image == frame.index).all() for frame in frames)
    assert all(isinstance(frame, Frame) and frame.image.shape == (1000, 1000, 3) for frame in frames)


def test_one_worker_does_one_job_after_another(workers: Workers, tmp_path: Path) -> None:
    pids = {text_of(list(workers.run(job("fine", tmp_path / "count")))[-1]) for _ in range(3)}
    assert len(pids) == 1


def test_two_jobs_at_a_time_have_a_worker_each(workers: Workers, tmp_path: Path) -> None:
    first, second = (workers.run(job("fine", tmp_path / "count", frames=9)) for _ in range(2))
    next(first), next(second)
    assert text_of(list(first)[-1]) != text_of(list(second)[-1])


def test_a_worker_decodes_only_a_little_ahead(workers: Workers, tmp_path: Path) -> None:
    count = tmp_path / "count"
    replies = workers.run(job("fine", count, frames=50))
    next(replies), next(replies)
    time.sleep(0.5)
    # one here, those that wait, one in the pipe, one that waits to be written
    assert len(count.read_text()) <= 1 + LOOK_AHEAD + 2
    replies.close()


def test_a_crash_costs_its_own_job_alone(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(DecodeError) as caught:
        list(workers.run(job("crashes")))
    assert (caught.value.name, caught.value.reason.kind) == ("x.mp4", ReasonKind.DECODER_CRASHED)
    assert still_serves(workers, tmp_path)


@pytest.mark.parametrize("task", ["hangs", "sleeps"])
def test_a_job_that_says_nothing_for_too_long_is_ended(workers: Workers, tmp_path: Path, task: str) -> None:
    replies = workers.run(job(task, limits=SHORT))
    pid = int(text_of(next(replies)))
    begun = time.monotonic()
    with pytest.raises(DecodeError) as caught:
        next(replies)
    assert 0.9 < time.monotonic() - begun < 20
    assert caught.value.reason.kind is ReasonKind.DECODER_TOO_SLOW
    assert dict(caught.value.reason.limits) == {"high_s": 1}
    assert ended(pid)
    assert still_serves(workers, tmp_path)


@LINUX
def test_a_job_that_wants_too_much_memory_is_ended(workers: Workers, tmp_path: Path) -> None:
    limits = Limits(decode_mb=200)
    begun = list[Reply]()
    with pytest.raises(DecodeError) as caught:
        begun.extend(workers.run(job("eats", limits=limits)))
    assert caught.value.reason.kind is ReasonKind.DECODER_OUT_OF_MEMORY
    assert dict(caught.value.reason.limits) == {"high_mb": 200}
    assert still_serves(workers, tmp_path)


@LINUX
def test_this_process_stays_small_while_a_worker_is_killed_for_its_memory(
    workers: Workers, tmp_path: Path
) -> None:
    def highest_mib() -> float:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

    Path("/proc/self/clear_refs").write_text("5")  # the highest from now on
    before = highest_mib()
    for _ in range(2):
        with pytest.raises(DecodeError, match="decoder_crashed"):
            list(workers.run(job("is_killed_for_memory")))
    assert highest_mib() - before < 50  # it took 400
    assert still_serves(workers, tmp_path)


def test_a_frame_over_the_limit_of_pixels_is_refused(workers: Workers) -> None:
    with pytest.raises(MediaError, match=r"x\.mp4 has 1000 x 2000 pixels .*the limit is 1;"):
        list(workers.run(job("grows")))


def test_a_worker_that_says_what_none_says_is_ended(workers: Workers, tmp_path: Path) -> None:
    with pytest.raises(DecodeError):
        list(workers.run(job("lies")))
    assert still_serves(workers, tmp_path)


def test_a_job_given_up_ends_its_work(workers: Workers, tmp_path: Path) -> None:
    replies = workers.run(job("hangs"))
    pid = int(text_of(next(replies)))
    replies.close()
    assert ended(pid)
    assert still_serves(workers, tmp_path)


def test_a_stop_is_noticed_while_nothing_comes(workers: Workers) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop() -> None:
        raise Stop

    begun = time.monotonic()
    replies = workers.run(job("sleeps", limits=Limits(decode_s=60)), stop)
    with pytest.raises(Stop):
        list(replies)
    assert time.monotonic() - begun < 30


def test_what_waiting_takes_is_not_the_workers_time(workers: Workers, tmp_path: Path) -> None:
    calls = []

    def rest() -> None:
        calls.append(time.sleep(1.5 if not calls else 0))

    with pytest.raises(DecodeError):
        list(workers.run(job("sleeps", limits=SHORT), rest))
    assert len(calls) > 3


def test_what_is_logged_there_is_logged_here_and_prints_do_no_harm(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        (spoken,) = workers.run(job("speaks"))
    assert text_of(spoken) == "spoken"
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("detector.media.video", "x.mp4 is damaged")
    ]


def test_a_refusal_names_a_file_whose_name_is_no_utf8(workers: Workers) -> None:
    with pytest.raises(MediaError) as caught:
        list(workers.run(job("refuses", os.fsdecode(b"caf\xe9.mp4"))))
    assert str(caught.value) == r"caf\xe9.mp4 is cut off"


def test_a_bug_stays_a_bug(workers: Workers) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a bug"):
        list(workers.run(job("errs")))


def test_a_worker_that_died_while_it_waited_is_replaced(tmp_path: Path) -> None:
    workers = Workers("from tests.media.worst import main; main()")
    pid = int(text_of(list(workers.run(job("fine", tmp_path / "count")))[-1]))
    (worker,) = workers._idle
    os.kill(pid, signal.SIGTERM)
    assert ended(pid)
    while worker.alive:  # its threads end a little later than it seems gone
        time.sleep(0.01)
    assert still_serves(workers, tmp_path)
    workers.close()


def test_a_worker_that_does_not_start_is_no_fault_of_the_file() -> None:
    with pytest.raises(EngineError, match=r"does not start \(exit status 3\).*UNBLEND_DECODE_WORKER=off"):
        list(Workers("sys.exit(3)").run(job("fine")))


def test_closing_ends_a_worker_that_waits() -> None:
    workers = Workers("from tests.media.worst import main; main()")
    workers.warm_up()
    (worker,) = workers._idle
    workers.close()
    assert not worker.alive
    assert not workers._idle


@LINUX
def test_a_worker_ends_with_a_process_that_is_killed() -> None:
    program = """
import os, signal
from detector.media.decode_worker import Job
from detector.media.limits import Limits
from detector.media.workers import Workers
replies = Workers("from tests.media.worst import main; main()").run(Job("hangs", b"x", Limits()))
print(next(replies).content.decode(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert ended(int(done.stdout))


@LINUX
def test_a_worker_alone_may_not_compute_for_ever() -> None:
    program = (
        "from detector.media.decode_worker import limit_processor; limit_processor(0.1)\nwhile True: pass"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60)
    assert done.returncode == -signal.SIGXCPU


def test_a_worker_is_a_process_of_its_own() -> None:
    worker = Worker("from tests.media.worst import main; main()")
    assert worker.alive
    assert worker.pid != os.getpid()
    worker.end()
    assert not worker.alive
