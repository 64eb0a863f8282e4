"""Pods that find no node because of their evaluator's requests: they start without, and only then."""

import pytest

from modelmonitor.decide.scheduling import WAITS_FOR
from transition.pods import Stage
from transition.test_injection import captured
from transition.test_protection import deleted, evicted, stopped
from transition.world import Json

FULL = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption."
NO_GPU = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu."
LATE = WAITS_FOR.total_seconds()


async def full(kind: str = "StatefulSet", replicas: int = 1, waiting: int = 1, words: str = FULL) -> Stage:
    """Give a world in which a target is marked, and pods with an evaluator have just found no node."""
    play = Stage()
    play.target(kind=kind, replicas=replicas)
    play.monitor(capture={}, targetRef={"kind": kind, "name": "churn"})
    await play.visit()
    ready, numbers = replicas - waiting, ("desired", "current", "updated")
    scheduled = {f"{one}NumberScheduled": replicas for one in numbers} | {"numberReady": ready}
    play.rolled(kind=kind, readyReplicas=ready, availableReplicas=ready, **scheduled)
    for number in range(replicas):
        found = {"unschedulable": words} if number < waiting else {}
        play.pod(f"churn-{number}", kind=kind, **found)
    play.restart()  # mere wording is told once a minute
    await play.visit()
    return play


def bare(play: Stage, name: str, kind: str = "StatefulSet", **more: str) -> None:
    """Let the controller make a pod anew, which gets no evaluator."""
    play.pod(name, evaluator="", kind=kind, **more)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
async def test_a_pod_that_finds_no_node_starts_without_an_evaluator_after_a_minute(kind: str) -> None:
    play = await full(kind)
    injected = play.condition("EvaluatorsInjected")
    assert (injected["status"], injected["reason"]) == ("Unknown", "Injecting")
    assert f"pod churn-0 waits: Unschedulable, {FULL}" in injected["message"]
    play.later(seconds=LATE - 1)
    assert deleted(await play.visit()) == []
    assert play.look_again == 15, "nothing else tells that time passes"
    play.later(seconds=1)
    assert deleted(await play.visit()) == ["churn-0"]
    assert stopped(play).startswith("Unschedulable")
    failing = play.condition("EvaluatorsFailing")
    assert (failing["status"], failing["reason"]) == ("True", "Unschedulable")
    assert f"pod churn-0: Unschedulable, {FULL}" in failing["message"]
    assert play.reason("EvaluatorsInjected") == "InjectionStopped"
    bare(play, "churn-0", kind)
    await play.visit()
    assert play.reason("EvaluatorsFailing") == "Unschedulable", "it has found a node: it was the evaluator"
    assert stopped(play)


async def test_one_pod_tries_first_and_the_others_follow_when_it_has_found_a_node() -> None:
    play = await full("Deployment", replicas=3, waiting=3)
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]
    assert deleted(await play.visit()) == [], "the one that comes for it is on its way"
    bare(play, "churn-7", "Deployment")
    assert deleted(await play.visit()) == ["churn-1", "churn-2"]


async def test_another_one_tries_where_none_came_for_the_first() -> None:
    play = await full("Deployment", replicas=3, waiting=3)
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]
    play.later(seconds=15)
    assert deleted(await play.visit()) == ["churn-1"]


async def test_who_acts_again_waits_for_no_pod_of_its_own_time() -> None:
    play = await full("Deployment", replicas=3, waiting=3)
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]
    play.reconciler.begin()
    assert deleted(await play.visit()) == ["churn-1"]


async def test_a_pod_that_finds_no_node_without_an_evaluator_either_acquits_it() -> None:
    play = await full("Deployment", replicas=3, waiting=3)
    play.later(minutes=1)
    await play.visit()
    bare(play, "churn-7", "Deployment", unschedulable=FULL)
    writes = await play.visit()
    assert deleted(writes) == ["churn-7"], "it may as well wait with one"
    assert writes.index(("apply", "ConfigMap", "churn-evaluator")) < writes.index(
        ("delete", "Pod", "churn-7")
    )
    play.pod("churn-8", unschedulable=FULL)
    for _ in range(3):
        assert stopped(play) == "", "all, which a machine may be on its way for, keep theirs"
        assert play.condition("EvaluatorsFailing")["status"] != "True"
        assert play.look_again == 15
        play.later(minutes=4)
        assert deleted(await play.visit()) == []
    play.later(minutes=3)
    assert deleted(await play.visit()) == ["churn-1"], "the next one tries"
    bare(play, "churn-9", "Deployment")
    assert deleted(await play.visit()) == ["churn-2", "churn-8"], "it has found one: it is the evaluator"
    assert stopped(play).startswith("Unschedulable")


async def test_the_only_pod_of_a_model_has_its_evaluator_when_its_machine_comes() -> None:
    play = await full()
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]
    bare(play, "churn-0", unschedulable=FULL)
    assert deleted(await play.visit()) == ["churn-0"]
    assert deleted(await play.visit()) == []
    play.pod("churn-0", kind="StatefulSet")
    play.rolled(kind="StatefulSet")
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injected"


async def test_a_pod_that_nobody_is_short_of_waits_for_a_machine() -> None:
    play = await captured()
    play.pod("churn-9", unschedulable=FULL)
    play.later(minutes=7)
    assert deleted(await play.visit()) == []
    assert stopped(play) == ""
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-9"], "before the rollout gives up"
    assert stopped(play).startswith("Unschedulable")


async def test_a_target_whose_pods_find_no_node_anyway_is_not_stopped() -> None:
    play = await full("Deployment", replicas=2, waiting=1)
    bare(play, "churn-7", "Deployment", unschedulable=FULL)
    play.later(minutes=10)
    assert deleted(await play.visit()) == []
    assert stopped(play) == ""


@pytest.mark.parametrize("words", [NO_GPU, "0/3 nodes are available: 3 node(s) had untolerated taint(s)."])
async def test_what_an_evaluator_does_not_ask_for_is_not_its_fault(words: str) -> None:
    play = await full(words=words)
    play.later(hours=1)
    assert deleted(await play.visit()) == []
    assert stopped(play) == ""
    assert play.reason("EvaluatorsInjected") == "Injected"


async def test_a_pod_of_nobody_stays_though_it_stops_the_injection() -> None:
    play = await captured()
    play.pod("alone", owner="", unschedulable=FULL)
    play.later(minutes=1)
    assert deleted(await play.visit()) == []
    assert stopped(play).startswith("Unschedulable")


async def test_it_is_tried_again_after_an_hour_and_a_new_process_knows() -> None:
    play = await full()
    play.later(minutes=1)
    await play.visit()
    bare(play, "churn-0")
    before = stopped(play)
    play.restart()
    play.later(minutes=59)
    await play.visit()
    assert stopped(play) == before
    play.later(minutes=1)
    await play.visit()
    assert stopped(play) == ""


async def test_smaller_requests_are_tried_at_once() -> None:
    play = await full()
    play.later(minutes=1)
    await play.visit()
    bare(play, "churn-0")
    resources = {"requests": {"cpu": "1m", "memory": "32Mi"}}
    play.monitor(capture={"resources": resources}, targetRef={"kind": "StatefulSet", "name": "churn"})
    await play.visit()
    assert stopped(play) == ""


async def test_a_pod_waits_for_no_evaluator_of_a_halt_that_has_another_reason() -> None:
    play = await captured()
    play.rolled(readyReplicas=2)
    play.pod("churn-9", trouble="ImagePullBackOff")
    play.pod("churn-8", unschedulable=FULL)
    assert deleted(await play.visit()) == ["churn-9"]
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-8"]
    assert stopped(play).startswith("ImagePull")


@pytest.mark.parametrize("edit", [{"suspend": True}, {"objectives": [{"name": "no"}]}], ids=["rests", "no"])
async def test_models_start_while_their_monitor_is_not_planned(edit: Json) -> None:
    play = await full()
    play.monitor(capture={}, targetRef={"kind": "StatefulSet", "name": "churn"}, **edit)
    await play.visit()
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]
    assert stopped(play).startswith("Unschedulable")
    assert play.reason("EvaluatorsFailing") == "Unschedulable"


async def test_models_of_a_monitor_that_is_gone_start_too() -> None:
    play = await full()
    play.memory.remove("ModelMonitor", "ml", "churn")
    play.monitors.lose(("ml", "churn"))
    play.later(minutes=1)
    assert deleted(await play.visit()) == ["churn-0"]


@pytest.mark.parametrize("edit", [{}, {"suspend": True}], ids=["acts", "rests"])
async def test_pods_with_a_container_of_the_teams_own_are_the_teams(edit: Json) -> None:
    play = Stage()
    play.target()
    play.monitor(capture={"injection": "None"})
    await play.visit()
    play.monitor(capture={"injection": "None"}, **edit)
    play.pod("churn-0", unschedulable=FULL)
    play.pod("churn-1", trouble="ImagePullBackOff")
    play.later(minutes=1)
    writes = await play.visit()
    assert (deleted(writes), evicted(writes)) == ([], []), "they would come back as they are"


@pytest.mark.parametrize(
    "edit",
    [{"suspend": True}, {"objectives": [{"name": "no"}]}, {"reference": {"configMapRef": {"name": "gone"}}}],
    ids=["rests", "no", "not yet"],
)
async def test_pods_with_a_container_of_the_teams_own_are_the_teams_before_anything_is_planned(
    edit: Json,
) -> None:
    play = Stage()
    play.target()
    play.monitor(capture={"injection": "None"}, **edit)
    play.pod("churn-0", unschedulable=FULL)
    play.pod("churn-1", trouble="ImagePullBackOff")
    play.later(minutes=1)
    assert deleted(await play.visit()) == []
    assert play.child("ConfigMap", "churn-evaluator") is None
