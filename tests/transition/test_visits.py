"""Objects in, one visit, objects out."""

import pytest

from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.cluster.memory import Memory
from modelmonitor.errors import Conflict, InternalError, KindMissing
from modelmonitor.handlers.planned import Planned
from modelmonitor.report.conditions import TYPES
from modelmonitor.report.outcome import Evidence
from transition.world import EVENTS, Play

RULE = ("apply", "PrometheusRule", "churn-slo")
STATUS = ("status", "ModelMonitor", "churn")
BOARDS = {"kinds": ["Executive", "Technical"]}


async def test_the_first_visit_applies_the_rules_and_tells() -> None:
    play = Play()
    play.monitor()
    assert await play.visit() == [RULE, STATUS]
    assert play.reason("Ready") == "Reconciled"
    assert [one["type"] for one in play.status()["conditions"]] == list(TYPES)


async def test_a_second_visit_writes_nothing() -> None:
    play = Play()
    play.monitor(dashboards=BOARDS)
    assert len(await play.visit()) == 4
    assert await play.visit() == []
    play.later(hours=1)
    assert await play.visit() == []


async def test_a_restart_writes_nothing() -> None:
    play = Play()
    play.monitor(dashboards=BOARDS)
    await play.visit()
    play.restart()
    assert await play.visit() == []


async def test_an_edited_child_is_healed_and_what_others_added_stays() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    rule = play.child("PrometheusRule", "churn-slo")
    assert rule is not None
    theirs = {**rule, "metadata": {**rule["metadata"], "labels": {"team": "ml"}}, "spec": {"groups": []}}
    theirs["metadata"].pop("managedFields")
    play.memory.put(theirs, "kubectl-edit")
    assert await play.visit() == [RULE]
    healed = play.child("PrometheusRule", "churn-slo")
    assert healed is not None
    assert healed["spec"] == rule["spec"]
    assert healed["metadata"]["labels"]["team"] == "ml"
    assert await play.visit() == []


async def test_an_annotation_of_another_controller_is_no_reason_to_write() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    validated = {"prometheus-operator-validated": "true"}
    about = {"name": "churn-slo", "namespace": "ml", "annotations": validated}
    kind = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule"}
    play.memory.put({**kind, "metadata": about}, "prometheus-operator")
    assert await play.visit() == []


async def test_a_field_that_is_no_longer_planned_goes() -> None:
    play = Play()
    play.monitor(prometheus={"labels": {"release": "kps"}})
    await play.visit()
    play.monitor()
    assert await play.visit() == [RULE, STATUS]
    rule = play.child("PrometheusRule", "churn-slo")
    assert rule is not None
    assert "release" not in rule["metadata"]["labels"]


async def test_children_that_are_no_longer_planned_are_deleted() -> None:
    play = Play()
    play.monitor(dashboards=BOARDS)
    await play.visit()
    play.monitor(prometheus={"output": "ConfigMap"})
    writes = await play.visit()
    assert ("delete", "PrometheusRule", "churn-slo") in writes
    assert ("delete", "ConfigMap", "churn-dashboard-technical") in writes
    assert play.child("ConfigMap", "churn-slo")


async def test_an_object_of_somebody_else_is_not_touched() -> None:
    play = Play()
    about = {"name": "churn-slo", "namespace": "ml", "labels": {"modelmonitor.dev/monitor": "churn"}}
    foreign = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "metadata": about}
    play.memory.put({**foreign, "spec": {"groups": []}}, "helm")
    play.monitor()
    assert await play.visit() == [STATUS]
    assert play.reason("RulesApplied") == "OwnershipConflict"
    assert "written by helm" in play.condition("OwnershipConflict")["message"]
    assert play.status()["children"] == []
    assert play.look_again == 60


async def test_a_visit_costs_no_call_while_nothing_changes() -> None:
    play = Play()
    play.monitor(dashboards=BOARDS)
    await play.visit()
    play.memory.reads.clear()
    assert await play.visit() == []
    assert play.memory.reads == []


class Busy(Memory):
    """A cluster in which somebody edits the rule whenever it has been read."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        found = await super().get(kind, namespace, name)
        if found is not None and kind is kinds.PROMETHEUS_RULE:
            about = {"name": name, "namespace": namespace, "labels": {"edit": str(len(self.writes))}}
            self.put(
                {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": about, "spec": {"groups": []}}
            )
        return found


async def test_an_edit_between_look_and_write_is_looked_at_first() -> None:
    play = Play(cluster=Busy)
    play.monitor()
    await play.visit()
    play.monitor(prometheus={"labels": {"release": "kps"}})
    assert await play.visit() == [STATUS]
    assert play.reason("RulesApplied") == "Conflict"
    assert play.look_again == 1


async def test_a_condition_keeps_the_time_of_its_last_change() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    first = play.condition("RulesApplied")["lastTransitionTime"]
    play.later(hours=1)
    play.memory.forbidden = {"ConfigMap"}
    play.monitor(dashboards=BOARDS)
    await play.visit()
    assert play.condition("RulesApplied")["lastTransitionTime"] == first
    assert play.condition("DashboardsApplied")["lastTransitionTime"] == "2026-11-21T13:00:00Z"


async def test_an_orphan_of_an_earlier_monitor_of_the_name_is_adopted() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    orphan = play.child("PrometheusRule", "churn-slo")
    assert orphan is not None
    play.memory.remove("ModelMonitor", "ml", "churn")
    play.monitor()
    owner = (play.memory.find("ModelMonitor", "ml", "churn") or {})["metadata"]["uid"]
    play.memory._objects[("PrometheusRule", "ml", "churn-slo")] = orphan  # not collected yet
    await play.visit()
    adopted = play.child("PrometheusRule", "churn-slo")
    assert adopted is not None
    assert [one["uid"] for one in adopted["metadata"]["ownerReferences"]] == [owner]


async def test_an_invalid_spec_is_reported_and_nothing_else_is_written() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    before = play.status()
    play.monitor(objectives=[{"name": "a", "objective": 100, "sli": {"events": EVENTS}}])
    assert await play.visit() == [STATUS]
    assert play.reason("Ready") == "SpecInvalid"
    assert "a budget of zero cannot be spent" in play.condition("Ready")["message"]
    assert play.status()["objectives"] == before["objectives"]
    assert play.status()["children"] == before["children"]
    assert play.status()["observedGeneration"] == 2


async def test_many_problems_are_cut_with_a_hint() -> None:
    play = Play()
    wrong = [{"name": f"o-{n}", "objective": 0, "sli": {"events": EVENTS}} for n in range(50)]
    play.monitor(objectives=wrong)
    await play.visit()
    message = play.condition("Ready")["message"]
    assert len(message) <= 1024
    assert message.endswith("(more: modelmonitor validate)")


@pytest.mark.parametrize("way", [{"suspend": True}, {"annotations": {"modelmonitor.dev/suspend": "true"}}])
async def test_a_suspended_monitor_is_told_so_once_and_left_alone(way: dict[str, object]) -> None:
    play = Play()
    play.monitor()
    await play.visit()
    play.monitor(dashboards=BOARDS, **way)
    assert await play.visit() == [STATUS]
    assert play.reason("Ready") == "Suspended"
    assert play.reason("RulesApplied") == "Applied"
    assert await play.visit() == []


async def test_the_younger_monitor_of_a_target_is_refused_until_the_older_goes() -> None:
    play = Play()
    play.monitor("b", created=1)
    play.monitor("a", created=2)
    assert len(await play.visit("b")) == 2
    assert await play.visit("a") == [("status", "ModelMonitor", "a")]
    assert play.reason("Ready", "a") == "TargetShared"
    play.memory.remove("ModelMonitor", "ml", "b")
    assert play.monitors.lose(("ml", "b")) == {("ml", "a")}
    await play.visit("a")
    assert play.reason("Ready", "a") == "Reconciled"


async def test_of_two_monitors_of_one_age_the_first_name_counts_as_older() -> None:
    play = Play()
    play.monitor("b")
    play.monitor("a")
    await play.visit("a")
    await play.visit("b")
    assert (play.reason("Ready", "a"), play.reason("Ready", "b")) == ("Reconciled", "TargetShared")


async def test_an_absent_kind_hinders_its_own_children_only() -> None:
    play = Play(blind=KindMissing("expected the API to serve monitoring.coreos.com/v1, got 404"))
    play.monitor(dashboards=BOARDS)
    await play.visit()
    assert play.reason("RulesApplied") == "KindMissing"
    assert "output: ConfigMap" in play.condition("RulesApplied")["message"]
    assert play.reason("DashboardsApplied") == "Applied"
    assert play.reason("Ready") == "KindMissing"
    play.blind = None
    await play.visit()
    assert play.reason("Ready") == "Reconciled"


async def test_a_missing_permission_is_named() -> None:
    play = Play()
    play.memory.forbidden = {"PrometheusRule"}
    play.monitor(dashboards=BOARDS)
    await play.visit()
    assert play.reason("RulesApplied") == "PermissionMissing"
    assert play.reason("DashboardsApplied") == "Applied"


async def test_the_status_never_goes_to_a_monitor_made_anew() -> None:
    play = Play()
    play.monitor(suspend=True)
    play.memory.remove("ModelMonitor", "ml", "churn")
    anew = {"apiVersion": "modelmonitor.dev/v1alpha1", "kind": "ModelMonitor"}
    play.memory.put({**anew, "metadata": {"name": "churn", "namespace": "ml"}})
    with pytest.raises(Conflict, match="expected uid"):
        await play.visit()
    assert play.status() == {}


async def test_a_monitor_that_is_being_deleted_is_left_alone() -> None:
    play = Play()
    play.monitor()
    body = play.memory.find("ModelMonitor", "ml", "churn")
    assert body is not None
    body["metadata"]["deletionTimestamp"] = "2026-11-21T12:00:00Z"
    play.monitors.see(body)
    assert await play.visit() == []


class Edited(Play):
    """Somebody edits the monitor while it is visited, or deletes it."""

    deleted = False

    async def evidence(self, _: MonitorKey, __: Planned) -> Evidence | None:
        body = self.memory.find("ModelMonitor", "ml", "churn")
        assert body is not None
        if self.deleted:
            self.monitors.lose(("ml", "churn"))
        else:
            body["metadata"].pop("managedFields", None)
            self.memory.put({**body, "spec": {**body["spec"], "dashboards": BOARDS}}, "kubectl")
        return None


async def test_an_edit_during_a_visit_leads_to_the_next_one() -> None:
    play = Edited()
    play.monitor()
    await play.visit()
    event = play.memory.find("ModelMonitor", "ml", "churn")
    assert event is not None
    assert event["metadata"]["generation"] == 2
    assert play.status()["observedGeneration"] == 1
    assert play.monitors.see(event) == {("ml", "churn")}


async def test_a_monitor_deleted_during_a_visit_does_not_come_back() -> None:
    play = Edited()
    play.deleted = True
    play.monitor()
    await play.visit()
    assert len(play.monitors) == 0


async def test_nothing_is_remembered_of_a_monitor_that_is_gone() -> None:
    play = Play()
    play.monitor(dashboards=BOARDS)
    await play.visit()
    play.monitors.lose(("ml", "churn"))
    assert await play.visit() == []
    assert not play.reconciler._plans
    assert not play.reconciler.world.applier._left


class Surprised(Play):
    """A bug of ours, which comes and goes."""

    surprised = False

    async def evidence(self, _: MonitorKey, __: Planned) -> Evidence | None:
        if self.surprised:
            raise KeyError("hush")
        return None


async def test_a_bug_is_told_in_the_status_until_it_is_gone() -> None:
    play = Surprised()
    play.monitor()
    await play.visit()
    play.surprised = True
    play.monitor(dashboards=BOARDS)
    for _ in range(2):
        with pytest.raises(InternalError, match="KeyError"):
            await play.visit()
    assert [one for one in play.memory.writes if one == STATUS] == [STATUS] * 2
    assert play.reason("Ready") == "InternalError"
    assert "got KeyError; the operator's log" in play.condition("Ready")["message"]
    assert "hush" not in str(play.status())
    assert play.status()["observedGeneration"] == 2
    assert play.reason("RulesApplied") == "Applied"
    play.surprised = False
    await play.visit()
    assert play.reason("Ready") == "Reconciled"
