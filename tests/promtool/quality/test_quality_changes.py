"""What quality says while references, thresholds and evaluators change."""

import dataclasses
import re

import pytest

from modelmonitor.plan import names, quality
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality import judged, told_by_stats
from promtool.quality.comparing import SHORT, at_once, everything, record, simulation
from promtool.quality.judged import World
from promtool.runner import Ask, Promtool, Simulation

pytestmark = pytest.mark.promtool
SCORES = {"RocAuc", "PrAuc", "CalibrationError"}
ERRORS = {"MedianError", "P95Error"}


def of_another_reference(task: Task) -> dict[str, str]:
    """Give the counters of pods that still count against another reference, with other edges."""
    now = judged.scope(task)
    known = dataclasses.replace(
        judged.reference(task),
        score_edges=(0.3, 0.4) if task is not Task.REGRESSION else (),
        error_edges=(2.0, 3.0) if task is Task.REGRESSION else (),
        target_mean=99.0 if task is Task.REGRESSION else None,
    )
    old = World(task, seed=2, of=Scope.of(now.monitor, known))
    return {name.replace('pod="', 'pod="old-'): values for name, values in old.series(at_once)}


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS, Task.REGRESSION])
def test_edges_of_two_references_are_never_mixed(task: Task, promtool: Promtool) -> None:
    world = World(task)
    counted_by_cells = SCORES if task is not Task.REGRESSION else ERRORS
    told = {
        one: value
        for one, value in told_by_stats.quality(world.merged).items()
        if dict(one)["metric"] in counted_by_cells or "threshold" in dict(one)
    }
    asked = (
        f'{names.QUALITY}1h{{metric=~"{"|".join(counted_by_cells)}"}} or {names.QUALITY}1h{{threshold!=""}}'
    )
    expected = {f"sum without (namespace, monitor) ({asked})": told}
    one = simulation(world, expected)
    assert promtool.run(dataclasses.replace(one, series=one.series | of_another_reference(task))) == ""


def test_r2_waits_until_the_whole_window_is_of_one_reference(promtool: Promtool) -> None:
    one = simulation(World(Task.REGRESSION), {})
    waits = Ask(f'{names.QUALITY}1h{{metric="R2"}}', SHORT.at, {})
    both = dataclasses.replace(one, series=one.series | of_another_reference(Task.REGRESSION), asks=[waits])
    assert promtool.run(both) == ""
    assert promtool.run(dataclasses.replace(one, asks=[waits])) != ""


@pytest.mark.parametrize("task", Task)
def test_quality_outlives_the_evaluators_by_its_window(task: Task, promtool: Promtool) -> None:
    """All of them have gone after three scrapes: what they said is true for as long as it is asked about."""
    world = World(task)
    told = {record(names.QUALITY, world): told_by_stats.quality(world.merged)}
    one = simulation(world, told)
    short = {
        name: re.sub("x[0-9]+$", "x3 stale", it) for name, it in one.series.items() if "told" not in name
    }
    assert promtool.run(dataclasses.replace(one, series=one.series | short)) == ""


def test_other_thresholds_begin_other_series(promtool: Promtool) -> None:
    world, old = World(Task.BINARY), World(Task.BINARY, seed=2)
    moved = {
        name.replace('thresholds="0.2,0.5,0.6"', 'thresholds="0.1,0.5"').replace('pod="', 'pod="old-'): values
        for name, values in old.series(at_once)
        if "thresholds" in name
    }
    assert moved
    one = simulation(world, everything(world))
    assert promtool.run(dataclasses.replace(one, series=one.series | moved)) == ""


def test_nothing_is_recorded_where_no_evaluator_was_ever_seen(promtool: Promtool) -> None:
    groups = quality.groups(World(Task.BINARY).scope, LINKS)
    every = Ask('{__name__=~"modelmonitor:.*"}', SHORT.at, {})
    assert promtool.run(Simulation(groups, {}, [every])) == ""
