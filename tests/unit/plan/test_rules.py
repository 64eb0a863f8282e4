"""Laws of the rules of every monitor."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.plan import rulefile
from modelmonitor.plan.rules import Alert, Group
from monitors import SLICE, monitor, objective, pair

PARTS = {
    "rate": ("sum(rate(bad[{{.window}}]))", "sum(rate(all[{{.window}}]))"),
    "grouped": (
        "sum by (plan, zone) (increase(bad[{{.window}}]))",
        "sum by (zone, plan) (increase(all[{{ .window }}]))",
    ),
    "counted": ('sum(count_over_time(bad{x="\\"}"}[{{.window}}]))', "sum(count_over_time(all[{{.window}}]))"),
}
SLIS: list[dict[str, Any]] = [
    *(
        {"events": {side: part, "total": total}}
        for part, total in PARTS.values()
        for side in ("error", "good")
    ),
    {"availability": {"counter": "requests_total", "badSelector": 'code=~"5.."', "selector": 'job="churn"'}},
    {"latency": {"histogram": "seconds", "below": "250ms", "selector": 'job="churn"'}},
    {"timeslices": {"query": 'max by (segment) (auc{job="churn"})', "atLeast": 0.8}},
    {"timeslices": {"query": "rmse", "atMost": 1.5}},
]
objectives = st.builds(
    lambda percent, window, sli, least: objective(
        # a pair over time slices needs more than one bad minute
        objective=float(min(percent, 99) if "timeslices" in sli else percent),
        window=window,
        sli=sli,
        minEvents=min(least, 60) if "timeslices" in sli and least != "Auto" else least,
    ),
    st.decimals("75", "99.9999", places=4),
    st.integers(7, 92).map(lambda days: f"{days}d"),
    st.sampled_from(SLIS),
    st.just("Auto") | st.integers(0, 10**6),
)
lists = st.lists(objectives, min_size=1, max_size=4).map(
    lambda them: [one | {"name": f"o{number}"} for number, one in enumerate(them)]
)


def groups(*them: dict[str, Any], **spec: Any) -> tuple[Group, ...]:
    return plan.plan(api.parse(monitor(objectives=list(them), **spec))).groups


def expressions(them: tuple[Group, ...]) -> Iterator[str]:
    return (rule.expr for group in them for rule in group.rules)


@given(lists)
def test_every_expression_is_promql(them: list[dict[str, Any]]) -> None:
    for expr in expressions(groups(*them)):
        promql_parser.parse(expr)


@given(lists)
def test_no_group_holds_more_than_twenty_rules(them: list[dict[str, Any]]) -> None:
    assert all(0 < len(group.rules) <= 20 for group in groups(*them))


def test_five_pairs_of_one_s_own_fit_into_a_group() -> None:
    own = [pair(f"p{hours}", factor=1 + 1 / hours, long=f"{hours}h") for hours in (5, 7, 11, 13, 17)]
    for sli in SLIS:
        assert all(len(group.rules) <= 20 for group in groups(objective(objective=99, sli=sli, pairs=own)))


@given(lists)
def test_no_number_shows_that_it_was_binary(them: list[dict[str, Any]]) -> None:
    text = json.dumps([group.to_dict() for group in groups(*them)])
    assert not re.search(r"\d*\.\d*(0{6}|9{6})\d+", text)
    assert not re.search(r"[\d.]e[-+]?\d", text)


@given(lists)
def test_a_record_is_made_once(them: list[dict[str, Any]]) -> None:
    made = [
        (rule.record, rule.labels["slo_id"])
        for group in groups(*them)
        for rule in group.rules
        if not isinstance(rule, Alert)
    ]
    assert len(made) == len(set(made))


@pytest.mark.parametrize("window", ["1h", "2h", "6h", "1d", "3d"])
def test_a_period_that_is_a_standard_window_is_recorded_once(window: str) -> None:
    own = objective(objective=99, sli=SLIS[0], window=window, pairs=[pair(long="24m")])
    names = [rule.record for group in groups(own) for rule in group.rules if not isinstance(rule, Alert)]
    assert names.count(f"slo:sli_error:ratio_rate{window}") == 1


@given(lists)
def test_everything_that_a_rule_reads_is_recorded(them: list[dict[str, Any]]) -> None:
    rules = [rule for group in groups(*them) for rule in group.rules]
    recorded = {rule.record for rule in rules if not isinstance(rule, Alert)}
    used = {name for rule in rules for name in re.findall(r"slo:[a-zA-Z0-9_:]+", rule.expr)}
    assert used <= recorded


@given(lists, st.randoms(use_true_random=False))
def test_an_objective_s_groups_do_not_depend_on_its_neighbours(
    them: list[dict[str, Any]], random: Any
) -> None:
    alone = {group.name: group for one in them for group in groups(one)}
    shuffled = random.sample(them, len(them))
    assert {group.name: group for group in groups(*shuffled)} == alone


@given(lists)
def test_the_same_monitor_gives_the_same_bytes(them: list[dict[str, Any]]) -> None:
    once, twice = (
        rulefile.to_yaml(list(plan.plan(api.parse(monitor(objectives=them))).manifests)) for _ in range(2)
    )
    assert once == twice


@given(lists)
def test_the_increments_of_the_period_come_every_five_minutes_one_scrape_longer(
    them: list[dict[str, Any]],
) -> None:
    for group in groups(*them, prometheus={"scrapeInterval": "45s"}):
        if group.name.endswith("-period"):
            assert group.interval == Duration.parse("5m")
            counted = "count_over_time" in group.rules[0].expr
            assert ("[5m]" if counted else "[5m45s]") in group.rules[0].expr


@given(lists)
def test_alerts_carry_what_people_and_routes_need(them: list[dict[str, Any]]) -> None:
    alerts = [rule for group in groups(*them) for rule in group.rules if isinstance(rule, Alert)]
    for alert in alerts:
        assert {"severity", "namespace", "monitor", "slo_name"} <= set(alert.labels)
        assert {"summary", "description", "runbook_url"} <= set(alert.annotations)
        assert not {"burn_rate", "short", "long"} & set(alert.labels), "a changed label ends a firing alert"


@settings(max_examples=5)
@given(st.integers(1, 50))
def test_objects_stay_small_however_many_objectives_with_long_queries_there_are(count: int) -> None:
    matchers = ",".join(f'label_{number}=~"value-{number}|other-{number}"' for number in range(90))
    queries = {
        "error": f'sum(rate(requests_total{{{matchers},code=~"5.."}}[{{{{.window}}}}]))',
        "total": f"sum(rate(requests_total{{{matchers}}}[{{{{.window}}}}]))",
    }
    them = [objective(f"o{number}", sli={"events": queries}) for number in range(count)]
    for output in ("PrometheusRule", "ConfigMap"):
        planned = plan.plan(api.parse(monitor(objectives=them, prometheus={"output": output})))
        assert all(len(json.dumps(it)) <= 512 * 1024 for it in planned.manifests)
        names = [it["metadata"]["name"] for it in planned.manifests]
        assert len(names) == len(set(names))
        assert len(planned.groups) == 3 * count
        assert len(planned.manifests) == 1 or count > 5


def test_slices_that_need_no_series_of_their_own_have_no_guard_record() -> None:
    records = [
        rule.record
        for group in groups(objective(sli=SLICE, objective=95))
        for rule in group.rules
        if not isinstance(rule, Alert)
    ]
    assert not [record for record in records if re.fullmatch("slo:sli_total:increase(?!5m).*", record)]
