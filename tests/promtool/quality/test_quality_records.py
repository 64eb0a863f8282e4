"""Records of quality equal `stats` on the rows of all replicas."""

from collections.abc import Mapping, Sequence

import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql, quality
from modelmonitor.plan.quality import measurement
from modelmonitor.plan.rules import Group
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality import told_by_stats
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
    wanted = {it.name + ("@3" if it.with_depth else "") for it in measures.MEASURES if task in it.tasks}
    assert wanted <= told_by_stats.whole(world.merged).keys()
    assert promtool.run(simulation(world, told)) == ""
