"""Trends: nominal without one even in autocorrelated series, found where there is one, and by direction."""

import itertools
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats import trend
from modelmonitor.stats.trend import Direction

RUNS = 5000 if os.environ.get("MODELMONITOR_THOROUGH") else 500


def autoregressive(rng, runs, points, coefficient):
    noise = rng.standard_normal((runs, points + 50))
    series = noise.copy()
    for t in range(1, points + 50):
        series[:, t] += coefficient * series[:, t - 1]
    return series[:, 50:]


def found(series, **options):
    """Return the share of series in which a trend was found."""
    verdicts = [trend.trend(it, higher_is_better=True, **options).direction for it in series]
    return np.mean([it in (Direction.IMPROVING, Direction.WORSENING) for it in verdicts])


@pytest.mark.parametrize("points", [14, 30, 60])
@pytest.mark.parametrize("coefficient", [0.0, 0.3, 0.7])
def test_without_a_trend_the_rate_is_nominal_or_less_whatever_the_autocorrelation(points, coefficient, rng):
    rate = found(autoregressive(rng, RUNS, points, coefficient))
    assert rate < 0.065 + 3 * math.sqrt(0.05 / RUNS)


def test_plain_regression_finds_trends_in_every_fourth_trendless_series(rng):
    series = autoregressive(rng, 1000, 30, 0.7)
    time = np.arange(30)
    plain = np.mean([stats.linregress(time, it).pvalue < 0.05 for it in series])
    assert plain > 0.2
    assert found(series[:RUNS]) < 0.09


@pytest.mark.parametrize(("coefficient", "power"), [(0.0, 0.93), (0.3, 0.65), (0.7, 0.25)])
def test_a_rise_by_three_standard_deviations_is_found(coefficient, power, rng):
    series = autoregressive(rng, RUNS, 30, coefficient)
    rise = 3 / math.sqrt(1 - coefficient**2) * np.linspace(0, 1, 30)
    assert found(series + rise) > power


def test_a_rising_error_is_worsening_and_a_rising_accuracy_is_improving(rng):
    rising = np.linspace(0, 1, 20) + rng.normal(0, 0.05, 20)
    assert trend.trend(rising, higher_is_better=True).direction is Direction.IMPROVING
    assert trend.trend(rising, higher_is_better=False).direction is Direction.WORSENING
    assert trend.trend(-rising, higher_is_better=True).direction is Direction.WORSENING


def test_a_perfect_line_is_a_trend_and_a_constant_is_none():
    assert trend.trend(np.arange(10.0), higher_is_better=True).direction is Direction.IMPROVING
    flat = trend.trend(np.full(30, 0.9), higher_is_better=True)
    assert flat.direction is Direction.NONE
    assert flat.p_value == 1
    assert flat.slope == 0


def test_fewer_than_ten_points_are_not_a_verdict_however_steep():
    steep = [*range(9), *[math.nan] * 20]
    few = trend.trend(steep, higher_is_better=True)
    assert few.direction is Direction.INSUFFICIENT
    assert few.points == 9
    assert math.isnan(few.p_value)
    assert trend.trend([], higher_is_better=True).direction is Direction.INSUFFICIENT


def test_days_without_data_keep_their_place_in_time():
    x = np.arange(30.0)
    gaps = np.where(np.isin(np.arange(30), [3, 4, 5, 17]), math.nan, x)
    assert trend.trend(gaps, higher_is_better=True).slope == 1
    assert trend.trend(gaps, higher_is_better=True).points == 26


def test_one_absurd_day_does_not_make_or_break_a_trend(rng):
    rising = np.linspace(0, 1, 30) + rng.normal(0, 0.1, 30)
    rising[15] = -1e9
    spoiled = trend.trend(rising, higher_is_better=True)
    assert spoiled.direction is Direction.IMPROVING
    assert spoiled.slope == pytest.approx(1 / 29, rel=0.3)


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=40))
def test_slope_and_statistic_are_scipys(values):
    assert trend.sen_slope(values) == pytest.approx(stats.theilslopes(values).slope)
    n = len(values)
    score, variance = trend._mann_kendall(np.asarray(values, dtype=float))
    tau_c_free = stats.kendalltau(np.arange(n), values, variant="b").statistic
    ties = np.unique(values, return_counts=True)[1]
    pairs = n * (n - 1) / 2
    scale = math.sqrt(pairs * (pairs - np.sum(ties * (ties - 1)) / 2))
    assert score == pytest.approx(0 if math.isnan(tau_c_free) else tau_c_free * scale, abs=1e-9)
    assert variance >= 0


def test_for_independent_points_the_p_value_is_no_smaller_than_scipys_exact_one(rng):
    for _ in range(50):
        values = rng.standard_normal(20)
        exact = stats.kendalltau(np.arange(20), values, method="exact").pvalue
        assert trend.trend(values, higher_is_better=True).p_value > exact - 0.01


@given(st.lists(st.floats(-100, 100), min_size=10, max_size=40))
def test_turning_the_series_over_turns_the_direction(values):
    up = trend.trend(values, higher_is_better=True)
    down = trend.trend([-value for value in values], higher_is_better=True)
    assert down.p_value == pytest.approx(up.p_value)
    opposite = {Direction.IMPROVING: Direction.WORSENING, Direction.WORSENING: Direction.IMPROVING}
    assert down.direction is opposite.get(up.direction, up.direction)


def test_a_month_of_daily_looks_at_one_in_fifty_seldom_raises_a_false_alarm(rng):
    """What the alert of trends relies upon: of 28 days, looked at every day; alarms that go on are one."""
    months, alpha = RUNS // 5, 0.02
    for coefficient in (0.0, 0.7):
        alarms = 0
        for series in autoregressive(rng, months, 28 + 30, coefficient):
            days = (series[day : day + 28] for day in range(30))
            found = [trend.trend(it, higher_is_better=False, alpha=2 * alpha).direction for it in days]
            worse = [False, *(it is Direction.WORSENING for it in found)]
            alarms += sum(now and not before for before, now in itertools.pairwise(worse))
        assert alarms / months < 0.5
