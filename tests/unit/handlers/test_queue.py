"""Who is visited when."""

import asyncio

import pytest

from modelmonitor.handlers.patience import Patience
from modelmonitor.handlers.queue import Queue

A, B = ("ml", "a"), ("ml", "b")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Queue:
    return Queue(clock)


async def test_a_burst_of_events_is_one_visit(queue: Queue, clock: Clock) -> None:
    for _ in range(5):
        queue.add(A)
    clock.now = 1.0
    assert await queue.take() == A
    assert len(queue) == 0


async def test_an_earlier_time_replaces_a_later_one_and_not_the_reverse(queue: Queue, clock: Clock) -> None:
    queue.add(A, 60)
    queue.add(B, 10)
    queue.add(A, 5)
    queue.add(A, 90)
    clock.now = 5
    assert await queue.take() == A
    clock.now = 10
    assert await queue.take() == B


async def test_a_monitor_is_not_visited_twice_at_once(queue: Queue, clock: Clock) -> None:
    queue.add(A, 0)
    assert await queue.take() == A
    queue.add(A, 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await queue.take()
    queue.done(A)
    assert await queue.take() == A


async def test_who_waits_is_woken_by_what_is_added(queue: Queue) -> None:
    waiting = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    queue.add(B, 0)
    assert await asyncio.wait_for(waiting, 1) == B


async def test_a_rest_delays_and_is_lifted(queue: Queue, clock: Clock) -> None:
    queue.rest(A, 30)
    queue.add(A, 0)
    queue.add(B, 1)
    clock.now = 1
    assert await queue.take() == B
    clock.now = 30
    assert await queue.take() == A
    assert not queue._rests
    queue.done(A)
    queue.rest(A, 30)
    queue.rest(A, 0)
    queue.add(A, 0)
    assert await queue.take() == A


async def test_what_a_visit_asks_for_is_its_next_visit(queue: Queue, clock: Clock) -> None:
    visits: list[float] = []

    async def visit(_: tuple[str, str]) -> float | None:
        visits.append(clock.now)
        clock.now += 5
        return 5.0 if len(visits) < 3 else None

    queue.add(A, 0)
    worker = asyncio.create_task(queue.work(visit))
    while len(visits) < 2:
        clock.now += 1
        queue.add(B, 1e9)  # wakes the worker, which looks at the clock
        await asyncio.sleep(0)
    worker.cancel()
    assert visits[1] - visits[0] >= 5


def test_a_fight_over_a_child_is_slowed_down_and_forgotten(clock: Clock) -> None:
    patience, child = Patience(clock), ("PrometheusRule", "ml", "a-slo")
    rests = []
    for _ in range(13):
        clock.now += 1
        rests.append(patience.after_write(child))
    assert rests == [0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60, 60]
    assert patience.after_write(("PrometheusRule", "ml", "b-slo")) == 0
    clock.now += 200
    assert patience.after_write(child) == 0
