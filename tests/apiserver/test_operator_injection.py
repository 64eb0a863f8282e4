"""Targets and their pods on a real API server: marked once, protected from evaluators, and let go."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apiserver.admission import CONFIGURATIONS, Pods
from apiserver.replica import Replica, Space, audited, eventually, monitor
from apiserver.rest import Json
from apiserver.rights import RBAC, rights_to_configure
from apiserver.workloads import Workloads
from cluster.control_plane import ControlPlane
from modelmonitor import wire

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
Begin = Callable[..., tuple[Json, Replica]]
OFTEN = ("--resync", "2")


@pytest.fixture
def pods(space: Space, operator_user: Path) -> Iterator[Pods]:
    """A namespace whose operator may write its webhook's configuration."""
    roles = rights_to_configure(space.name, f"operator-of-{space.name}")
    for role in roles:
        assert space.rest.send("POST", f"/{RBAC}/{role['kind'].lower()}s", role).accepted
    found = Pods(space)
    assert eventually(lambda: found.get("serviceaccounts/default"))
    yield found
    for role in roles:
        space.rest.send("DELETE", f"/{RBAC}/{role['kind'].lower()}s/{role['metadata']['name']}")
    space.rest.send("DELETE", f"{CONFIGURATIONS}/{found.name}")


@pytest.fixture
def workloads(space: Space) -> Workloads:
    return Workloads(space)


@pytest.fixture
def marked(space: Space, pods: Pods, workloads: Workloads, replica: Start) -> Begin:
    """Begin with a target that is marked: give it as the team wrote it, and the operator that marked it."""

    def begin(*options: str) -> tuple[Json, Replica]:
        before = workloads.deploy()
        space.apply(capturing())
        one = replica(*(options or OFTEN), *pods.arguments)
        workloads.await_mark()
        return before, one

    return begin


def capturing(name: str = "churn", **capture: object) -> Json:
    return monitor(name, capture=capture)


def patches(cluster: ControlPlane, space: Space, resource: str, verb: str = "patch") -> list[Json]:
    """Give the operator's own writes to others' objects."""
    written = audited(cluster, f"operator-of-{space.name}")
    return [one for one in written if one["objectRef"]["resource"] == resource and one["verb"] == verb]


def ticks(one: Replica, rounds: int) -> None:
    """Wait until the operator has visited so often again."""
    series = 'modelmonitor_operator_reconciles_total{result="ok"}'
    after = one.metric(series) + rounds
    assert eventually(lambda: one.metric(series) >= after, 60.0)


def injected(workloads: Workloads, space: Space, count: int = 3) -> None:
    """Let a marked target be rolled out, with pods that run."""
    workloads.rolled()
    for number in range(count):
        workloads.pod(f"churn-{number}")
        workloads.runs(f"churn-{number}")
    space.await_reason("EvaluatorsInjected", "Injected", seconds=30.0)


def test_a_target_is_marked_once_and_foreign_fields_stay(
    control_plane: ControlPlane, space: Space, pods: Pods, workloads: Workloads, marked: Begin
) -> None:
    before, one = marked()
    injected(workloads, space)
    marked = workloads.get()
    assert marked["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert marked["metadata"]["generation"] == before["metadata"]["generation"] + 1
    ticks(one, 3)
    assert workloads.get()["metadata"]["generation"] == marked["metadata"]["generation"]
    assert len(patches(control_plane, space, "deployments")) == 1
    assert space.status()["evaluators"] == {"injected": 3, "pods": 3}


def test_a_restart_writes_nothing(
    space: Space, pods: Pods, workloads: Workloads, replica: Start, marked: Begin
) -> None:
    _, one = marked()
    injected(workloads, space)
    one.stop()
    before = workloads.get()
    two = replica(*OFTEN, *pods.arguments, name="two")
    ticks(two, 3)
    assert workloads.get() == before


def test_the_end_of_a_monitor_leaves_the_spec_byte_for_byte(
    space: Space, workloads: Workloads, marked: Begin
) -> None:
    before, one = marked()
    workloads.rolled()
    space.delete("ModelMonitor", "churn")
    assert eventually(lambda: workloads.marks()[1:] == (None, None), 30.0), one.log
    assert json.dumps(workloads.get()["spec"]) == json.dumps(before["spec"])
    workloads.rolled()
    assert eventually(lambda: wire.FIELD_MANAGER not in workloads.managers(), 30.0)
    assert workloads.marks()[0] is None
    assert "labels" not in workloads.get()["metadata"]


def test_a_delete_that_was_missed_is_made_up_for_at_the_start(
    space: Space, pods: Pods, workloads: Workloads, replica: Start, marked: Begin
) -> None:
    before, one = marked()
    workloads.rolled()
    one.stop()
    space.delete("ModelMonitor", "churn")
    replica(*OFTEN, *pods.arguments, name="two")
    assert eventually(lambda: workloads.marks()[1:] == (None, None), 40.0)
    assert workloads.get()["spec"] == before["spec"]


def test_a_mark_that_is_taken_away_by_hand_is_seen_at_once(
    space: Space, workloads: Workloads, marked: Begin
) -> None:
    marked("--resync", "300")
    workloads.rolled()
    by_hand = {"spec": {"template": {"metadata": {"labels": {wire.LABEL_INJECT: None}}}}}
    space.merge("Deployment", "churn", by_hand)
    workloads.rolled()
    workloads.await_mark(seconds=30.0)


def test_another_manager_of_the_field_is_named(
    space: Space, pods: Pods, workloads: Workloads, replica: Start
) -> None:
    workloads.deploy(annotations={wire.ANNOTATION_INJECTION: "mine"})
    space.apply(capturing())
    replica(*OFTEN, *pods.arguments)
    told = space.await_reason("EvaluatorsInjected", "OwnershipConflict", seconds=30.0)
    assert 'conflict with "tests"' in told["message"]
    assert space.condition("OwnershipConflict")["reason"] == "FieldTaken"
    assert workloads.marks() == (None, None, "mine")


def test_five_targets_are_rolled_one_after_the_other(
    space: Space, pods: Pods, workloads: Workloads, replica: Start
) -> None:
    names = [f"model-{number}" for number in range(5)]
    for name in names:
        workloads.deploy(name)
        space.apply(capturing(name))
    replica("--most-rollouts", "1", *OFTEN, *pods.arguments)
    order: list[str] = []
    for _ in names:
        marked = lambda: [one for one in names if workloads.marks(one)[1] and one not in order]  # noqa: E731
        assert eventually(marked, 60.0), [space.condition("EvaluatorsInjected", one) for one in names]
        (new,) = marked()
        order.append(new)
        workloads.rolled(new)
    assert sorted(order) == names


def test_a_model_starts_without_an_evaluator_that_cannot_be_pulled(
    control_plane: ControlPlane, space: Space, pods: Pods, workloads: Workloads, replica: Start, marked: Begin
) -> None:
    _, one = marked()
    workloads.rolled(updatedReplicas=1)
    assert "initContainers" in workloads.pod("churn-0")["spec"]
    workloads.waits("churn-0", "ImagePullBackOff", 'Back-off pulling image "registry/evaluator:1"')
    failing = space.await_reason("EvaluatorsFailing", "ImagePull", seconds=30.0)
    assert failing["status"] == "True"
    assert "churn-0" in failing["message"]
    assert eventually(lambda: space.get("Pod", "churn-0") is None)
    assert "initContainers" not in workloads.pod("churn-1")["spec"]
    ticks(one, 2)
    assert len(patches(control_plane, space, "pods", "delete")) == 1
    one.stop()
    two = replica(*OFTEN, *pods.arguments, name="two")
    ticks(two, 2)
    assert space.condition("EvaluatorsFailing")["reason"] == "ImagePull"
    assert "initContainers" not in workloads.pod("churn-2")["spec"]


def test_pods_that_are_refused_with_an_evaluator_come_without(
    space: Space, pods: Pods, workloads: Workloads, marked: Begin
) -> None:
    _, one = marked("--resync", "300")
    assert "initContainers" in workloads.pod("churn-0")["spec"]
    said = 'pods "churn-1-x" is forbidden: exceeded quota: small'
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    workloads.rolled(updatedReplicas=0, conditions=[failure])
    failing = space.await_reason("EvaluatorsFailing", "PodsRefused", seconds=30.0)
    assert (failing["status"], said in failing["message"]) == ("True", True), one.log
    assert "initContainers" not in workloads.pod("churn-1")["spec"]


def test_one_pod_without_an_evaluator_tells_whether_it_is_why_pods_find_no_node(
    space: Space, pods: Pods, workloads: Workloads, replica: Start, marked: Begin
) -> None:
    full = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available."
    _, one = marked()
    workloads.rolled(updatedReplicas=1)
    for first, second, found in (("churn-0", "churn-1", False), ("churn-2", "churn-3", True)):
        assert "initContainers" in workloads.pod(first)["spec"]
        workloads.finds_no_node(first, full)
        failing = space.await_reason("EvaluatorsFailing", "Unschedulable", seconds=30.0)
        assert f"pod {first}: Unschedulable, {full}" in failing["message"]
        assert eventually(lambda gone=first: space.get("Pod", gone) is None)
        assert "initContainers" not in workloads.pod(second)["spec"]
        if not found:
            workloads.finds_no_node(second, full)
            assert eventually(lambda gone=second: space.get("Pod", gone) is None)
            assert eventually(lambda: space.condition("EvaluatorsFailing")["status"] != "True")
            one.stop()  # who acts next remembers no acquittal
            replica(*OFTEN, *pods.arguments, name="two")
            pods.await_injection()
    workloads.finds_a_node("churn-3")
    assert "initContainers" not in workloads.pod("churn-4")["spec"]
    assert space.condition("EvaluatorsInjected")["reason"] == "InjectionStopped"


def test_no_pod_is_rolled_before_the_api_server_has_reached_the_webhook(
    space: Space, pods: Pods, workloads: Workloads, replica: Start
) -> None:
    before = workloads.deploy()
    space.apply(capturing())
    with socket.socket() as firewall:  # takes packets, and never answers
        firewall.bind(("127.0.0.1", 0))
        firewall.listen(64)
        elsewhere = ("--webhook-url", f"https://127.0.0.1:{firewall.getsockname()[1]}")
        one = replica(*OFTEN, *pods.arguments, *elsewhere)
        assert eventually(lambda: bool(pods.trusted)), "certificate and configuration are fine"
        ticks(one, 5)
        space.await_reason("EvaluatorsInjected", "WebhookUnavailable")
        assert workloads.get()["spec"] == before["spec"]
        one.stop()
    replica(*OFTEN, *pods.arguments, name="two")
    workloads.await_mark()
    assert "initContainers" in workloads.pod("churn-0")["spec"]


def test_pods_that_began_without_an_evaluator_are_evicted_one_at_a_time(
    control_plane: ControlPlane, space: Space, pods: Pods, workloads: Workloads, replica: Start, marked: Begin
) -> None:
    _, one = marked()
    pods.await_injection()
    one.stop()  # nobody answers the webhook
    for number in range(3):
        assert "initContainers" not in workloads.pod(f"churn-{number}")["spec"]
        workloads.runs(f"churn-{number}")
    workloads.rolled()
    two = replica(*OFTEN, *pods.arguments, name="two")
    for number in range(3):
        assert eventually(lambda gone=f"churn-{number}": space.get("Pod", gone) is None, 60.0), space.status()
        assert space.get("Pod", f"churn-{number + 1}") or number == 2
        ticks(two, 2)
        assert "initContainers" in workloads.pod(f"churn-{number + 7}")["spec"]
        assert len(patches(control_plane, space, "pods", "create")) == number + 1
        workloads.runs(f"churn-{number + 7}")
    space.await_reason("EvaluatorsInjected", "Injected", seconds=30.0)
