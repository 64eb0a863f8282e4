"""What is known of a workload, and when its rollout counts as over."""

from typing import Any

import pytest

from modelmonitor import wire
from modelmonitor.decide import workload


def body(kind: str = "Deployment", *, spec: Any = None, status: Any = None, **about: Any) -> dict[str, Any]:
    metadata = {
        "namespace": "ml",
        "name": "churn",
        "uid": "u",
        "resourceVersion": "1",
        "generation": 2,
        **about,
    }
    complete = {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}
    return {"kind": kind, "metadata": metadata, "spec": {"replicas": 3, "template": {}, **(spec or {})},
            "status": {**complete, **(status or {})}}  # fmt: skip


PROGRESSING = {"type": "Progressing", "status": "True"}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({}, ""),
        ({"observedGeneration": 1}, "not taken up"),
        ({"updatedReplicas": 1}, "1 of 3 pods"),
        ({"replicas": 4}, "1 pods of an older template"),
        ({"availableReplicas": 2}, "2 of 3 new pods are available"),
        (
            {"availableReplicas": 2, "conditions": [{**PROGRESSING, "reason": "ReplicaSetUpdated"}]},
            "2 of 3 new",
        ),
        ({"availableReplicas": 2, "conditions": [{**PROGRESSING, "reason": "NewReplicaSetAvailable"}]}, ""),
    ],
)
def test_a_deployment_rolls_until_all_its_pods_are_new_and_were_available(status: Any, said: str) -> None:
    found = workload.of(body(status=status)).rolling
    assert said in found
    assert bool(said) == bool(found)


def test_a_crashed_pod_after_a_rollout_is_no_rollout_and_a_missed_deadline_is_told() -> None:
    late = {**PROGRESSING, "status": "False", "reason": "ProgressDeadlineExceeded"}
    found = workload.of(body(status={"updatedReplicas": 1, "conditions": [late]}))
    assert (bool(found.rolling), found.stuck) == (True, True)


def test_a_stateful_set_with_a_partition_is_rolled_when_the_others_are() -> None:
    update = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}
    assert workload.of(body("StatefulSet", spec=update, status={"updatedReplicas": 1})).rolling == ""
    assert workload.of(body("StatefulSet", status={"updatedReplicas": 1})).rolling


def test_a_daemon_set_counts_by_nodes() -> None:
    nodes = {"desiredNumberScheduled": 5, "currentNumberScheduled": 5, "updatedNumberScheduled": 4}
    found = workload.of(body("DaemonSet", status=nodes))
    assert (found.replicas, found.pods, bool(found.rolling)) == (5, 5, True)
    assert not workload.of(body("DaemonSet", status={**nodes, "updatedNumberScheduled": 5})).rolling


@pytest.mark.parametrize(
    ("kind", "field", "wanted"),
    [("Deployment", "readyReplicas", {}), ("DaemonSet", "numberReady", {"desiredNumberScheduled": 3})],
)
def test_it_is_short_of_pods_while_fewer_are_ready_than_wanted(kind: str, field: str, wanted: Any) -> None:
    for ready, short in ((0, True), (2, True), (3, False), (4, False)):
        status = {**wanted, field: ready}
        assert workload.of(body(kind, spec={"replicas": 3}, status=status)).short is short
    assert workload.of(body(spec={"replicas": 1})).short


def test_a_target_without_pods_is_rolled() -> None:
    none = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), 0)
    found = workload.of(body(spec={"replicas": 0}, status=none))
    assert (found.rolling, found.pods) == ("", 0)


def test_what_is_ours_is_read_from_the_managed_fields() -> None:
    ours = {"manager": wire.FIELD_MANAGER, "time": "2026-11-26T12:00:00Z", "fieldsV1": {"f:metadata": {}}}
    assert not workload.of(body()).held
    found = workload.of(body(managedFields=[ours]))
    assert (found.held, found.template_held) == (True, False)
    found = workload.of(body(managedFields=[{**ours, "fieldsV1": {"f:spec": {}}}]))
    assert (found.held, found.template_held) == (True, True)
    assert found.written is not None
    assert not workload.of(body(managedFields=[{**ours, "subresource": "status"}])).held


def test_who_controls_it_is_named() -> None:
    owner = {"kind": "InferenceService", "name": "churn", "controller": True}
    assert workload.of(body(ownerReferences=[owner])).controller == "InferenceService churn"
    assert workload.of(body(ownerReferences=[{**owner, "controller": False}])).controller == ""


def test_pods_that_the_api_server_refuses_are_told_of_in_its_words() -> None:
    said = 'pods "churn-1-abc" is forbidden: exceeded quota: small, requested: cpu=60m, used: cpu=30m'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    assert workload.of(body(status={"conditions": [PROGRESSING, failure]})).refused == said
    for other in ({"status": "False"}, {"reason": "FailedDelete"}):
        assert workload.of(body(status={"conditions": [{**failure, **other}]})).refused == ""
    assert workload.of(body()).refused == ""


@pytest.mark.parametrize(
    ("kind", "status", "missing"),
    [
        ("StatefulSet", {}, ""),
        ("StatefulSet", {"replicas": 2, "availableReplicas": 2}, "2 of 3 pods were made"),
        ("StatefulSet", {"replicas": 2, "availableReplicas": 1}, ""),
        ("StatefulSet", {"replicas": 0, "availableReplicas": 0}, "0 of 3 pods were made"),
        ("DaemonSet", {"desiredNumberScheduled": 5, "currentNumberScheduled": 4}, "4 of 5 pods were made"),
        ("DaemonSet", {"desiredNumberScheduled": 5, "currentNumberScheduled": 5}, ""),
        ("Deployment", {"replicas": 2, "availableReplicas": 2}, ""),
    ],
)
def test_pods_are_missing_that_nobody_waits_for(kind: str, status: Any, missing: str) -> None:
    assert workload.of(body(kind, status=status)).missing == missing
