"""What a real Alertmanager holds back while something else says it, and what it never does."""

import time
from collections.abc import Callable, Iterable

import pytest

from modelmonitor import api, plan
from routing import texts
from routing.alertmanagers import Alert, Alertmanager
from routing.conftest import Configured, Start

pytestmark = pytest.mark.apiserver

BURN, ABSENT = "ModelSLOErrorBudgetBurn", "ModelSLOMetricAbsent"
DEGRADED, TREND, LABELS = "ModelQualityDegraded", "ModelQualityTrend", "ModelLabelsMissing"
SLACK = {"slack": {"apiURL": texts.secret("slack"), "channel": "#ml"}}
ROUTES = {"critical": SLACK, "warning": SLACK}
Name = tuple[str, str]


@pytest.fixture
def run(configured: Configured, start: Start) -> Callable[[plan.Plan], Alertmanager]:
    return lambda planned: start(configured(planned))


def held_back(alertmanager: Alertmanager, alerts: Iterable[Alert], least: int = 1) -> list[Name]:
    """Post alerts; give name and severity of those that are held back, once there are so many."""
    alertmanager.post(alerts)
    deadline = time.monotonic() + 15
    while True:
        found = [one["labels"] for one in alertmanager.ask("/api/v2/alerts?inhibited=true&active=false")]
        if len(found) >= least or time.monotonic() > deadline:
            return sorted((one["alertname"], one["severity"]) for one in found)
        time.sleep(0.1)


def named(alerts: Iterable[Alert], *names: str) -> list[Alert]:
    return [one for one in alerts if one.labels["alertname"] in names]


def test_a_model_that_is_down_explains_every_warning_but_that_of_its_resources(
    run: Callable[[plan.Plan], Alertmanager],
) -> None:
    planned = texts.example("outage", routes=ROUTES)
    every = texts.everything(planned)
    warnings = sorted(
        (one.labels["alertname"], "warning") for one in every if one.labels["severity"] == "warning"
    )
    assert len(warnings) == 10
    found = held_back(run(planned), every, 9)
    assert found == [one for one in warnings if one[0] != "ModelResources"]


def test_silence_explains_what_is_told_of_its_tail_and_no_budget(
    run: Callable[[plan.Plan], Alertmanager],
) -> None:
    planned = texts.example("silence", routes=ROUTES)
    every = texts.everything(planned)
    chosen = [
        *named(
            every, "ModelNoPredictions", "ModelResources", ABSENT, "ModelFeatureDrift", "ModelDataQuality"
        ),
        *(one for one in named(every, BURN, DEGRADED, LABELS) if one.labels["severity"] == "warning"),
        *named(every, "ModelPredictionDrift", "ModelFairness", TREND),
    ]
    assert held_back(run(planned), chosen, 7) == [
        ("ModelDataQuality", "warning"),
        ("ModelFairness", "warning"),
        ("ModelFeatureDrift", "warning"),
        (LABELS, "warning"),
        (DEGRADED, "warning"),
        (TREND, "warning"),
        (ABSENT, "warning"),
    ]


def test_what_is_much_worse_says_it_for_what_is_worse_of_the_same_metric_alone(
    run: Callable[[plan.Plan], Alertmanager],
) -> None:
    planned = texts.example("worse", routes=ROUTES)
    every = named(texts.everything(planned), DEGRADED, TREND, LABELS)
    other = texts.alert(planned, DEGRADED, "warning", metric="Accuracy")
    assert held_back(run(planned), [*every, other], 3) == [
        (LABELS, "warning"),
        (DEGRADED, "warning"),
        (TREND, "warning"),
    ]


def test_alerts_of_another_monitor_and_namespace_are_told(run: Callable[[plan.Plan], Alertmanager]) -> None:
    planned = texts.example("mine", routes=ROUTES)
    every = texts.everything(planned)
    (down,) = named(every, "ModelTargetDown")
    (drift,) = named(every, "ModelFeatureDrift")
    others = [
        Alert({**drift.labels, label: value}, {}) for label, value in (("monitor", "x"), ("namespace", "x"))
    ]
    assert held_back(run(planned), [down, drift, *others]) == [("ModelFeatureDrift", "warning")]


EVENTS = {
    "error": 'sum by (region) (rate(bad{job="churn"}[{{.window}}]))',
    "total": 'sum by (region) (rate(all{job="churn"}[{{.window}}]))',
}
FREE = {
    "error": 'my_bad:rate{job="churn"} and rate(bad[{{.window}}])',
    "total": 'my_all:rate{job="churn"} and rate(all[{{.window}}])',
}


def grouped() -> plan.Plan:
    """Plan a monitor with an objective by region, one of no group, and one whose groups nobody knows."""
    objectives = [
        {"name": "by-region", "objective": 99, "sli": {"events": EVENTS}},
        {"name": "whole", "objective": 99, "sli": {"availability": {}}},
        {"name": "free", "objective": 99, "minEvents": 0, "sli": {"events": FREE}},
    ]
    body = {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": "grouped", "namespace": "ml"},
        "spec": {
            "targetRef": {"name": "churn"},
            "model": {"task": "BinaryClassification"},
            "objectives": objectives,
            "alerts": {"routes": ROUTES},
        },
    }
    return plan.plan(api.parse(body), texts.SETTINGS)


def test_a_page_stands_for_the_ticket_of_its_own_objective_and_group(
    run: Callable[[plan.Plan], Alertmanager],
) -> None:
    planned = grouped()

    def burns(severity: str, objective: str, **group: str) -> Alert:
        return texts.alert(planned, BURN, severity, slo_name=objective, **group)

    pages = [
        burns("critical", "by-region", region="eu"),
        burns("critical", "whole"),
        burns("critical", "free", anything="a"),
    ]
    tickets = {
        "same group": burns("warning", "by-region", region="eu"),
        "other group": burns("warning", "by-region", region="us"),
        "no group": burns("warning", "whole"),
        "who knows": burns("warning", "free", anything="b"),
    }
    alertmanager = run(planned)
    assert held_back(alertmanager, [*pages, *tickets.values()], 2) == [(BURN, "warning")] * 2
    inhibited = alertmanager.ask("/api/v2/alerts?inhibited=true&active=false")
    assert sorted((one["labels"]["slo_name"], one["labels"].get("region", "")) for one in inhibited) == [
        ("by-region", "eu"),
        ("whole", ""),
    ]
