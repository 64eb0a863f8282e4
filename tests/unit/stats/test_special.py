"""Tails against scipy."""

import math

import numpy as np
import pytest
from scipy import special as oracle
from scipy import stats

from modelmonitor.stats import special


@pytest.mark.parametrize("p", [1e-300, 1e-12, 1e-9, 1e-5, 0.001, 0.02, 0.3, 0.5, 0.7, 0.999, 1 - 1e-9])
def test_the_normal_quantile_is_scipys_far_into_the_tails(p):
    assert special.normal_quantile(p) == pytest.approx(stats.norm.ppf(p), rel=1e-12, abs=1e-12)
    assert special.normal_tail(-special.normal_quantile(p)) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("p", [0, 1, -0.1, 1.1, math.nan])
def test_a_quantile_of_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=r"^p: expected a probability inside"):
        special.normal_quantile(p)


def test_the_chi_squared_tail_is_scipys_for_any_freedom():
    for freedom in (1, 2, 3, 9, 10, 50, 500, 3000):
        for level in (0.999999, 0.9, 0.5, 0.1, 0.01, 1e-5, 1e-12):
            x = stats.chi2.isf(level, freedom)
            ours = special.chi_squared_tail(x, freedom)
            assert ours == pytest.approx(oracle.gammaincc(freedom / 2, x / 2), rel=1e-9, abs=0)
            assert abs(ours - oracle.gammaincc(freedom / 2, x / 2)) < 1e-12


def test_the_chi_squared_tail_ends_where_it_must():
    assert special.chi_squared_tail(0, 3) == 1
    assert special.chi_squared_tail(1e6, 3) == 0
    assert math.isnan(special.chi_squared_tail(1, 0))


def test_the_tail_of_students_t_is_scipys_for_any_freedom_on_both_sides():
    for freedom in (0.5, 1, 2, 2.5, 4, 9.3, 28, 199, 201, 5000, 50_000):
        for t in (0, 0.001, 0.1, 0.5, 1, 1.5, 2, 3, 5, 10, 50, 1e4):
            upper = stats.t.sf(t, freedom)
            assert special.student_tail(t, freedom) == pytest.approx(upper, rel=1e-9, abs=1e-12)
            assert abs(special.student_tail(t, freedom) - upper) < 1e-12
            assert special.student_tail(-t, freedom) == pytest.approx(1 - upper, abs=1e-12)


@pytest.mark.parametrize("t", [1e-9, 1e-6, 0.3, 2, 700])
def test_the_tail_of_students_t_is_the_closed_form_where_there_is_one(t):
    assert special.student_tail(t, 1) == pytest.approx(math.atan2(1, t) / math.pi, rel=1e-12)
    root = math.sqrt(2 + t * t)
    assert special.student_tail(t, 2) == pytest.approx(1 / (root * (root + t)), rel=1e-12)


def test_the_tail_of_students_t_ends_where_it_must():
    assert special.student_tail(0, 3) == pytest.approx(0.5, abs=1e-15)
    assert special.student_tail(math.inf, 3) == 0
    assert special.student_tail(-math.inf, 3) == 1
    assert math.isnan(special.student_tail(1, 0))
    assert math.isnan(special.student_tail(math.nan, 3))


def test_the_kolmogorov_tail_is_scipys_on_both_of_its_series():
    for x in np.linspace(0.01, 5, 200):
        assert special.kolmogorov_tail(x) == pytest.approx(oracle.kolmogorov(x), rel=1e-9, abs=1e-12)
    assert special.kolmogorov_tail(0) == 1
