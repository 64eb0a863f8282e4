"""Trends as rules: the slope and the score of `stats.trend`, from daily values with and without gaps."""

import copy
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
DAYS = 40
"""Twelve of them are too long ago."""
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
        "one absurd day": np.where(np.arange(DAYS) == 30, 1e6, line + rng.normal(0, 0.1, DAYS)),
        "alternating": np.where(np.arange(DAYS) % 2, 1.0, 2.0) + rng.normal(0, 0.01, DAYS),
        "gaps": without(line + rng.normal(0, 0.2, DAYS), 13, 20, 21, 22, 30, 38),
        "nothing today": without(line + rng.normal(0, 0.2, DAYS), 39),
        "every other day": without(line + rng.normal(0, 0.2, DAYS), *range(1, DAYS, 2)),
        "ten days": without(line + rng.normal(0, 0.2, DAYS), *range(12, 30)),
        "nine days": without(line + rng.normal(0, 0.2, DAYS), *range(12, 31)),
        "too long ago": without(line, *range(20, DAYS)),
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
        of.recorded(names.TREND_DAILY, {"metric": metric}): " ".join(
            "_" if math.isnan(value) else repr(float(value)) for value in values
        )
        for metric, values in found.items()
    }


LAST = (DAYS - 1) * DAY


def scores_are_those_of_numpy(make: Make, number: int = 0) -> Simulation:
    of, found = scope(), chunk(number)
    scores, slopes = judged(of, found)
    series = {
        **daily(of, found),
        **truth(names.TREND_SCORE, scores),
        **truth(names.TREND_SLOPE, slopes),
        **truth(names.QUALITY_TREND, scores),
    }
    asks = [
        ask
        for record in (names.TREND_SCORE, names.TREND_SLOPE, names.QUALITY_TREND)
        for ask in agrees(record, LAST)
    ]
    return Simulation(make(of), series, asks, step=DAY)


@pytest.mark.parametrize("number", range(5))
def test_scores_are_those_of_numpy(number: int, promtool: Promtool) -> None:
    assert len(histories()) <= 5 * CHUNK
    assert promtool.run(scores_are_those_of_numpy(rules, number)) == ""
