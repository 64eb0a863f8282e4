"""How rules about drift are made: as many for two features as for 200, and fit for Prometheus."""

import pytest

from modelmonitor import plan
from modelmonitor.plan import names, promql
from promtool.drift import columns, monitors
from promtool.runner import Json, Promtool

pytestmark = pytest.mark.promtool

ASKED = (
    {},
    {"window": "12m"},
    {"window": "28d"},
    {"against": "LastWeek"},
    {"against": "LastWeek", "window": "1d"},
    {"features": {"statistic": "JS", "tolerate": 0}, "prediction": {"statistic": "ChiSquared"}},
    {"overrides": [{"feature": columns.ODD, "statistic": "KS", "tolerate": 0.1}]},
)


def of_features(number: int, **asked: object) -> list[Json]:
    every = [columns.numeric(columns.ODD, columns.EVEN), *(case.column for case in columns.OUTPUTS)]
    every += [columns.numeric(f"feature {place}", columns.EVEN) for place in range(number - 1)]
    return monitors.rules(monitors.scope(every, **asked))


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_200_features_have_as_many_rules_of_the_same_length_as_two(asked: Json) -> None:
    few, many = ([rule for group in of_features(it, **asked) for rule in group["rules"]] for it in (2, 200))
    assert len(few) == len(many)
    digits = 2  # of a quantile
    assert all(
        abs(len(one["expr"]) - len(other["expr"])) <= 4 * digits for one, other in zip(few, many, strict=True)
    )


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_groups_are_what_prometheus_likes(asked: Json, promtool: Promtool) -> None:
    groups = of_features(3, **asked)
    assert promtool.check_groups(groups) == ""
    assert all(len(group["rules"]) <= 20 for group in groups)
    assert [promql.refusal(rule["expr"]) for group in groups for rule in group["rules"]] == [None] * sum(
        len(group["rules"]) for group in groups
    )
    records = [rule["record"] for group in groups for rule in group["rules"] if "record" in rule]
    assert len({(name, tuple(rule["labels"].items())) for group in groups for rule in group["rules"]
                for name in [rule.get("record", rule.get("alert"))]}) == len(records) + 2  # fmt: skip


def test_records_of_five_minutes_are_made_every_five_minutes() -> None:
    groups = {group["name"]: group for group in of_features(1, window="1d")}
    assert groups["drift-5m"]["interval"] == "5m"
    assert "drift-5m" not in {group["name"] for group in of_features(1, window="6h")}


def test_a_hundred_settings_are_one_rule_for_each_statistic_because_labels_are_those_of_statistics() -> None:
    every = [columns.numeric(f"feature {place}", columns.EVEN) for place in range(120)]
    overrides = [{"feature": f"feature {place}", "tolerate": (place + 1) / 1000} for place in range(100)]
    groups = monitors.rules(monitors.scope(every, overrides=overrides))
    rules = [
        rule for group in groups for rule in group["rules"] if rule.get("record") == names.DRIFT_TOLERANCE
    ]
    assert len(rules) == 1
    assert rules[0]["expr"].count("max by (feature)") == 101


def test_an_alert_that_nothing_could_fire_is_not_made() -> None:
    groups = monitors.rules(monitors.scope([columns.numeric("age", columns.EVEN)]))
    alerts = [rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule]
    assert alerts == [names.FEATURE_DRIFT_ALERT]


def test_the_plan_of_a_monitor_carries_them() -> None:
    of = monitors.scope([columns.numeric("age", columns.EVEN)])
    parts = plan.plan(of.monitor, profile=of.scheme.profile).parts
    assert [group.name for group in parts["drift"]["drift"]] == ["drift-tolerances", "drift"]
