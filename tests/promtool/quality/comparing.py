"""Expressions held against what they must yield, series by series."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from modelmonitor.plan import names, promql, quality
from modelmonitor.plan.rules import Group
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task
from promtool.pods import LINKS
from promtool.quality import told_by_stats
from promtool.quality.judged import Pod, World
from promtool.quality.told_by_stats import Series
from promtool.runner import MINUTE, Ask, Json, Simulation

Told = Mapping[str, Series]
"""What must come out, by the expression that it must come out of."""


def at_once(_: Pod, value: float) -> str:
    """Write a counter that is born at 0 and counts everything until the next scrape."""
    return f"0 {value!r}x100"


def little_by_little(pod: Pod, value: float) -> str:
    """Write a counter that had counted before, and grows in uneven steps between minutes 140 and 490."""
    rng = np.random.default_rng(sum(map(ord, "".join(pod))))
    grown = np.concatenate([np.zeros(141), np.sort(rng.beta(0.4, 0.6, 350)), np.ones(20)])
    return " ".join(repr(1000.5 + value * share) for share in grown.tolist())


@dataclass(frozen=True)
class Course:
    """How counters come about, and when they are looked at; scraped every minute."""

    write: Callable[[Pod, float], str] = at_once
    at: Fraction = 12 * MINUTE
    step: Fraction = MINUTE
    exact: str = "1e-9"


SHORT = Course()
LONG = Course(little_by_little, 500 * MINUTE, 5 * MINUTE)
"""In promtool all groups have one interval: that of the records of five minutes."""


def simulation(
    world: World, told: Told, course: Course = SHORT, groups: Sequence[Group | Json] | None = None
) -> Simulation:
    """Hold expressions against what must come out, which is a series of its own beside the counters."""
    series, asks = dict(world.series(course.write)), []
    for number, (expr, expected) in enumerate(told.items()):
        name = f"told_{number}"
        series |= {promql.selector(name, dict(one)): f"{value!r}x600" for one, value in expected.items()}
        close = f"abs(({expr}) - {name}) <= {course.exact} * abs({name}) + 1e-12"
        asks += [
            Ask(f"{name} unless ({close})", course.at, {}),
            Ask(f"({expr}) unless {name}", course.at, {}),
        ]
    made = quality.groups(world.scope, LINKS) if groups is None else groups
    return Simulation(made, series, asks, course.step, scrape=MINUTE)


def everything(world: World) -> Told:
    """Say what all metrics, rows and tables of a world must be."""
    told = {
        record(names.QUALITY, world): told_by_stats.quality(world.merged),
        record(names.QUALITY_ROWS, world): told_by_stats.rows(world.merged),
        record(names.VERSION_QUALITY, world): dict(_of_versions(world)),
    }
    if world.scope.scheme.classes:
        told[f"sum by (actual, predicted) ({names.CONFUSION}{world.window}{{segment='',version=''}})"] = (
            told_by_stats.confusion(world.merged)
        )
        told |= {record(name, world): it for name, it in told_by_stats.calibration(world.merged).items()}
    return told


def _of_versions(world: World) -> Iterator[tuple[frozenset[tuple[str, str]], float]]:
    for version, counters in world.by_version.items():
        for one, value in told_by_stats.quality(counters).items():
            if dict(one).keys() == {"metric"}:
                yield frozenset({*one, ("version", version)}), value


def metrics(task: Task) -> list[str]:
    """List what a user may name."""
    return [it.name + ("@3" if it.with_depth else "") for it in measures.MEASURES if task in it.tasks]


def record(name: str, world: World) -> str:
    """Select a record without the identity."""
    return f"sum without (namespace, monitor) ({name}{world.window})"


def without_segments(world: World) -> World:
    """Give a smaller world: promtool loads 10,000 samples for a query at most."""
    return replace(world, segments=False)
