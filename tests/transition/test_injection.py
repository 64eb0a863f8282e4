"""A monitor that captures: its target is marked once, and let go of as it was."""

import pytest

from modelmonitor import wire
from modelmonitor.cluster.memory import Memory
from modelmonitor.errors import Forbidden
from modelmonitor.report.outcome import Evidence, Loading
from modelmonitor.report.sights import Counted, Evaluators, Sight
from transition.pods import TEMPLATE, Stage
from transition.world import Json, seen

MARKED = ("apply", "Deployment", "churn")
CAPTURE: Json = {"capture": {}}


def marks(
    play: Stage, name: str = "churn", kind: str = "Deployment"
) -> tuple[str | None, str | None, str | None]:
    """Give our label of a workload, and label and annotation of its pod template."""
    body = play.workload(name, kind)
    template = body["spec"]["template"]["metadata"]
    return (
        body["metadata"].get("labels", {}).get(wire.LABEL_MONITORED_BY),
        template.get("labels", {}).get(wire.LABEL_INJECT),
        template.get("annotations", {}).get(wire.ANNOTATION_INJECTION),
    )


def service(play: Stage, port: int | str) -> None:
    """Let a Service target a port of the model."""
    about = {"name": "churn", "namespace": "ml"}
    spec = {"selector": {"app": "churn"}, "ports": [{"port": 80, "targetPort": port}]}
    play.memory.put({"apiVersion": "v1", "kind": "Service", "metadata": about, "spec": spec}, "team")


async def captured(cluster: type[Memory] = Memory) -> Stage:
    """Give a world in which the target is marked and rolled out, with three pods that have an evaluator."""
    play = Stage(cluster=cluster)
    play.target()
    play.monitor(**CAPTURE)
    await play.visit()
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}")
    await play.visit()
    return play


async def test_a_target_is_marked_once_and_its_pods_are_counted() -> None:
    play = Stage()
    play.target()
    play.monitor(**CAPTURE)
    assert (await play.visit()).count(MARKED) == 1
    monitor, inject, injection = marks(play)
    assert (monitor, inject) == ("churn", "churn")
    assert injection
    assert play.reason("EvaluatorsInjected") == "Injecting"
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}")
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injected"
    assert play.status()["evaluators"] == {"injected": 3, "pods": 3}


async def test_nothing_is_written_again_over_visits_and_restarts() -> None:
    play = await captured()
    generation = play.workload()["metadata"]["generation"]
    for _ in range(3):
        assert await play.visit() == []
        play.later(hours=1)
        play.restart()
    assert play.workload()["metadata"]["generation"] == generation


async def test_a_visit_to_a_marked_target_costs_no_call() -> None:
    play = await captured()
    play.memory.reads.clear()
    assert await play.visit() == []
    assert play.memory.reads == []


async def test_without_capture_the_target_is_not_even_looked_at() -> None:
    play = Stage()
    play.target()
    play.monitor()
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "NotAsked"
    assert ("Deployment", "churn") not in play.memory.reads
    assert "evaluators" not in play.status()


async def test_thresholds_of_the_model_reach_evaluators_without_a_rollout() -> None:
    play = await captured()
    generation = play.workload()["metadata"]["generation"]
    play.monitor(capture={}, drift={})
    await play.visit()
    assert play.workload()["metadata"]["generation"] == generation


async def test_another_port_is_another_rollout() -> None:
    play = await captured()
    before = marks(play)
    template = {**TEMPLATE, "spec": {"containers": [{"name": "model", "image": "model:1", "ports": [
        {"name": "http", "containerPort": 8080}, {"name": "rest", "containerPort": 8081}]}]}}  # fmt: skip
    play.target(template=template)
    play.monitor(capture={"port": "rest"})
    assert MARKED in await play.visit()
    assert marks(play) != before


async def test_a_target_that_comes_later_is_marked_when_it_comes() -> None:
    play = Stage()
    play.monitor(**CAPTURE)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "TargetMissing"
    play.target()
    assert MARKED in await play.visit()


async def test_a_workload_of_another_kind_cannot_be_marked() -> None:
    play = Stage()
    target = {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "name": "churn"}
    play.monitor(targetRef=target, **CAPTURE)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "KindUnsupported"
    assert "InferenceService churn" in play.condition("EvaluatorsInjected")["message"]


async def test_an_obstacle_is_told_and_nothing_is_rolled() -> None:
    play = Stage()
    play.target(template={**TEMPLATE, "spec": {**TEMPLATE["spec"], "hostNetwork": True}})
    play.monitor(**CAPTURE)
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "HostNetwork"
    play.target()
    assert MARKED in await play.visit()


async def test_a_service_that_targets_a_number_keeps_the_target_as_it_is() -> None:
    play = Stage()
    play.target()
    service(play, 8080)
    play.monitor(**CAPTURE)
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "PortNumeric"


async def test_an_obstacle_that_comes_and_goes_is_seen_though_the_target_stays_as_it_is() -> None:
    play = await captured()
    service(play, 8080)
    play.target(minReadySeconds=1)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "PortNumeric"
    service(play, "http")
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injected"


async def test_what_hinders_an_evaluator_is_asked_once_a_minute_while_the_webhook_is_away() -> None:
    play = Stage(webhook="nobody reaches it")
    play.target()
    play.monitor(**CAPTURE)
    await play.visit()
    service(play, 8080)
    play.memory.reads.clear()
    await play.visit()
    assert play.memory.reads == [("Deployment", "churn")], "it may have come, or gone"
    assert play.reason("EvaluatorsInjected") == "WebhookUnavailable"
    play.later(minutes=1)
    for _ in range(2):
        await play.visit()
        assert play.reason("EvaluatorsInjected") == "PortNumeric"
    service(play, "http")
    play.webhook = ""
    assert MARKED in await play.visit()


async def test_nothing_is_marked_by_what_was_said_while_the_webhook_was_away() -> None:
    play = Stage(webhook="nobody reaches it")
    play.target()
    play.monitor(**CAPTURE)
    await play.visit()
    service(play, 8080)
    play.webhook = ""
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "PortNumeric"


def policy(play: Stage, *ports: int | str) -> None:
    """Let a NetworkPolicy admit everybody to some ports of the model's pods, and to no others."""
    about = {"name": "only-callers", "namespace": "ml"}
    ingress = [{"ports": [{"port": port} for port in ports]}]
    spec = {"podSelector": {"matchLabels": {"app": "churn"}}, "policyTypes": ["Ingress"], "ingress": ingress}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    play.memory.put({**kind, "metadata": about, "spec": spec}, "team")


async def test_a_policy_that_keeps_prometheus_out_is_told_until_it_does_not() -> None:
    play = Stage()
    play.target()
    policy(play, "http")
    play.monitor(**CAPTURE)
    assert MARKED in await play.visit(), "callers are let in: it hinders no model"
    warning = "; NetworkPolicy only-callers: expected a rule that admits Prometheus to port mm-http (9464)"
    assert warning in play.condition("EvaluatorsInjected")["message"]
    play.rolled()
    for number in range(3):
        play.pod(f"churn-{number}")
    await play.visit()
    told = play.condition("EvaluatorsInjected")
    assert (told["status"], told["reason"]) == ("True", "Injected")
    assert told["message"].startswith(f"3 of 3 pods have an evaluator{warning}")
    play.memory.reads.clear()
    await play.visit()
    assert ("NetworkPolicy", "*") in play.memory.reads, "what is not well is looked at again"
    policy(play, "http", 9464)
    play.restart()  # mere wording is told once a minute
    await play.visit()
    assert play.condition("EvaluatorsInjected")["message"] == "3 of 3 pods have an evaluator"


async def test_a_service_that_comes_later_and_passes_the_evaluator_by_is_found_within_ten_minutes() -> None:
    play = await captured()
    service(play, 8080)
    play.later(minutes=9)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injected"
    play.later(minutes=1)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "PortNumeric"


async def test_restart_never_waits_for_the_label_of_the_team() -> None:
    play = Stage()
    play.target()
    play.monitor(capture={"restart": "Never"})
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "RestartForbidden"
    assert "modelmonitor.dev/inject: churn" in play.condition("EvaluatorsInjected")["message"]
    labels = {"app": "churn", wire.LABEL_INJECT: "churn"}
    play.target(template={**TEMPLATE, "metadata": {"labels": labels}})
    for number in range(3):
        play.pod(f"churn-{number}")
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "Injected"


async def test_of_a_target_that_the_team_labels_little_more_than_itself_is_read() -> None:
    play = Stage()
    labels = {"app": "churn", wire.LABEL_INJECT: "churn"}
    play.target(template={**TEMPLATE, "metadata": {"labels": labels}})
    play.monitor(capture={"restart": "Never"})
    await play.visit()
    play.memory.reads.clear()
    await play.visit()
    assert play.memory.reads == [("Deployment", "churn")]
    service(play, 8080)
    play.later(minutes=10)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "PortNumeric"


async def test_a_template_that_asks_for_another_monitor_is_left_alone() -> None:
    play = Stage()
    labels = {"app": "churn", wire.LABEL_INJECT: "fraud"}
    play.target(template={**TEMPLATE, "metadata": {"labels": labels}})
    play.monitor(**CAPTURE)
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "InjectedForOther"


async def test_a_field_of_another_manager_is_a_conflict() -> None:
    play = Stage()
    play.target()
    about = {"name": "churn", "namespace": "ml", "labels": {wire.LABEL_MONITORED_BY: "somebody"}}
    play.memory.put({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about}, "helm")
    play.monitor(**CAPTURE)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "OwnershipConflict"
    assert play.reason("OwnershipConflict") == "FieldTaken"
    assert marks(play)[1] is None
    assert play.look_again == 60


async def test_what_we_may_not_do_is_told() -> None:
    play = Stage()
    play.target()
    play.memory.forbidden.add("Deployment")
    play.monitor(**CAPTURE)
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "PermissionMissing"
    play.memory.forbidden.clear()
    play.unseen_pods = Forbidden("expected permission to list pods, got 403")
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "PermissionMissing"
    assert marks(play)[1] is None


async def test_without_an_image_nothing_is_marked_and_marks_stay() -> None:
    play = await captured()
    before = play.workload()
    play.settings = type(play.settings)()
    play.restart()
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "ImageNotConfigured"
    assert play.workload() == before


async def test_marks_that_are_taken_away_are_put_back_once() -> None:
    play = await captured()
    for reason in ("Injecting", "MarksRemoved"):
        body = play.workload()
        for part in (body["metadata"], body["spec"]["template"]["metadata"]):
            for name in [name for name in part.get("labels", {}) if name.startswith(wire.GROUP)]:
                del part["labels"][name]
            part.pop("annotations", None)
        play.memory.replace(body, "kustomize")
        play.rolled()
        await play.visit()
        assert play.reason("EvaluatorsInjected") == reason
    assert marks(play) == (None, None, None)


async def test_a_workload_that_another_object_makes_is_left_to_it() -> None:
    play = Stage()
    owner = play.memory.put({"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService",
                             "metadata": {"name": "churn", "namespace": "ml"}})  # fmt: skip
    play.target()
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "churn", "namespace": "ml"}}
    reference = {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "name": "churn",
                 "uid": owner["metadata"]["uid"], "controller": True}  # fmt: skip
    body["metadata"]["ownerReferences"] = [reference]
    play.memory.put(body, "kserve")
    play.monitor(**CAPTURE)
    assert MARKED not in await play.visit()
    assert play.reason("EvaluatorsInjected") == "TargetControlled"


@pytest.mark.parametrize(
    ("capture", "counted", "expected"),
    [
        ({}, Counted(encrypted=True), ("True", "TlsToModel")),
        ({}, Counted(evaluators=(Evaluators("counting", "", 3),)), ("False", "Readable")),
        ({}, Counted(), ("Unknown", "NotSeen")),
        ({"mode": "Sdk"}, Counted(encrypted=True), ("False", "NotAsked")),
    ],
)
async def test_a_model_that_callers_reach_over_tls_is_told(
    capture: Json, counted: Counted, expected: tuple[str, str]
) -> None:
    play = Stage(said=Evidence({"availability": Sight()}, Loading(), counted=counted))
    play.target()
    play.monitor(capture=capture)
    await play.visit()
    condition = play.condition("TrafficEncrypted")
    assert (condition["status"], condition["reason"]) == expected


@pytest.mark.parametrize(
    ("replicas", "labels", "reason"),
    [
        (3, {}, "StoreLocal"),
        (1, {}, "PrometheusNotConfigured"),
        (3, {"store": {"redis": {"secretRef": {"name": "churn-redis"}}}}, "PrometheusNotConfigured"),
    ],
)
async def test_labels_in_the_memory_of_several_pods_are_told(
    replicas: int, labels: Json, reason: str
) -> None:
    play = Stage()
    play.target(replicas=replicas)
    play.monitor(capture={}, labels={"maturity": "1h", **labels})
    await play.visit()
    assert play.reason("LabelsFlowing") == reason


async def test_how_many_pods_there_are_is_known_of_injection_by_hand_too() -> None:
    play = Stage()
    play.target()
    play.monitor(capture={"injection": "None"}, labels={"maturity": "1h"})
    await play.visit()
    assert play.reason("EvaluatorsInjected") == "ManualInjection"
    assert play.reason("LabelsFlowing") == "StoreLocal"


async def test_that_nobody_scrapes_for_want_of_a_pod_monitor_is_told() -> None:
    play = Stage(said=seen())
    play.memory.missing.add("PodMonitor")
    play.target()
    play.monitor(capture={})
    await play.visit()
    assert play.reason("Ready") == "Reconciled"
    assert play.reason("EvaluatorsFailing") == "NotSeen"
    assert "monitoring.coreos.com/v1" in play.condition("EvaluatorsFailing")["message"]
