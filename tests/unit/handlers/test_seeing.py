"""What is heard of monitors, what the lists say besides, and when that means that the watch is dead."""

import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from modelmonitor.cluster.client import Scope
from modelmonitor.cluster.family import Family
from modelmonitor.errors import Forbidden
from modelmonitor.handlers.options import Options
from modelmonitor.handlers.queue import Queue
from modelmonitor.handlers.registry import Monitors
from modelmonitor.handlers.seeing import Seeing

Json = dict[str, Any]


def body(name: str, generation: int = 1) -> Json:
    about = {"name": name, "namespace": "ml", "uid": f"uid-{name}", "generation": generation}
    return {"metadata": about, "spec": {"targetRef": {"name": name}}}


class Lists:
    """An API server that only lists."""

    def __init__(self) -> None:
        self.monitors: list[Json] = []

    async def pages(self, _: Scope) -> AsyncGenerator[tuple[list[Json], str], None]:
        yield self.monitors, "1"


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
def seeing(lists: Lists) -> Seeing:
    made = Seeing(lists, Options(resync=10), Monitors(), Family(), Queue(time.monotonic))  # type: ignore[arg-type]
    made.ready.set()
    return made


async def test_a_list_tells_of_monitors_that_came_changed_and_went(seeing: Seeing, lists: Lists) -> None:
    lists.monitors = [body("a"), body("b")]
    await seeing._refresh()
    assert set(seeing.monitors) == {("ml", "a"), ("ml", "b")}
    lists.monitors = [body("a", generation=2)]
    await seeing._refresh()
    record = seeing.monitors.get(("ml", "a"))
    assert record is not None
    assert record.generation == 2
    assert set(seeing.monitors) == {("ml", "a")}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass."""
    real, passed = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + passed[0])
    return lambda seconds: passed.append(passed.pop() + seconds)


async def test_a_change_that_only_lists_tell_of_means_that_the_watch_is_dead(
    seeing: Seeing, lists: Lists, later: Callable[[float], None]
) -> None:
    lists.monitors = [body("a")]
    await seeing._refresh()
    later(170)
    await seeing._refresh()
    assert seeing.complaint() == ""
    later(11)
    assert "the watch is dead" in seeing.complaint()


async def test_a_change_that_the_watch_tells_a_little_later_is_fine(
    seeing: Seeing, lists: Lists, later: Callable[[float], None]
) -> None:
    lists.monitors = [body("a")]
    await seeing._refresh()
    seeing._heard("ADDED", body("a"))
    later(1000)
    await seeing._refresh()
    assert seeing.complaint() == ""


async def test_an_end_that_the_watch_missed_in_an_outage_is_fine(
    seeing: Seeing, lists: Lists, later: Callable[[float], None]
) -> None:
    seeing._heard(None, body("a"))
    later(1)
    await seeing._refresh()
    assert set(seeing.monitors) == set()
    later(1000)
    assert seeing.complaint() == ""


async def test_an_old_list_does_not_undo_what_was_heard_since(seeing: Seeing, lists: Lists) -> None:
    async def pages(_: Scope) -> AsyncGenerator[tuple[list[Json], str], None]:
        seeing._heard("MODIFIED", body("a", generation=2))
        seeing._heard("ADDED", body("new"))
        seeing._heard("DELETED", body("gone"))
        yield [body("a", generation=1), body("gone")], "1"

    seeing._heard(None, body("a"))
    seeing._heard(None, body("gone"))
    lists.pages = pages  # type: ignore[method-assign]
    await seeing._refresh()
    record = seeing.monitors.get(("ml", "a"))
    assert record is not None
    assert record.generation == 2
    assert set(seeing.monitors) == {("ml", "a"), ("ml", "new")}


async def test_the_end_of_an_earlier_monitor_of_the_name_is_none_of_the_new_one(seeing: Seeing) -> None:
    seeing._heard("ADDED", body("a"))
    old = body("a")
    old["metadata"]["uid"] = "uid-old"
    seeing._heard("DELETED", old)
    assert set(seeing.monitors) == {("ml", "a")}


def test_a_replica_that_stands_by_is_always_well(seeing: Seeing, later: Callable[[float], None]) -> None:
    later(1e6)
    assert seeing.complaint() == ""


async def test_a_reference_that_changes_leads_to_visits_of_those_that_name_it(seeing: Seeing) -> None:
    naming = body("a")
    naming["spec"]["reference"] = {"configMapRef": {"name": "shared"}}
    seeing._heard("ADDED", naming)
    seeing._heard("ADDED", body("b"))
    while len(seeing.queue):
        seeing.queue.done(await seeing.queue.take())
    watch = seeing._watch_references(None)
    seeing._references[None] = watch
    about = {"namespace": "ml", "name": "shared", "resourceVersion": "7"}
    watch._take("ADDED", {"metadata": about})
    assert len(seeing.queue) == 1
    assert await seeing.queue.take() == ("ml", "a")
    assert seeing.version(("ml", "shared")) == "7"
    watch.problem = Forbidden("expected permission to watch configmaps")
    assert seeing.version(("ml", "shared")) is None
