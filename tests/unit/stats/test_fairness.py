"""Fairness gaps: their definitions, the promise of their limits, and the states that follow."""

import math

import numpy as np
import pytest

from modelmonitor.stats import fairness, intervals
from modelmonitor.stats.fairness import State, at_least, at_most
from modelmonitor.stats.groups import Groups
from modelmonitor.stats.outcomes import false_positive_rate, recall

Z = 1.959963984540054


def selected(**groups):
    """Return groups of (selected, rows) each."""
    counts = [[rows - chosen, chosen] for chosen, rows in groups.values()]
    return Groups(
        tuple(groups), np.array([*counts, [0, 0]]), np.zeros((len(counts) + 1, 2, 2), dtype=np.int64)
    )


def drawn(rows, rng):
    group = rng.choice(4, rows, p=[0.5, 0.3, 0.15, 0.05])
    actual = rng.random(rows) < np.array([0.4, 0.3, 0.35, 0.5])[group]
    chosen = rng.random(rows) < np.where(actual, 0.8, 0.2) - 0.05 * group
    return group, actual, chosen


def test_gaps_are_the_extremes_of_rates_over_declared_groups(rng):
    group, actual, chosen = drawn(20_000, rng)
    names = ("a", "b", "c")
    groups = Groups.count_predictions(group, chosen, names) + Groups.count_labelled(
        group, actual, chosen, names
    )
    rate = [chosen[group == at].mean() for at in range(3)]
    tpr = [chosen[(group == at) & actual].mean() for at in range(3)]
    fpr = [chosen[(group == at) & ~actual].mean() for at in range(3)]
    np.testing.assert_allclose(fairness.selection_rate(groups), rate)
    np.testing.assert_allclose(recall(groups.outcomes), tpr)
    np.testing.assert_allclose(false_positive_rate(groups.outcomes), fpr)
    difference = fairness.demographic_parity_difference(groups)
    assert difference.value == pytest.approx(max(rate) - min(rate))
    assert (difference.least, difference.most) == (names[np.argmin(rate)], names[np.argmax(rate)])
    assert fairness.demographic_parity_ratio(groups).value == pytest.approx(min(rate) / max(rate))
    assert fairness.equal_opportunity_difference(groups).value == pytest.approx(max(tpr) - min(tpr))
    assert fairness.equalised_odds_difference(groups).value == pytest.approx(
        max(max(tpr) - min(tpr), max(fpr) - min(fpr))
    )
    assert int(groups.selected[-1].sum()) == int((group == 3).sum())


@pytest.mark.parametrize(
    ("chosen", "state"),
    [(480, State.MET), (430, State.UNCERTAIN), (390, State.UNCERTAIN), (300, State.VIOLATED)],
)
def test_four_fifths_of_half_is_judged_with_its_uncertainty(chosen, state):
    gap = fairness.demographic_parity_ratio(selected(f=(chosen, 1000), m=(500, 1000)))
    assert gap.value == pytest.approx(chosen / 500)
    assert gap.low <= gap.value <= gap.high
    assert at_least(gap, 0.8) is state


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ((500, 5000), (510, 5000), State.MET),
        ((500, 5000), (1500, 5000), State.VIOLATED),
        ((6, 40), (8, 40), State.UNCERTAIN),
    ],
)
def test_a_difference_is_judged_with_its_uncertainty(first, second, state):
    assert at_most(fairness.demographic_parity_difference(selected(f=first, m=second)), 0.1) is state


def test_small_groups_are_set_aside_and_named_and_one_group_proves_nothing():
    gap = fairness.demographic_parity_difference(selected(f=(500, 1000), m=(480, 1000), x=(0, 29), y=(0, 0)))
    assert gap.value == pytest.approx(0.02)
    assert gap.left_out == ("x", "y")
    alone = fairness.demographic_parity_ratio(selected(f=(500, 1000), m=(0, 29)))
    assert math.isnan(alone.value)
    assert alone.left_out == ("m",)
    assert at_least(alone, 0.8) is at_most(alone, 0.1) is State.INSUFFICIENT
    assert at_least(fairness.demographic_parity_ratio(selected()), 0.8) is State.INSUFFICIENT


def test_equalised_odds_need_both_kinds_of_rows():
    group, chosen = np.repeat([0, 1], 50), np.tile([True, False], 50)
    groups = Groups.count_labelled(group, np.ones(100, dtype=bool), chosen, ("f", "m"))
    assert fairness.equal_opportunity_difference(groups).value == 0
    assert at_most(fairness.equalised_odds_difference(groups), 0.1) is State.INSUFFICIENT
    assert fairness.equalised_odds_difference(groups).left_out == ("f", "m")


def test_nobody_selected_is_not_fair_and_not_unfair():
    gap = fairness.demographic_parity_ratio(selected(f=(0, 100), m=(0, 100)))
    assert math.isnan(gap.value)
    assert (gap.low, gap.high) == (0, 1)
    assert at_least(gap, 0.8) is State.UNCERTAIN
    one_side = fairness.demographic_parity_ratio(selected(f=(0, 100), m=(50, 100)))
    assert one_side.value == one_side.low == 0
    assert at_least(one_side, 0.8) is State.VIOLATED


def test_the_order_of_groups_changes_no_limit():
    large, small = (1000, 10_000), (3, 30)
    for gap_of in (fairness.demographic_parity_ratio, fairness.demographic_parity_difference):
        one, other = gap_of(selected(f=large, m=small)), gap_of(selected(m=small, f=large))
        assert (one.low, one.high) == pytest.approx((other.low, other.high))


def test_many_groups_do_not_make_a_gap_out_of_noise(rng):
    false_alarms = 0
    for _ in range(400):
        chosen = rng.binomial(400, 0.4, 8)
        gap = fairness.demographic_parity_difference(
            selected(**{f"g{at}": (it, 400) for at, it in enumerate(chosen)})
        )
        false_alarms += at_most(gap, 0.0) is State.VIOLATED
    assert false_alarms <= 400 * 0.05


@pytest.mark.parametrize(
    ("share", "other", "rows"),
    [(0.5, 0.5, 50), (0.1, 0.2, 100), (0.02, 0.02, 2000), (0.9, 0.6, 30), (0.05, 0.3, 60), (0.02, 0.04, 300)],
)
def test_limits_hold_what_they_promise(share, other, rows, rng):
    first, second = (intervals.wilson(rng.binomial(rows, p, 40_000), rows, Z) for p in (share, other))
    for limits, truth, least in [
        (first, share, 0.92),
        (intervals.difference(first, second), share - other, 0.935),
        (intervals.quotient(first, second), share / other, 0.935),
    ]:
        covered = np.mean((limits.low <= truth) & (truth <= limits.high))
        assert least <= covered <= 0.985


def test_swapping_two_shares_mirrors_their_difference_and_inverts_their_ratio(rng):
    rows = rng.integers(1, 50, (2, 200))
    one, two = (intervals.wilson(rng.integers(0, n + 1), n, Z) for n in rows)
    there, back = intervals.difference(one, two), intervals.difference(two, one)
    np.testing.assert_allclose(there.low, -back.high, atol=1e-12)
    there, back = intervals.quotient(one, two), intervals.quotient(two, one)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(there.low, 1 / back.high, rtol=1e-9)
        np.testing.assert_allclose(there.high, 1 / back.low, rtol=1e-9)


def test_wilson_is_that_of_scipy_stays_within_shares_and_has_no_data_without_rows():
    from scipy.stats import binomtest

    for successes, rows in [(0, 10), (10, 10), (3, 17), (500, 1000), (1, 1)]:
        theirs = binomtest(successes, rows).proportion_ci(0.95, method="wilson")
        ours = intervals.wilson(successes, rows, Z)
        assert (float(ours.low), float(ours.high)) == pytest.approx(tuple(theirs), rel=1e-9, abs=1e-12)
        assert 0 <= ours.low <= ours.value <= ours.high <= 1
    nothing = intervals.wilson(0, 0, Z)
    assert math.isnan(nothing.value)
    assert math.isnan(nothing.low)
    assert math.isnan(nothing.high)
    unknown = intervals.quotient(nothing, intervals.wilson(5, 10, Z))
    assert math.isnan(unknown.low)
    assert math.isnan(unknown.high)
