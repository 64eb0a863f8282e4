"""Rules that every panel of every dashboard keeps."""

import re
from itertools import combinations
from typing import Any

import promql_parser
import pytest

from dashboards import boards
from evaluator.counters import worlds
from modelmonitor.api import ModelMonitor
from modelmonitor.cli.opening import answers
from modelmonitor.plan.dashboards import choices
from modelmonitor.plan.rules import Alert, Recording
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import FAMILIES
from preview.example import MONITOR

PAIRS = [
    {"name": name, "factor": factor, "long": long, "severity": severity}
    for name, factor, long, severity in (
        ("one", 2, "12m", "critical"),
        ("two", 1.5, "24m", "warning"),
        ("three", 1.2, "36m", "info"),
    )
]
MONITORS = {
    "one of each kind": MONITOR,
    **{f"evaluators of {task}": boards.evaluated(task) for task in Task},
    "no objective and no reference": boards.monitor(labels={}),
    "adapted pairs": boards.monitor(*(boards.availability(percent) for percent in (66, 80, 90, 95, 99.95))),
    "a week": boards.monitor(boards.availability(99, "7d"), boards.availability(85, "7d")),
    "an hour with pairs of three severities": boards.monitor(
        boards.availability(90, "1h", pairs=PAIRS), prometheus={"scrapeInterval": "10s"}
    ),
    "a day and a half": boards.monitor(
        boards.availability(90, "1d12h", pairs=PAIRS), prometheus={"scrapeInterval": "10s"}
    ),
    "twenty objectives": boards.monitor(*(boards.availability() for _ in range(20))),
    "a query of unknown labels": boards.monitor(
        {
            "objective": 99,
            "minEvents": 0,
            "sli": {
                "events": {
                    "error": "avg(rate(errors[{{.window}}]))",
                    "total": "avg(rate(total[{{.window}}]))",
                }
            },
        }
    ),
    "measurements by label": boards.monitor(
        {
            "objective": 95,
            "sli": {"timeslices": {"query": "max by (model) (drift)", "atMost": 0.2}},
        }
    ),
}
FOR_OTHERS = re.compile("slo:sli_error:ratio_rate.+|modelmonitor:.+5m")
"""Windows of objectives for dashboards of one's own, and what any longer window of quality adds up."""
EXPOSED = {family.name + part for family in FAMILIES for part in ("", "_bucket", "_count", "_sum")}
RAW = {"http_requests_total", "http_request_duration_seconds_bucket", "model_auc", "errors", "total", "drift"}

monitors = pytest.mark.parametrize("one", MONITORS.values(), ids=MONITORS)


@monitors
def test_every_panel_says_what_it_is_and_in_which_unit(one: ModelMonitor) -> None:
    for where, panel in boards.panels(one):
        assert panel["title"], where
        assert re.search("Normal: ", panel["description"]), (
            f"{where}: the description does not say what is normal"
        )
        assert panel["fieldConfig"]["defaults"]["unit"], where
        assert panel["fieldConfig"]["defaults"]["noValue"] == "no data", where
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, where
        assert panel["targets"], where


@monitors
def test_every_dashboard_lets_people_choose_the_prometheus(one: ModelMonitor) -> None:
    for name, dashboard in boards.read(one).items():
        kinds = {it["name"]: (it["type"], it["query"]) for it in dashboard["templating"]["list"]}
        assert kinds["datasource"] == ("datasource", "prometheus"), name


@monitors
def test_every_expression_is_promql(one: ModelMonitor) -> None:
    for where, expression in boards.expressions(one):
        assert not re.search(r"[$][a-zA-Z_{]", expression), where
        promql_parser.parse(expression)


@monitors
def test_every_series_that_a_panel_asks_for_is_recorded_or_exposed(one: ModelMonitor) -> None:
    recorded = {(rule.record, rule.labels.get("slo_id")) for rule in boards.rules(one, Recording)}
    objectives = {slo for _, slo in recorded if slo}
    for where, expression in boards.expressions(one):
        for metric, labels in boards.selectors(expression):
            if metric not in RAW | EXPOSED | {"ALERTS"}:
                asked = {(metric, slo) for slo in ({labels["slo_id"]} if "slo_id" in labels else objectives)}
                assert asked & recorded or (metric, None) in recorded, f"{where}: no rule records {metric}"


@monitors
def test_every_record_is_read_by_a_rule_or_a_panel(one: ModelMonitor) -> None:
    rules = [*boards.rules(one, Recording), *boards.rules(one, Alert)]
    asked = [expression for _, expression in boards.expressions(one)]
    asked += [text for rule in rules for text in (rule.expr, *getattr(rule, "annotations", {}).values())]
    read = {name for text in asked for name in re.findall(r"[a-z_]+:[a-z_]+:?[a-zA-Z0-9_]*", text)}
    unread = {rule.record for rule in boards.rules(one, Recording)} - read
    assert not [record for record in unread if not FOR_OTHERS.fullmatch(record)]


@monitors
def test_every_alert_of_the_rules_has_a_line_of_its_own(one: ModelMonitor) -> None:
    asked = [
        selector for _, expression in boards.expressions(one) for selector in boards.selectors(expression)
    ]
    shown = {
        (it["alertname"], it.get("slo_id"), it.get("pair"))
        for metric, it in asked
        if metric == "ALERTS" and ("slo_id" in it or not it["alertname"].startswith("ModelSLO"))
    }
    fires = set()
    for rule in boards.rules(one, Alert):
        slo = rule.labels.get("slo_name")
        fires.add((rule.alert, f"ml/churn/{slo}" if slo else None, rule.labels.get("pair")))
    assert shown == fires


@monitors
def test_transformations_name_the_values_as_grafana_does(one: ModelMonitor) -> None:
    for where, panel in boards.panels(one):
        several = len(panel["targets"]) > 1
        made = {f"Value #{target['refId']}" if several else "Value" for target in panel["targets"]}
        named = set(re.findall(r"Value(?: #[A-Z])?(?=['\"])", str(panel.get("transformations", ""))))
        assert named <= made, where


@monitors
def test_no_panel_overlaps_another_or_leaves_the_grid(one: ModelMonitor) -> None:
    for name, dashboard in boards.read(one).items():
        folded = [panel["panels"] for panel in dashboard["panels"] if panel.get("panels")]
        for level in (dashboard["panels"], *folded):
            for left, right in combinations(level, 2):
                assert not _overlap(left["gridPos"], right["gridPos"]), (
                    f"{name}: {left['title']}, {right['title']}"
                )
            assert all(0 <= it["gridPos"]["x"] <= 24 - it["gridPos"]["w"] for it in level), name
            assert all(it["gridPos"]["h"] > 0 and it["gridPos"]["w"] >= 4 for it in level), name


@monitors
def test_every_panel_has_a_number_of_its_own(one: ModelMonitor) -> None:
    for dashboard in boards.read(one).values():
        rows = [panel for panel in dashboard["panels"] if panel["type"] == "row"]
        numbers = [panel["id"] for panel in (*answers.panels(dashboard), *rows)]
        assert len(set(numbers)) == len(numbers)


def test_only_the_first_objectives_are_unfolded() -> None:
    technical = boards.read(MONITORS["twenty objectives"])["churn-dashboard-technical"]
    folded = [panel["collapsed"] for panel in technical["panels"] if panel["type"] == "row"]
    assert folded == [False] * 3 + [True] * 17


def test_burn_rates_are_compared_with_the_factors_of_their_own_pairs() -> None:
    panel = _panel(boards.monitor(boards.availability()), "Burn rate: pages")
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, 6, 14.4]
    assert [target["legendFormat"] for target in panel["targets"]] == [
        "page-quick 1h",
        "page-quick 5m",
        "page-slow 6h",
        "page-slow 30m",
    ]


def test_the_limit_of_a_pair_has_the_colour_of_its_lines() -> None:
    panel = _panel(boards.monitor(boards.availability()), "Burn rate: tickets")
    steps = {step["value"]: step["color"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]}
    lines = {
        override["matcher"]["options"]: each["value"]["fixedColor"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "color"
    }
    assert steps[3] == lines["A"] == lines["B"] != steps[1] == lines["C"] == lines["D"]


def test_latency_has_a_line_at_the_bound_of_the_objective() -> None:
    panel = _panel(MONITOR, "Latency percentiles")
    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 0.1]
    assert panel["fieldConfig"]["defaults"]["unit"] == "s"


def test_a_measurement_has_a_line_at_its_bound() -> None:
    panel = _panel(MONITORS["measurements by label"], "Measurement")
    assert [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]] == [None, 0.2]
    assert panel["targets"][0]["legendFormat"] == "{{model}} · measured"


def test_groups_of_an_objective_are_told_apart_in_the_legend() -> None:
    legends = {
        target["legendFormat"]
        for where, panel in boards.panels(MONITOR)
        for target in panel["targets"]
        if "by (region)" in target["expr"]
    }
    assert legends
    assert all(legend.startswith("{{region}} · ") for legend in legends)


def test_the_dashboards_lead_to_each_other() -> None:
    by_name = boards.read(MONITOR)
    executive, technical = by_name["churn-dashboard-executive"], by_name["churn-dashboard-technical"]
    assert f"/d/{technical['uid']}" in {link["url"] for link in executive["links"]}
    assert f"/d/{executive['uid']}" in {link["url"] for link in technical["links"]}
    (table,) = [panel for panel in executive["panels"] if panel["type"] == "table"]
    assert f"/d/{technical['uid']}?var-objective=" in str(table["fieldConfig"]["overrides"])


def test_a_dashboard_alone_links_to_no_other() -> None:
    one = boards.monitor(boards.availability(), dashboards={"kinds": ["Executive"]})
    (dashboard,) = boards.read(one).values()
    assert "/d/" not in str(dashboard)


def test_time_ranges_fit_the_readers() -> None:
    ranges = {name: it["time"]["from"] for name, it in boards.read(MONITOR).items()}
    assert ranges == {
        "churn-dashboard-executive": "now-30d",
        "churn-dashboard-technical": "now-6h",
        "churn-dashboard-datascience": "now-7d",
    }
    odd = boards.read(MONITORS["a day and a half"])["churn-dashboard-executive"]
    assert odd["time"]["from"] == "now-2160m"


def _panel(one: ModelMonitor, title: str) -> dict[str, Any]:
    return next(panel for _, panel in boards.panels(one) if panel["title"] == title)


def _overlap(left: dict[str, int], right: dict[str, int]) -> bool:
    beside = left["x"] + left["w"] <= right["x"] or right["x"] + right["w"] <= left["x"]
    apart = left["y"] + left["h"] <= right["y"] or right["y"] + right["h"] <= left["y"]
    return not beside and not apart


def test_a_table_of_one_query_has_its_values_under_their_only_name() -> None:
    one = boards.monitor(labels={})
    panel = _panel(one, "Metrics")
    assert [target["refId"] for target in panel["targets"]] == ["A"]
    organised = panel["transformations"][-1]["options"]
    assert organised["renameByName"] == {"metric": "Metric", "Value": "Now"}


def test_what_is_chosen_matches_itself_alone_and_needs_no_escapes() -> None:
    texts = [worlds.ODD, "a.b", "a b", "c++", "(d)", "[e]", "f|g", "{h}", "i,j : k", "größe", "$l", "m\\n"]
    for text in texts:
        pattern = choices.pattern(text)
        assert not set(pattern) & set("\\\"'\n"), text
        assert [it for it in texts if re.fullmatch(pattern, it, re.DOTALL)] == [text]


def test_grafana_reads_choices_again_as_they_were_written() -> None:
    about = choices.Choice.of_texts("feature", "Feature", "", ["i,j : k", worlds.ODD, "age"])
    query = choices.variable(about).query
    parts = [part.replace("\\,", ",") for part in re.findall(r"(?:\\,|[^,])+", query)]
    read = [
        (found[1], found[2]) if (found := re.fullmatch(r"\s*(.+)\s:\s(.+)", part)) else (part, part)
        for part in parts
    ]
    assert [value for _, value in read] == [choices.pattern(it) for it in ("i,j : k", worlds.ODD, "age")]
    assert read[0][0] == "i,j : k"
