"""Degradation as rules: levels, bounds and what is insufficient as `stats.degradation` says them."""

import copy
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from modelmonitor import api, plan
from modelmonitor.plan import degradation, names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.degradation import metrics
from modelmonitor.plan.quality import evidence
from modelmonitor.plan.scope import DAY, Scope
from modelmonitor.stats import degradation as judge
from modelmonitor.stats import threshold
from modelmonitor.stats.degradation import Degradation, Level, Tolerated
from modelmonitor.wire import families, measures
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Metric, Profile
from monitors import monitor
from promtool.judgements.counted import Rows, agrees, counters, truth
from promtool.runner import Ask, Json, Promtool, Simulation, firing

pytestmark = pytest.mark.promtool

HOUR = Fraction(3600)
CLASSES = {"task": "BinaryClassification", "positiveClass": "yes"}
MODELS: Mapping[Task, Json] = {
    Task.BINARY: {"positiveClass": "yes"},
    Task.MULTICLASS: {"classes": ["a", "b", "c"]},
}
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


BASELINES = {"Accuracy": 0.8, "F1": 0.7, "RocAuc": 0.9, "LogLoss": 0.3, "Precision": 0.75}


def _confusion(hits: Rows, misses: Rows, false: Rows, right: Rows) -> dict[tuple[str, ...], Rows]:
    cells = (("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"))
    return {(*cell, ""): rows for cell, rows in zip(cells, (hits, misses, false, right), strict=True)}


def metrics_are_judged_each_by_its_own_evidence(make: Make) -> Simulation:
    """Accuracy fell a little, F1 a lot, precision not at all; without scores nothing is known of the others.

    F1 = 2 TP / (2 TP + FP + FN) = 1200 / 2400 is as sure as a share of 2400 ** 2 / 3600 rows.
    """
    of = scope(CLASSES, BASELINES, metrics=list(BASELINES))
    matrix = _confusion((200, 400), (500, 500), (100, 100), (1300, 1500))
    series = {**counters(of, families.CONFUSION, matrix), **_baselines(of)}
    limit = alpha(of, 5)
    found = {
        "Accuracy": judge.judge_share(3400, 4600, 0.8, Tolerated(limit)),
        "F1": judge.judge_share(800, 1600, 0.7, Tolerated(limit)),
        "Precision": judge.judge_share(600, 800, 0.75, Tolerated(limit)),
    }
    levels = {metric: it.level for metric, it in found.items()}
    assert levels == {"Accuracy": Level.OK, "F1": Level.CRITICAL, "Precision": Level.INSUFFICIENT}
    asks = []
    said: list[dict[Any, float]] = [{}, {}, {}]
    for metric, it in found.items():
        for one, more in zip(said, expected(of, metric, it, BASELINES[metric], 1), strict=True):
            one.update(more)
    for record, values in zip(RECORDS, said, strict=True):
        series |= truth(record, values)
        asks += agrees(record, 2 * HOUR)
    return Simulation(make(of), series, asks, step=HOUR, scrape=Fraction(60))


def rankings_are_judged_by_their_mean(make: Make) -> Simulation:
    """Of MRR more is better; its standard error is at most that of numbers from 0 to 1."""
    of = scope({"task": "Ranking"}, {"MRR": 0.5})
    queries, reciprocal = (3000, 5000), (1200, 2000)
    error = (0.4 * 0.6 / 8000) ** 0.5
    found = judge.judge_mean(0.4, error, 8000, 0.5, Tolerated(alpha(of, 1)))
    assert found.level is Level.CRITICAL
    series = {
        **counters(of, families.RANKING_QUERIES, {("",): queries}),
        **counters(of, families.RECIPROCAL_RANK, {("",): reciprocal}),
        **_baselines(of),
    }
    asks = []
    for record, values in zip(RECORDS, expected(of, "MRR", found, 0.5, 1), strict=True):
        series |= truth(record, values)
        asks += agrees(record, 2 * HOUR)
    return Simulation(make(of), series, asks, step=HOUR, scrape=Fraction(60))


def the_alert_says_what_it_speaks_for(make: Make) -> Simulation:
    of = scope(CLASSES, {"Accuracy": 0.9}, warning="4%", critical="8%")
    matrix = _confusion((300, 300), (200, 200), (100, 100), (900, 900))
    coverage = of.recorded(f"{names.COVERAGE}1h")
    series = {**counters(of, families.CONFUSION, matrix), **_baselines(of), coverage: "0.625x200"}
    alert = {
        "alertname": names.DEGRADED_ALERT,
        "eval_time": "2h",
        "exp_alerts": [
            {
                "exp_labels": {**of.identity, "severity": "critical", "metric": "Accuracy"},
                "exp_annotations": {
                    "summary": "default/churn: Accuracy is surely worse than the reference's",
                    "description": "It is 0.8 over the last 1h, where the reference has 0.9: surely worse by "
                    "8.17% at least, more than the 8% that is tolerated. Judged by 3000 rows; "
                    "this speaks for the 62.5% of matured predictions whose label came.",
                    "runbook_url": f"https://example.org/runbooks/{names.DEGRADED_ALERT}",
                },
            }
        ],
    }
    return Simulation(make(of), series, [], step=HOUR, alerts=[alert], scrape=Fraction(60))


SCENARIOS = (
    metrics_are_judged_each_by_its_own_evidence,
    rankings_are_judged_by_their_mean,
    the_alert_says_what_it_speaks_for,
    *(functools.partial(accuracy_is_judged_as_numpy_does, name=name) for name in CASES),
    *(functools.partial(errors_are_judged_as_numpy_does, name=name) for name in ERRORS),
)


@pytest.mark.parametrize("scenario", SCENARIOS[:3], ids=lambda it: it.__name__)
def test_rules_do_what_they_should(scenario: Callable[..., Simulation], promtool: Promtool) -> None:
    assert promtool.run(scenario(rules)) == ""


def test_by_default_what_sums_the_task_up_and_the_reference_knows_is_judged() -> None:
    known = {"Accuracy": 0.9, "Recall": 0.8, "RocAuc": 0.95, "F1": 0.0}
    assert metrics.chosen(scope(CLASSES, known)) == ("Accuracy", "RocAuc")
    lists = {"NDCG@5": 0.5, "NDCG@10": 0.6, "MRR": 0.4}
    assert metrics.chosen(scope({"task": "Ranking"}, lists)) == ("NDCG@10", "MRR")
    assert metrics.chosen(scope({"task": "Regression"}, {"MAE": 2.0, "RMSE": 3.0})) == ("MAE",)


def test_a_metric_is_judged_exactly_if_its_counters_say_how_sure_it_is() -> None:
    for task in Task:
        of = scope({"task": task.value, **MODELS.get(task, {})}, {})
        for it in (it for it in measures.MEASURES if task in it.tasks):
            found = evidence.evidence(of, f"{it.name}@10" if it.with_depth else it.name, DAY)
            unsure = found.successes is None and found.standard_error is None
            assert (it.name in metrics.UNSURE) == unsure, it


def test_a_metric_of_which_it_is_not_known_how_sure_it_is_is_refused() -> None:
    body = monitor(reference={"configMapRef": {"name": "r"}}, degradation={"metrics": ["RMSE", "MAE"]})
    message = (
        "spec.degradation.metrics[0]: expected a metric whose counters say how sure it is, got RMSE; "
        "make it an objective with a bound, or judge a mean or a share in its place"
    )
    assert message in [str(problem) for problem in plan.check(api.parse(body))]


def test_the_number_of_rules_does_not_depend_on_the_number_of_metrics() -> None:
    few, many = (rules(scope(CLASSES, BASELINES, metrics=it)) for it in (["F1", "RocAuc"], list(BASELINES)))
    assert len(few[0]["rules"]) == len(many[0]["rules"]) <= 20


def test_without_a_reference_nothing_is_judged() -> None:
    body = monitor(model={"task": "Regression"}, degradation={})
    assert degradation.groups(Scope.of(api.parse(body), None), Links("", "")) == []


def _changed(record: str, old: str, new: str | Callable[[re.Match[str]], str]) -> Make:
    def mutant(of: Scope) -> list[Json]:
        groups = copy.deepcopy(rules(of))
        for rule in (it for group in groups for it in group["rules"]):
            if re.match(record + "([0-9]|$)", rule.get("record", rule.get("alert", ""))):
                rule["expr"] = re.sub(old, new, rule["expr"])
        return groups

    return mutant


_REVERSED = r"\((modelmonitor:degradation:[a-z]+1h\{[^}]*\}) - (modelmonitor:degradation:[a-z]+1h\{[^}]*\})\)"
MUTANTS = {
    "the direction swapped": _changed(names.QUALITY_CHANGE, _REVERSED, r"(\2 - \1)"),
    "the sure direction swapped": _changed(names.QUALITY_SURE_CHANGE, _REVERSED, r"(\2 - \1)"),
    "no significance": _changed(names.QUALITY_SURE_CHANGE, names.JUDGED_BOUND, names.JUDGED_VALUE),
    "the wrong tail": _changed(
        names.JUDGED_BOUND, r" ([+-]) (3\.[0-9]+) \*", lambda it: f" {'+-'[it[1] == '+']} {it[2]} *"
    ),
    "the other limit of a share": _changed(names.JUDGED_BOUND, r"^1 - 1", "1"),
    "replicas averaged": _changed(names.JUDGED_VALUE, r"sum by \(\)", "avg by ()"),
    "accuracies of replicas averaged": _changed(
        names.JUDGED_VALUE, r"(?s)^(.*)$", r"avg by (metric) (\1) * 0.97"
    ),
    "insufficient counted as ok": _changed(names.QUALITY_INSUFFICIENT, "(?s)^(.*)$", r"(\1) < 0"),
    "enough when the limit is valid": _changed(names.QUALITY_INSUFFICIENT, "rows_needed", "rows_valid"),
    "any number of rows is enough": _changed(names.QUALITY_SURE_CHANGE, "(?s) *and .*", ""),
    "surely worse is insufficient": _changed(names.QUALITY_INSUFFICIENT, "unless", "or 0 *"),
    "no level of a budget": _changed("modelmonitor:degradation:.*", r"\b3\.[0-9]{8,}", "1.645"),
    "a warning beside the critical alert": _changed(names.DEGRADED_ALERT, " <= 0.1", ""),
    "critical from the warning on": _changed(names.DEGRADED_ALERT, "> 0.1$", "> 0.05"),
    "segments counted beside everything": _changed("modelmonitor:degradation:.*", ',segment=""', ""),
    "F1 as sure as a share of its rows": _changed(names.JUDGED_ROWS, r" \^ 2 / ", " / 1 + 0 * "),
    "an absolute change": _changed(names.QUALITY_CHANGE, r" / abs\([^)]*\)", ""),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool) -> None:
    make = MUTANTS[mutant]
    ours = (scope(CLASSES, BASELINES, metrics=list(BASELINES)), scope({"task": "Regression"}, {"MAE": 2.0}))
    assert any(make(it) != rules(it) for it in ours), "it is no mutant"
    assert promtool.check_groups(make(ours[0])) == "", "it dies of its syntax, which proves nothing"
    assert any(promtool.run(scenario(make)) for scenario in SCENARIOS), f"nothing notices {mutant}"
