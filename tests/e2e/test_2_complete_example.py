"""The example that has every field, as it is printed: on a real cluster each of its parts works."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo import stack
from demo.monitored import Monitored
from demo.session import MONITORS, Session, until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="minutes: the story is short"),
]
NAMESPACE, NAME, REPLICAS = "payments", "fraud", 2
HERE = Path(__file__).parent
EXAMPLE = stack.ROOT / "manifests/examples/complete.yaml"
REFERENCE = stack.ROOT / "manifests/examples/fraud-reference.yaml"
SURE = (
    "Ready", "ReferenceReady", "RulesApplied", "RulesLoaded", "EvaluatorsInjected", "DashboardsApplied",
    "RoutesApplied",
)  # fmt: skip
"""Conditions that are True within minutes."""
NEVER_TRUE = ("Breached", "EvaluatorsFailing", "OwnershipConflict", "GitOpsConflict", "TrafficEncrypted")
OF_OWN_COUNTERS = {"availability", "fast", "reviewed-in-time", "explained", "precise", "model-fresh"}
"""Objectives that need no label of a week ago, and no window of hours."""
ALERTMANAGER = "/api/v1/namespaces/monitoring/services/alertmanager:9093/proxy/api/v2/status"
RECEIVERS = (
    "pagerduty_configs", "opsgenie_configs", "msteamsv2_configs", "slack_configs", "webhook_configs",
    "email_configs",
)  # fmt: skip


@pytest.fixture(scope="module")
def session(stage: stack.Stage) -> Iterator[Session]:
    """Return a cluster with the model of the example, its callers, and what its monitor refers to."""
    found = stage.session
    found.apply(stage.located(found.run("kustomize", HERE / "payments")))
    found.apply(REFERENCE.read_text())
    for workload in ("statefulset/fraud", "deployment/callers"):
        found.run("rollout", "status", workload, "-n", NAMESPACE, "--timeout=120s")
    yield found
    found.run("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def before(session: Session) -> str:
    """Return what the model's StatefulSet is before anybody watches it."""
    return content(session)


@pytest.fixture(scope="module")
def monitor(session: Session, before: str) -> Monitored:
    """Return the example, applied, with evaluators in all pods."""
    assert before
    session.run("apply", "-f", EXAMPLE)
    applied = Monitored(session, NAMESPACE, NAME)
    until("an evaluator in each pod", 240, lambda: applied.condition("EvaluatorsInjected") == "True")
    return applied


def content(session: Session) -> str:
    found = session.get("statefulset", NAME, NAMESPACE)
    return json.dumps([found["metadata"].get("labels"), found["spec"]])


def statistics(session: Session) -> list[dict[str, Any]]:
    """Return what each evaluator has counted."""
    names = [one["metadata"]["name"] for one in session.items("pods", NAMESPACE, f"app={NAME}")]
    pages = (f"/api/v1/namespaces/{NAMESPACE}/pods/{one}:9464/proxy/v1/stats" for one in names)
    return [json.loads(session.run("get", "--raw", page)) for page in pages]


def test_every_condition_says_that_all_is_well(monitor: Monitored) -> None:
    for kind in SURE:
        until(
            f"{kind} is True: {monitor.told(kind)}", 240, lambda kind=kind: monitor.condition(kind) == "True"
        )
    for kind in NEVER_TRUE:
        assert monitor.condition(kind) != "True", monitor.told(kind)
    for kind in ("DataFlowing", "LabelsFlowing"):
        what = f"{kind} is not False: {monitor.told(kind)}"
        until(what, 240, lambda kind=kind: monitor.condition(kind) != "False")


def test_prometheus_evaluates_every_rule(monitor: Monitored) -> None:
    assert monitor.groups()
    assert not monitor.unhealthy()


def test_objectives_on_counters_of_ones_own_are_measured(monitor: Monitored) -> None:
    def without_data() -> set[str]:
        return {name for name in OF_OWN_COUNTERS if monitor.states().get(name, "NoData") == "NoData"}

    until(f"a state of each of {OF_OWN_COUNTERS}", 600, lambda: not without_data())
    assert "Breached" not in monitor.states().values()


def test_evaluators_count_predictions_and_take_labels_by_token(session: Session, monitor: Monitored) -> None:
    def counted() -> bool:
        pages = statistics(session)
        assert len(pages) == REPLICAS
        return all(one["predictions"]["count"] and one["coverage"]["labels"]["joined"] for one in pages)

    until("predictions and joined labels at each evaluator", 60, counted)
    callers = session.run("logs", "-n", NAMESPACE, "deployment/callers", "--tail=20").split("\n")
    assert {line for line in callers if line} == {"scored 200 labels 200"}


def test_alertmanager_has_loaded_every_receiver(session: Session, monitor: Monitored) -> None:
    def config() -> str:
        return str(json.loads(session.run("get", "--raw", ALERTMANAGER))["config"]["original"])

    until("the routes in Alertmanager's config", 120, lambda: f"{NAMESPACE}/{NAME}" in config())
    assert [one for one in RECEIVERS if one not in config()] == []


def test_what_is_deleted_leaves_the_statefulset_as_it_was(
    session: Session, monitor: Monitored, before: str
) -> None:
    session.run("delete", MONITORS, NAME, "-n", NAMESPACE, "--timeout=30s")
    until("every child is gone", 60, lambda: not monitor.children())
    until("the StatefulSet is as it was", 60, lambda: content(session) == before)
    session.run("rollout", "status", f"statefulset/{NAME}", "-n", NAMESPACE, "--timeout=120s")
