"""Verdicts on real data: years without drift, seasons, and a market that changed."""

import numpy as np
import pytest

from modelmonitor.stats import drift, threshold
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram
from realdata import packages

ALPHA = threshold.alpha_of_budget(1.0, features=20, interval=300)
TOLERANT = [Rule(Statistic.PSI, 0.05, ALPHA), Rule(Statistic.JS, 0.05 / 8, ALPHA)]
NO_FEATURES = {"id", "timestamp", "year", "employed"}


def empty(column):
    """Give the cells that a profile would give to a column."""
    if column.dtype == object:
        return Categories.empty(sorted({it for it in column if it is not None})[:50])
    return Histogram.empty(edges_from_quantiles(column))


@pytest.fixture
def rng():
    return np.random.default_rng(2016)


@pytest.mark.parametrize("rule", TOLERANT, ids=lambda rule: rule.statistic)
@pytest.mark.parametrize("year", [2016, 2017, 2018])
def test_three_years_of_the_census_are_no_drift_whole_or_in_windows(year, rule, rng):
    census = packages.census()
    rows = rng.permutation(np.flatnonzero(census.analysis["year"] == year))
    for name in census.reference.keys() - NO_FEATURES:
        cells = empty(census.reference[name])
        reference, column = cells.count(census.reference[name]), census.analysis[name]
        for window in (rows, *np.array_split(rows, 10)):
            finding = drift.judge(reference, cells.count(column[window]), rule)
            assert finding.verdict is Verdict.NONE, (name, finding)


@pytest.mark.parametrize(
    ("block", "value", "verdict"),
    [(1, 0.397, "Drift"), (2, 1.690, "Drift"), (3, 3.154, "Drift"), (4, 0.142, "None")],
)
def test_the_price_of_electricity_drifts_until_it_comes_back(block, value, verdict):
    price = packages.elec2()["feat_2"].astype(float)
    blocks = np.array_split(price, 5)
    cells = empty(blocks[0])
    rule = Rule(Statistic.PSI, 0.2, ALPHA)
    finding = drift.judge(cells.count(blocks[0]), cells.count(blocks[block]), rule)
    assert finding.value == pytest.approx(value, abs=0.02 + 0.1 * value)
    assert finding.verdict.value == verdict


def test_delays_of_flights_drift_by_season_and_their_distances_do_not():
    flights = packages.flights()
    january, september = (flights["month"] == month for month in (1, 9))
    verdicts = {}
    for name in ("arr_delay", "air_time", "distance", "hour"):
        column = flights[name].astype(float)
        cells = empty(column[january])
        rule = Rule(Statistic.PSI, 0.1, ALPHA)
        verdicts[name] = drift.judge(cells.count(column[january]), cells.count(column[september]), rule)
    assert verdicts["arr_delay"].value == pytest.approx(0.223, abs=0.03)
    assert {name: it.verdict.value for name, it in verdicts.items()} == {
        "arr_delay": "Drift",
        "air_time": "Drift",
        "distance": "None",
        "hour": "None",
    }


@pytest.mark.parametrize("name", ["car_value", "debt_to_income_ratio", "salary_range", "y_pred_proba"])
def test_half_of_the_car_loans_reference_is_no_drift_of_the_other_half(name):
    column = packages.carloan().reference[name]
    cells = empty(column)
    for rule in (Rule(Statistic.PSI, 0.0, ALPHA), Rule(Statistic.JS, 0.0, ALPHA)):
        finding = drift.judge(cells.count(column[:5000]), cells.count(column[-5000:]), rule)
        assert finding.verdict is Verdict.NONE
