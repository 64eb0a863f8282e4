"""Correlations: nominal between strangers whatever their memory; an effect is found with lag and sign."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats import correlation
from modelmonitor.stats.correlation import Correlation, Direction

RUNS = 3000 if os.environ.get("MODELMONITOR_THOROUGH") else 400


def autoregressive(rng, runs, points, coefficient):
    noise = rng.standard_normal((runs, points + 50))
    for t in range(1, points + 50):
        noise[:, t] += coefficient * noise[:, t - 1]
    return noise[:, 50:]


def followed(rng, runs, points, coefficient, lag):
    """Return series and others that are .8 of them (with a minus) and .6 of their own, `lag` steps later."""
    cause, own = (autoregressive(rng, runs, points + lag, coefficient) for _ in range(2))
    return cause[:, lag:], (0.6 * own - 0.8 * cause)[:, :points]


def found(xs, ys, **options):
    """Return the share of pairs of series that correlate at .05."""
    p_values = [correlation.correlate(x, y, **options).p_value for x, y in zip(xs, ys, strict=True)]
    return np.mean(np.array(p_values) < 0.05)


def at_most(rate, runs):
    """Return the largest share that a true rate makes likely (three standard errors)."""
    return rate + 3 * math.sqrt(rate * (1 - rate) / runs)


@pytest.mark.parametrize("points", [14, 30, 60, 200])
@pytest.mark.parametrize("coefficient", [0.0, 0.7, -0.7])
def test_strangers_correlate_at_the_nominal_rate_or_less_whatever_their_memory(points, coefficient, rng):
    x, y = (autoregressive(rng, RUNS, points, coefficient) for _ in range(2))
    assert found(x, y) < at_most(0.05, RUNS)


@pytest.mark.parametrize("points", [30, 60, 200])
def test_plain_pearson_finds_a_fifth_of_strangers_with_memory_correlated(points, rng):
    x, y = (autoregressive(rng, 2000, points, 0.7) for _ in range(2))
    assert np.mean(stats.pearsonr(x, y, axis=1).pvalue < 0.05) == pytest.approx(0.22, abs=0.05)


@pytest.mark.parametrize("points", [30, 60])
def test_sharing_the_rhythm_of_the_week_is_no_correlation(points, rng):
    days, phases = np.arange(points), rng.random((2, RUNS, 1))
    x, y = 2 * np.sin(2 * np.pi * (days / 7 + phases)) + rng.standard_normal((2, RUNS, points))
    assert np.mean(stats.pearsonr(x, y, axis=1).pvalue < 0.05) > 0.4
    assert found(x, y) < 0.05


@pytest.mark.parametrize("coefficient", [0.0, 0.7])
def test_looking_at_fifteen_lags_is_paid_for(coefficient, rng):
    x, y = (autoregressive(rng, RUNS, 60, coefficient) for _ in range(2))
    assert found(x, y, lags=range(-7, 8)) < at_most(0.05, RUNS)


def test_the_best_of_fifteen_lags_taken_for_the_only_one_is_often_chance(rng):
    x, y = rng.standard_normal((2, 100, 60))
    each = [found(x, y, lags=[k]) for k in range(-7, 8)]
    best = [
        min(correlation.correlate(x[i], y[i], lags=[k]).p_value for k in range(-7, 8)) for i in range(100)
    ]
    assert np.mean(each) < 0.07
    assert np.mean(np.array(best) < 0.05) > 0.3


def test_steps_without_data_make_no_stranger_a_relative(rng):
    x, y = (autoregressive(rng, RUNS, 60, 0.7) for _ in range(2))
    for series in (x, y):
        series[rng.random(series.shape) < 0.2] = math.nan
    assert found(x, y) < at_most(0.05, RUNS)


def test_nine_pairs_of_strangers_raise_one_false_verdict_or_more_in_five_percent(rng):
    families = RUNS // 2
    metrics, business = (
        autoregressive(rng, families * 3, 60, 0.5).reshape(families, 3, 60) for _ in range(2)
    )
    pairs = [[correlation.correlate(x, y) for x in metrics[i] for y in business[i]] for i in range(families)]
    false = [
        any(it in (Direction.SAME, Direction.OPPOSITE) for it in correlation.judge(nine)) for nine in pairs
    ]
    assert np.mean(false) < at_most(0.05, families)
    assert np.mean([any(it.p_value < 0.05 for it in nine) for nine in pairs]) > 0.15


@pytest.mark.parametrize(
    ("coefficient", "points", "power"), [(0.0, 30, 0.93), (0.7, 60, 0.85), (0.7, 200, 0.99)]
)
def test_an_effect_three_steps_later_is_found_with_its_lag_and_sign(coefficient, points, power, rng):
    x, y = followed(rng, RUNS // 2, points, coefficient, 3)
    results = [correlation.correlate(a, b, lags=range(8)) for a, b in zip(x, y, strict=True)]
    sure = [it for it in results if it.p_value < 0.05]
    assert len(sure) / len(results) > power
    assert np.mean([it.lag == 3 for it in sure]) > 0.95
    assert np.mean([it.coefficient < 0 for it in sure]) > 0.95


def test_for_independent_points_the_p_value_is_near_scipys_and_not_below_it(rng):
    ratios = []
    for _ in range(100):
        x, y = rng.standard_normal((2, 200))
        theirs, ours = stats.pearsonr(x, y), correlation.correlate(x, y)
        assert ours.coefficient == pytest.approx(theirs.statistic, rel=1e-12)
        assert ours.p_value >= theirs.pvalue * (1 - 1e-9)
        ratios.append(ours.effective_points / 200)
    assert np.median(ratios) > 0.95


def test_the_effective_number_of_points_is_bartletts_for_series_whose_memory_is_known(rng):
    x, y = autoregressive(rng, 2, 20_000, 0.7)
    result = correlation.correlate(x, y)
    assert result.effective_points / result.points == pytest.approx((1 - 0.49) / (1 + 0.49), rel=0.1)
    assert correlation.correlate(x, rng.standard_normal(20_000)).effective_points > 0.9 * 20_000


def test_the_p_value_is_that_of_scipys_t_for_the_effective_points(rng):
    result = correlation.correlate(*autoregressive(rng, 2, 60, 0.5))
    freedom = result.effective_points - 2
    t = result.coefficient * math.sqrt(freedom / (1 - result.coefficient**2))
    assert result.p_value == pytest.approx(2 * stats.t.sf(abs(t), freedom), rel=1e-9)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_swapping_the_series_mirrors_the_lag_and_units_change_nothing(seed, shift, scale):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 40))
    one = correlation.correlate(x, y, lags=range(-3, 4))
    swapped = correlation.correlate(y, x, lags=range(-3, 4))
    other_unit = correlation.correlate(x * scale + shift, y, lags=range(-3, 4))
    turned = correlation.correlate(x, -y, lags=range(-3, 4))
    for other, lag, sign in ((swapped, -one.lag, 1), (other_unit, one.lag, 1), (turned, one.lag, -1)):
        assert other.lag == lag
        assert other.coefficient == pytest.approx(sign * one.coefficient, rel=1e-6)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-6)


def test_a_gap_does_not_shift_the_lag(rng):
    x = rng.standard_normal(40)
    y = np.r_[rng.standard_normal(2), x[:-2]]
    x[[5, 6, 7, 20]] = y[11] = math.nan
    y[30] = math.inf
    result = correlation.correlate(x, y, lags=range(5))
    assert (result.lag, result.points) == (2, 40 - 2 - 4 - 2)
    assert result.coefficient == pytest.approx(1)
    assert result.p_value < 1e-6


def insufficient(x, y, **options):
    result = correlation.correlate(x, y, **options)
    return math.isnan(result.p_value) and correlation.judge([result]) == [Direction.INSUFFICIENT]


def test_too_little_to_know_is_no_verdict_however_well_it_fits(rng):
    x = rng.standard_normal(60)
    assert insufficient(x[:13], x[:13])
    assert insufficient([], [])
    assert insufficient(x, np.full(60, math.nan))
    assert insufficient(x, np.full(60, 0.1))
    assert insufficient(x, np.r_[np.zeros(59), math.inf])
    assert insufficient(x, x, lags=[47, 60, -100])
    assert insufficient(np.arange(60.0), np.arange(60.0))
    weekly = np.full(210, math.nan)
    weekly[::7] = rng.standard_normal(30)
    weekly[1] = 0.5
    assert insufficient(weekly, weekly)
    assert not insufficient(x[:30], x[:30])


def test_a_lag_with_too_few_points_is_neither_tested_nor_paid_for(rng):
    x, y = rng.standard_normal((2, 20))
    few, many = (correlation.correlate(x, y, lags=range(end)) for end in (7, 20))
    assert few == many


def test_series_of_two_lengths_and_no_lag_are_refused():
    with pytest.raises(
        ValueError, match=r"^correlate: expected two series of one length and a lag at least, got"
    ):
        correlation.correlate([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="and 0 lags"):
        correlation.correlate([1, 2], [1, 2], lags=[])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_nothing_and_bonferroni_and_keeps_the_order(p_values):
    p, adjusted = np.array(p_values), correlation.holm(p_values)
    assert np.all((p <= adjusted) & (adjusted <= np.minimum(p * p.size, 1)))
    assert np.all(np.diff(adjusted[np.argsort(p)]) >= 0)
    assert adjusted[np.argmin(p)] == min(p.min() * p.size, 1)


def test_pairs_that_are_not_known_do_not_count_among_the_tests():
    assert correlation.holm([0.02, math.nan, 0.03]) == pytest.approx([0.04, math.nan, 0.04], nan_ok=True)
    assert correlation.holm([]).size == 0
    unknown = Correlation(0.9, 0, math.nan, 9, 9.0)
    pairs = [Correlation(0.6, 0, 0.02, 60, 30.0), unknown, Correlation(-0.5, 1, 0.06, 60, 30.0)]
    assert correlation.judge(pairs) == [Direction.SAME, Direction.INSUFFICIENT, Direction.NONE]
    assert correlation.judge([]) == []
