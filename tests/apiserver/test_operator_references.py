"""A reference appears, breaks, changes and goes in a real cluster: children stay, drift rules follow it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apiserver.replica import Replica, Space, eventually, monitor
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Profile
from references import config_map, profile

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
CHILDREN = ("churn-slo", "churn-drift", "churn-evaluator")


def reference(rows: int = 10_000) -> Profile:
    return profile("age", "tenure", rows=rows, task=Task.BINARY)


def watching() -> dict[str, Any]:
    """Give a monitor that needs the reference; classes are named, for the small profile has none."""
    model = {"task": "BinaryClassification", "classes": ["0", "1"]}
    return monitor(reference={"configMapRef": {"name": "churn-reference"}}, drift={}, model=model)


def versions(space: Space) -> dict[str, str]:
    """Give the versions of all that was generated."""
    return {name: version for name, version in space.versions().items() if name.endswith(CHILDREN)}


def drift_rules(space: Space) -> str:
    return json.dumps((space.get("PrometheusRule", "churn-drift") or {}).get("spec", {}))


def test_the_life_of_a_reference(space: Space, replica: Start) -> None:
    one = replica("--resync", "3600")
    space.apply(watching())
    space.await_reason("Ready", "ReferenceMissing")
    assert versions(space) == {}

    old, new = reference(), reference(rows=20_000)
    space.apply(config_map(old))  # appears: noticed by its label, not by the resync, which is an hour away
    space.await_reason("Ready", "Reconciled")
    assert space.condition("ReferenceReady")["reason"] == "Usable"
    assert len(versions(space)) == len(CHILDREN)
    assert old.hash in drift_rules(space)

    generated = versions(space)
    whole = config_map(old)["data"]["profile.json"]
    space.merge("ConfigMap", "churn-reference", {"data": {"profile.json": whole[: len(whole) // 2]}})
    broken = space.await_reason("ReferenceReady", "ReferenceInvalid")
    assert "expected a whole JSON document" in broken["message"]
    assert space.condition("Ready")["reason"] == "ReferenceInvalid"
    assert versions(space) == generated

    space.apply(config_map(new))
    space.await_reason("Ready", "Reconciled")
    assert eventually(lambda: new.hash in drift_rules(space))
    assert old.hash not in drift_rules(space)

    generated = versions(space)
    space.delete("ConfigMap", "churn-reference")
    space.await_reason("ReferenceReady", "ReferenceMissing")
    assert versions(space) == generated
    assert one.metric('modelmonitor_operator_reconciles_total{result="InternalError"}') == 0


def test_a_reference_without_the_label_is_noticed_at_the_resync(space: Space, replica: Start) -> None:
    replica("--resync", "2")
    space.apply(watching())
    space.await_reason("Ready", "ReferenceMissing")
    space.apply(config_map(reference(), labelled=False))
    space.await_reason("Ready", "Reconciled")
    space.apply(config_map(reference(rows=20_000), labelled=False))
    assert eventually(lambda: reference(rows=20_000).hash in drift_rules(space))


def test_an_operator_that_starts_anew_changes_nothing_and_misses_what_is_gone(
    space: Space, replica: Start
) -> None:
    one = replica()
    space.apply(config_map(reference()))
    space.apply(watching())
    space.await_reason("Ready", "Reconciled")
    generated = versions(space)
    assert one.stop() == 0
    space.delete("ConfigMap", "churn-reference")
    replica(name="two")
    space.await_reason("Ready", "ReferenceMissing")
    assert versions(space) == generated
    space.apply(config_map(reference()))
    space.await_reason("Ready", "Reconciled")
    assert versions(space) == generated
