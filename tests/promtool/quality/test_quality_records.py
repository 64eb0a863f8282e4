"""Records and measurements of quality equal `stats` on the rows of all replicas."""

from pathlib import Path

import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.plan import quality, query, rulefile
from modelmonitor.plan.quality import measurement
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality import judged, told_by_stats
from promtool.quality.comparing import LONG, Told, everything, metrics, simulation
from promtool.quality.judged import World
from promtool.runner import Promtool

pytestmark = pytest.mark.promtool


@pytest.mark.parametrize("fate", ["mixed", "silent", "same"])
@pytest.mark.parametrize("task", Task)
def test_every_metric_of_every_segment_equals_that_of_all_rows(
    task: Task, fate: str, promtool: Promtool
) -> None:
    world = World(task, fate=fate)
    told = list(everything(world).values())[:3]
    some = fate == "mixed" or (fate == "same" and task is not Task.RANKING)
    assert [bool(series) for series in told] == [some, True, some]
    assert promtool.run(simulation(world, everything(world))) == ""


@pytest.mark.parametrize("task", Task)
def test_a_long_window_is_the_sum_of_its_five_minutes(task: Task, promtool: Promtool) -> None:
    world = World(task, window="6h5m", segments=False)
    told = {**everything(world), **measured(world, "6h5m"), **measured(world, "6h10m")}
    assert promtool.run(simulation(world, told, LONG)) == ""


@pytest.mark.parametrize("task", Task)
def test_a_measurement_is_that_of_all_rows(task: Task, promtool: Promtool) -> None:
    world = World(task)
    assert set(metrics(task)) <= told_by_stats.whole(world.merged).keys()
    assert promtool.run(simulation(world, measured(world, "1h"))) == ""


def measured(world: World, window: str) -> Told:
    """Say what measurements over a window must be in which everything was counted."""
    return {
        measurement.measurement(world.scope, metric, Duration.parse(window)): {frozenset(): value}
        for metric, value in told_by_stats.whole(world.merged).items()
    }


@pytest.mark.parametrize("task", [*judged.NAMES, Task.RANKING])
def test_a_share_of_events_is_that_of_all_rows(task: Task, promtool: Promtool) -> None:
    world, told = World(task), {}
    quality_of_all = told_by_stats.quality(world.merged)
    for metric in metrics(task):
        measure = measures.measure(metric, task)
        if measure and measure.shape is measures.Shape.SHARE:
            texts = measurement.events(world.scope, metric)
            good, every = (query.read(text).over(Duration.parse("1h")) for text in texts)
            of_many = task is Task.MULTICLASS and metric != "Accuracy"
            key = told_by_stats.key(metric=metric, average="micro" if of_many else "")
            told[f"{good} / {every}"] = {frozenset(): quality_of_all[key]}
    assert told
    assert promtool.run(simulation(world, told)) == ""


@pytest.mark.parametrize("task", Task)
def test_prometheus_has_nothing_against_the_rules(task: Task, promtool: Promtool, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    groups = quality.groups(judged.scope(task), LINKS)
    rules.write_text(rulefile.to_yaml({"groups": [group.to_dict() for group in groups]}))
    assert promtool.check(rules) == ""


@pytest.mark.parametrize("task", Task)
def test_the_number_of_rules_is_that_of_the_smallest_monitor(task: Task) -> None:
    small = quality.groups(judged.scope(task, segments=False), LINKS)
    large = quality.groups(judged.scope(task, window="28d", cuts=10), LINKS)
    assert [len(group.rules) for group in small] == [len(group.rules) for group in large]
    assert max(len(group.rules) for group in small) <= 20


def test_nobody_asks_nobody_is_told() -> None:
    assert quality.groups(judged.scope(Task.BINARY, degradation=None, segments=False), LINKS) == []
