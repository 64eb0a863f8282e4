"""Records of quality equal `stats` on the rows of all replicas."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql, quality
from modelmonitor.plan.quality import evidence, measurement
from modelmonitor.plan.rules import Group
from modelmonitor.stats import classification, outcomes
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality import sureness, told_by_stats
from promtool.quality.judged import World
from promtool.runner import MINUTE, Ask, Promtool, Simulation

pytestmark = pytest.mark.promtool
AT = 12 * MINUTE
EXACT = "1e-9"
HOUR = Duration.parse("1h")
Series = Mapping[frozenset[tuple[str, str]], float]


def at_once(_: tuple[str, str], value: float) -> str:
    """Write a counter that is born at 0 and counts everything until the next scrape."""
    return f"0 {value!r}x100"


Told = Mapping[str, Series]
"""What must come out, by the expression that it must come out of."""


def simulation(world: World, told: Told, groups: Sequence[Group] | None = None) -> Simulation:
    """Hold expressions against what must come out, as a series of its own beside the counters."""
    series, asks = dict(world.series(at_once)), []
    for number, (expr, expected) in enumerate(told.items()):
        name = f"told_{number}"
        series |= {promql.selector(name, dict(one)): f"{value!r}x100" for one, value in expected.items()}
        close = f"abs(({expr}) - {name}) <= {EXACT} * abs({name}) + 1e-12"
        asks += [Ask(f"{name} unless ({close})", AT, {}), Ask(f"({expr}) unless {name}", AT, {})]
    return Simulation(groups or quality.groups(world.scope, LINKS), series, asks)


def everything(world: World) -> Told:
    """Say what all records of a world must be."""
    versions = {
        frozenset({*one, ("version", version)}): value
        for version, counters in world.by_version.items()
        for one, value in told_by_stats.quality(counters).items()
        if dict(one).keys() == {"metric"}
    }
    return {
        record(names.QUALITY, world): told_by_stats.quality(world.merged),
        record(names.QUALITY_ROWS, world): told_by_stats.rows(world.merged),
        record(names.VERSION_QUALITY, world): versions,
    }


def metrics(task: Task) -> list[str]:
    """List what a user may name."""
    return [it.name + ("@3" if it.with_depth else "") for it in measures.MEASURES if task in it.tasks]


def record(name: str, world: World) -> str:
    """Select a record without the identity."""
    return f"sum without (namespace, monitor) ({name}{world.window})"


@pytest.mark.parametrize("fate", ["mixed", "silent", "same"])
@pytest.mark.parametrize("task", Task)
def test_every_metric_of_every_segment_equals_that_of_all_rows(
    task: Task, fate: str, promtool: Promtool
) -> None:
    world = World(task, fate=fate)
    told = everything(world)
    some = fate == "mixed" or (fate == "same" and task is not Task.RANKING)
    assert [bool(series) for series in told.values()] == [some, True, some]
    assert promtool.run(simulation(world, told)) == ""


@pytest.mark.parametrize("task", Task)
def test_a_measurement_equals_that_of_all_rows(task: Task, promtool: Promtool) -> None:
    world = World(task)
    told = {
        measurement.measurement(world.scope, metric, HOUR): {frozenset(): value}
        for metric, value in told_by_stats.whole(world.merged).items()
        if metric not in {"FalsePositiveRate", "FalseNegativeRate"}
    }
    assert set(metrics(task)) <= told_by_stats.whole(world.merged).keys()
    assert promtool.run(simulation(world, told)) == ""


@pytest.mark.parametrize("task", Task)
def test_evidence_is_that_of_all_rows(task: Task, promtool: Promtool) -> None:
    world, told = World(task), {}
    for metric in metrics(task):
        found, expected = evidence.evidence(world.scope, metric, HOUR), sureness.sure(world.merged, metric)
        pairs = [
            (found.rows, expected.rows),
            (found.successes, expected.successes),
            (found.standard_error, expected.error),
        ]
        for expr, value in pairs:
            assert (expr is None) == (value is None)
            told |= {} if expr is None or value is None else {expr: {frozenset(): float(value)}}
        assert None in (found.successes, found.standard_error), "one of both says it"
    assert promtool.run(simulation(world, told)) == ""


@pytest.mark.parametrize("metric", ["F1", "macro F1", "Recall", "RocAuc"])
def test_a_standard_error_is_that_of_repeated_windows_or_more(metric: str) -> None:
    values, errors = repeated(metric, np.random.default_rng(5))
    assert 0.97 < np.mean(errors) / np.std(values) < (1.3 if metric == "macro F1" else 1.05)


def repeated(metric: str, rng: np.random.Generator, windows: int = 3000) -> tuple[list[float], list[float]]:
    """Give a metric of many windows of the same traffic, and how sure each says that it is."""
    values, errors = [], []
    for _ in range(windows if metric != "RocAuc" else windows // 5):
        if metric == "RocAuc":
            positives, negatives = rng.normal(1, 1, 60).round(1), rng.normal(0, 1, 140).round(1)
            above = (positives[:, None] > negatives) + (positives[:, None] == negatives) / 2
            values.append(above.mean())
            errors.append(sureness.delong(positives, negatives))
            continue
        actual = rng.choice(3, 400, p=[0.5, 0.3, 0.2])
        predicted = np.where(rng.random(400) < 0.7, actual, rng.integers(0, 3, 400))
        each = classification.Confusion.count(actual, predicted, "abc").outcomes
        if metric == "F1":
            successes, rows = sureness.f1_share(each.tp[1], each.fp[1] + each.fn[1])
            values.append(successes / rows)
            errors.append(math.sqrt(values[-1] * (1 - values[-1]) / rows))
        else:
            name = metric.removeprefix("macro ")
            values.append(outcomes.macro(sureness.RATES[name](each)))
            errors.append(sureness.mean_error(each, name))
    return values, errors
