"""Rollouts because of us: few at a time, never into another one, and the way back leaves nothing."""

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import ChildKey
from modelmonitor.cluster.kinds import Kind
from modelmonitor.cluster.memory import Memory
from transition.pods import Stage
from transition.test_injection import MARKED, captured, marks
from transition.world import Json


def spec_of(play: Stage, name: str = "churn") -> Json:
    found: Json = play.workload(name)["spec"]
    return found


def managers(play: Stage, name: str = "churn") -> set[str]:
    return {one["manager"] for one in play.workload(name)["metadata"]["managedFields"]}


async def gone(play: Stage, name: str = "churn") -> None:
    """Delete a monitor, and visit what it leaves."""
    play.memory.remove("ModelMonitor", "ml", name)
    play.monitors.lose(("ml", name))
    await play.visit(name)


async def test_the_way_back_leaves_the_spec_as_it_was() -> None:
    play = Stage()
    play.target()
    before = play.workload()
    play.monitor(capture={})
    await play.visit()
    assert spec_of(play) != before["spec"]
    play.rolled()
    await gone(play)
    assert spec_of(play) == before["spec"]
    assert marks(play)[0] == "churn", "the label tells that this rollout is ours until it is over"
    assert play.look_again is not None
    play.rolled()
    await play.visit()
    assert managers(play) == {"team", "controller"}
    assert wire.LABEL_MONITORED_BY not in play.workload()["metadata"].get("labels", {})
    assert play.look_again is None


async def test_a_delete_that_was_missed_is_found_by_the_label() -> None:
    play = await captured()
    play.memory.remove("ModelMonitor", "ml", "churn")
    play.monitors.lose(("ml", "churn"))
    play.restart()
    assert ("ml", "churn") in play.memory.workloads.monitors()
    assert MARKED in await play.visit()
    assert marks(play)[1:] == (None, None)


async def test_without_capture_the_target_is_let_go() -> None:
    play = await captured()
    play.monitor()
    assert MARKED in await play.visit()
    assert marks(play)[1:] == (None, None)
    assert play.reason("EvaluatorsInjected") == "Removing"
    play.rolled()
    await play.visit()
    assert "modelmonitor" not in managers(play)
    assert play.reason("EvaluatorsInjected") == "NotAsked"


async def test_injection_by_hand_lets_the_target_go() -> None:
    play = await captured()
    play.monitor(capture={"injection": "None"})
    await play.visit()
    assert marks(play)[1:] == (None, None)
    assert play.reason("EvaluatorsInjected") == "ManualInjection"


async def test_another_target_is_marked_after_the_old_one_was_let_go() -> None:
    play = await captured()
    play.target("churn-v2")
    play.monitor(capture={}, targetRef={"name": "churn-v2"})
    await play.visit()
    assert marks(play)[1:] == (None, None)
    assert play.reason("EvaluatorsInjected") == "RolloutWaiting"
    play.rolled()
    await play.visit()
    assert marks(play, "churn-v2")[1] == "churn"
    assert marks(play)[0] is None


async def test_a_suspended_monitor_writes_nothing() -> None:
    play = await captured()
    before = play.workload()
    play.monitor(suspend=True)
    await play.visit()
    assert play.workload() == before


async def test_a_monitor_that_is_made_anew_keeps_its_marks() -> None:
    play = await captured()
    play.monitors.lose(("ml", "churn"))  # the event of the new one is still to come
    assert MARKED not in await play.visit()
    assert marks(play)[1] == "churn"


async def test_a_label_that_somebody_copied_is_not_ours_to_take_away() -> None:
    play = Stage()
    play.target()
    about = {"name": "churn", "namespace": "ml", "labels": {wire.LABEL_MONITORED_BY: "old"}}
    play.memory.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about}, "argocd")
    before = play.workload()
    assert await play.visit("old") == []
    assert play.workload() == before


async def test_a_rollout_of_the_team_is_let_finish_first() -> None:
    play = Stage()
    play.target()
    play.rolled(updatedReplicas=1)
    play.monitor(capture={})
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "RolloutWaiting"
    assert "1 of 3 pods" in play.condition("EvaluatorsInjected")["message"]
    assert play.look_again == 3
    play.rolled()
    assert MARKED in await play.visit()


async def test_a_paused_target_waits() -> None:
    play = Stage()
    play.target(paused=True)
    play.monitor(capture={})
    assert MARKED not in await play.visit()
    assert "paused" in play.condition("EvaluatorsInjected")["message"]


async def test_a_target_whose_pods_are_replaced_by_hand_waits() -> None:
    play = Stage()
    play.target(kind="StatefulSet", updateStrategy={"type": "OnDelete"})
    play.monitor(capture={}, targetRef={"kind": "StatefulSet", "name": "churn"})
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "RolloutWaiting"
    assert "OnDelete" in play.condition("EvaluatorsInjected")["message"]
    assert marks(play, kind="StatefulSet")[1] is None


async def test_one_rollout_at_a_time_in_a_namespace() -> None:
    play = Stage()
    for name in ("one", "two", "three"):
        play.target(name)
        play.monitor(name, capture={}, targetRef={"name": name})
    order = []
    for _ in range(3):
        for name in ("one", "two", "three"):
            order += [one[2] for one in await play.visit(name) if one[1] == "Deployment"]
        rolling = [
            name for name in ("one", "two", "three") if play.reason("EvaluatorsInjected", name) == "Injecting"
        ]
        assert len(rolling) == 1, "the others wait"
        play.rolled(rolling[0])
        play.pod(f"{rolling[0]}-1", owner=rolling[0], monitor=rolling[0])
        play.pod(f"{rolling[0]}-2", owner=rolling[0], monitor=rolling[0])
        play.pod(f"{rolling[0]}-3", owner=rolling[0], monitor=rolling[0])
        await play.visit(rolling[0])
    assert order == ["one", "two", "three"]


async def test_a_budget_that_is_used_up_is_waited_for() -> None:
    play = Stage(most_rollouts=0)
    play.target()
    play.monitor(capture={})
    assert MARKED not in await play.visit()
    assert "--most-rollouts" in play.condition("EvaluatorsInjected")["message"]


async def test_a_rollout_that_hangs_does_not_keep_the_namespace_waiting() -> None:
    play = Stage()
    for name in ("one", "two"):
        play.target(name)
        play.monitor(name, capture={}, targetRef={"name": name})
        await play.visit(name)
    assert play.reason("EvaluatorsInjected", "two") == "RolloutWaiting"
    stuck = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    play.rolled("one", updatedReplicas=1, conditions=stuck)
    await play.visit("two")
    assert play.reason("EvaluatorsInjected", "two") == "Injecting"


async def test_a_release_of_the_team_does_not_use_up_our_budget() -> None:
    play = await captured()
    play.later(hours=3)
    play.rolled(updatedReplicas=1)
    play.target("other")
    play.monitor("other", capture={}, targetRef={"name": "other"})
    await play.visit("other")
    assert play.reason("EvaluatorsInjected", "other") == "Injecting"


async def test_a_new_process_knows_of_the_rollout_before_it() -> None:
    play = Stage()
    for name in ("one", "two"):
        play.target(name)
        play.monitor(name, capture={}, targetRef={"name": name})
    await play.visit("one")
    play.restart()
    await play.visit("two")
    assert play.reason("EvaluatorsInjected", "two") == "RolloutWaiting"


async def test_while_the_webhook_is_away_nothing_is_rolled() -> None:
    play = Stage(webhook="the certificate has expired")
    play.target()
    play.monitor(capture={})
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "WebhookUnavailable"
    play.webhook = ""
    assert MARKED in await play.visit()


class Late(Memory):
    """A cluster whose watch tells nothing of workloads yet."""

    def _show_watches(self, key: ChildKey, body: Json) -> None:
        if key[0] != "Deployment":
            super()._show_watches(key, body)


async def test_what_was_just_written_counts_before_a_watch_tells_of_it() -> None:
    play = Stage(cluster=Late)
    for name in ("one", "two"):
        play.target(name)
        play.monitor(name, capture={}, targetRef={"name": name})
        await play.visit(name)
    assert play.reason("EvaluatorsInjected", "two") == "RolloutWaiting"


class Changing(Memory):
    """A cluster in which the team changes its Deployment while we look at the namespace."""

    async def all(self, kind: Kind, namespace: str) -> list[Json]:
        found = await super().all(kind, namespace)
        if kind is kinds.NETWORK_POLICY and self.objects("Deployment", namespace):
            about = {"name": "churn", "namespace": namespace, "annotations": {"seen": str(len(self.reads))}}
            self.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about}, "team-tool")
        return found


async def test_a_target_that_changed_since_we_looked_is_not_marked() -> None:
    play = Stage(cluster=Changing)
    play.target()
    play.monitor(capture={})
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "Conflict"
    assert play.look_again == 1
