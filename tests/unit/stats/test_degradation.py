"""Levels of degradation: significance and effect size, direction, and never ok for want of rows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats import degradation
from modelmonitor.stats.degradation import Level, Tolerated

HIGHER = Tolerated(alpha=0.01)
LOWER = Tolerated(alpha=0.01, higher_is_better=False)


def alarm_rate(share, rows, baseline, tolerated):
    """Return the exact chance of an alarm, from the binomial law."""
    chance = stats.binom.pmf(np.arange(rows + 1), rows, share)
    levels = [degradation.judge_share(it, rows, baseline, tolerated).level for it in range(rows + 1)]
    return sum(p for p, level in zip(chance, levels, strict=True) if level in (Level.WARNING, Level.CRITICAL))


def test_five_percent_of_small_windows_is_noise_for_a_fixed_rule_and_not_for_ours():
    fixed = {n: stats.binom.cdf(math.ceil(0.855 * n) - 1, n, 0.9) for n in (100, 200, 500)}
    assert fixed[100] == pytest.approx(0.0726, abs=0.003)
    assert fixed[200] == pytest.approx(0.0168, abs=0.003)
    for rows in (100, 200, 500):
        assert alarm_rate(0.9, rows, 0.9, HIGHER) < 0.0001


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
@pytest.mark.parametrize("baseline", [0.55, 0.9, 0.99])
@pytest.mark.parametrize("rows", [400, 1000, 4000])
def test_exactly_at_the_limit_false_alarms_keep_their_stated_rate(alpha, baseline, rows):
    for tolerated in (Tolerated(alpha), Tolerated(alpha, higher_is_better=False)):
        limit = tolerated.limit(baseline, 0.05)
        if limit < 1:
            most = {0.05: 1.5, 0.01: 1.8, 0.001: 2.7}[alpha]
            assert alarm_rate(limit, rows, baseline, tolerated) <= most * alpha


def test_twice_the_tolerated_fall_is_seen_and_what_is_within_is_ok():
    assert alarm_rate(0.81, 3000, 0.9, HIGHER) > 0.99
    assert degradation.judge_share(2700, 3000, 0.9, HIGHER).level is Level.OK
    assert degradation.judge_share(2600, 3000, 0.9, HIGHER).level is Level.OK  # -3.7 %, tolerated
    assert degradation.judge_share(2490, 3000, 0.9, HIGHER).level is Level.WARNING  # -7.8 %
    assert degradation.judge_share(2250, 3000, 0.9, HIGHER).level is Level.CRITICAL  # -17 %


def test_a_rising_error_is_bad_and_a_falling_one_is_not():
    assert degradation.judge_share(4000, 10_000, 0.3, LOWER).level is Level.CRITICAL
    assert degradation.judge_share(1000, 10_000, 0.3, LOWER).level is Level.OK
    assert degradation.judge_mean(1.5, 0.01, 5000, 1.0, LOWER).level is Level.CRITICAL
    assert degradation.judge_mean(0.5, 0.01, 5000, 1.0, LOWER).level is Level.OK
    assert degradation.judge_mean(0.5, 0.01, 5000, 1.0, HIGHER).level is Level.CRITICAL
    assert degradation.judge_mean(-0.2, 0.01, 5000, -0.1, HIGHER).level is Level.CRITICAL
    assert degradation.judge_mean(-0.098, 0.0001, 5000, -0.1, HIGHER).level is Level.OK


def test_no_rows_are_never_ok():
    assert degradation.judge_share(0, 0, 0.9, HIGHER).level is Level.INSUFFICIENT
    assert degradation.judge_mean(math.nan, math.nan, 0, 1.0, LOWER).level is Level.INSUFFICIENT
    assert degradation.judge_mean(math.nan, 0.1, 10, 1.0, LOWER).level is Level.INSUFFICIENT


def test_few_good_rows_are_not_ok_and_say_how_many_are_needed():
    for rows in (1, 100, 200, 300):
        few = degradation.judge_share(round(0.9 * rows), rows, 0.9, HIGHER)
        assert few.level is Level.INSUFFICIENT
        assert few.rows_needed == 332
    assert degradation.judge_share(299, 332, 0.9, HIGHER).level is Level.OK
    assert alarm_rate(0.81, 332, 0.9, HIGHER) == pytest.approx(0.45, abs=0.05)  # what "enough" means


def test_a_collapse_is_told_before_there_are_enough_rows_to_say_ok():
    collapsed = degradation.judge_share(20, 150, 0.9, HIGHER)
    assert collapsed.level is Level.CRITICAL
    assert collapsed.rows < collapsed.rows_needed
    assert degradation.judge_share(0, 100, 0.9, HIGHER).level is Level.INSUFFICIENT  # but not from too few


@given(st.integers(1, 4000), st.floats(0, 1), st.floats(0.05, 1), st.floats(0.0001, 0.4), st.booleans())
def test_an_alarm_always_has_significance_and_effect_size(rows, share, baseline, alpha, higher):
    tolerated = Tolerated(alpha, higher_is_better=higher)
    found = degradation.judge_share(round(share * rows), rows, baseline, tolerated)
    limits = {
        Level.WARNING: tolerated.limit(baseline, 0.05),
        Level.CRITICAL: tolerated.limit(baseline, 0.10),
    }
    if found.level in limits:
        limit = limits[found.level]
        z = (found.value - limit) / math.sqrt(limit * (1 - limit) / rows) if limit < 1 else -math.inf
        assert tolerated.worse(found.value, limit)
        assert stats.norm.sf(abs(z)) < alpha * (1 + 1e-9)


def test_a_baseline_that_leaves_no_room_for_worse_never_says_ok():
    assert degradation.judge_share(970, 1000, 0.97, LOWER).level is Level.INSUFFICIENT
    assert degradation.judge_share(970, 1000, 0.97, LOWER).rows_needed is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: degradation.judge_share(1, 2, 0.0, HIGHER), "baseline in"),
        (lambda: degradation.judge_share(3, 2, 0.5, HIGHER), "successes <= rows"),
        (lambda: degradation.judge_mean(1.0, 0.1, 100, 0.0, LOWER), "not 0"),
        (lambda: Tolerated(alpha=0.0), "an alpha in"),
        (lambda: Tolerated(alpha=0.01, warning=0.2), "warning <= critical"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
