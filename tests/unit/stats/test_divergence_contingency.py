"""Pearson's two-sample test against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats.contingency import chi_squared

PAIRS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=2, max_size=20)


@given(PAIRS)
def test_statistic_freedom_and_p_value_are_scipys(pairs):
    reference, live = (np.array(side) for side in zip(*pairs, strict=True))
    filled = (reference + live) > 0
    ours = chi_squared(reference, live)
    if filled.sum() < 2 or not (reference.sum() and live.sum()):
        return
    theirs = stats.chi2_contingency([reference[filled], live[filled]], correction=False)
    assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
    assert ours.freedom == theirs.dof
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-7, abs=1e-12)


def test_one_filled_cell_says_nothing_and_no_rows_are_no_number():
    assert chi_squared([5, 0], [9, 0]).p_value == 1
    assert math.isnan(chi_squared([5, 5], [0, 0]).p_value)


def test_false_alarms_are_nominal_where_goodness_of_fit_fires_on_every_third(rng):
    shares = np.full(5, 0.2)
    reference, live = rng.multinomial(1000, shares, 3000), rng.multinomial(1000, shares, 3000)
    ours = np.mean([chi_squared(p, q).p_value < 0.05 for p, q in zip(reference, live, strict=True)])
    theirs = np.mean(stats.chisquare(live, reference, axis=1).pvalue < 0.05)
    assert ours == pytest.approx(0.05, abs=0.015)
    assert theirs > 0.25
