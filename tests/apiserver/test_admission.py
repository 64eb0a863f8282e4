"""Pods created through the API server: those that ask for an evaluator get it, and none is ever kept away."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from apiserver.admission import CONFIGURATIONS, INJECTION, MODEL, Pods, is_injected
from apiserver.replica import Replica, Space, eventually
from apiserver.rest import Rest
from apiserver.rights import RBAC
from modelmonitor import wire
from modelmonitor.plan import injection as plan

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]


def test_a_pod_that_asks_for_an_evaluator_gets_it(pods: Pods, replica: Start) -> None:
    one = replica(*pods.arguments)
    pods.await_injection()
    template = {"metadata": {"labels": {"app": "churn"}}, "spec": {"containers": [MODEL]}}
    replica_set = {
        "metadata": {"name": "churn-7d9f"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "churn"}}, "template": template},
    }
    at = f"/apis/apps/v1/namespaces/{pods.space.name}/replicasets"
    kept = pods.space.rest.send("POST", at, replica_set).body
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "churn-7d9f", "controller": True}
    created = pods.create(ownerReferences=[{**owner, "uid": kept["metadata"]["uid"]}])
    assert is_injected(created)
    assert not created.warning
    version = plan.version(kept["spec"]["template"])
    assert created.body["metadata"]["labels"][wire.LABEL_VERSION] == version
    (evaluator,) = created.body["spec"]["initContainers"]
    assert evaluator["image"] == INJECTION.image
    assert f"--model-version={version}" in evaluator["args"]
    assert one.metric('modelmonitor_operator_admissions_total{result="injected"}') >= 2
    assert pods.configuration["metadata"]["ownerReferences"][0]["name"] == pods.name


def test_many_pods_at_once_all_get_theirs(pods: Pods, replica: Start) -> None:
    one = replica(*pods.arguments)
    pods.await_injection()
    everybody = [Rest(pods.space.cluster) for _ in range(40)]
    with ThreadPoolExecutor(len(everybody)) as pool:
        created = list(pool.map(lambda rest: pods.create(rest=rest), everybody))
    for rest in everybody:
        rest.close()
    assert all(map(is_injected, created)), {answer.warning for answer in created}
    assert one.metric('modelmonitor_operator_admissions_total{result="injected"}') >= 41


def test_other_pods_are_not_touched(pods: Pods, replica: Start) -> None:
    one = replica(*pods.arguments)
    pods.await_injection()
    before = one.metric('modelmonitor_operator_admissions_total{result="injected"}')
    created = pods.create(labels={"app": "other"})
    assert not is_injected(created)
    assert [port["containerPort"] for port in created.body["spec"]["containers"][0]["ports"]] == [8080]
    elsewhere = {"metadata": {"name": "x", "namespace": "default", "labels": {wire.LABEL_INJECT: "churn"}},
                 "spec": {"containers": [MODEL]}}  # fmt: skip
    answer = pods.space.rest.send("POST", "/api/v1/namespaces/default/pods", elsewhere, dryRun="All")
    assert answer.accepted
    assert not is_injected(answer)
    assert not answer.warning
    assert one.metric('modelmonitor_operator_admissions_total{result="injected"}') == before


def test_a_dry_run_shows_the_evaluator_and_leaves_nothing(pods: Pods, replica: Start) -> None:
    replica(*pods.arguments)
    pods.await_injection()
    pod = {
        "metadata": {"name": "dry", "labels": {wire.LABEL_INJECT: "churn"}},
        "spec": {"containers": [MODEL]},
    }
    assert is_injected(pods.space.rest.send("POST", pods.path("pods"), pod, dryRun="All"))
    assert pods.get("pods/dry") is None


def test_a_monitor_that_is_not_there_is_said_to_whoever_creates_the_pod(pods: Pods, replica: Start) -> None:
    replica(*pods.arguments)
    pods.await_injection()
    created = pods.create(monitor="gone")
    assert not is_injected(created)
    assert "ConfigMap gone-evaluator: expected one of a ModelMonitor gone, got none" in created.warning


def test_pods_start_unchanged_while_no_replica_runs(pods: Pods, replica: Start) -> None:
    one = replica(*pods.arguments)
    pods.await_injection()
    one.freeze()
    try:
        began = time.monotonic()
        assert not is_injected(pods.create())
        assert time.monotonic() - began >= 1.9, "the API server did not wait for the answer"
    finally:
        one.thaw()
    assert one.stop() == 0
    assert not is_injected(pods.create())
    replica(*pods.arguments, name="two")
    pods.await_injection()


def test_a_standby_answers_too(pods: Pods, replica: Start) -> None:
    """The URL of both leads to the second one."""
    other = Pods(pods.space)
    leader = replica(*other.arguments[:4], *pods.arguments[4:])
    assert eventually(leader.leads)
    standby = replica(*pods.arguments, name="two")
    pods.await_injection()
    assert not standby.leads()
    assert standby.metric('modelmonitor_operator_admissions_total{result="injected"}') >= 1
    assert leader.stop() == 0
    assert is_injected(pods.create())
    assert eventually(standby.leads)
    assert is_injected(pods.create())


def test_a_configuration_that_is_edited_or_deleted_comes_back(pods: Pods, replica: Start) -> None:
    replica(*pods.arguments, "--resync", "1")
    pods.await_injection()
    wanted = pods.configuration["webhooks"]
    at = f"{CONFIGURATIONS}/{pods.name}"
    edited = [{**wanted[0], "failurePolicy": "Fail", "clientConfig": {"url": "https://127.0.0.1:1/"}}]
    change = {"webhooks": edited}
    assert pods.space.rest.send("PATCH", at, change, kind="merge-patch+json").accepted
    assert eventually(lambda: pods.configuration["webhooks"] == wanted), pods.configuration
    assert pods.space.rest.send("DELETE", at).accepted
    assert eventually(lambda: pods.configuration.get("webhooks") == wanted)
    pods.await_injection()


def test_the_configuration_goes_with_the_role_that_allows_it(pods: Pods, replica: Start) -> None:
    replica(*pods.arguments)
    pods.await_injection()
    for kind in ("clusterrolebindings", "clusterroles"):
        assert pods.space.rest.send("DELETE", f"/{RBAC}/{kind}/{pods.name}").accepted
    assert eventually(lambda: not pods.configuration, 60.0), "the garbage collector left the configuration"
    assert not is_injected(pods.create())


def test_without_the_right_to_configure_the_operator_works_and_says_what_is_missing(
    space: Space, replica: Start
) -> None:
    pods = Pods(space).prepare()
    one = replica(*pods.arguments)
    assert eventually(lambda: one.ask("/readyz"))
    assert eventually(lambda: "pods get no evaluator: expected permission to" in one.log), one.log
    assert "mutatingwebhookconfigurations.admissionregistration.k8s.io in the cluster" in one.log
    assert one.log.count("pods get no evaluator") == 1
    assert eventually(lambda: pods.secret), "a platform that configures by itself needs the certificate"
    assert not is_injected(pods.create())


def test_a_port_that_is_taken_ends_the_operator_with_a_reason(pods: Pods, replica: Start) -> None:
    one = replica(*pods.arguments)
    pods.await_injection()
    two = replica(*pods.arguments, name="two")
    assert eventually(lambda: two.exit_code() is not None)
    assert two.exit_code() == 1
    assert "the operator ends: [Errno 98]" in two.log, two.log
    assert one.exit_code() is None


def test_without_a_port_or_an_image_nothing_is_asked(pods: Pods, replica: Start) -> None:
    for number, arguments in enumerate((pods.arguments[:2], pods.arguments[2:])):
        one = replica(*arguments, name=f"n{number}")
        assert eventually(one.leads)
        assert not pods.configuration
        assert not pods.secret
        assert one.stop() == 0
