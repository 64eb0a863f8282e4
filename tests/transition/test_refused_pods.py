"""Pods that the API server refuses: a quota or a policy that has no room for evaluators stops no model."""

from modelmonitor import wire
from transition.pods import TEMPLATE, Stage
from transition.test_injection import captured
from transition.test_protection import stopped
from transition.world import Json

SAID = 'pods "churn-1-x" is forbidden: exceeded quota: small, requested: cpu=60m, used: cpu=30m'


def failure(status: str = "True") -> Json:
    """Give what the controller of a Deployment says of pods that cannot be made."""
    return {"type": "ReplicaFailure", "status": status, "reason": "FailedCreate", "message": SAID}


async def refused() -> Stage:
    """Give a world in which no pod with an evaluator is let in since the target was marked."""
    play = await captured()
    play.rolled(updatedReplicas=1, replicas=2, conditions=[failure()])
    await play.visit()
    return play


async def test_pods_that_are_refused_come_without_an_evaluator() -> None:
    play = await refused()
    assert stopped(play).startswith("PodsRefused")
    failing = play.condition("EvaluatorsFailing")
    assert (failing["status"], failing["reason"]) == ("True", "PodsRefused")
    assert SAID in failing["message"]
    assert play.reason("EvaluatorsInjected") == "InjectionStopped"
    assert len(play.pods()) == 3, "pods that are there stay"


async def test_the_injection_stays_stopped_when_pods_are_let_in_without() -> None:
    play = await refused()
    play.rolled(conditions=[])
    play.restart()
    play.later(minutes=59)
    await play.visit()
    assert stopped(play)
    play.later(minutes=1)
    await play.visit()
    assert stopped(play) == ""
    assert play.condition("EvaluatorsFailing")["status"] != "True"


async def test_pods_of_a_workload_that_is_not_marked_stop_nothing() -> None:
    play = Stage()
    play.target()
    play.rolled(updatedReplicas=1, conditions=[failure()])
    play.monitor(capture={})
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "RolloutWaiting"
    assert stopped(play) == ""


async def test_pods_are_let_in_even_while_their_monitor_cannot_be_planned() -> None:
    play = await captured()
    play.monitor(capture={}, reference={"configMapRef": {"name": "gone"}})
    await play.visit()
    assert play.condition("Ready")["status"] == "False"
    play.rolled(updatedReplicas=1, replicas=2, conditions=[failure()])
    await play.visit()
    assert stopped(play).startswith("PodsRefused")


async def labelled(kind: str = "Deployment") -> Stage:
    """Give a world in which a team that rolls its pods itself has just put the label on its template."""
    play = Stage()
    labels = {"app": "churn", wire.LABEL_INJECT: "churn"}
    play.target(kind=kind, template={**TEMPLATE, "metadata": {"labels": labels}})
    play.monitor(capture={"restart": "Never"}, targetRef={"kind": kind, "name": "churn"})
    await play.visit()
    assert ("apply", kind, "churn") not in play.memory.writes
    return play


async def test_pods_of_a_team_that_rolls_them_itself_come_without_an_evaluator_too() -> None:
    play = await labelled()
    play.rolled(updatedReplicas=1, replicas=2, conditions=[failure()])
    await play.visit()
    assert play.look_again is not None
    assert play.look_again <= 15, "no watch tells of this workload"
    await play.visit()
    assert stopped(play).startswith("PodsRefused")
    assert SAID in play.condition("EvaluatorsFailing")["message"]
    assert play.reason("EvaluatorsInjected") == "InjectionStopped"
    play.rolled()
    await play.visit()
    play.later(hours=1)
    await play.visit()
    assert stopped(play) == ""
    assert play.condition("EvaluatorsFailing")["status"] != "True"


async def test_pods_of_a_stateful_set_that_a_team_rolls_itself_come_without_an_evaluator_too() -> None:
    play = await labelled("StatefulSet")
    play.rolled(kind="StatefulSet", updatedReplicas=0, replicas=2, availableReplicas=2)
    for _ in range(3):
        await play.visit()
        play.later(seconds=15)
    await play.visit()
    assert stopped(play).startswith("PodsRefused")


async def test_pods_of_a_team_that_rolls_them_itself_are_let_in_while_the_spec_is_refused() -> None:
    play = await labelled()
    play.monitor(capture={"restart": "Never"}, objectives=[{"name": "no"}])
    await play.visit()
    play.rolled(updatedReplicas=1, replicas=2, conditions=[failure()])
    play.restart()
    await play.visit()
    assert play.reason("Ready") == "SpecInvalid"
    assert stopped(play).startswith("PodsRefused")
    assert play.reason("EvaluatorsFailing") == "PodsRefused"


async def missing() -> Stage:
    """Give a world in which a pod of a StatefulSet has just not been made."""
    play = Stage()
    play.target(kind="StatefulSet")
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "churn"}
    play.monitor(capture={}, targetRef=target)
    await play.visit()
    play.rolled(kind="StatefulSet", updatedReplicas=0, replicas=2, availableReplicas=2)
    await play.visit()
    return play


async def test_for_how_long_pods_are_missing_is_counted_anew_by_a_replica_that_acts_again() -> None:
    play = await missing()
    play.later(minutes=10)
    play.reconciler.begin()
    await play.visit()
    assert stopped(play) == "", "they may have been there meanwhile"
    play.later(seconds=30)
    await play.visit()
    assert stopped(play).startswith("PodsRefused")


async def test_of_a_stateful_set_pods_that_are_not_made_for_a_while_are_refused() -> None:
    play = await missing()
    assert stopped(play) == ""
    assert play.reason("EvaluatorsInjected") == "Injecting"
    assert play.look_again is not None, "nothing else wakes us"
    play.later(seconds=30)
    await play.visit()
    assert stopped(play).startswith("PodsRefused")
    assert "2 of 3 pods were made" in play.condition("EvaluatorsFailing")["message"]
    play.rolled(kind="StatefulSet")
    play.later(hours=1)
    await play.visit()
    assert stopped(play) == ""
    play.rolled(kind="StatefulSet", updatedReplicas=2, replicas=2, availableReplicas=2)
    await play.visit()
    assert stopped(play) == "", "the time counts from now on"
