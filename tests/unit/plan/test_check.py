"""What a plan refuses: where, what was expected, what was there, and what to do."""

from typing import Any

import pytest

from modelmonitor import api, plan
from modelmonitor.errors import SpecInvalid
from monitors import EVENTS, SLICE, monitor, objective, pair


def problems(*objectives: dict[str, Any], **spec: Any) -> list[str]:
    return [str(problem) for problem in plan.check(api.parse(monitor(objectives=[*objectives], **spec)))]


def events(error: str = "sum(rate(bad[{{.window}}]))", total: str = "sum(rate(all[{{.window}}]))") -> Any:
    return {"events": {"error": error, "total": total}}


def test_nothing_is_wrong_with_a_monitor_that_works() -> None:
    assert problems(objective(sli=EVENTS), objective("slices", sli=SLICE, objective=95)) == []


def refused(sli: Any, **fields: Any) -> str:
    found = problems(objective(sli=sli, **fields))
    assert len(found) == 1, found
    return found[0]


def test_a_pair_that_cannot_fire_is_refused_with_the_numbers() -> None:
    said = refused(EVENTS, objective=90, pairs=[pair(factor=14.4)])
    assert said == (
        "spec.objectives[0].pairs[0]: expected an alert that can fire (factor x budget < 1), "
        "got factor 14.4: 14.4 x budget 0.1 = 1.44; "
        "no error ratio exceeds 1: use a factor below 10, or a longer window for a share"
    )


def test_a_period_of_a_day_needs_pairs_of_one_s_own() -> None:
    assert "spec.objectives[0].window: expected at least 7d without pairs of your own, got 1d" in refused(
        EVENTS, window="1d"
    )
    assert problems(objective(sli=EVENTS, window="1d", pairs=[pair()])) == []


def test_a_query_without_the_window_is_refused() -> None:
    said = refused(events(error="sum(rate(bad[5m]))"))
    assert said.startswith("spec.objectives[0].sli.events.error: expected the range [{{.window}}]")


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("sum(rate(bad[{{.window}}])", "line 1, column 4"),
        ("sum(rate(bad{code=}[{{.window}}]))", "line 1, column 19"),
        ("sum(\n  rate(bad[{{.window}}]))\n)", "line 3, column 1"),
        ("sum(rate(bad[{{.window}}])) +", "line 1, column 30"),
        ("sum(rte(bad[{{.window}}]))", "line 1, column 5"),
        ("sum(rate(bad{a='b}[{{.window}}]))", "line 1, column 16"),
    ],
)
def test_a_syntax_error_is_told_with_its_place(query: str, place: str) -> None:
    said = refused(events(error=query))
    assert place in said, said


def test_queries_must_be_grouped_alike() -> None:
    said = refused(events(total="sum by (plan) (rate(all[{{.window}}]))"))
    assert "expected the labels of total (plan), got no labels" in said
    assert "zero errors" in said


def test_queries_must_count_in_the_same_unit() -> None:
    said = refused(events(error="sum(increase(bad[{{.window}}]))"))
    assert "events per second" in said
    assert "same function" in said


@pytest.mark.parametrize(
    "query",
    [
        "avg(rate(bad[{{.window}}]))",
        "sum(irate(bad[{{.window}}]))",
        "rate(bad[{{.window}}])",
        "sum(rate(bad[{{.window}}])) / sum(rate(all[{{.window}}]))",
        "sum(rate(all[{{.window}}])) - sum(rate(good[{{.window}}]))",
        "sum(max_over_time(rate(bad[{{.window}}])[1h:5m]))",
        "sum without (pod) (rate(bad[{{.window}}]))",
        "sum(rate(bad[{{.window}}]) + increase(bad[{{.window}}]))",
        "sum(rate(bad[{{.window}}]) / on (pod) rate(all[{{.window}}]))",
        'sum by ("plan.name") (rate(bad[{{.window}}]))',
    ],
)
def test_a_query_that_does_not_count_events_is_refused_unless_taken_as_it_is(query: str) -> None:
    said = refused(events(error=query))
    assert "minEvents: 0" in said
    assert problems(objective(sli=events(error=query), minEvents=0)) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sum(rate(bad[{{window}}]))", "column 14, near '{'"),
        ("sum(rate(bad[$__rate_interval]))", "column 14, near '$'"),
        ("sum(rate(bad[$__range])) # [{{.window}}]", "column 14, near '$'"),
    ],
)
def test_the_range_of_another_tool_is_answered_with_ours(query: str, said: str) -> None:
    told = refused(events(error=query))
    assert said in told
    assert told.endswith("; write the range as [{{.window}}]")


def test_a_misplaced_window_is_shown_as_it_was_written() -> None:
    assert "near '{{.window}}'" in refused(events(error="sum(rate(bad{a='b'}{{.window}}))"))


@pytest.mark.parametrize("clause", ['{a="1" or b="2"}', "{a='or', b='}' OR b='2'}"])
def test_an_or_between_matchers_is_refused_as_prometheus_would(clause: str) -> None:
    said = refused(events(error=f"sum(rate(bad{clause}[{{{{.window}}}}]))"))
    assert f"column {13 + clause.lower().rindex('or')}, " in said
    assert "Prometheus knows no `or` between matchers" in said


def test_an_or_between_series_is_taken() -> None:
    query = 'sum(rate(bad{a="or"}[{{.window}}]) or rate(bad{or="1"}[{{.window}}]))'
    assert problems(objective(sli=events(error=query))) == []


@pytest.mark.parametrize(
    ("query", "got"),
    [
        ("auc[5m]", "a range of samples"),
        ("time()", "a number without series"),
        ("scalar(auc) # one", "a number without series"),
        ('"auc"', "a text"),
    ],
)
def test_a_measurement_yields_series(query: str, got: str) -> None:
    said = refused({"timeslices": {"query": query, "atLeast": 1}}, objective=95)
    assert f"query: expected series with one value each, got {got}" in said


@pytest.mark.parametrize("query", ["bad[{{.window}}]", "scalar(sum(rate(bad[{{.window}}])))"])
def test_even_a_query_that_is_taken_as_it_is_yields_series(query: str) -> None:
    assert "error: expected series with one value each" in refused(events(error=query), minEvents=0)


@pytest.mark.parametrize("matcher", ['code="5.."', "code!='4.*'", "code = `50.`"])
def test_a_pattern_of_codes_that_is_compared_letter_by_letter_is_refused(matcher: str) -> None:
    """Nothing would ever be bad, and nobody would notice."""
    sli = {"availability": {"counter": "requests_total", "badSelector": matcher, "selector": 'job="a"'}}
    for said in (refused(sli), refused(events(error=f"sum(rate(all{{{matcher}}}[{{{{.window}}}}]))"))):
        assert "expected =~ or !~ before a pattern, got code" in said
        assert said.endswith("; no status code equals it: add the ~")


@pytest.mark.parametrize("matcher", ['code=~"5.."', 'code="5xx"', 'path="/v1.*"', 'code="500"'])
def test_other_matchers_are_taken(matcher: str) -> None:
    assert problems(objective(sli=events(error=f"sum(rate(all{{{matcher}}}[{{{{.window}}}}]))"))) == []


def test_a_fraction_is_answered_with_a_percentage() -> None:
    assert refused(EVENTS, objective=0.999).endswith("; write percent, such as 99.9")
    assert refused(EVENTS, objective=19).endswith("; raise it, or write pairs")


def test_a_histogram_is_named_without_its_suffix() -> None:
    sli = {"latency": {"below": "1s", "histogram": "seconds_bucket", "selector": 'job="churn"'}}
    assert refused(sli).endswith("without _bucket, got seconds_bucket; write seconds")


@pytest.mark.parametrize("label", ["slo_id", "severity", "pair", "namespace", "slo_window", "alertname"])
def test_labels_of_the_rules_are_reserved(label: str) -> None:
    grouped = [f"sum by ({label}) (rate({metric}[{{{{.window}}}}]))" for metric in ("bad", "all")]
    assert label in refused(events(*grouped))


@pytest.mark.parametrize(
    "text",
    [
        'a="b"} or vector(1) or x{c="d"',
        'a="b"}[5m])) or sum(rate(x{c="d"',
        'a="b"} # ',
        '{a="b"}',
        'a="b',
        "a=b",
        'a="}"} or x{c="d"',
        'a="b" or c="d"',
        " ",
        ",",
        "# churn",
    ],
)
def test_a_selector_cannot_leave_its_braces(text: str) -> None:
    sli = {"availability": {"counter": "requests_total", "badSelector": 'code="500"', "selector": text}}
    assert "spec.objectives[0].sli.availability.selector" in refused(sli)


@pytest.mark.parametrize(
    "text",
    [
        "job=~`5\\d`",
        'job="churn" # or="another"',
        'job="churn"',
        'job="churn",path="/a}b{"',
        "job='x', ",
        'job=~"a|b",\nzone!=""',
    ],
)
def test_a_selector_may_hold_every_matcher(text: str) -> None:
    sli = {"availability": {"counter": "requests_total", "badSelector": 'code="500"', "selector": text}}
    assert problems(objective(sli=sli)) == []


def test_the_window_is_counted_in_steps_of_five_minutes() -> None:
    assert "whole multiples of 5m" in refused(EVENTS, window="30d1m")


def test_a_scrape_interval_that_leaves_too_few_samples_is_refused() -> None:
    found = problems(objective(sli=EVENTS), prometheus={"scrapeInterval": "2m"})
    assert any("at least 4 scrapes (2m each), got 5m" in problem for problem in found)


def test_a_pair_that_one_bad_value_would_fire_is_refused() -> None:
    """The quick page at 95 % needs 43 bad minutes; one bad hour makes an hour of bad averages."""
    sli = {"timeslices": {"query": "avg_over_time(auc[3h])", "atLeast": 0.8}}
    said = refused(sli, objective=95, pairs=[pair()])
    assert "needs more than one bad value (3h of bad slices), got page, which fires after 43m12s" in said


def test_a_guard_of_more_slices_than_a_window_has_is_refused() -> None:
    assert refused(SLICE, objective=95, minEvents=61) == (
        "spec.objectives[0].minEvents: expected at most 60: page-quick looks at 1h, in slices of 1m, got 61; "
        "lower it, or lengthen the window"
    )
    assert problems(objective(sli=SLICE, objective=95, minEvents=60)) == []
    assert problems(objective(sli=EVENTS, objective=95, minEvents=61)) == []


def test_pairs_must_be_shorter_than_the_period_and_in_steps_of_twelve_seconds() -> None:
    assert "less than the window (1d)" in refused(EVENTS, window="1d", pairs=[pair(long="1d", factor=2)])
    assert "steps of 12s" in refused(EVENTS, pairs=[pair(long="61m1s")])


def test_all_problems_are_told_at_once() -> None:
    broken = [objective("a", sli=events(error="sum(")), objective("b", sli=EVENTS, window="1d")]
    with pytest.raises(SpecInvalid) as refusal:
        plan.plan(api.parse(monitor(objectives=broken)))
    assert len(refusal.value.problems) == 2
