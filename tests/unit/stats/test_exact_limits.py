"""Exact limits keep their promise where Wilson's break it: rare events, levels of thousands of looks."""

import os

import numpy as np
import pytest
from scipy import stats

from modelmonitor.stats import fairness, intervals
from modelmonitor.stats.groups import Groups

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
LEVELS = (0.025, 1e-3, 1e-5, 1e-6)
Z = 1.959963984540054


def quantile(alpha):
    return -stats.norm.ppf(alpha)


@pytest.mark.parametrize("alpha", LEVELS)
@pytest.mark.parametrize("rows", [1, 10, 100, 1000, 20_000])
def test_limits_are_close_to_clopper_and_pearsons_and_never_far_inside(alpha, rows):
    x = np.unique(np.round(np.linspace(0, rows, 100)))
    ours = intervals.exact(x, rows, quantile(alpha))
    low = np.where(x == 0, 0, stats.beta.ppf(alpha, np.maximum(x, 1), rows - x + 1))
    high = np.where(x == rows, 1, stats.beta.isf(alpha, x + 1, np.maximum(rows - x, 1)))
    assert np.all(ours.low - low < 0.002)
    assert np.all(high - ours.high < 0.002)
    if rows >= 100:
        assert np.max(np.abs(ours.low - low)) < 0.02
        assert np.max(np.abs(ours.high - high)) < 0.02


def test_limits_of_nothing_and_of_everything():
    nothing, every = intervals.exact(0, 50, Z), intervals.exact(50, 50, Z)
    assert (float(nothing.value), float(nothing.low)) == (0, 0)
    assert (float(every.value), float(every.high)) == (1, 1)
    unknown = intervals.exact(0, 0, Z)
    assert np.isnan([unknown.value, unknown.low, unknown.high]).all()


def probabilities(rows, share):
    """Return counts of successes that may come, and how likely each is."""
    x = np.arange(rows + 1)
    likely = stats.binom.pmf(x, rows, share)
    kept = likely > 1e-15
    return x[kept], likely[kept]


@pytest.mark.parametrize("alpha", LEVELS)
@pytest.mark.parametrize("share", [0.001, 0.01, 0.3, 0.9])
def test_false_alarms_about_one_share_are_no_more_than_promised(alpha, share):
    for rows in (100, 1000, 20_000):
        x, likely = probabilities(rows, share)
        limits = intervals.exact(x, rows, quantile(alpha))
        assert likely[limits.low > share].sum() < 1.02 * alpha
        assert likely[limits.high < share].sum() < 1.02 * alpha


def test_two_of_a_hundred_are_not_surely_more_than_one_of_a_thousand():
    z = quantile(1e-6)
    assert intervals.wilson(2, 100, z).low > 0.001
    assert stats.binom.sf(1, 100, 0.001) > 4000 * 1e-6
    assert intervals.exact(2, 100, z).low < 0.001


ROWS = ((30, 30), (30, 1000), (1000, 30), (200, 200), (100, 10_000))
ROWS = (*ROWS, (2000, 2000), (20_000, 1000)) if THOROUGH else ROWS


@pytest.mark.parametrize("alpha", LEVELS)
@pytest.mark.parametrize(("one", "two"), [(0.15, 0.05), (0.11, 0.01), (0.06, 0.05), (1.0, 0.9), (0.5, 0.4)])
def test_false_alarms_about_two_shares_are_no_more_than_promised(alpha, one, two):
    for first, second in ROWS:
        (x, p), (y, q) = probabilities(first, one), probabilities(second, two)
        likely = p[:, None] * q
        above = intervals.exact(x[:, None], first, quantile(alpha))
        below = intervals.exact(y, second, quantile(alpha))
        difference = intervals.difference(above, below).low
        ratio = intervals.quotient(below, above).high
        assert likely[difference > one - two + 1e-12].sum() < 1.02 * alpha
        assert likely[ratio < two / one - 1e-12].sum() < 1.02 * alpha


def test_gaps_take_the_limits_that_are_asked_for():
    who, chosen = [0] * 100 + [1] * 100, [True] * 60 + [False] * 40 + [True] * 30 + [False] * 70
    groups = Groups.count_predictions(who, chosen, ["f", "m"])
    wilson = fairness.demographic_parity_difference(groups, 0.999)
    exact = fairness.demographic_parity_difference(groups, 0.999, intervals.exact)
    assert exact.value == wilson.value
    assert exact.low < wilson.low < wilson.high < exact.high
