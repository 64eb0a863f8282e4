"""Regression metrics against scikit-learn, quantiles within their cells, and what has no data."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from modelmonitor.stats import regression
from modelmonitor.stats.regression import Errors, error_edges

EDGES = error_edges(10.0)
NUMBER = st.floats(-1e6, 1e6).map(lambda it: round(it, 3))
ROWS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=50)


@settings(max_examples=150)
@given(ROWS, st.floats(-100, 100))
def test_means_of_errors_are_those_of_scikit_learn(rows, centre):
    y, predicted = np.array(rows).T
    errors = Errors.count(y, predicted, EDGES, centre)
    pairs = [
        (regression.mean_absolute_error, metrics.mean_absolute_error),
        (regression.mean_squared_error, metrics.mean_squared_error),
        (regression.root_mean_squared_error, metrics.root_mean_squared_error),
        (regression.max_error, metrics.max_error),
    ]
    for ours, theirs in pairs:
        assert ours(errors) == pytest.approx(theirs(y, predicted), rel=1e-9)
    assert regression.bias(errors) == pytest.approx(np.mean(predicted - y), rel=1e-9, abs=1e-8)


@settings(max_examples=100)
@given(ROWS)
def test_percentage_errors_leave_out_zeros_and_say_so(rows):
    y, predicted = np.array([*rows, (0.0, 1.0)]).T
    errors, some = Errors.count(y, predicted, EDGES), y != 0
    if some.any():
        expected = metrics.mean_absolute_percentage_error(y[some], predicted[some])
        assert regression.mean_absolute_percentage_error(errors) == pytest.approx(expected, rel=1e-9)
        wape = np.abs(predicted - y).sum() / np.abs(y).sum()
        assert regression.weighted_absolute_percentage_error(errors) == pytest.approx(wape, rel=1e-9)
    assert regression.undefined_percentage_share(errors) == pytest.approx(np.mean(y == 0))


@pytest.mark.parametrize("mean", [0.0, 100.0, -1e5])
@pytest.mark.parametrize("noise", [0.1, 1.0, 3.0])
def test_r_squared_is_that_of_scikit_learn_also_for_targets_far_from_zero(mean, noise, rng):
    y = rng.normal(mean, 1, 5_000)
    predicted = y + rng.normal(0, noise, y.size)
    errors = Errors.count(y, predicted, EDGES, mean + 0.5)
    assert regression.r_squared(errors) == pytest.approx(metrics.r2_score(y, predicted), rel=1e-9)


def test_r_squared_survives_a_centre_that_the_target_has_left_by_a_thousand_deviations(rng):
    y = rng.normal(1000, 1, 5_000)
    errors = Errors.count(y, y + rng.normal(0, 0.5, y.size), EDGES, 0.0)
    assert regression.r_squared(errors) == pytest.approx(0.75, abs=0.02)


def test_a_target_that_does_not_vary_has_no_r_squared():
    for y in ([5.0], [5.0] * 40, [0.1 + 0.2] * 1000, []):
        assert math.isnan(regression.r_squared(Errors.count(y, np.zeros(len(y)), EDGES, 5.0)))
        assert math.isnan(regression.r_squared(Errors.count(y, np.zeros(len(y)), EDGES, 1.0)))


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["normal", "heavy"])
def test_quantiles_of_smooth_errors_are_within_five_percent(kind, q, rng):
    size = np.abs(rng.normal(0, 5, 20_000) if kind == "normal" else rng.standard_t(2, 20_000))
    errors = Errors.count(np.zeros(size.size), size, EDGES)
    ours, exact = regression.absolute_error_quantile(errors, q), np.quantile(size, q)
    assert ours == pytest.approx(exact, rel=0.05)


@settings(max_examples=150)
@given(st.lists(st.floats(0.0101, 100), min_size=1, max_size=40), st.floats(0.01, 1))
def test_a_quantile_is_within_28_percent_of_the_row_that_holds_it(sizes, q):
    errors = Errors.count(np.zeros(len(sizes)), sizes, EDGES)
    exact = np.quantile(sizes, q, method="inverted_cdf")
    assert regression.absolute_error_quantile(errors, q) == pytest.approx(exact, rel=0.28)


def test_beyond_the_last_edge_a_quantile_is_that_edge():
    errors = Errors.count([0.0, 0.0], [1e9, 1e9], EDGES)
    assert regression.absolute_error_quantile(errors, 0.5) == EDGES[-1] == 100.0
    assert regression.max_error(errors) == 1e9


def test_rows_that_are_no_numbers_or_beyond_squares_are_left_out():
    errors = Errors.count(
        [1.0, math.nan, math.inf, 1e200, 0.0, 2.0], [2.0, 1.0, 1.0, 1e200, 1e200, None], EDGES
    )
    assert errors.scored_total == 1
    assert regression.mean_squared_error(errors) == 1.0


def test_no_number_of_huge_errors_makes_a_sum_that_nothing_can_be_told_from():
    largest = Errors.count([3e144], [0.0], EDGES)
    assert largest.scored_total == 1
    assert math.isfinite(2.0**63 * largest.squared_error_sum)
    huge = Errors.count([1e154, -1e154, 1e-300, 2.0], [-1e154, 1e154, 1e100, 3.0], EDGES)
    assert (huge.scored_total, huge.squared_error_sum) == (2, 1e200)
    assert huge.absolute_percentage_error_sum == 0.5


def test_an_actual_too_close_to_zero_to_divide_by_counts_as_zero():
    errors = Errors.count([1e-310, 2.0], [5.0, 3.0], EDGES)
    assert regression.mean_absolute_percentage_error(errors) == 0.5
    assert regression.undefined_percentage_share(errors) == 0.5


def test_errors_that_exceed_the_actual_beyond_measure_are_infinite_shares_of_it():
    assert regression.weighted_absolute_percentage_error(Errors.count([1e-310], [5.0], EDGES)) == math.inf


def test_without_rows_nothing_has_data():
    empty = Errors.count([], [], EDGES)
    for metric in (
        regression.mean_absolute_error,
        regression.root_mean_squared_error,
        regression.bias,
        regression.mean_absolute_percentage_error,
        regression.undefined_percentage_share,
        regression.weighted_absolute_percentage_error,
        regression.r_squared,
        regression.max_error,
    ):
        assert math.isnan(metric(empty))
    assert math.isnan(regression.absolute_error_quantile(empty, 0.5))
    assert math.isnan(regression.absolute_error_quantile(Errors.count([1.0], [2.0], ()), 0.5))


@settings(max_examples=200)
@given(st.floats(1e-12, 1e12))
def test_the_ladder_of_errors_spans_four_decades_of_any_scale_in_even_steps(scale):
    edges = np.array(error_edges(scale))
    assert edges[0] <= scale / 1000 * (1 + 1e-8)
    assert edges[-1] >= 10 * scale * (1 - 1e-8)
    assert 41 <= edges.size <= 43
    steps = edges[1:] / edges[:-1]
    assert steps.min() > 1.2
    assert steps.max() <= 1.2801


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_scale_that_is_no_size_is_refused(scale):
    with pytest.raises(ValueError, match="scale: expected a finite number above 0"):
        error_edges(scale)
