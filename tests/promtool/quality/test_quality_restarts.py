"""A real Prometheus counts within the stated bound: evaluators restart, and scrapes are out of step."""

from collections.abc import Iterator

import numpy as np
import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import promql
from modelmonitor.plan.quality import classes, counts, measurement, recorded
from modelmonitor.plan.rules import Recording
from modelmonitor.wire.config import Task
from preview.server import Prometheus
from promtool.quality import judged, told_by_stats
from promtool.quality.lives import Life, Lives

pytestmark = pytest.mark.promtool
START, HOUR = 1_790_000_100.0, 3600.0
END = START + 26 * HOUR
SCRAPE, ROWS_A_SECOND = 60.0, 0.5
LIVES = (
    Life("a", "v1", START, END - 0.4 * HOUR, 41.3),
    Life("a", "v1", END - 0.4 * HOUR + 20, END, 7.9),
    Life("b", "v1", START, START + 12.3 * HOUR, 3.1),
    Life("b", "v2", START + 12.4 * HOUR, END, 52.7),
)
AT_RISK = 2 * SCRAPE * ROWS_A_SECOND
"""Rows of two scrape intervals."""


@pytest.fixture(scope="module")
def lives() -> Lives:
    scope = judged.scope(Task.BINARY, "2d", segments=False)
    rng, found = np.random.default_rng(3), Lives(scope, SCRAPE, ROWS_A_SECOND)
    for life in LIVES:
        found.live(life, rng)
    return found


@pytest.fixture(scope="module")
def server(lives: Lives, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped them, and recorded five minutes every five minutes."""
    with Prometheus(tmp_path_factory.mktemp("restarts")) as prometheus:
        prometheus.load("samples", list(lives.lines()))
        rules = [rule for rule in recorded.steps(lives.scope).rules if isinstance(rule, Recording)]
        prometheus.load("steps", [line for rule in rules for line in over_time(prometheus, rule)])
        yield prometheus


def over_time(prometheus: Prometheus, rule: Recording) -> Iterator[str]:
    """Yield what a rule records from the first to the last scrape, in the OpenMetrics format."""
    for series in prometheus.range(rule.expr, START, END, 300):
        name = promql.selector(rule.record, series["metric"] | dict(rule.labels))
        yield from (f"{name} {value} {time}" for time, value in series["values"])


@pytest.mark.parametrize("window", ["1h", "6h", "1d"])
def test_restarts_cost_at_most_two_scrapes_of_each_life(
    window: str, lives: Lives, server: Prometheus
) -> None:
    length, scope = Duration.parse(window), lives.scope
    begin = END - float(length.seconds)
    truth = lives.between(begin, END)
    at_risk = AT_RISK * sum(life.end > begin for life in LIVES)
    table = recovered.confusion(truth.bank, scope.scheme, 0)
    assert abs(value(server, classes.rows(counts.over(scope, length))) - table.counts.sum()) < at_risk
    told = told_by_stats.whole(truth)
    for metric in ("Accuracy", "Precision", "Recall", "F1", "RocAuc", "PrAuc", "Brier"):
        off = abs(value(server, measurement.measurement(scope, metric, length)) - told[metric])
        assert off < at_risk / table.outcomes.support.min(), metric


def value(server: Prometheus, query: str) -> float:
    """Return the one sample that a query yields at the end."""
    (found,) = server.instant(query, END)
    assert found["metric"] == {}
    return float(found["value"][1])
