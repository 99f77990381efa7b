"""The line before the networks: order, places, estimates."""

from __future__ import annotations

import threading
import time

import pytest

from detector.ui.lane import Lane, LaneFull

WAIT_S = 10


def test_places_count_those_before_and_move_up() -> None:
    lane = Lane(longest=5)
    first, second, third = lane.join("photo"), lane.join("photo"), lane.join("video")
    assert [lane.place(ticket) for ticket in (first, second, third)] == [0, 1, 2]
    lane.leave(second)
    assert [lane.place(ticket) for ticket in (first, third)] == [0, 1]
    lane.leave(second)
    assert lane.place(third) == 1


def test_more_than_may_wait_are_refused() -> None:
    lane = Lane(longest=1)
    lane.join("photo"), lane.join("photo")
    with pytest.raises(LaneFull):
        lane.join("photo")


def test_one_works_at_a_time_in_order_of_coming() -> None:
    lane, order = Lane(longest=9), []
    tickets = [lane.join("photo") for _ in range(4)]

    def work(number: int) -> None:
        with lane.turn(ticket=tickets[number]):
            order.append(number)
            time.sleep(0.01)
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in (3, 1, 2, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert order == [0, 0, 1, 1, 2, 2, 3, 3]


def test_who_works_may_take_its_turn_again_inside() -> None:
    lane = Lane(longest=1)
    with lane.turn("photo"), lane.turn("map"):
        assert lane.place(lane.join("photo")) == 1


def test_a_fault_at_work_lets_the_next_in() -> None:
    lane = Lane(longest=1)
    with pytest.raises(ValueError), lane.turn("photo"):
        raise ValueError
    with lane.turn("photo"):
        pass


def test_the_wait_is_told_from_what_was_measured_and_only_then() -> None:
    lane = Lane(longest=3)
    with lane.turn("photo"):
        time.sleep(0.05)
    lane.join("photo"), lane.join("photo")
    last = lane.join("video")
    assert lane.wait_s(last) == pytest.approx(0.1, rel=0.5)
    assert lane.wait_s(lane.join("photo")) is None
