"""What the operator will not or cannot do is a condition that says so, and what to do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import yaml

import tools
from apiserver.replica import Replica, Space, eventually, monitor
from apiserver.rest import CRDS
from apiserver.rights import CHILD_VERBS, RBAC
from cluster.control_plane import ControlPlane
from modelmonitor.report import conditions

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
RULES = "churn-slo"
CRD = "monitoring.coreos.com_prometheusrules.yaml"


def test_an_invalid_edit_leaves_the_old_rules_and_says_all_that_is_wrong(
    space: Space, replica: Start
) -> None:
    replica()
    space.apply(monitor(dashboards={}))
    space.await_reason("Ready", "Reconciled")
    before, status = space.get("PrometheusRule", RULES), space.status()
    broken = {"events": {"error": "sum(rate(bad[{{.window}}])", "total": "avg(up)"}}
    objective = {"name": "availability", "objective": 99.9, "sli": broken}
    space.apply(monitor(objectives=[objective], dashboards={}))
    ready = space.await_reason("Ready", "SpecInvalid")
    assert ready["status"] == "False"
    assert "spec.objectives[0].sli.events.error" in ready["message"]
    assert "spec.objectives[0].sli.events.total" in ready["message"]
    assert space.get("PrometheusRule", RULES) == before
    kept = [one for one in space.status()["conditions"] if one["type"] != "Ready"]
    assert kept == [one for one in status["conditions"] if one["type"] != "Ready"]
    space.apply(monitor(dashboards={}))
    space.await_reason("Ready", "Reconciled")


def test_a_spec_that_was_never_valid_sets_every_condition(space: Space, replica: Start) -> None:
    replica()
    objective = {
        "name": "a",
        "objective": 99.9,
        "window": "1d",
        "sli": {"timeslices": {"query": "up", "atLeast": 1}},
    }
    space.apply(monitor(objectives=[objective]))
    space.await_reason("Ready", "SpecInvalid")
    others = {one["type"]: one["status"] for one in space.status()["conditions"] if one["type"] != "Ready"}
    assert others.keys() == set(conditions.TYPES) - {"Ready"}
    assert set(others.values()) == {"Unknown"}
    assert space.list("PrometheusRule") == {}


def test_a_suspended_monitor_keeps_its_rules_as_they_are(space: Space, replica: Start) -> None:
    replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    space.apply(monitor(suspend=True))
    space.await_reason("Ready", "Suspended")
    space.merge("PrometheusRule", RULES, {"spec": {"groups": []}})
    version = (space.get("ModelMonitor", "churn") or {})["metadata"]["resourceVersion"]
    time.sleep(6)  # longer than the resync: nothing must happen in it
    assert (space.get("PrometheusRule", RULES) or {})["spec"]["groups"] == []
    assert (space.get("ModelMonitor", "churn") or {})["metadata"]["resourceVersion"] == version
    space.apply(monitor())
    assert eventually(lambda: (space.get("PrometheusRule", RULES) or {})["spec"]["groups"])


def test_an_annotation_suspends_as_well(space: Space, replica: Start) -> None:
    replica()
    body = monitor()
    body["metadata"]["annotations"] = {"modelmonitor.dev/suspend": "true"}
    space.apply(body)
    assert space.await_reason("Ready", "Suspended")["status"] == "Unknown"
    assert space.list("PrometheusRule") == {}
    space.merge("ModelMonitor", "churn", {"metadata": {"annotations": {"modelmonitor.dev/suspend": None}}})
    space.await_reason("Ready", "Reconciled")


def test_the_younger_of_two_monitors_of_a_target_waits_for_the_older_to_go(
    space: Space, replica: Start
) -> None:
    space.apply(monitor("older", target="churn"))
    time.sleep(1.1)  # creation times are in whole seconds
    space.apply(monitor("a-younger", target="churn"))
    replica("--resync", "300")
    space.await_reason("Ready", "Reconciled", "older")
    refused = space.await_reason("Ready", "TargetShared", "a-younger")
    assert "older ModelMonitor older" in refused["message"]
    assert set(space.list("PrometheusRule")) == {"older-slo"}
    space.delete("ModelMonitor", "older")
    space.await_reason("Ready", "Reconciled", "a-younger")
    assert space.get("PrometheusRule", "a-younger-slo")


def test_without_the_definition_of_rules_dashboards_are_applied_and_rules_follow_when_it_comes(
    control_plane: ControlPlane, space: Space, replica: Start
) -> None:
    control_plane.kubectl("delete", "crd", "prometheusrules.monitoring.coreos.com", "--timeout=30s")
    try:
        replica("--resync", "300")
        space.apply(monitor(dashboards={}))
        missing = space.await_reason("RulesApplied", "KindMissing")
        assert "install prometheus-operator, or set spec.prometheus.output: ConfigMap" in missing["message"]
        assert space.condition("DashboardsApplied")["reason"] == "Applied"
        assert "churn-dashboard-technical" in space.list("ConfigMap")
    finally:
        space.rest.define(yaml.safe_load((tools.crds() / CRD).read_text()))
    space.await_reason("RulesApplied", "Applied", seconds=30.0)
    assert space.get("PrometheusRule", RULES)


@pytest.mark.parametrize("verb", ["list", "create"])
def test_a_missing_right_is_named_and_hinders_nothing_else(space: Space, replica: Start, verb: str) -> None:
    role = f"/{RBAC}/namespaces/{space.name}/roles/operator"
    rules = space.rest.send("GET", role).body["rules"]
    alone = {"apiGroups": ["monitoring.coreos.com"], "resources": ["prometheusrules"]}
    lacking = [
        *(
            {**rule, "resources": [it for it in rule["resources"] if it != "prometheusrules"]}
            for rule in rules
        ),
        {**alone, "verbs": [it for it in CHILD_VERBS if it != verb]},
    ]
    space.rest.send("PATCH", role, {"rules": lacking}, kind="merge-patch+json")
    replica()
    space.apply(monitor(dashboards={}))
    missing = space.await_reason("RulesApplied", "PermissionMissing")
    assert f"{verb} prometheusrules.monitoring.coreos.com in namespace {space.name}" in missing["message"]
    assert space.condition("DashboardsApplied")["reason"] == "Applied"
    space.rest.send("PATCH", role, {"rules": rules}, kind="merge-patch+json")
    space.await_reason("RulesApplied", "Applied", seconds=90.0)


@contextmanager
def without_our_definition(space: Space) -> Iterator[None]:
    """Take our definition, and with it all monitors, out of the cluster for a while."""
    name = "modelmonitors.modelmonitor.dev"
    definition = space.rest.send("GET", f"{CRDS}/{name}").body
    space.cluster.kubectl("delete", "crd", name, "--timeout=60s")
    try:
        yield
    finally:
        identity = {key: definition[key] for key in ("apiVersion", "kind", "spec")}
        space.rest.define({**identity, "metadata": {"name": name}})


def test_the_operator_waits_for_its_own_definition(space: Space, replica: Start) -> None:
    with without_our_definition(space):
        one = replica()
        assert eventually(lambda: "install our CRDs" in one.log)
        assert one.ask("/healthz") == "ok\n"
        assert one.ask("/readyz") == ""
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    assert one.ask("/readyz") == "ok\n"


def test_a_watch_that_fails_for_good_ends_the_process_in_a_line(space: Space, replica: Start) -> None:
    one = replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    with without_our_definition(space):
        assert eventually(lambda: one.exit_code() is not None, 60.0)
    assert one.exit_code() == 1
    assert "the operator ends: watch modelmonitors.modelmonitor.dev: expected events" in one.log
    assert "Traceback" not in one.log
