"""What is known of a pod from what the kubelet and the scheduler say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from modelmonitor import wire
from modelmonitor.decide import pod


def body(evaluator: Any = None, model: Any = None, **about: Any) -> dict[str, Any]:
    metadata = {
        "name": "churn-1",
        "uid": "u",
        "labels": {wire.LABEL_INJECT: "churn", "pod-template-hash": "7d"},
    }
    told = [{"name": wire.EVALUATOR, **evaluator}] if evaluator else []
    status = {"initContainerStatuses": told, "containerStatuses": [{"name": "model", **(model or {})}]}
    sidecars = [{"name": wire.EVALUATOR, "image": "evaluator:1"}] if evaluator else []
    return {"metadata": {**metadata, **about}, "spec": {"initContainers": sidecars}, "status": status}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("ReplicaSet", "churn-7d", ("Deployment", "churn")),
        ("ReplicaSet", "churn", ("ReplicaSet", "churn")),
        ("StatefulSet", "churn", ("StatefulSet", "churn")),
    ],
)
def test_the_workload_is_told_by_the_controller(kind: str, name: str, expected: tuple[str, str]) -> None:
    owner = {"kind": kind, "name": name, "controller": True}
    assert pod.of(body(ownerReferences=[owner])).controller == expected
    assert pod.of(body(ownerReferences=[{**owner, "controller": False}])).controller == ("", "")


def test_why_the_evaluator_waits_is_told_in_the_words_of_the_kubelet() -> None:
    waiting = {"state": {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}}
    found = pod.of(body(waiting))
    assert (found.evaluator, found.trouble, found.message) == ("evaluator:1", "ErrImagePull", "no such host")


def test_of_a_crash_is_told_how_it_ended() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    waiting = {
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
        "lastState": ended,
    }
    assert pod.of(body({**waiting, "restartCount": 9})).message == "exit code 137: OOMKilled"


@pytest.mark.parametrize(
    ("model", "started"),
    [
        ({}, False),
        ({"state": {"waiting": {"reason": "PodInitializing"}}, "lastState": {}, "restartCount": 0}, False),
        ({"state": {"running": {}}}, True),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {}}}, True),
        ({"state": {"waiting": {}}, "restartCount": 1}, True),
    ],
)
def test_a_model_has_started_if_any_container_of_its_own_ever_ran(model: Any, started: bool) -> None:
    running = {"state": {"running": {}}, "restartCount": 3}
    assert pod.of(body(running, model)).started is started


def test_a_pod_that_ends_or_has_ended_is_leaving() -> None:
    assert pod.of(body(deletionTimestamp="now")).leaving
    ended = body()
    ended["status"]["phase"] = "Failed"
    assert pod.of(ended).leaving


def unschedulable(message: str, requests: Any = None, **about: Any) -> pod.Pod:
    """Give a pod whose evaluator asks for cpu, and that the scheduler has found no node for."""
    found = body({}, **about)
    told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastTransitionTime": "2026-11-26T12:00:00Z"}  # fmt: skip
    found["status"] = {"phase": "Pending", "conditions": [told]}
    sidecar = {"name": wire.EVALUATOR, "image": "evaluator:1", "resources": {"requests": requests or {}}}
    found["spec"] = {"initContainers": [sidecar]}
    return pod.of(found)


FULL = (
    "0/3 nodes are available: 1 Insufficient {}, 2 node(s) had untolerated taint {{gpu: }}. preemption: no."
)


@pytest.mark.parametrize(
    ("message", "requests", "trouble"),
    [
        (FULL.format("cpu"), {"cpu": "50m"}, "Unschedulable"),
        ("0/1 nodes are available: 1 Insufficient cpu.", {"cpu": "50m"}, "Unschedulable"),
        (FULL.format("memory"), {"cpu": "50m"}, ""),
        (FULL.format("nvidia.com/gpu"), {"cpu": "50m", "memory": "64Mi"}, ""),
        (FULL.format("cpu"), {}, ""),
        ("no fit", {"cpu": "50m"}, "Unschedulable"),
    ],
    ids=["cpu", "at the end", "memory", "a device", "it asks for nothing", "another scheduler"],
)
def test_an_evaluator_may_be_why_a_pod_finds_no_node_by_what_it_asks_for(
    message: str, requests: Any, trouble: str
) -> None:
    found = unschedulable(message, requests)
    assert (found.trouble, found.message) == (trouble, message if trouble else "")
    assert found.waiting == datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_what_nodes_are_short_of_is_found_in_words_that_are_too_long_to_keep() -> None:
    words = (
        f"0/900 nodes are available: {', '.join(f'{n} of pool-{n}' for n in range(60))}, 1 Insufficient cpu."
    )
    found = unschedulable(words, {"cpu": "50m"})
    assert (found.trouble, len(found.message)) == ("Unschedulable", pod.LONGEST_MESSAGE)


def test_a_pod_for_which_others_are_sent_away_waits_for_them_alone() -> None:
    found = body({})
    told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": FULL}
    found["status"] = {"conditions": [told], "nominatedNodeName": "node"}
    assert (pod.of(found).trouble, pod.of(found).waiting) == ("", None)


def test_a_pod_that_waits_for_a_gate_or_has_a_node_does_not_wait_for_one() -> None:
    found = body({})
    gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
    found["status"]["conditions"] = [gated]
    assert (pod.of(found).waiting, pod.of(found).trouble, pod.of(found).placed) == (None, "", False)
    found["status"]["conditions"] = [{"type": "PodScheduled", "status": "True"}]
    found["spec"]["nodeName"] = "node"
    assert (pod.of(found).waiting, pod.of(found).placed) == (None, True)
