"""Degradation as rules: levels, bounds and what is insufficient as `stats.degradation` says them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from modelmonitor import api
from modelmonitor.plan import degradation, names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import degradation as judge
from modelmonitor.stats import threshold
from modelmonitor.stats.degradation import Degradation, Level, Tolerated
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Metric, Profile
from monitors import monitor
from promtool.judgements.counted import Rows, agrees, counters, truth
from promtool.runner import Ask, Json, Promtool, Simulation, firing

pytestmark = pytest.mark.promtool

HOUR = Fraction(3600)
CLASSES = {"task": "BinaryClassification", "positiveClass": "yes"}
Make = Callable[[Scope], list[Json]]


def scope(model: Json, baselines: Mapping[str, float], **asked: Any) -> Scope:
    known = tuple(Metric(name=name, value=value, rows=10_000) for name, value in baselines.items())
    task = Task(model["task"])
    classes = ("no", "yes") if task is Task.BINARY else ()
    profile = Profile(rows=10_000, task=task, classes=classes, metrics=known)
    body = monitor(
        model=model,
        reference={"configMapRef": {"name": "churn-reference"}},
        prometheus={"scrapeInterval": "60s"},
        degradation={"window": "1h", **asked},
    )
    return Scope.of(api.parse(body), profile)


def rules(of: Scope) -> list[Json]:
    groups = degradation.groups(of, Links("", "https://example.org/runbooks"))
    return [group.to_dict() for group in groups if group.name != "trend"]


@dataclass(frozen=True)
class Case:
    """Rows by actual and predicted class of two replicas, a baseline, and the level that follows."""

    correct: Rows
    wrong: Rows
    level: Level
    baseline: float = 0.9


CASES = {
    "as good as ever": Case((2000, 2500), (220, 280), Level.OK),
    "surely worse": Case((800, 820), (200, 220), Level.WARNING),
    "surely much worse": Case((700, 600), (400, 420), Level.CRITICAL),
    "worse, but not surely": Case((250, 240), (50, 60), Level.INSUFFICIENT),
    "few rows, all wrong": Case((0, 0), (50, 60), Level.INSUFFICIENT),
    "no rows": Case((0, 0), (0, 0), Level.INSUFFICIENT),
    "good in one replica, bad in the other": Case((1900, 10), (100, 190), Level.OK, baseline=0.88),
    "better than ever": Case((3000, 3000), (0, 0), Level.OK),
    "a rare class": Case((990, 990), (100, 110), Level.WARNING, baseline=0.99),
}


def alpha(of: Scope, judged: int) -> float:
    del of
    return min(0.02, threshold.alpha_of_budget(1, judged, 240))


def expected(
    of: Scope, metric: str, found: Degradation, baseline: float, sign: int
) -> Sequence[Mapping[str, Any]]:
    """Say what is recorded of a judgement: change, sure change, and whether it is insufficient."""
    labels = tuple({**of.identity, "metric": metric}.items())
    rows_valid = found.rows_needed is not None and found.rows > 0
    change = {labels: sign * (baseline - found.value) / baseline} if rows_valid else {}
    sure = {labels: max(sign * (baseline - found.bound) / baseline, 0.0)} if rows_valid else {}
    insufficient = {labels: 1.0} if found.level is Level.INSUFFICIENT else {}
    return change, sure, insufficient


RECORDS = tuple(
    f"{it}1h" for it in (names.QUALITY_CHANGE, names.QUALITY_SURE_CHANGE, names.QUALITY_INSUFFICIENT)
)


def accuracy_is_judged_as_numpy_does(make: Make, name: str) -> Simulation:
    case = CASES[name]
    of = scope(CLASSES, {"Accuracy": case.baseline})
    right, rows = sum(case.correct), sum(case.correct) + sum(case.wrong)
    found = judge.judge_share(right, rows, case.baseline, Tolerated(alpha(of, 1)))
    assert found.level is case.level, found
    halves = [tuple(it // 2 for it in case.correct), tuple(it - it // 2 for it in case.correct)]
    matrix = {
        ("yes", "yes", ""): halves[0],
        ("no", "no", ""): halves[1],
        ("yes", "no", ""): case.wrong,
        ("no", "yes", "region=north"): (777, 777),
    }
    series = {**counters(of, families.CONFUSION, matrix), **_baselines(of)}
    said = list(expected(of, "Accuracy", found, case.baseline, 1))
    if rows < 182:  # 20 rows of the rarer outcome at 0.855
        said[1] = {}
    asks = []
    for record, values in zip(RECORDS, said, strict=True):
        series |= truth(record, values)
        asks += agrees(record, 2 * HOUR)
    severity = {Level.WARNING: "warning", Level.CRITICAL: "critical"}.get(case.level)
    fires = (
        {firing(names.DEGRADED_ALERT, severity=severity, **of.identity, metric="Accuracy"): 1.0}
        if severity
        else {}
    )
    asks.append(Ask(firing(names.DEGRADED_ALERT), 2 * HOUR, fires))
    return Simulation(make(of), series, asks, step=HOUR, scrape=Fraction(60))


def _baselines(of: Scope) -> dict[str, str]:
    found = {}
    assert of.scheme.profile
    for metric in of.scheme.profile.metrics:
        for pod in ("churn-0", "churn-1"):
            name = of.counted(families.REFERENCE_METRIC, metric=metric.name)
            found[f'{name[:-1]},pod="{pod}"}}'] = f"{metric.value!r}x10000"
    return found


def errors_are_judged_as_numpy_does(make: Make, name: str) -> Simulation:
    """MAE: less is better; its standard error follows from the sum of squares."""
    factor, rows, level = ERRORS[name]
    of = scope({"task": "Regression"}, {"MAE": 2.0})
    absolute, squared = (tuple(int(it * n) for n in rows) for it in (2 * factor, 8 * factor**2))
    total, sums, squares = sum(rows), sum(absolute), sum(squared)
    mean = sums / total
    error = ((squares / total - mean**2) / total) ** 0.5
    found = judge.judge_mean(mean, error, total, 2.0, Tolerated(alpha(of, 1), higher_is_better=False))
    assert found.level is level, found
    series = {
        **counters(of, families.ERROR_POSITIVE, {("",): tuple(it // 2 for it in absolute)}),
        **counters(of, families.ERROR_NEGATIVE, {("",): tuple(it - it // 2 for it in absolute)}),
        **counters(of, families.SQUARED_ERROR, {("",): squared}),
        **counters(of, families.SCORED, {("",): rows}),
        **_baselines(of),
    }
    said = list(expected(of, "MAE", found, 2.0, -1))
    if total < 50:
        said[1] = {}
    asks = []
    for record, values in zip(RECORDS, said, strict=True):
        series |= truth(record, values)
        asks += agrees(record, 2 * HOUR)
    return Simulation(make(of), series, asks, step=HOUR, scrape=Fraction(60))


ERRORS = {
    "as good as ever": (1.0, (20_000, 20_000), Level.OK),
    "surely worse": (1.12, (9000, 11_000), Level.WARNING),
    "surely much worse": (1.5, (900, 1100), Level.CRITICAL),
    "better": (0.5, (9000, 1000), Level.OK),
    "not surely": (1.1, (100, 100), Level.INSUFFICIENT),
    "few": (3.0, (20, 20), Level.INSUFFICIENT),
}


@pytest.mark.parametrize("name", CASES)
def test_accuracy_is_judged_as_numpy_does(name: str, promtool: Promtool) -> None:
    assert promtool.run(accuracy_is_judged_as_numpy_does(rules, name)) == ""


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_judged_as_numpy_does(name: str, promtool: Promtool) -> None:
    assert promtool.run(errors_are_judged_as_numpy_does(rules, name)) == ""
