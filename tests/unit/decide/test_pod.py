"""What is known of a pod from what the kubelet says."""

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
