"""What is remembered of a plan: which child carries what, and groups that nobody takes for one another."""

from typing import Any

import pytest

from modelmonitor import api, plan
from modelmonitor.handlers.planned import Planned, outline, summarize
from modelmonitor.report.outcome import Asked, Basis
from modelmonitor.wire.config import Task
from monitors import EVENTS, SLICE, monitor
from references import profile

REFERENCE = profile("age", "tenure", task=Task.BINARY)
SETTINGS = plan.Settings(rule_labels={"release": "stack"})
SLIS: dict[str, Any] = {
    "availability": {"availability": {}},
    "fast": {"latency": {"below": "100ms"}},
    "fast-elsewhere": {"latency": {"below": "100ms", "histogram": "h", "selector": 'a="b"'}},
    "accurate": {"quality": {"metric": "Accuracy"}},
    "drift": {"drift": {"of": "Prediction"}},
    "custom": EVENTS,
    "sliced": SLICE,
}


@pytest.fixture(scope="module")
def everything() -> api.ModelMonitor:
    body = monitor(
        model={
            "task": "BinaryClassification",
            "classes": ["0", "1"],
            "costs": {"falsePositive": 1, "falseNegative": 5},
        },
        reference={"configMapRef": {"name": "churn-reference"}},
        labels={},
        objectives=[{"name": name, "objective": 80, "sli": sli} for name, sli in SLIS.items()],
        drift={},
        dataQuality={},
        business=[{"name": "revenue", "query": "sum(revenue)"}],
        dashboards={"kinds": ["Executive", "Technical"]},
        prometheus={"output": "ConfigMap"},
    )
    return api.parse(body)


@pytest.fixture(scope="module")
def planned(everything: api.ModelMonitor) -> Planned:
    made = plan.plan(everything, SETTINGS, REFERENCE)
    return summarize(everything, made, SETTINGS, REFERENCE.hash)


def test_children_are_told_apart_by_what_they_carry(planned: Planned) -> None:
    parts = {one.key[2]: one.part for one in planned.children}
    assert parts.pop("churn-evaluator") == "config"
    assert {name for name, part in parts.items() if part == "dashboard"} == {
        "churn-dashboard-executive",
        "churn-dashboard-technical",
    }
    rules = {name for name, part in parts.items() if part == "rules"}
    assert {"churn-slo", "churn-drift", "churn-quality", "churn-traffic"} <= rules


def test_groups_of_all_parts_are_awaited_and_have_names_of_their_own(planned: Planned) -> None:
    names = [name for name, _ in planned.groups]
    assert len(set(names)) == len(names)
    of_objectives = {f"{name}-{group}" for name in SLIS for group in ("burn", "period", "facts")}
    others = set(names) - of_objectives
    assert others
    assert not [name for name in others if name.endswith(("-burn", "-period", "-facts"))]
    assert all(rules for _, rules in planned.groups)


def test_objectives_are_told_apart_by_what_measures_them(planned: Planned) -> None:
    assert {one.name: (one.basis, one.measure) for one in planned.promises} == {
        "availability": (Basis.REQUESTS, ""),
        "fast": (Basis.REQUESTS, ""),
        "fast-elsewhere": (Basis.OWN, ""),
        "accurate": (Basis.QUALITY, "Accuracy"),
        "drift": (Basis.DRIFT, "Prediction"),
        "custom": (Basis.OWN, ""),
        "sliced": (Basis.OWN, ""),
    }


def test_an_outline_promises_the_same_and_plans_nothing(
    everything: api.ModelMonitor, planned: Planned
) -> None:
    before = outline(everything, SETTINGS)
    assert before.promises == planned.promises
    assert before.wanted == planned.wanted
    assert (before.children, before.groups) == ((), ())
    asked = Asked(evaluators=True, labels=True, local_store=True, drift=True, reference="churn-reference")
    assert before.asked == asked
    assert planned.asked.profile == REFERENCE.hash
    assert planned.selectors == "release: stack"
