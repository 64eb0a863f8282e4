"""Real data, counted by real evaluators and judged by the rules in promtool, window by window.

Each window is an hour of two replicas that take turns. The short form has a few windows of each; with
MODELMONITOR_THOROUGH all rows go through, in many.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tools
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.rows import Rows
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import names
from modelmonitor.plan.drift import budget
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import drift
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.drift import Verdict
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, ColumnType
from promtool.drift import monitors
from promtool.drift.replicas import Counts, Replica, together
from promtool.runner import Ask, Promtool, Simulation
from realdata import packages
from realdata.frames import Columns

pytestmark = pytest.mark.promtool

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
HOUR = Fraction(3600)
SCRAPES = 4
"""In an hour: promtool reads them all."""


@dataclass(frozen=True)
class Story:
    """A reference, what came after it in windows, and what is asked."""

    reference: Columns
    windows: Sequence[Columns]
    asked: Mapping[str, Any]

    def scope(self) -> Scope:
        """Hold the monitor against the reference."""
        return monitors.scope([_column(*it) for it in self.reference.items()], scrape="300s", **self.asked)

    def counts(self, of: Scope) -> list[tuple[Counts, Counts]]:
        """Count each window by two evaluators that take turns."""
        return [(_counted(of, rows, 0), _counted(of, rows, 1)) for rows in self.windows]


def _column(name: str, values: np.ndarray) -> Column:
    """Give the cells that a profile would give to a column."""
    if values.dtype == object:
        categories = Categories.empty(sorted({it for it in values if it is not None})[:50])
        own = categories.count(values)
        bounds: dict[str, Any] = {"type": ColumnType.CATEGORICAL, "categories": categories.names}
    else:
        own = Histogram.empty(edges_from_quantiles(values)).count(values)
        bounds = {"type": ColumnType.NUMERIC, "edges": own.edges}
    return Column(name=name, counts=tuple(own.counts.tolist()), missing=own.missing, **bounds)


def _counted(of: Scope, rows: Columns, replica: int) -> Counts:
    counters = Counters(of.scheme, "v1", "0.1.0")
    mine = {name: values[replica::2] for name, values in rows.items()}
    outputs = [mine.pop(name, None) for name in (FEATURE_PREDICTION, FEATURE_SCORE)]
    number = len(next(iter(mine.values())))
    counters.predicted(Rows(count=number, features={**mine}, predictions=outputs[0], scores=outputs[1]))
    return recovered.distributions(counters.bank, of.scheme)


def judged(story: Story, promtool: Promtool) -> list[dict[str, Verdict]]:
    """Let the rules judge each window; give the verdicts of numpy, with which they agree."""
    of = story.scope()
    windows = story.counts(of)
    series: dict[str, str] = {}
    for replica in range(2):
        phases = [(SCRAPES, side[replica]) for side in (windows[0], *windows)]
        series |= Replica(of.scheme, phases, f"churn-{replica}").series()
    every, asks = [], []
    for number, sides in enumerate(windows):
        found = _verdicts(of, together(sides))
        every.append(found)
        asks += _asks(of, found, (number + 2) * HOUR)
    scene = Simulation(monitors.rules(of), series, asks, step=HOUR, scrape=HOUR / SCRAPES)
    assert promtool.run(scene) == ""
    return every


def drifted(story: Story, promtool: Promtool) -> list[set[str]]:
    """Give which columns have drifted in each window."""
    every = judged(story, promtool)
    return [{name for name, verdict in one.items() if verdict is Verdict.DRIFT} for one in every]


def _verdicts(of: Scope, live: Counts) -> dict[str, Verdict]:
    return {
        one.column.name: drift.judge(recovered.reference(one.column), live[one.column.name], one.rule).verdict
        for one in budget.asked(of.monitor, of.scheme)
    }


def _asks(of: Scope, found: Mapping[str, Verdict], at: Fraction) -> Iterator[Ask]:
    excess = monitors.series(of, names.DRIFT_EXCESS)
    insufficient = monitors.series(of, names.DRIFT_INSUFFICIENT)
    for query, verdict in (
        (f"{excess} > 1", Verdict.DRIFT),
        (f"{excess} <= 1", Verdict.NONE),
        (insufficient, Verdict.INSUFFICIENT),
    ):
        those = sorted(name for name, it in found.items() if it is verdict)
        yield Ask(f"count by (feature) ({query})", at, {f'{{feature="{name}"}}': 1 for name in those})


def _outputs(columns: Columns, prediction: str, score: str) -> Columns:
    """Give what was predicted as rules know it."""
    classes = np.where(columns[prediction] == 1, "yes", "no").astype(object)
    return {FEATURE_PREDICTION: classes, FEATURE_SCORE: columns[score].astype(float)}


def census() -> Story:
    """Three years of the census, each in an order of its own: no drift in any column."""
    every = packages.census()
    rng = np.random.default_rng(2016)
    own = {"id", "timestamp", "year", "employed", "prediction", "predicted_probability"}
    reference, analysis = (
        {name: side[name] for name in side if name not in own}
        | _outputs(side, "prediction", "predicted_probability")
        for side in (every.reference, every.analysis)
    )
    windows = [
        _taken(analysis, rows)
        for year in (2016, 2017, 2018)
        for rows in np.array_split(
            rng.permutation(np.flatnonzero(every.analysis["year"] == year)), 12 if THOROUGH else 3
        )
    ]
    return Story(reference, windows, {"features": {"tolerate": 0.05}, "prediction": {"tolerate": 0.05}})


def elec2() -> Story:
    """The market of electricity in five blocks, the first of which is the reference."""
    columns = {name: packages.elec2()[name].astype(float) for name in ("feat_2", "feat_3", "feat_5")}
    blocks = [_taken(columns, rows) for rows in np.array_split(np.arange(45_312), 5)]
    parts = 8 if THOROUGH else 1
    windows = [
        _taken(block, rows)
        for block in blocks[1:]
        for rows in np.array_split(np.arange(len(block["feat_2"])), parts)
    ]
    return Story(blocks[0], windows, {"features": {"tolerate": 0.2}})


def flights() -> Story:
    """The flights of 2013 by month, the first of which is the reference."""
    every = packages.flights()
    names = ("arr_delay", "dep_delay", "air_time", "distance", "hour")
    columns = {name: every[name].astype(float) for name in names} | {"origin": every["origin"]}
    month = {it: _taken(columns, every["month"] == it) for it in range(1, 13)}
    later = range(2, 13) if THOROUGH else (2, 9)
    return Story(month[1], [month[it] for it in later], {"features": {"tolerate": 0.1}})


def carloan() -> Story:
    """The car loans in chunks of 5,000: the value of cars changes from the sixth on."""
    every = packages.carloan()
    names = ("car_value", "salary_range", "debt_to_income_ratio", "loan_length", "driver_tenure")
    reference, analysis = (
        {name: side[name] for name in names} | _outputs(side, "y_pred", "y_pred_proba")
        for side in (every.reference, every.analysis)
    )
    chunks = np.array_split(np.arange(50_000), 50 if THOROUGH else 10)
    asked = {"features": {"tolerate": 0.2}, "prediction": {"tolerate": 0.1}}
    return Story(reference, [_taken(analysis, rows) for rows in chunks], asked)


def _taken(columns: Columns, rows: Any) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


@pytest.fixture
def promtool(tmp_path: Path) -> Promtool:
    """The program, and a folder for its files."""
    return Promtool(tools.binary("promtool"), tmp_path)


def test_three_years_of_the_census_are_silent(promtool: Promtool) -> None:
    found = {verdict for window in judged(census(), promtool) for verdict in window.values()}
    assert found - {Verdict.INSUFFICIENT} == {Verdict.NONE}
    assert THOROUGH or found == {Verdict.NONE}


def test_the_price_of_electricity_drifts_until_it_comes_back(promtool: Promtool) -> None:
    found = drifted(elec2(), promtool)
    blocks = [set().union(*part) for part in np.array_split(np.array(found, dtype=object), 4)]
    assert ["feat_2" in block for block in blocks[:3]] == [True] * 3
    assert THOROUGH or "feat_2" not in blocks[3]


def test_delays_of_september_are_found_and_distances_are_not(promtool: Promtool) -> None:
    found = dict(zip(range(2, 13) if THOROUGH else (2, 9), drifted(flights(), promtool), strict=True))
    assert "arr_delay" in found[9]
    assert not {"distance", "origin", "hour"} & set().union(*found.values())


def test_the_value_of_cars_drifts_from_the_sixth_chunk_on(promtool: Promtool) -> None:
    found = drifted(carloan(), promtool)
    half = len(found) // 2
    assert not set().union(*found[:half])
    assert all("car_value" in it for it in found[half:])
