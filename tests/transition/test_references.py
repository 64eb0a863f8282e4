"""A reference appears, changes, breaks and goes, while its monitor runs."""

import json
from typing import Any

import pytest

from modelmonitor.errors import PrometheusError
from modelmonitor.report.outcome import Evidence, Loading
from modelmonitor.report.sights import Counted, Evaluators, Sight
from modelmonitor.wire.config import Task
from references import config_map, profile
from transition.world import EVENTS, Play

OLD, NEW = profile("age", "tenure"), profile("age", "tenure", rows=20_000)
STATUS = ("status", "ModelMonitor", "churn")
MISSING = "got none; apply what `modelmonitor profile` wrote, or correct the name"


def watching(play: Play, **more: Any) -> None:
    """Let a user write a monitor that needs a reference."""
    play.monitor(reference={"configMapRef": {"name": "churn-reference"}}, drift={}, **more)


def put(play: Play, found: Any, *, labelled: bool = True) -> None:
    """Let a user write a reference; the watch sees it if it is labelled."""
    body = config_map(found, labelled=labelled)
    body["metadata"]["namespace"] = "ml"
    written = play.memory.put(body)
    if labelled:
        play.watched[("ml", "churn-reference")] = written["metadata"]["resourceVersion"]


def remove(play: Play) -> None:
    play.memory.remove("ConfigMap", "ml", "churn-reference")
    play.watched.clear()


def drift_rules(play: Play) -> str:
    return json.dumps((play.child("PrometheusRule", "churn-drift") or {}).get("spec", {}))


@pytest.fixture
async def play() -> Play:
    """A monitor that runs against its reference."""
    made = Play()
    put(made, OLD)
    watching(made)
    await made.visit()
    return made


async def test_rules_and_config_follow_from_the_reference(play: Play) -> None:
    assert play.reason("Ready") == "Reconciled"
    assert play.reason("ReferenceReady") == "Usable"
    assert f"profile {OLD.hash} of ConfigMap churn-reference" in play.condition("ReferenceReady")["message"]
    assert OLD.hash in drift_rules(play)
    config = play.child("ConfigMap", "churn-evaluator")
    assert config is not None
    assert json.loads(config["data"]["config.json"])["monitor"] == "churn"


async def test_a_quiet_visit_reads_nothing_of_a_labelled_reference(play: Play) -> None:
    play.memory.reads.clear()
    assert await play.visit() == []
    assert (play.memory.reads, play.memory.looks) == ([], [])


async def test_of_a_reference_without_the_label_a_quiet_visit_looks_at_the_metadata(play: Play) -> None:
    remove(play)
    put(play, OLD, labelled=False)
    await play.visit()
    play.memory.reads.clear()
    play.memory.looks.clear()
    assert await play.visit() == []
    assert (play.memory.reads, play.memory.looks) == ([], [("ConfigMap", "churn-reference")])


async def test_a_new_reference_replaces_the_old_one_in_every_rule(play: Play) -> None:
    put(play, NEW)
    assert ("apply", "PrometheusRule", "churn-drift") in await play.visit()
    assert NEW.hash in drift_rules(play)
    assert OLD.hash not in drift_rules(play)
    assert await play.visit() == []


async def test_the_same_profile_in_another_version_of_the_object_changes_nothing(play: Play) -> None:
    body = config_map(OLD)
    body["metadata"] |= {"namespace": "ml", "annotations": {"team": "ml"}}
    play.watched[("ml", "churn-reference")] = play.memory.put(body)["metadata"]["resourceVersion"]
    assert await play.visit() == []


BROKEN = {
    "truncated": (json.dumps({"rows": 10})[:-3], "ReferenceInvalid", "expected a whole JSON document"),
    "empty": ("", "ReferenceInvalid", "expected a whole JSON document, got nothing"),
    "another format": ('{"format": 2, "rows": 10}', "ReferenceInvalid", "format: expected 1, got 2"),
    "another form": ('{"rows": "many"}', "ReferenceInvalid", "rows: expected a whole number, got 'many'"),
    "another task": (profile("age", task=Task.RANKING), "ReferenceInvalid", "got one of Ranking"),
    "too large": (" " * (512 << 10) + "{}", "ReferenceInvalid", "expected at most 524,288 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("way", BROKEN)
async def test_a_reference_that_breaks_leaves_everything_as_it_is(play: Play, way: str) -> None:
    text, reason, message = BROKEN[way]
    rules, children = drift_rules(play), play.status()["children"]
    put(play, text)
    assert await play.visit() == [STATUS]
    for condition in ("Ready", "ReferenceReady"):
        assert play.reason(condition) == reason
        assert play.condition(condition)["status"] == "False"
        assert message in play.condition(condition)["message"]
    assert play.reason("RulesApplied") == "Applied"
    assert (drift_rules(play), play.status()["children"]) == (rules, children)
    play.memory.reads.clear()
    assert await play.visit() == []
    assert play.memory.reads == []
    put(play, OLD)
    assert await play.visit() == [STATUS]
    assert play.reason("Ready") == "Reconciled"


async def test_a_reference_that_goes_is_missed_even_by_an_operator_that_starts_anew(play: Play) -> None:
    rules = drift_rules(play)
    remove(play)
    assert await play.visit() == [STATUS]
    assert MISSING in play.condition("ReferenceReady")["message"]
    play.restart()
    assert await play.visit() == []
    assert drift_rules(play) == rules
    put(play, NEW)
    await play.visit()
    assert NEW.hash in drift_rules(play)


async def test_a_key_of_another_name_is_named(play: Play) -> None:
    body = config_map(OLD)
    body["metadata"]["namespace"] = "ml"
    play.memory.put({**body, "data": {"reference.json": "{}"}})
    play.watched.clear()
    await play.visit()
    assert play.reason("ReferenceReady") == "ReferenceMissing"
    assert "the key profile.json, got reference.json" in play.condition("ReferenceReady")["message"]


async def test_a_new_monitor_waits_for_its_reference_as_a_whole() -> None:
    play = Play()
    watching(play)
    assert await play.visit() == [STATUS]
    assert play.reason("Ready") == "ReferenceMissing"
    assert play.reason("RulesApplied") == "ReferenceMissing"
    assert play.status()["objectives"][0]["state"] == "NoData"
    assert play.status()["children"] == []
    put(play, OLD)
    await play.visit()
    assert play.reason("Ready") == "Reconciled"
    assert {one["name"] for one in play.status()["children"]} >= {
        "churn-slo",
        "churn-drift",
        "churn-evaluator",
    }


async def test_what_is_wrong_with_the_spec_itself_is_told_first() -> None:
    play = Play()
    broken = {"error": "sum(rate(bad[5m]))", "total": EVENTS["total"]}
    watching(play, objectives=[{"name": "a", "objective": 99, "sli": {"events": broken}}])
    await play.visit()
    assert play.reason("Ready") == "SpecInvalid"


async def test_an_edit_waits_for_the_reference_and_then_holds(play: Play) -> None:
    remove(play)
    watching(play, prometheus={"labels": {"release": "kps"}})
    assert await play.visit() == [STATUS]
    assert play.status()["observedGeneration"] == 2
    put(play, OLD)
    await play.visit()
    rule = play.child("PrometheusRule", "churn-slo")
    assert rule is not None
    assert rule["metadata"]["labels"]["release"] == "kps"


async def test_a_reference_that_may_not_be_read_is_a_missing_permission(play: Play) -> None:
    play.memory.hidden = {"ConfigMap"}
    play.watched.clear()
    assert await play.visit() == [STATUS]
    assert play.reason("ReferenceReady") == "PermissionMissing"
    assert play.look_again == 60
    play.memory.hidden = set()
    await play.visit()
    assert play.reason("Ready") == "Reconciled"


async def test_objectives_go_on_while_the_reference_is_missing(play: Play) -> None:
    remove(play)
    play.said = Evidence({"availability": Sight(remaining=0.5, flowing=True)}, Loading())
    await play.visit()
    assert play.status()["objectives"][0]["state"] == "Met"
    assert play.reason("Ready") == "ReferenceMissing"
    play.later(minutes=2)
    play.reconciler._told_at.clear()
    play.said = Evidence({"availability": Sight(remaining=-0.5, flowing=True)}, Loading())
    await play.visit()
    assert play.status()["objectives"][0]["state"] == "Breached"


async def test_a_monitor_without_a_reference_asks_for_none() -> None:
    play = Play()
    play.monitor()
    await play.visit()
    assert play.reason("ReferenceReady") == "NothingReferenced"
    assert play.memory.looks == []


async def test_nothing_is_remembered_of_the_reference_of_a_monitor_that_is_gone(play: Play) -> None:
    play.monitors.lose(("ml", "churn"))
    await play.visit()
    assert not play.reconciler.world.references._known


def counting(*profiles: str) -> Evidence:
    found = Counted(evaluators=tuple(Evaluators("counting", one, 1) for one in profiles))
    return Evidence({"availability": Sight(remaining=1.0, flowing=True)}, Loading(), counted=found)


async def test_evaluators_may_take_a_while_to_the_new_reference(play: Play) -> None:
    play.said = counting(OLD.hash, OLD.hash)
    await play.visit()
    assert play.reason("ReferenceReady") == "Counted"
    put(play, NEW)
    play.said = counting(OLD.hash, NEW.hash)
    await play.visit()
    assert (play.condition("ReferenceReady")["status"], play.reason("ReferenceReady")) == (
        "Unknown",
        "RollingOut",
    )
    assert f"1 of 2 evaluators: {OLD.hash}" in play.condition("ReferenceReady")["message"]
    assert play.look_again == 15
    play.later(minutes=4)
    await play.visit()
    assert play.reason("ReferenceReady") == "RollingOut"
    play.later(minutes=2)
    await play.visit()
    assert play.reason("ReferenceReady") == "NotCounted"
    await play.visit()
    assert play.reason("ReferenceReady") == "NotCounted"
    play.said = counting(NEW.hash, NEW.hash)
    await play.visit()
    assert play.reason("ReferenceReady") == "Counted"


async def test_evaluators_without_a_reference_count_against_none(play: Play) -> None:
    play.said = counting("")
    await play.visit()
    assert "1 of 1 evaluator: none" in play.condition("ReferenceReady")["message"]


async def test_a_silent_prometheus_says_nothing_against_the_reference(play: Play) -> None:
    play.said = PrometheusError("down")
    await play.visit()
    assert play.reason("ReferenceReady") == "Usable"


async def test_a_reference_that_makes_too_many_series_is_refused_and_what_is_there_stays(play: Play) -> None:
    rules, config = drift_rules(play), play.child("ConfigMap", "churn-evaluator")
    put(play, profile(*(f"f{number}" for number in range(300))))
    await play.visit()
    told = play.condition("Ready")
    assert (told["status"], told["reason"]) == ("False", "SpecInvalid")
    assert told["message"].startswith(
        "spec.model: expected at most 2,000 series a pod of the evaluator, got "
    )
    assert "leave out some of: the 300 features together" in told["message"]
    assert (drift_rules(play), play.child("ConfigMap", "churn-evaluator")) == (rules, config)
    watching(play, capture={"maxSeries": 20_000})
    await play.visit()
    assert play.reason("Ready") == "Reconciled"
