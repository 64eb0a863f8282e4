"""Laws of the rules of monitors that ask for everything, one of each task."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from modelmonitor import plan
from modelmonitor.api.duration import Duration
from modelmonitor.plan import names
from modelmonitor.plan.rules import Alert, Group, Recording
from modelmonitor.wire.config import Task
from monitors import objective
from profiles import profile
from unit.plan.checking import of

STALE = Duration.parse("5m")
"""Prometheus takes a sample that is this old for none."""
OUTLASTS = Duration.parse("5m")
EVERYTHING: dict[str, Any] = {
    "labels": {},
    "drift": {},
    "dataQuality": {},
    "business": [{"name": "revenue", "query": "sum(increase(revenue_total[1d]))"}],
}
OBJECTIVES = [
    objective("up", sli={"availability": {}}),
    objective("steady", objective=95, sli={"drift": {"of": "Prediction"}}),
]


def whole(task: Task) -> tuple[Group, ...]:
    """Give all groups of a monitor that asks for everything."""
    asked = EVERYTHING if task is Task.RANKING else EVERYTHING | {"degradation": {}}
    objectives = OBJECTIVES[:1] if task is Task.RANKING else OBJECTIVES
    return plan.plan(of(task, objectives=objectives, **asked), profile=profile(task)).groups


def rare(groups: tuple[Group, ...]) -> Iterator[tuple[Group, str]]:
    """Yield the evaluators' records that are written so rarely that they are stale before the next one."""
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Recording) and group.interval and group.interval >= STALE:
                yield group, rule.record


@pytest.mark.parametrize("task", Task)
def test_what_is_recorded_rarely_is_read_over_a_range_by_all_others(task: Task) -> None:
    groups = whole(task)
    found = list(rare(groups))
    assert found
    for written_in, record in found:
        if record.startswith("slo:"):
            continue
        at_an_instant = re.compile(re.escape(record) + r"\{[^}]*\}(?!\[)")
        readers = (rule for group in groups if group is not written_in for rule in group.rules)
        assert [rule for rule in readers if at_an_instant.search(rule.expr)] == [], record


@pytest.mark.parametrize(
    ("fair", "misses"),
    [
        ({"metric": "DisparateImpactRatio", "atLeast": 0.8}, False),
        ({"metric": "DemographicParityDifference", "atMost": 0.1}, False),
        ({"metric": "EqualOpportunityDifference", "atMost": 0.1}, True),
        ({"metric": "EqualisedOddsDifference", "atMost": 0.1}, True),
    ],
)
def test_nobody_is_paged_for_labels_that_nothing_needs(fair: dict[str, Any], misses: bool) -> None:
    """How often a class is predicted is known without the truth; how often rightly is not."""
    parsed = of(model={"protectedAttributes": ["sex"]}, fairness=[{"attribute": "sex", **fair}])
    alerts = {rule.alert for group in plan.plan(parsed, profile=profile()).groups for rule in alerting(group)}
    assert names.FAIRNESS_ALERT in alerts
    assert (names.LABELS_ALERT in alerts) is misses


def alerting(group: Group) -> list[Alert]:
    return [rule for rule in group.rules if isinstance(rule, Alert)]


@pytest.mark.parametrize("task", Task)
def test_an_alert_that_wavers_about_its_limit_is_one_alert(task: Task) -> None:
    """Burn rates end by their short window; any prediction ends a silence, any sample an absence."""
    whole_by_nature = {names.BURN_ALERT, names.ABSENT_ALERT, names.NO_PREDICTIONS_ALERT}
    kept = {rule.alert: rule.keep for group in whole(task) for rule in alerting(group)}
    assert {alert for alert, keep in kept.items() if keep < OUTLASTS} == whole_by_nature


@pytest.mark.parametrize(("warning", "severities"), [("5%", {"warning", "critical"}), ("10%", {"critical"})])
def test_no_warning_is_made_that_could_never_fire(warning: str, severities: set[str]) -> None:
    parsed = of(degradation={"warning": warning, "critical": "10%"})
    alerts = [rule for group in plan.plan(parsed, profile=profile()).groups for rule in alerting(group)]
    made = {rule.labels["severity"] for rule in alerts if rule.alert == names.DEGRADED_ALERT}
    assert made == severities
