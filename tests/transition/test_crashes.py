"""An operator that is killed at any call, before or after the API has done it, ends up in the same place."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from modelmonitor import wire
from modelmonitor.cluster.memory import Memory
from transition.pods import Stage
from transition.test_injection import captured
from transition.world import Json


class Killed(BaseException):
    """The process is gone."""


@dataclass(slots=True)
class Mortal(Memory):
    """A cluster whose nth call is the operator's last, before or after it has had its effect."""

    calls: int = 0
    last: int = 0
    done: bool = False

    async def _call(self, call: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        ends = self.calls == self.last
        if ends and not self.done:
            raise Killed
        answer = await call(*arguments, **named)
        if ends:
            raise Killed
        return answer

    async def get(self, *it: Any) -> Any:
        return await self._call(super(Mortal, self).get, *it)

    async def look(self, *it: Any) -> Any:
        return await self._call(super(Mortal, self).look, *it)

    async def all(self, *it: Any) -> Any:
        return await self._call(super(Mortal, self).all, *it)

    async def apply(self, *it: Any, **named: Any) -> Any:
        return await self._call(super(Mortal, self).apply, *it, **named)

    async def delete(self, *it: Any) -> Any:
        return await self._call(super(Mortal, self).delete, *it)

    async def evict(self, *it: Any) -> Any:
        return await self._call(super(Mortal, self).evict, *it)


async def persistently(play: Stage, name: str = "churn") -> None:
    """Visit until nothing is left to do, by a new process after each end of the one before."""
    for _ in range(5):
        try:
            await play.visit(name)
        except Killed:
            play.restart()


async def injected(play: Stage) -> None:
    """Mark a target, see its pods come up, one of them without an evaluator, which is replaced."""
    play.target()
    play.monitor(capture={})
    await persistently(play)
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}", evaluator="evaluator:1" if number else "")
    await persistently(play)
    play.pod("churn-3")
    await persistently(play)


async def protected(play: Stage) -> None:
    """Mark a target whose evaluators cannot be pulled."""
    play.target()
    play.monitor(capture={})
    await persistently(play)
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}", trouble="ImagePullBackOff" if number == 2 else "")
    await persistently(play)
    play.pod("churn-3", evaluator="")
    await persistently(play)


async def removed(play: Stage) -> None:
    """Mark a target, and let it go because its monitor is gone."""
    play.target()
    play.monitor(capture={})
    await persistently(play)
    play.rolled()
    play.memory.remove("ModelMonitor", "ml", "churn")
    play.monitors.lose(("ml", "churn"))
    await persistently(play)
    play.rolled()
    await persistently(play)


def state(play: Stage) -> Json:
    """Give all that users see: how often the pods were rolled, too."""
    workload = play.workload()
    config = play.child("ConfigMap", "churn-evaluator") or {}
    conditions = {one["type"]: (one["status"], one["reason"]) for one in play.status().get("conditions", [])}
    return {
        "spec": workload["spec"],
        "rollouts": workload["metadata"]["generation"],
        "labels": workload["metadata"].get("labels"),
        "managers": {one["manager"] for one in workload["metadata"]["managedFields"]},
        "pods": play.pods(),
        "injection": config.get("data", {}).get(wire.KEY_INJECTION),
        "conditions": conditions,
        "evaluators": play.status().get("evaluators"),
    }


async def ended(story: Callable[[Stage], Awaitable[None]], last: int, *, done: bool) -> tuple[Json, int]:
    """Tell a story with an operator that is killed once; give how it ends, and how many calls it took."""
    play = Stage(cluster=Mortal)
    memory = play.memory
    assert isinstance(memory, Mortal)
    memory.last, memory.done = last, done
    await story(play)
    return state(play), memory.calls


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("story", [injected, protected, removed])
async def test_a_kill_at_any_call_changes_nothing_in_the_end(
    story: Callable[[Stage], Awaitable[None]], done: bool
) -> None:
    expected, calls = await ended(story, 0, done=False)
    assert calls > 10
    for last in range(1, calls + 1):
        assert (await ended(story, last, done=done))[0] == expected, f"killed at call {last} of {calls}"


async def test_the_stories_end_as_they_should() -> None:
    end, _ = await ended(injected, 0, done=False)
    assert end["conditions"]["EvaluatorsInjected"] == ("True", "Injected")
    assert (end["rollouts"], end["pods"]) == (2, {"churn-1", "churn-2", "churn-3"})
    end, _ = await ended(protected, 0, done=False)
    assert end["conditions"]["EvaluatorsFailing"] == ("True", "ImagePull")
    assert end["pods"] == {"churn-0", "churn-1", "churn-3"}
    end, _ = await ended(removed, 0, done=False)
    assert (end["rollouts"], end["managers"]) == (3, {"team", "controller"})
    assert (await captured()).workload()["spec"] != end["spec"]
