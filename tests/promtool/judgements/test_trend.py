"""Trends as rules: the slope and the score of `stats.trend`, from daily values with and without gaps."""

import copy
import functools
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelmonitor import api
from modelmonitor.plan import degradation, names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import special, trend
from modelmonitor.stats.trend import Direction
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Metric, Profile
from monitors import monitor
from promtool.judgements.counted import agrees, truth
from promtool.runner import Ask, Json, Promtool, Simulation, firing

pytestmark = pytest.mark.promtool

DAY = Fraction(86_400)
DAYS = 32
"""Four of them are too long ago."""
NAN = math.nan
Make = Callable[[Scope], list[Json]]


def scope(**asked: Any) -> Scope:
    profile = Profile(
        rows=10_000, task=Task.REGRESSION, metrics=(Metric(name="MAE", value=2.0, rows=10_000),)
    )
    body = monitor(reference={"configMapRef": {"name": "r"}}, degradation=asked)
    return Scope.of(api.parse(body), profile)


def rules(of: Scope) -> list[Json]:
    """The rules of trends, without the one that makes daily values of counters."""
    groups = [it.to_dict() for it in degradation.groups(of, Links("", "https://example.org/runbooks"))]
    later = {names.TREND_ALERT, names.QUALITY_TREND}
    told = [it for it in groups[0]["rules"] if it.get("record", it.get("alert")) in later]
    hourly = [it for it in groups[1]["rules"] if it["record"] != names.TREND_DAILY]
    return [{**groups[1], "rules": hourly}, {**groups[0], "rules": told}]


def without(series: np.ndarray[Any, Any], *days: int) -> np.ndarray[Any, Any]:
    found = series.copy()
    found[list(days)] = NAN
    return found


def persistent(rng: np.random.Generator, coefficient: float) -> np.ndarray[Any, Any]:
    noise = rng.standard_normal(DAYS + 50)
    for day in range(1, DAYS + 50):
        noise[day] += coefficient * noise[day - 1]
    return noise[50:]


def histories() -> dict[str, np.ndarray[Any, Any]]:
    """Daily values by the name of their metric, oldest first."""
    rng = np.random.default_rng(11)
    line = np.linspace(1, 3, DAYS)
    found = {
        "a line": line,
        "a falling line": -line,
        "constant": np.full(DAYS, 0.9),
        "noise": rng.standard_normal(DAYS),
        "rising": line + rng.normal(0, 0.3, DAYS),
        "falling": 9 - line + rng.normal(0, 0.3, DAYS),
        "ties": np.round(line + rng.normal(0, 0.4, DAYS)),
        "two values": rng.integers(0, 2, DAYS).astype(float),
        "one absurd day": np.where(np.arange(DAYS) == 20, 1e6, line + rng.normal(0, 0.1, DAYS)),
        "alternating": np.where(np.arange(DAYS) % 2, 1.0, 2.0) + rng.normal(0, 0.01, DAYS),
        "gaps": without(line + rng.normal(0, 0.2, DAYS), 5, 12, 13, 14, 22, 30),
        "nothing today": without(line + rng.normal(0, 0.2, DAYS), 31),
        "every other day": without(line + rng.normal(0, 0.2, DAYS), *range(1, DAYS, 2)),
        "ten days": without(line + rng.normal(0, 0.2, DAYS), *range(4, 22)),
        "nine days": without(line + rng.normal(0, 0.2, DAYS), *range(4, 23)),
        "too long ago": without(line, *range(4, DAYS)),
        "large numbers": 1e9 + rng.standard_normal(DAYS),
    }
    for coefficient in (0.3, 0.6, 0.9):
        for number in range(4):
            found[f"persistent {coefficient} {number}"] = persistent(rng, coefficient)
    return found


CHUNK = 6
"""Metrics at once: promtool would load no more pairs of days."""


def chunk(number: int) -> dict[str, np.ndarray[Any, Any]]:
    found = list(histories().items())
    return dict(found[CHUNK * number : CHUNK * (number + 1)])


def judged(of: Scope, found: dict[str, np.ndarray[Any, Any]]) -> tuple[dict[Any, float], dict[Any, float]]:
    """Say scores and slopes by numpy."""
    scores, slopes = {}, {}
    for metric, values in found.items():
        labels = tuple({**of.identity, "metric": metric}.items())
        it = trend.trend(values[-28:], higher_is_better=False, alpha=1)
        slopes[labels] = it.slope
        if it.direction is not Direction.INSUFFICIENT:
            size = abs(special.normal_quantile(it.p_value / 2)) if it.p_value < 1 else 0.0
            scores[labels] = -size if it.direction is Direction.IMPROVING else size
    return scores, {labels: slope for labels, slope in slopes.items() if not math.isnan(slope)}


def daily(of: Scope, found: dict[str, np.ndarray[Any, Any]]) -> dict[str, str]:
    return {
        of.recorded(names.TREND_DAILY, {"metric": metric}): _text(values.tolist())
        for metric, values in found.items()
    }


def aged(of: Scope, found: dict[str, np.ndarray[Any, Any]]) -> dict[str, str]:
    """What is recorded of these every day: each value under its age, so far as there are days before."""
    series = {}
    for metric, values in found.items():
        for age in range(28):
            labels = {"metric": metric, "day": f"{age:02}", "next": f"{age + 1:02}"}
            known = [NAN] * age + values.tolist()[: DAYS - age]
            series[of.recorded(names.TREND_DAY, labels)] = _text(known)
    return series


def _text(values: list[float]) -> str:
    return " ".join("_" if math.isnan(value) else repr(float(value)) for value in values)


LAST = (DAYS - 1) * DAY


def scores_are_those_of_numpy(make: Make, number: int = 0) -> Simulation:
    """Judge once: the days are there already, as they were recorded day by day."""
    of, found = scope(), chunk(number)
    scores, slopes = judged(of, found)
    told = {names.TREND_SCORE: scores, names.TREND_SLOPE: slopes, names.QUALITY_TREND: scores}
    series = aged(of, found)
    for record, values in told.items():
        series |= truth(record, values)
    later, *others = make(of)
    groups = [
        {**later, "rules": [it for it in later["rules"] if it["record"] != names.TREND_DAY]},
        *others,
    ]
    asks = [ask for record in told for ask in agrees(record, LAST)]
    return Simulation(groups, series, asks, step=LAST, scrape=DAY)


def days_are_put_beside_one_another(make: Make) -> Simulation:
    of = scope()
    found = {"gaps": histories()["gaps"], "noise": histories()["noise"]}
    expected = aged(of, found)
    series = {**daily(of, found), **{f"truth:{name}": values for name, values in expected.items()}}
    (first, *_), *_ = (
        [it for it in group["rules"] if it["record"] == names.TREND_DAY] for group in make(of)[:1]
    )
    asks = [ask for day in (0, 13, 27, 31) for ask in agrees(names.TREND_DAY, day * DAY)]
    return Simulation([{"name": "days", "rules": [first]}], series, asks, step=DAY)


def test_days_are_put_beside_one_another(promtool: Promtool) -> None:
    assert promtool.run(days_are_put_beside_one_another(rules)) == ""


@pytest.mark.parametrize("number", range(5))
def test_scores_are_those_of_numpy(number: int, promtool: Promtool) -> None:
    assert len(histories()) <= 5 * CHUNK
    assert promtool.run(scores_are_those_of_numpy(rules, number)) == ""


def a_lasting_trend_alarms(make: Make) -> Simulation:
    """One that is sure and large enough, in the wrong direction, for a day; and says how large.

    Nobody is there on two days of three to tell the baseline.
    """
    rng = np.random.default_rng(3)
    rise = np.linspace(0, 1, DAYS)
    found = {
        "worsening": 2 + 0.4 * rise + rng.normal(0, 0.05, DAYS),
        "improving": 2 - 0.4 * rise + rng.normal(0, 0.05, DAYS),
        "sure but small": 2 + 0.03 * rise,
        "noise": 2 + rng.normal(0, 0.3, DAYS),
        "few days": without(2 + rise, *range(4, 23)),
    }
    of = scope()
    series = daily(of, found)
    for metric in found:
        series[of.recorded(f"{names.JUDGED_BASELINE}1d", {"metric": metric})] = "2 _ _ " * (DAYS // 3 + 1)
    slope = trend.sen_slope(found["worsening"][-28:])
    score = judged(of, {"worsening": found["worsening"]})[0].popitem()[1]
    text = (
        f"Over the last 28 days it became worse by {27 * slope:.3g}, "
        "by the median slope of all pairs of days. "
        f"Its score is {score:.2f} standard deviations of days as persistent as these."
    )
    alert = {
        "alertname": names.TREND_ALERT,
        "eval_time": f"{DAYS - 1}d",
        "exp_alerts": [
            {
                "exp_labels": {**of.identity, "severity": "warning", "metric": "worsening"},
                "exp_annotations": {
                    "summary": "default/churn: worsening gets worse day by day",
                    "description": text,
                    "runbook_url": f"https://example.org/runbooks/{names.TREND_ALERT}",
                },
            }
        ],
    }
    first = min(it for it in range(10, DAYS) if _alarms(found["worsening"], it))
    waits = Ask(f"count({firing(names.TREND_ALERT)})", first * DAY, {})
    then = Ask(f"count({firing(names.TREND_ALERT)})", (first + 1) * DAY, {"{}": 1})
    return Simulation(make(of), series, [waits, then], step=DAY, alerts=[alert])


def _alarms(values: np.ndarray[Any, Any], day: int) -> bool:
    """Say by numpy whether the days until this one make a trend; those before the first are not known."""
    known = values[max(0, day - 27) : day + 1]
    it = trend.trend(known, higher_is_better=False, alpha=2 * 0.02)
    return it.direction is Direction.WORSENING and 27 * it.slope > 0.025 * 2


def test_a_lasting_trend_alarms(promtool: Promtool) -> None:
    assert promtool.run(a_lasting_trend_alarms(rules)) == ""


def test_a_trend_of_accuracy_downwards_is_for_the_worse() -> None:
    """Daily values are turned over where more is better, and only there."""
    falls, rises = (_daily_rule(it) for it in ("Accuracy", "LogLoss"))
    assert "label_replace(-1 * (" in falls
    assert "-1 *" not in rises


def _daily_rule(metric: str) -> str:
    profile = Profile(
        rows=10, task=Task.BINARY, classes=("no", "yes"), metrics=(Metric(name=metric, value=0.5, rows=10),)
    )
    model = {"task": "BinaryClassification", "positiveClass": "yes"}
    body = monitor(model=model, reference={"configMapRef": {"name": "r"}}, degradation={"metrics": [metric]})
    groups = degradation.groups(Scope.of(api.parse(body), profile), Links("", ""))
    return next(it.expr for it in groups[1].rules if it.to_dict().get("record") == names.TREND_DAILY)


def _changed(record: str, old: str, new: str) -> Make:
    def mutant(of: Scope) -> list[Json]:
        groups = copy.deepcopy(rules(of))
        for rule in (it for group in groups for it in group["rules"]):
            if rule.get("record", rule.get("alert", "")) == record:
                rule["expr"] = re.sub(old, new, rule["expr"])
        return groups

    return mutant


MUTANTS = {
    "the direction swapped": _changed(names.TREND_SCORE, r"sgn\(", "-sgn("),
    "Mann and Kendall's own variance": _changed(names.TREND_VARIANCE, r" \* \(1 \+ 12", " + 0 * (1 + 12"),
    "ties not known": _changed(
        names.TREND_VARIANCE, r" - on \(metric\) group_left \(\) sum", " - on (metric) group_left () 0 * sum"
    ),
    "persistence without its error": _changed(names.TREND_PERSISTENCE, r" \+ sqrt", " + 0 * sqrt"),
    "persistence with its bias": _changed(names.TREND_PERSISTENCE, r" \+ 2\)", ")"),
    "a slope of neighbours alone": _changed(names.TREND_SLOPE, r"(?s)\nor .*", ")"),
    "the mean slope": _changed(names.TREND_SLOPE, r"quantile by \(metric\) \(0.5, ", "avg by (metric) ("),
    "nine days are enough": _changed(names.TREND_POINTS, ">= 10", ">= 9"),
    "29 days": _changed(names.TREND_DAY, "offset 27d", "offset 28d"),
    "a day without a value takes the day before's": _changed(names.TREND_DAY, r"\[2h\]", "[25h]"),
    "residuals not centred": _changed(
        names.TREND_PERSISTENCE, r"- on \(metric\) group_left \(\) avg", "- on (metric) group_left () 0 * avg"
    ),
    "no significance": _changed(names.TREND_ALERT, r"> 2\.05[0-9]*", "> -9"),
    "no size": _changed(names.TREND_ALERT, "(?s) and .*", ""),
    "half of the size": _changed(names.TREND_ALERT, "27 \\*", "1 *"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool) -> None:
    make = MUTANTS[mutant]
    assert make(scope()) != rules(scope()), "it is no mutant"
    assert promtool.check_groups(make(scope())) == "", "it dies of its syntax, which proves nothing"
    first, *scores = (functools.partial(scores_are_those_of_numpy, number=number) for number in range(5))
    killers = (first, a_lasting_trend_alarms, days_are_put_beside_one_another, *scores)
    assert any(promtool.run(killer(make)) for killer in killers), f"nothing notices {mutant}"
