"""The control chart keeps the run length that it promises, and finds small shifts soon."""

import math
import os

import numpy as np
import pytest
from scipy import stats

from modelmonitor.stats import ewma
from modelmonitor.stats.ewma import Chart, Control


def run_lengths(rng, chart, shift, runs, longest):
    """Simulate the first period above the limit of many charts at once."""
    z, length = np.zeros(runs), np.full(runs, longest)
    for period in range(longest):
        z = np.maximum(0, (1 - chart.weight) * z + chart.weight * (rng.standard_normal(runs) + shift))
        length = np.where((length == longest) & (z > chart.limit), period + 1, length)
        if (length < longest).all():
            break
    return length


@pytest.mark.parametrize("weight", [0.1, 0.2, 1.0])
def test_without_a_shift_a_signal_comes_once_in_the_promised_periods(weight, rng):
    runs = 40_000 if os.environ.get("MODELMONITOR_THOROUGH") else 4000
    lengths = run_lengths(rng, ewma.chart(100, weight), 0.0, runs, 2000)
    assert lengths.mean() == pytest.approx(100, rel=4 / math.sqrt(runs))


@pytest.mark.parametrize("run_length", [20, 370, 1e4, 1e6])
def test_a_chart_that_looks_at_one_period_has_the_normal_quantile_for_limit(run_length):
    assert ewma.chart(run_length, weight=1.0).limit == pytest.approx(stats.norm.isf(1 / run_length), abs=1e-6)


def test_a_small_shift_is_found_much_sooner_than_by_single_periods(rng):
    small, single = ewma.chart(370, 0.1), ewma.chart(370, 1.0)
    assert ewma.average_run_length(0.1, small.limit, shift=1.0) < 10
    assert ewma.average_run_length(1.0, single.limit, shift=1.0) > 25
    assert run_lengths(rng, small, 1.0, 4000, 500).mean() == pytest.approx(
        ewma.average_run_length(0.1, small.limit, shift=1.0), rel=0.05
    )


def test_a_chart_says_since_when_it_is_out_and_forgets_good_times():
    watched = ewma.watch([-9, -9, -9, 3, 3, 3, 3], Chart(weight=0.2, limit=0.92))
    assert watched.path[:3].tolist() == [0, 0, 0]
    assert watched.control is Control.OUT
    assert watched.since == 4
    assert ewma.watch([3, 3, 3, -9], Chart(weight=0.2, limit=0.92)).control is Control.IN


def test_no_data_is_neither_in_nor_out_of_control():
    assert ewma.watch([], Chart(0.2, 0.92)).control is Control.INSUFFICIENT
    assert ewma.watch([math.nan, math.nan], Chart(0.2, 0.92)).control is Control.INSUFFICIENT


def test_a_period_without_data_changes_nothing():
    with_gap = ewma.watch([1, math.nan, 2], Chart(0.2, 0.92)).path
    assert with_gap[[0, 2]].tolist() == ewma.watch([1, 2], Chart(0.2, 0.92)).path.tolist()


def test_scores_know_the_direction_and_the_rows_of_each_period(rng):
    assert ewma.scores_of_shares([80], [100], 0.9)[0] > 0
    assert ewma.scores_of_shares([20], [100], 0.1, higher_is_better=False)[0] > 0
    assert ewma.scores_of_shares([80], [100], 0.9)[0] == -ewma.scores_of_shares(
        [80], [100], 0.9, higher_is_better=False
    )
    rows = rng.integers(500, 5000, 5000)
    scores = ewma.scores_of_shares(rng.binomial(rows, 0.9), rows, 0.9)
    assert scores.mean() == pytest.approx(0, abs=0.05)
    assert scores.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("call", [lambda: ewma.chart(1), lambda: ewma.chart(100, 0)])
def test_an_impossible_chart_is_refused(call):
    with pytest.raises(ValueError, match=r"expected a run length in \(2, 1e6\]"):
        call()


def test_a_baseline_without_variance_is_refused():
    with pytest.raises(ValueError, match="inside"):
        ewma.scores_of_shares([1], [1], 1.0)
