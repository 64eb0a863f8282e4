"""Real data: a census without drift is silent, a market that changed is not."""

import os
from pathlib import Path

import numpy as np
import pytest

from cli.backtest import replays, worlds
from modelmonitor.cli.backtesting.report import Report
from modelmonitor.cli.backtesting.request import Roles
from modelmonitor.cli.profiling.request import Request as ProfileRequest
from modelmonitor.plan import names
from realdata import packages

pytestmark = pytest.mark.promtool

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
PER_HOUR = 3000
BLOCK = 11_328
"""Rows of a quarter of the market's two and a half years."""
DRIFT = {names.PREDICTION_DRIFT_ALERT, names.FEATURE_DRIFT_ALERT}
Table = dict[str, np.ndarray]


def chosen(table: Table, rows: np.ndarray, without: tuple[str, ...] = ()) -> Table:
    return {name: column[rows] for name, column in table.items() if name not in without}


def census(folder: Path) -> Report:
    """Replay three years of the census, years in their order, or some hours of each."""
    data, rng = packages.census(), np.random.default_rng(2016)
    years = [rng.permutation(np.flatnonzero(data.analysis["year"] == year)) for year in (2016, 2017, 2018)]
    rows = np.concatenate([year[: None if THOROUGH else 2 * PER_HOUR] for year in years])
    recorded = chosen({**data.analysis, "employed": data.targets["employed"]}, rows, ("year",))
    known = chosen(data.reference, np.arange(len(data.reference["year"])), ("year", "id"))
    outputs = {"target": "employed", "prediction": "prediction"}
    asked = ProfileRequest(**outputs, scores={"": "predicted_probability"})
    roles = Roles(time="time", id="id", scores={"": "predicted_probability"}, **outputs)
    spec = {
        "model": {"task": "BinaryClassification"},
        "drift": {},
        "degradation": {"window": "3h"},
        "prometheus": {"scrapeInterval": "1m"},
    }
    return replays.backtest(folder, spec, (known, asked), replays.spread(recorded, PER_HOUR), roles)


def test_three_years_of_the_census_are_silent(tmp_path: Path) -> None:
    report = census(tmp_path)
    assert [one.name for one in report.firing] == []
    assert {one.fired.rule.alert for one in report.silent} >= DRIFT
    assert report.covered.rows == (208_892 if THOROUGH else 6 * PER_HOUR)
    drawn = {chart.title for chart in report.charts}
    assert {"Drift of predictions, 1h", "Drift of features, 1h"} <= drawn, "nothing was judged"


def market(folder: Path, blocks: list[int], hours: float) -> Report:
    """Replay quarters of the market after the first one; the prediction is what was true half an hour ago."""
    data = packages.elec2()
    table = {**data, "said": np.concatenate([[1], data["target"][:-1]])}
    per_hour = 1500
    rows = np.concatenate([np.arange(it * BLOCK, it * BLOCK + int(hours * per_hour)) for it in blocks])
    outputs = {"target": "target", "prediction": "said"}
    spec = {
        "model": {"task": "BinaryClassification"},
        "drift": {},
        "prometheus": {"scrapeInterval": "1m"},
    }
    known = chosen(table, np.arange(BLOCK))
    return replays.backtest(
        folder,
        spec,
        (known, ProfileRequest(**outputs)),
        replays.spread(chosen(table, rows), per_hour),
        Roles(time="time", **outputs),
    )


def test_the_market_has_drifted_in_every_later_quarter(tmp_path: Path) -> None:
    """Whichever quarter it is, the alert fires while it is replayed, and names the price or the demand."""
    hours = BLOCK / 1500 if THOROUGH else 2.0
    report = market(tmp_path, [1, 2, 3], hours)
    (alert,) = [one for one in report.firing if one.fired.rule.alert == names.FEATURE_DRIFT_ALERT]
    fired = [
        (
            one.episode.start / 1000 - worlds.START,
            (one.episode.end or report.scrapes.end) / 1000 - worlds.START,
        )
        for one in alert.told
    ]
    for quarter in range(3):
        first, last = quarter * hours * 3600, (quarter + 1) * hours * 3600
        assert any(start < last and end > first + 3600 for start, end in fired), quarter
    assert "feat_" in alert.told[0].texts["description"]
