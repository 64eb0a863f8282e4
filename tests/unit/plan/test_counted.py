"""Objectives on what evaluators count: which counters they read, and what people are told about them."""

import dataclasses
import re
from typing import Any

import promql_parser
import pytest

import references
from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.evaluator.exchange import Outcome
from modelmonitor.plan import alerts, burnrate, meaning
from modelmonitor.plan.dashboards import measured
from modelmonitor.plan.dashboards.queries import OfObjective
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT
from modelmonitor.plan.slo import Slo
from modelmonitor.wire import families
from monitors import EVENTS, monitor, objective, pair

BINARY = {"task": "BinaryClassification", "classes": ["no", "yes"], "positiveClass": "yes"}
MANY = {"task": "MulticlassClassification", "classes": ["a", "b", "c"]}
PROFILE = dataclasses.replace(references.profile("age"), target_mean=1.0)
REGRESSION, RANKING = {"task": "Regression"}, {"task": "Ranking"}
SLIS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "availability": ({"availability": {}}, BINARY, "requests_total", "a request that failed (5xx)"),
    "latency": ({"latency": {"below": "250ms"}}, BINARY, "requests_timed_total", "longer than 250ms"),
    "accuracy": (
        {"quality": {"metric": "Accuracy"}},
        BINARY,
        "confusion_total",
        "a prediction that was wrong.",
    ),
    "micro": ({"quality": {"metric": "Recall"}}, MANY, "confusion_total", "a case of a declared class"),
    "hits": ({"quality": {"metric": "HitRate@5"}}, RANKING, "ranking_queries_total", "among the first 5."),
    "mse": (
        {"quality": {"metric": "MSE", "atMost": 4}},
        REGRESSION,
        "scored_total",
        "MSE over the last 1h was above 4; one without a value counts neither way",
    ),
    "r2": (
        {"quality": {"metric": "R2", "atLeast": 0.5, "window": "6h"}},
        REGRESSION,
        "target_centred_squared_sum",
        "R2 over the last 6h was below 0.5",
    ),
    "median": (
        {"quality": {"metric": "MedianError", "atMost": 2}},
        REGRESSION,
        "absolute_error_bucket",
        "MedianError over the last 1h was above 2",
    ),
    "drift": ({"drift": {"of": "Features"}}, REGRESSION, "feature_missing_total", "the values of a feature"),
}
"""Indicators, models, what is always there where they are measured, and what an error is said to be."""


def planned(sli: dict[str, Any], model: dict[str, Any], **fields: Any) -> Slo:
    own = objective("works", **{"objective": 85, "sli": sli, **fields})
    refers = {"reference": {"configMapRef": {"name": "r"}}, "drift": {}}
    regression = model is REGRESSION
    body = monitor(objectives=[own], model=model, **(refers if regression else {}))
    return plan.objectives(api.parse(body), PROFILE if regression else None)[0]


def texts(slo: Slo) -> tuple[str, str]:
    """Give the descriptions of the first burn-rate alert and of the absence."""
    links = alerts.Links("", "")
    burn, absent = alerts.burn_alerts(slo, links, slo.pairs)[0], alerts.absent_alert(slo, links)
    return burn.annotations["description"], absent.annotations["description"]


@pytest.mark.parametrize("kind", SLIS)
def test_absence_is_that_of_a_counter_that_is_born_with_the_evaluator(kind: str) -> None:
    sli, model, counter, _ = SLIS[kind]
    presence = planned(sli, model).indicator.presence()
    assert f"modelmonitor_{counter}{{" in presence
    assert "modelmonitor:" not in presence, "records may be missing for want of labels"


@pytest.mark.parametrize("kind", SLIS)
@pytest.mark.parametrize(
    "own", [None, [pair(f"p{hours}", long=f"{hours}h", factor=2) for hours in range(24, 29)]]
)
def test_rules_are_promql_in_small_groups_that_record_each_series_once(kind: str, own: Any) -> None:
    sli, model, _, _ = SLIS[kind]
    groups = plan.rule_groups(planned(sli, model, pairs=own), alerts.Links("", ""))
    rules = [rule for group in groups for rule in group.rules]
    recorded = [rule.record for rule in rules if isinstance(rule, Recording)]
    assert len(recorded) == len(set(recorded))
    assert all(0 < len(group.rules) <= 20 for group in groups)
    for rule in rules:
        promql_parser.parse(rule.expr)
    used = {name for rule in rules for name in re.findall(r"slo:[a-zA-Z0-9_:]+", rule.expr)}
    assert used <= set(recorded)


@pytest.mark.parametrize("fields", [{"objective": 99}, {"objective": 99, "window": "7d"}, {}])
def test_days_of_counters_are_read_every_five_minutes_only(fields: dict[str, Any]) -> None:
    """Whether a pair looks at them or nobody but a dashboard."""
    groups = plan.rule_groups(
        planned({"quality": {"metric": "Accuracy"}}, BINARY, **fields), alerts.Links("", "")
    )
    for group in groups:
        read = re.findall(r"modelmonitor_[^\[]*\[([^]]*)\]", "".join(rule.expr for rule in group.rules))
        assert group.interval == FIVE_MINUTES or all(Duration.parse(it) <= LONGEST_DIRECT for it in read)


@pytest.mark.parametrize("kind", SLIS)
def test_alerts_say_what_an_error_is(kind: str) -> None:
    sli, model, _, error = SLIS[kind]
    burn, absent = texts(planned(sli, model))
    assert error in burn
    assert "No evaluator of the model is scraped" in absent
    assert ("Labels that do not come" in absent) == ("quality" in sli)
    assert ("modelmonitor:labels:coverage1d" in burn) == ("quality" in sli)


def test_alerts_on_series_of_one_s_own_say_no_more_than_before() -> None:
    slo = planned(EVENTS, BINARY, objective=99)
    assert slo.scope is None
    assert (meaning.error(slo), meaning.absence(slo)) == ("", "")


def test_maturity_is_that_of_the_monitor() -> None:
    own = objective("works", objective=85, sli={"quality": {"metric": "Accuracy"}})
    body = monitor(objectives=[own], model=BINARY, labels={"maturity": "7d"})
    burn, _ = texts(plan.objectives(api.parse(body))[0])
    assert "Predictions count 7d after they were made, if their label has come." in burn


def test_every_outcome_of_a_request_is_judged_failed_or_the_caller_s() -> None:
    slo = planned({"availability": {}}, BINARY)
    ratio = slo.indicator.error_ratio(FIVE_MINUTES)
    failed, *judged = re.findall('outcome(=~|!=)"([^"]*)"', ratio)
    assert failed == ("=~", f"{Outcome.ERROR}|{Outcome.TIMEOUT}")
    assert judged == [("!=", str(Outcome.REJECTED))]
    assert set(Outcome) == {Outcome.OK, Outcome.ERROR, Outcome.TIMEOUT, Outcome.REJECTED}


@pytest.mark.parametrize(
    ("below", "threshold"), [("100ms", "0.1"), ("1s", "1.0"), ("1m30s", "90.0"), ("50ms", "0.05")]
)
def test_a_threshold_is_written_as_the_evaluator_writes_it(below: str, threshold: str) -> None:
    ratio = planned({"latency": {"below": below}}, BINARY).indicator.error_ratio(FIVE_MINUTES)
    assert re.findall('threshold="([^"]*)"', ratio) == [threshold, threshold]


@pytest.mark.parametrize("kind", SLIS)
def test_only_the_model_s_own_counters_are_read(kind: str) -> None:
    sli, model, _, _ = SLIS[kind]
    slo = planned(sli, model)
    rules = [*(it.expr for it in plan.slos.recordings(slo, slo.pairs)), slo.indicator.presence()]
    raw = [found for expr in rules for found in re.findall("modelmonitor[:_][^{ ]*{[^}]*}", expr)]
    assert raw
    assert all('namespace="default",monitor="churn"' in selector for selector in raw)


def test_no_alert_on_predictions_waits_for_more_than_every_second_one_to_be_wrong() -> None:
    """A model of two balanced classes that knows nothing is wrong on every second one."""
    quality, served = (
        planned({"quality": {"metric": "Accuracy"}}, BINARY),
        planned({"availability": {}}, BINARY),
    )
    assert max(pair.threshold(quality.budget) for pair in quality.pairs) <= burnrate.CEILING_OF_PREDICTIONS
    assert max(pair.threshold(served.budget) for pair in served.pairs) > burnrate.CEILING_OF_PREDICTIONS


def test_predictions_that_need_not_be_better_than_chance_are_refused() -> None:
    own = objective("works", objective=49, sli={"quality": {"metric": "Accuracy"}})
    (problem,) = plan.check(api.parse(monitor(objectives=[own], model=BINARY)))
    assert "expected at least 50 without pairs of your own, got 49" in str(problem)


def test_the_classes_of_a_model_may_be_called_anything() -> None:
    odd = {"task": "BinaryClassification", "classes": ['a"b', "c\\d\n{{"], "positiveClass": "c\\d\n{{"}
    slo = planned({"quality": {"metric": "Precision"}}, odd)
    assert r"\\d\n" in slo.indicator.error_ratio(FIVE_MINUTES)
    assert "c\\d" not in texts(slo)[0], "a template would read it"


def panel(kind: str) -> tuple[str, str]:
    """Give the title and the first query of the panel that shows what is measured."""
    sli, model, _, _ = SLIS[kind]
    (made,) = [
        it.build() if hasattr(it, "build") else it
        for it in measured.panels_of(OfObjective(planned(sli, model)))
    ]
    return made.title, made.targets[0].expr


def test_dashboards_show_what_decides_about_a_minute() -> None:
    assert panel("mse") == ("Measurement", 'slo:sli_slice:value{slo_id="default/churn/works"}')
    assert panel("drift") == ("Drift", 'slo:sli_slice:value{slo_id="default/churn/works"}')
    title, query = panel("latency")
    assert title == "Latency percentiles"
    assert f'{families.DURATION.name}_bucket{{namespace="default",monitor="churn"}}' in query


def test_dashboards_show_nothing_more_where_the_share_is_all() -> None:
    assert measured.panels_of(OfObjective(planned({"availability": {}}, BINARY))) == []
    assert measured.panels_of(OfObjective(planned({"quality": {"metric": "Accuracy"}}, BINARY))) == []
