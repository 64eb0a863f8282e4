"""Children on a real API server: made, kept, healed, left alone where they are others', removed."""

import json
from collections.abc import Callable

import pytest

from apiserver.replica import EVENTS, Replica, Space, audited, eventually, monitor
from cluster.control_plane import ControlPlane
from modelmonitor.report.conditions import TYPES

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
RULES = "churn-slo"


def expressions(space: Space, name: str = RULES) -> str:
    found = space.get("PrometheusRule", name)
    return json.dumps(found["spec"]) if found else ""


def test_a_monitor_becomes_a_rule_that_it_owns_and_says_so(space: Space, replica: Start) -> None:
    replica("--rule-label", "release=kps")
    made = space.apply(monitor())
    ready = space.await_reason("Ready", "Reconciled")
    assert (ready["status"], ready["observedGeneration"]) == ("True", 1)
    rule = space.get("PrometheusRule", RULES)
    assert rule is not None
    (owner,) = rule["metadata"]["ownerReferences"]
    assert (owner["uid"], owner["controller"]) == (made["metadata"]["uid"], True)
    assert rule["metadata"]["labels"]["release"] == "kps"
    assert "http_requests_total" in expressions(space)
    status = space.status()
    assert [one["name"] for one in status["children"]] == [RULES]
    assert status["summary"] == {"health": "NoData", "objectives": "0/1", "budget": "", "drift": ""}
    assert [one["type"] for one in status["conditions"]] == list(TYPES)


def test_the_operator_adds_nothing_to_a_monitor_but_its_status(space: Space, replica: Start) -> None:
    replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    about = (space.get("ModelMonitor", "churn") or {})["metadata"]
    assert not about.keys() & {"finalizers", "annotations", "labels"}


def test_an_edit_of_the_spec_reaches_the_rule(space: Space, replica: Start) -> None:
    replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    slower = {"name": "availability", "objective": 95, "sli": {"events": EVENTS}}
    space.apply(monitor(objectives=[slower]))
    assert eventually(lambda: "vector(0.95)" in expressions(space))
    assert eventually(lambda: space.status().get("observedGeneration") == 2)


def test_a_rule_edited_by_hand_is_healed_and_foreign_fields_survive(space: Space, replica: Start) -> None:
    replica("--resync", "300")
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    before = expressions(space)
    theirs = {"labels": {"team": "ml"}, "annotations": {"argocd.argoproj.io/tracking-id": "x"}}
    space.merge("PrometheusRule", RULES, {"metadata": theirs})
    space.merge("PrometheusRule", RULES, {"spec": {"groups": [{"name": "mine", "rules": []}]}})
    assert eventually(lambda: "availability-burn" in expressions(space))
    after = space.get("PrometheusRule", RULES)
    assert after is not None
    assert after["metadata"]["labels"]["team"] == "ml"
    assert "argocd.argoproj.io/tracking-id" in after["metadata"]["annotations"]
    ours = [group for group in after["spec"]["groups"] if group["name"] != "mine"]
    assert {json.dumps(group) for group in ours} == {json.dumps(it) for it in json.loads(before)["groups"]}


def test_a_rule_deleted_by_hand_comes_back(space: Space, replica: Start) -> None:
    replica("--resync", "300")
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    space.delete("PrometheusRule", RULES)
    assert eventually(lambda: space.get("PrometheusRule", RULES), 5.0)


def test_rules_move_to_a_config_map_and_back(space: Space, replica: Start) -> None:
    replica("--resync", "300")
    space.apply(monitor(prometheus={"output": "ConfigMap"}))
    assert eventually(lambda: space.get("ConfigMap", RULES))
    space.apply(monitor())
    assert eventually(lambda: space.get("PrometheusRule", RULES))
    assert eventually(lambda: space.get("ConfigMap", RULES) is None)


def test_dashboards_come_and_go_with_the_spec(space: Space, replica: Start) -> None:
    replica("--resync", "300")
    space.apply(monitor(dashboards={}))
    assert eventually(lambda: "churn-dashboard-technical" in space.list("ConfigMap"))
    assert eventually(lambda: space.condition("DashboardsApplied").get("reason") == "Applied")
    space.apply(monitor())
    assert eventually(lambda: "churn-dashboard-technical" not in space.list("ConfigMap"))
    assert space.get("PrometheusRule", RULES)


def test_what_a_monitor_owns_goes_with_it(space: Space, replica: Start) -> None:
    replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    space.delete("ModelMonitor", "churn")
    assert eventually(lambda: space.get("PrometheusRule", RULES) is None, 60.0)


def test_a_namespace_goes_though_the_operator_is_gone(
    control_plane: ControlPlane, space: Space, replica: Start
) -> None:
    one = replica()
    space.apply(monitor())
    space.await_reason("Ready", "Reconciled")
    one.kill()
    control_plane.kubectl("delete", "namespace", space.name, "--timeout=60s")
    assert control_plane.kubectl("get", "namespace", space.name, "--ignore-not-found") == ""


def test_a_restart_writes_nothing(control_plane: ControlPlane, space: Space, replica: Start) -> None:
    one = replica()
    space.apply(monitor(dashboards={}))
    space.await_reason("Ready", "Reconciled")
    assert one.stop() == 0
    before, writes = space.versions(), len(audited(control_plane, f"operator-of-{space.name}"))
    two = replica(name="two")
    assert eventually(lambda: two.metric('modelmonitor_operator_reconciles_total{result="ok"}') >= 2)
    assert space.versions() == before
    later = audited(control_plane, f"operator-of-{space.name}")[writes:]
    assert {one["objectRef"]["resource"] for one in later} == {"leases"}


def test_an_object_of_somebody_else_is_never_touched(space: Space, replica: Start) -> None:
    foreign = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": RULES, "labels": {"modelmonitor.dev/monitor": "churn"}},
        "spec": {"groups": []},
    }
    space.apply(foreign)
    before = space.get("PrometheusRule", RULES)
    replica()
    space.apply(monitor(dashboards={}))
    conflict = space.await_reason("OwnershipConflict", "NameTaken")
    assert conflict["status"] == "True"
    assert "written by tests" in conflict["message"]
    assert space.condition("RulesApplied")["reason"] == "OwnershipConflict"
    assert space.condition("DashboardsApplied")["reason"] == "Applied"
    assert space.get("PrometheusRule", RULES) == before
    space.delete("PrometheusRule", RULES)
    space.await_reason("OwnershipConflict", "NoConflict")
    assert space.condition("Ready")["status"] == "True"
