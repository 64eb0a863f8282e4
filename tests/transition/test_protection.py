"""An evaluator never keeps a model from starting; pods that began without one get it later."""

import json

import pytest

from modelmonitor import wire
from modelmonitor.cluster.kinds import Kind
from modelmonitor.cluster.memory import Memory
from modelmonitor.errors import InternalError
from modelmonitor.plan import Settings
from modelmonitor.report.outcome import Evidence, Loading
from modelmonitor.report.sights import Counted, Evaluators, Sight
from transition.pods import Stage
from transition.test_injection import captured, marks
from transition.world import Json


def stopped(play: Stage) -> str:
    """Give what webhooks read of why pods get no evaluator."""
    config = play.child("ConfigMap", "churn-evaluator")
    assert config is not None
    return str(json.loads(config["data"][wire.KEY_INJECTION]).get("stopped", ""))


def deleted(writes: list[tuple[str, str, str]]) -> list[str]:
    return [name for verb, kind, name in writes if (verb, kind) == ("delete", "Pod")]


class Slow(Memory):
    """A cluster in which pods take their time to end, and to be seen ending."""

    async def delete(self, kind: Kind, _: str, name: str, __: str) -> None:
        self.writes.append(("delete", kind.kind, name))


async def halted(trouble: str = "ImagePullBackOff") -> tuple[Stage, list[tuple[str, str, str]]]:
    """Give a world in which an evaluator has just kept a pod from starting, and what was written then."""
    play = await captured()
    play.pod("churn-9", trouble=trouble)
    return play, await play.visit()


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("ErrImagePull", "ImagePull"),
        ("ImagePullBackOff", "ImagePull"),
        ("InvalidImageName", "ImagePull"),
        ("SignatureValidationFailed", "ImagePull"),
        ("CreateContainerError", "ContainerCreation"),
        ("CreateContainerConfigError", "ContainerCreation"),
        ("PreStartHookError", "ContainerCreation"),
        ("CrashLoopBackOff", "CrashLoop"),
    ],
)
async def test_pods_that_wait_for_a_broken_evaluator_start_without(trouble: str, reason: str) -> None:
    play, writes = await halted(trouble)
    assert stopped(play).startswith(reason)
    assert deleted(writes) == ["churn-9"]
    assert play.condition("EvaluatorsFailing")["status"] == "True"
    assert play.reason("EvaluatorsFailing") == reason
    assert trouble in play.condition("EvaluatorsFailing")["message"]
    assert play.reason("EvaluatorsInjected") == "InjectionStopped"


async def test_webhooks_know_before_the_pod_is_deleted() -> None:
    _, writes = await halted()
    assert writes.index(("apply", "ConfigMap", "churn-evaluator")) < writes.index(
        ("delete", "Pod", "churn-9")
    )


async def test_the_words_of_the_pod_are_told() -> None:
    play, _ = await halted()
    assert 'Back-off pulling image "evaluator:1"' in play.condition("EvaluatorsFailing")["message"]
    crashed, _ = await halted("CrashLoopBackOff")
    assert "exit code 1: Error" in crashed.condition("EvaluatorsFailing")["message"]


async def test_a_stuck_pod_is_deleted_once() -> None:
    play = await captured(Slow)
    play.pod("churn-9", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-9"]
    assert deleted(await play.visit()) == []
    play.pod("churn-8", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-8"]


async def test_a_model_that_runs_is_left_alone_when_its_evaluator_crashes() -> None:
    play = await captured()
    play.pod("churn-0", trouble="CrashLoopBackOff", started=True, ready=True)
    assert deleted(await play.visit()) == []
    assert "churn-0" in play.pods()
    assert play.reason("EvaluatorsFailing") == "CrashLoop"


async def test_models_that_nobody_reaches_are_evicted_one_at_a_time() -> None:
    play = await captured()
    for name in ("churn-0", "churn-1"):
        play.pod(name, trouble="CrashLoopBackOff", started=True, ready=False, restarts=3)
    assert evicted(await play.visit()) == ["churn-0"]
    play.pod("churn-8", evaluator="", ready=False)
    assert evicted(await play.visit()) == [], "the one that came for it is not ready yet"
    play.pod("churn-8", evaluator="")
    assert evicted(await play.visit()) == ["churn-1"]


async def test_an_evaluator_that_crashed_twice_costs_no_pod() -> None:
    play = await captured()
    play.pod("churn-0", trouble="CrashLoopBackOff", started=True, ready=False, restarts=2)
    assert evicted(await play.visit()) == []


async def test_a_model_that_is_not_reached_through_its_evaluator_needs_it_all_the_same_to_be_ready() -> None:
    play = Stage()
    play.target()
    play.monitor(capture={"mode": "Sdk"})
    await play.visit()
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}", trouble="CrashLoopBackOff", started=True, ready=False, restarts=9)
    assert evicted(await play.visit()) == ["churn-0"]


async def test_a_pod_that_nobody_would_make_anew_is_not_deleted() -> None:
    play = await captured()
    play.pod("alone", trouble="ImagePullBackOff", owner="")
    assert deleted(await play.visit()) == []
    assert stopped(play)


async def test_a_halt_survives_a_restart() -> None:
    play, _ = await halted()
    before = stopped(play)
    play.restart()
    play.later(minutes=30)
    await play.visit()
    assert stopped(play) == before
    assert play.reason("EvaluatorsFailing") == "ImagePull"


async def test_a_replica_that_acts_again_heeds_what_another_has_decided_meanwhile() -> None:
    play = await captured()
    first = play.reconciler
    play.restart()
    play.pod("churn-9", trouble="ImagePullBackOff")
    await play.visit()
    before = stopped(play)
    assert before.startswith("ImagePull")
    play.reconciler = first
    play.reconciler.begin()
    await play.visit()
    assert stopped(play) == before
    assert play.reason("EvaluatorsInjected") == "InjectionStopped"


async def test_a_halt_ends_after_an_hour() -> None:
    play, _ = await halted()
    play.later(minutes=59)
    await play.visit()
    assert stopped(play)
    play.later(minutes=1)
    await play.visit()
    assert stopped(play) == ""
    assert play.condition("EvaluatorsFailing")["status"] != "True"


async def test_a_halt_ends_when_the_monitor_is_edited() -> None:
    play, _ = await halted()
    play.monitor(capture={"maxSeries": 1000})
    await play.visit()
    assert stopped(play) == ""


async def test_a_halt_ends_with_another_image() -> None:
    play, _ = await halted()
    play.settings = Settings(evaluator_image="evaluator:2")
    play.restart()
    await play.visit()
    assert stopped(play) == ""


async def test_an_evaluator_of_before_that_fails_beside_its_model_halts_nothing() -> None:
    play = await captured()
    play.pod("churn-9", evaluator="evaluator:0", trouble="CrashLoopBackOff", started=True)
    assert deleted(await play.visit()) == []
    assert stopped(play) == ""


async def test_a_model_waits_for_no_image_again_that_others_have_renamed() -> None:
    play = await captured()
    play.pod("churn-9", evaluator="mirror.local/evaluator:1", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-9"]
    assert stopped(play).startswith("ImagePull")


@pytest.mark.parametrize(
    "edit",
    [{"suspend": True}, {"objectives": [{"name": "no"}]}, {"reference": {"configMapRef": {"name": "gone"}}}],
    ids=["it rests", "it is refused", "its reference is gone"],
)
async def test_a_new_operator_guards_by_its_own_image_what_it_does_not_plan(edit: Json) -> None:
    play, _ = await halted()
    play.monitor(capture={}, **edit)
    play.settings = Settings(evaluator_image="evaluator:2")
    play.restart()
    await play.visit()
    assert stopped(play) == "", "the new image is tried"
    play.pod("churn-8", evaluator="evaluator:2", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-8"]
    before = stopped(play)
    assert before.startswith("ImagePull")
    for _ in range(2):
        play.later(minutes=10)
        play.restart()
        await play.visit()
        assert stopped(play) == before, "it lasts, as webhooks add the image that failed"


async def test_nothing_is_rolled_while_evaluators_fail() -> None:
    play, _ = await halted()
    generation = play.workload()["metadata"]["generation"]
    play.rolled()
    for name in ("churn-0", "churn-1", "churn-2"):
        play.memory.remove("Pod", "ml", name)
        play.pod(name, evaluator="")
    await play.visit()
    assert play.workload()["metadata"]["generation"] == generation
    assert len(play.pods()) == 3, "nobody is evicted for the sake of an evaluator that fails"


async def test_models_of_a_monitor_that_is_gone_are_freed_too() -> None:
    play = await captured()
    play.pod("churn-9", trouble="ImagePullBackOff")
    play.memory.remove("ModelMonitor", "ml", "churn")
    play.monitors.lose(("ml", "churn"))
    assert deleted(await play.visit()) == ["churn-9"]


async def test_a_stuck_pod_stays_while_webhooks_cannot_be_told() -> None:
    play = await captured()
    play.memory.forbidden.add("ConfigMap")
    play.pod("churn-9", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == []


async def without(bare: int, of: int = 3, **more: Json) -> Stage:
    """Give a marked target of which some pods began without an evaluator."""
    play = Stage()
    play.target(replicas=of)
    play.monitor(capture=more)
    await play.visit()
    play.rolled()
    for number in range(of):
        play.pod(f"churn-{number}", evaluator="" if number < bare else "evaluator:1")
    return play


def evicted(writes: list[tuple[str, str, str]]) -> list[str]:
    return [name for verb, _, name in writes if verb == "evict"]


async def test_pods_without_an_evaluator_are_replaced_one_at_a_time() -> None:
    play = await without(2)
    assert evicted(await play.visit()) == ["churn-0"]
    assert play.reason("EvaluatorsInjected") == "PodsWithoutEvaluator"
    assert evicted(await play.visit()) == [], "one is on its way"
    play.pod("churn-7", ready=False)
    assert evicted(await play.visit()) == [], "it is not ready yet"
    play.pod("churn-7")
    assert evicted(await play.visit()) == ["churn-1"]
    play.pod("churn-8")
    assert evicted(await play.visit()) == []
    assert play.reason("EvaluatorsInjected") == "Injected"


async def test_pods_that_begin_without_one_again_are_not_replaced_in_vain() -> None:
    play = await without(3)
    assert evicted(await play.visit()) == ["churn-0"]
    assert play.status()["evaluators"]["evictedAt"] == "2026-11-21T12:00:00Z"
    play.pod("churn-7", evaluator="")
    for _ in range(3):
        assert evicted(await play.visit()) == []
        assert "came again without" in play.condition("EvaluatorsInjected")["message"]
        play.restart()
        play.later(hours=1)
    play.later(hours=21)
    assert evicted(await play.visit()) == ["churn-1"]
    play.restart()
    play.pod("churn-8")
    assert evicted(await play.visit()) == ["churn-2"], "another one came with an evaluator: it is of use"
    play.restart()
    play.pod("churn-9")
    await play.visit()
    play.pod("churn-7")
    play.restart()
    await play.visit()
    assert play.status()["evaluators"] == {"injected": 3, "pods": 3}


async def bare_neighbour(**more: Json) -> Stage:
    """Give a world in which the pods of a marked target came without, and another target waits its turn."""
    play = await without(3, **more)
    play.target("fraud")
    play.monitor("fraud", targetRef={"name": "fraud"}, capture={})
    return play


async def test_no_other_workload_of_the_namespace_is_rolled_while_new_pods_come_without_an_evaluator() -> (
    None
):
    play = await bare_neighbour()
    await play.visit("fraud")
    assert marks(play, "fraud")[1] is None
    assert play.reason("EvaluatorsInjected", "fraud") == "WebhookUnavailable"
    assert "pod churn-0 of the same namespace" in play.condition("EvaluatorsInjected", "fraud")["message"]
    assert evicted(await play.visit()) == ["churn-0"], "one tries for all"
    play.pod("churn-7", evaluator="")
    for _ in range(3):
        play.later(minutes=19)
        play.restart()
        await play.visit()
        await play.visit("fraud")
        assert marks(play, "fraud")[1] is None
    play.memory.remove("Pod", "ml", "churn-1")
    play.pod("churn-8")
    await play.visit("fraud")
    assert marks(play, "fraud")[1] == "fraud", "a new one came with it"


@pytest.mark.parametrize("by", ["time", "a halt"])
async def test_pods_without_an_evaluator_hold_up_nobody_for_long_or_by_our_own_doing(by: str) -> None:
    play = await bare_neighbour(restart="Auto")
    if by == "time":
        play.memory.protected |= {"churn-0", "churn-1", "churn-2"}
        play.later(minutes=10)
    else:
        play.pod("churn-9", trouble="ImagePullBackOff")
        await play.visit()
        play.rolled()
    await play.visit("fraud")
    assert marks(play, "fraud")[1] == "fraud"


async def test_a_workload_whose_pods_always_come_without_holds_up_nobody_for_much_longer_than_an_hour() -> (
    None
):
    play = await bare_neighbour()
    play.memory.protected |= {f"churn-{number}" for number in range(99)}
    waited = 0
    await play.visit("fraud")
    while marks(play, "fraud")[1] is None and waited < 600:
        play.memory.remove("Pod", "ml", f"churn-{waited // 9}")  # none stays for long, so that none is old
        play.later(minutes=9)
        waited += 9
        play.pod(f"churn-{waited // 9 + 2}", evaluator="")
        await play.visit("fraud")
    assert 55 <= waited <= 65


async def test_a_disruption_budget_has_the_last_word() -> None:
    play = await without(1)
    play.memory.protected.add("churn-0")
    assert evicted(await play.visit()) == []
    assert "churn-0" in play.pods()
    play.memory.protected.clear()
    assert evicted(await play.visit()) == ["churn-0"]


async def test_the_only_pod_is_left_alone() -> None:
    play = await without(1, of=1)
    assert evicted(await play.visit()) == []
    assert "only pod" in play.condition("EvaluatorsInjected")["message"]


async def test_pods_are_not_replaced_while_the_webhook_is_away() -> None:
    play = await without(1)
    play.webhook = "nobody answers"
    assert evicted(await play.visit()) == []
    assert play.reason("EvaluatorsInjected") == "WebhookUnavailable"


async def refused() -> Stage:
    """Give a world in which a monitor whose pods have evaluators was edited to what cannot be planned."""
    play = await captured()
    play.monitor(capture={}, objectives=[{"name": "no"}])
    await play.visit()
    assert play.reason("Ready") == "SpecInvalid"
    return play


async def test_that_evaluators_fail_is_told_while_the_spec_is_refused_and_no_longer_than_they_do() -> None:
    play = await refused()
    play.pod("churn-9", trouble="ImagePullBackOff")
    await play.visit()
    failing = play.condition("EvaluatorsFailing")
    assert (failing["status"], failing["reason"]) == ("True", "ImagePull")
    assert play.reason("Ready") == "SpecInvalid"
    play.restart()
    await play.visit()
    assert play.reason("EvaluatorsFailing") == "ImagePull", "webhooks still read it"
    play.later(hours=1)
    await play.visit()
    assert stopped(play) == "", "the next pods try again"
    assert play.condition("EvaluatorsFailing")["status"] == "Unknown"
    assert play.reason("EvaluatorsFailing") == "NotSeen"


@pytest.mark.parametrize(
    "edit", [{"objectives": [{"name": "no"}]}, {"degradation": {}}], ids=["by its form", "by its plan"]
)
async def test_an_edit_that_is_refused_ends_no_halt(edit: Json) -> None:
    play, _ = await halted()
    before = stopped(play)
    play.monitor(capture={}, **edit)
    for _ in range(2):
        await play.visit()
        assert stopped(play) == before
        assert play.reason("EvaluatorsFailing") == "ImagePull"
    play.monitor(capture={})
    await play.visit()
    assert stopped(play) == ""


async def test_what_evaluators_say_of_themselves_is_told_while_the_spec_is_refused() -> None:
    play = await captured()
    counted = Counted(evaluators=(Evaluators("over_budget", "", 3),))
    play.said = Evidence({"availability": Sight()}, Loading(), counted=counted)
    play.monitor(capture={}, degradation={})
    await play.visit()
    assert play.reason("Ready") == "SpecInvalid"
    assert play.reason("EvaluatorsFailing") == "EvaluatorsOverBudget"


@pytest.mark.parametrize(
    "way", [{"suspend": True}, {"annotations": {wire.ANNOTATION_SUSPEND: "true"}}], ids=["spec", "annotation"]
)
async def test_models_of_a_suspended_monitor_are_protected_too(way: Json) -> None:
    play = await captured()
    play.monitor(capture={}, **way)
    play.pod("churn-9", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-9"]
    assert stopped(play).startswith("ImagePull")
    assert play.reason("Ready") == "Suspended"
    assert play.reason("EvaluatorsFailing") == "ImagePull"
    play.later(hours=1)
    await play.visit()
    assert stopped(play) == "", "the next pods try again"
    assert play.reason("EvaluatorsFailing") == "NotSeen"


async def test_an_edit_that_suspends_ends_no_halt() -> None:
    play, _ = await halted()
    before = stopped(play)
    play.monitor(capture={}, suspend=True)
    await play.visit()
    assert stopped(play) == before


async def test_of_a_suspended_monitor_without_trouble_nothing_new_is_told() -> None:
    play = await captured()
    before = play.condition("EvaluatorsFailing")
    play.monitor(capture={}, suspend=True)
    play.later(hours=2)
    writes = await play.visit()
    assert writes == [("status", "ModelMonitor", "churn")]
    assert {**play.condition("EvaluatorsFailing"), "observedGeneration": 0} == {
        **before,
        "observedGeneration": 0,
    }


async def test_models_that_nobody_reaches_are_evicted_while_the_spec_is_refused() -> None:
    play = await refused()
    play.pod("churn-0", trouble="CrashLoopBackOff", started=True, ready=False, restarts=3)
    assert evicted(await play.visit()) == ["churn-0"]
    assert stopped(play).startswith("CrashLoop")


async def test_what_hinders_protection_hides_no_refusal() -> None:
    play = await captured()
    play.memory.hidden.add("ConfigMap")
    play.pod("churn-9", trouble="ImagePullBackOff")
    play.monitor(capture={}, objectives=[{"name": "no"}])
    await play.visit()
    assert play.reason("Ready") == "SpecInvalid"
    assert play.look_again == 60, "it is tried again"


async def test_models_of_a_monitor_that_shares_a_target_are_protected_too() -> None:
    play = await captured()
    play.monitor("elder", created=0)
    play.monitor(created=1, capture={})
    await play.visit()
    assert play.reason("Ready") == "TargetShared"
    play.pod("churn-9", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-9"]
    assert stopped(play).startswith("ImagePull")
    assert play.reason("EvaluatorsFailing") == "ImagePull"


@pytest.mark.parametrize(
    "edit", [{"task": "Ranking"}, {}], ids=["a spec that is refused", "a reference that is gone"]
)
async def test_models_start_even_while_their_monitor_cannot_be_planned(edit: Json) -> None:
    play = await captured()
    broken = {"objectives": [{"name": "no"}]} if edit else {"reference": {"configMapRef": {"name": "gone"}}}
    play.monitor(capture={}, **broken)
    await play.visit()
    assert play.condition("Ready")["status"] == "False"
    play.pod("churn-9", trouble="ImagePullBackOff")
    assert deleted(await play.visit()) == ["churn-9"]
    assert stopped(play).startswith("ImagePull")
    before = play.child("ConfigMap", "churn-evaluator")
    await play.visit()
    assert play.child("ConfigMap", "churn-evaluator") == before


async def test_a_bug_of_ours_keeps_no_model_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    play = await captured()
    play.pod("churn-9", trouble="ImagePullBackOff")
    monkeypatch.setattr("modelmonitor.plan.plan", {}.__getitem__)
    play.monitor(capture={}, drift=None)
    with pytest.raises(InternalError):
        await play.visit()
    assert play.reason("Ready") == "InternalError"
    assert "churn-9" not in play.pods()
    assert stopped(play).startswith("ImagePull")
