"""Coverage and lag of labels over all pods, and when too few labels come."""

import math
from fractions import Fraction

import pytest

from modelmonitor.plan import names, truth
from modelmonitor.series.declared import LABEL_OUTCOMES
from modelmonitor.stats import intervals, special
from promtool import pods
from promtool.pods import counted, fires
from promtool.runner import MINUTE, Ask, Json, Promtool, Simulation, counter, firing

pytestmark = pytest.mark.promtool

MISSING = names.LABELS_ALERT
HOUR = 60 * MINUTE
IMPLICIT = {"implicit": "0"}
LAGS = {"60.0": (3, 40), "300.0": (9, 50), "3600.0": (10, 100), "+Inf": (10, 100)}
"""Labels a minute of either pod within so many seconds: the quick pod has few."""
WINDOWS = ("1h", "6h", "1d")


def groups(window: str, labels: Json) -> list[Json]:
    degradation = {"degradation": {"window": window}}
    return pods.held(truth.groups(pods.scope(labels=labels, **degradation), pods.LINKS))


def pod(name: str, minutes: int, matured: float, explicit: float, implicit: float = 0) -> dict[str, str]:
    """A pod that counts evenly, so many a minute."""
    return {
        counted("cohort_predictions_total", name): counter((minutes, matured), start=10**6),
        counted("cohort_labelled_total", name, source="explicit"): counter((minutes, explicit), start=10**6),
        counted("cohort_labelled_total", name, source="implicit"): counter((minutes, implicit), start=10**6),
    }


def two_pods(window: str) -> Simulation:
    """A large pod with most labels, and a small one with none."""
    minutes = 26 * 60
    labelled = pods.together(
        pod("a", minutes, 900, 800, 50),
        pod("b", minutes, 100, 0),
        {
            counted("label_lag_seconds_bucket", name, le=le): counter((minutes, rates[place]))
            for le, rates in LAGS.items()
            for place, name in enumerate("ab")
        },
        {
            counted("labels_total", outcome=it): counter((minutes, place))
            for place, it in enumerate(LABEL_OUTCOMES)
        },
    )
    at = 25 * HOUR
    rows = {"1h": 60, "6h": 360, "1d": 1440}[window]
    lag = {"0.5": 300 - 240 * 4 / 16, "0.95": 3600 - 3300 * 5.5 / 51}
    asks = [
        *pods.told(at, f"{names.COVERAGE}{window}", {"": 0.85}),
        *pods.told(at, f"{names.EXPLICIT_COVERAGE}{window}", {"": 0.8}),
        *pods.told(at, f"{names.COHORT_ROWS}{window}", {"": 1000 * rows}),
        *pods.told(at, f"{names.LABEL_LAG}{window}", lag, "quantile"),
        *pods.told(at, f"{names.LABELS_SENT}{window}",
                   {it: place * rows for place, it in enumerate(LABEL_OUTCOMES)}, "outcome"),
    ]  # fmt: skip
    step = 5 * MINUTE
    return Simulation(groups(window, IMPLICIT), labelled, asks, step, scrape=MINUTE)


@pytest.mark.parametrize("window", WINDOWS)
def test_labels_of_all_pods_are_added_up_before_they_are_divided(window: str, promtool: Promtool) -> None:
    assert promtool.run(two_pods(window)) == ""


def test_restarts_and_pods_that_go_change_nothing(promtool: Promtool) -> None:
    """Coverage is of the hour; a pod that counted nothing but unlabelled ones was there for half of it."""
    restarted = {
        name: f"{counter((30, a_minute), start=10**6)} {a_minute}+{a_minute}x60"
        for name, a_minute in (
            (counted("cohort_predictions_total"), 90),
            (counted("cohort_labelled_total", source="explicit"), 90),
        )
    }
    gone = {
        counted("cohort_predictions_total", "b"): f"{counter((45, 10), start=10**6)} stale _x60",
        counted("cohort_labelled_total", "b", source="explicit"): f"{counter((45, 0))} stale _x60",
    }
    coverage = pods.recorded(f"{names.COVERAGE}1h")
    exact = 90 * 60 / (90 * 60 + 10 * 30)
    asks = [Ask(f"sum(abs({coverage} - {exact}) < bool 0.002)", 75 * MINUTE, {"{}": 1})]
    simulation = Simulation(groups("1h", {}), pods.together(restarted, gone), asks)
    assert promtool.run(simulation) == ""


def upper(matured: float, labelled: float) -> float:
    """What Wilson leaves possible."""
    return float(intervals.wilson(labelled, matured, -special.normal_quantile(0.001)).high)


def alerting(matured: int, labelled: int, window: str = "1h") -> Simulation:
    """So many an hour, told by three pods, of which one counts all the labels."""
    series = pods.together(
        pod("a", 180, Fraction(matured, 180), Fraction(labelled, 60)),
        *(pod(name, 180, Fraction(matured, 180), 0) for name in "bc"),
    )
    expected = []
    if matured >= 40 and upper(matured, labelled) < 0.5:
        expected.append("critical")
    if matured >= 100 and upper(matured, labelled) < 0.8:
        expected.append("warning")
    asks = [
        Ask(firing_as(severity), at * MINUTE, {f"{firing_as(severity)}": 1} if severity in expected else {})
        for severity in ("critical", "warning")
        for at in (120, 170)
    ]
    return Simulation(groups(window, {}), series, asks)


def firing_as(severity: str) -> str:
    return firing(MISSING, **pods.IDENTITY, severity=severity)


ROWS = (36, 60, 120, 600, 60_000)
SHARES = (0, 0.3, 0.45, 0.49, 0.7, 0.79, 0.95)


@pytest.mark.parametrize("matured", ROWS)
def test_alerts_are_sure_by_wilson_s_limit(matured: int, promtool: Promtool) -> None:
    for share in SHARES:
        assert promtool.run(alerting(matured, math.floor(matured * share))) == "", share


def test_before_anything_has_matured_nothing_is_missing(promtool: Promtool) -> None:
    series = pod("a", 120, 0, 0) | {counted("pending_labels"): "5000x120"}
    everything = [Ask(f'{{__name__=~"{names.COVERAGE}.*|ALERTS"}}', 100 * MINUTE, {}), fires(MISSING, 6600)]
    assert promtool.run(Simulation(groups("1h", {}), series, everything)) == ""


def test_silence_that_is_a_label_is_covered(promtool: Promtool) -> None:
    asks = [
        fires(MISSING, 170 * MINUTE),
        *pods.told(170 * MINUTE, f"{names.EXPLICIT_COVERAGE}1h", {"": 0.02}),
    ]
    assert promtool.run(Simulation(groups("1h", IMPLICIT), pod("a", 180, 100, 2, 98), asks)) == ""


def test_nobody_is_asked_for_labels_who_needs_none() -> None:
    assert truth.groups(pods.scope(labels=None, reference={"configMapRef": {"name": "r"}}), pods.LINKS) == []


def test_the_alert_says_how_many_and_what_came_instead(promtool: Promtool) -> None:
    series = pod("a", 120, 100, 10) | {
        counted("labels_total", outcome="joined"): counter((120, 10)),
        counted("labels_total", outcome="unknown"): counter((120, 50)),
        counted("labels_total", outcome="late"): counter((120, 0)),
    }
    alert: Json = {"eval_time": "100m", "alertname": MISSING, "exp_alerts": []}
    told = promtool.run(Simulation(groups("1h", {}), series, [], alerts=[alert]))
    assert "Of 6k predictions that matured within 1h, 10% have a label" in told
    assert "Labels that came: unknown 3k, joined 600, of which" in told


LABELLED = "modelmonitor_cohort_labelled_total"
TWO, HALF = "two pods", "half of few"
MISTAKES = {
    "coverage is averaged over pods": (
        TWO,
        f"{names.COVERAGE}1h",
        r"^.*$",
        f"avg(sum by (pod) ({LABELLED}) / on (pod) modelmonitor_cohort_predictions_total)",
    ),
    "implied labels are explicit": (TWO, f"{names.EXPLICIT_COVERAGE}1h", ',source="explicit"', ""),
    "labels that were sent are labelled predictions": (
        TWO,
        f"{names.COVERAGE}1h",
        r"sum\(modelmonitor:labels:labelled1h",
        "sum(modelmonitor:labels:sent1h",
    ),
    "lags are averaged over pods": (
        TWO,
        f"{names.LABEL_LAG}1h",
        r"^(histogram_quantile\([0-9.]*, ).*$",
        r"avg(\1sum by (pod, le) (increase(modelmonitor_label_lag_seconds_bucket[1h]))))",
    ),
    "a few that are missing are enough": (
        HALF,
        MISSING,
        r" - [0-9.]* / sqrt\((.*?) >= [0-9]*\)",
        r" - 0 * \1",
    ),
    "few rows are enough": (HALF, MISSING, r" >= 40|>= 100", ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str, promtool: Promtool) -> None:
    world, *change = MISTAKES[mistake]
    worlds = [two_pods("1h")] if world is TWO else [alerting(120, 90), alerting(36, 0)]
    assert any(pods.dies(promtool, it, tuple(change)) for it in worlds)
