"""Verdicts on drift: three states that are never confused, on every shape of column that people have."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats import drift, threshold
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram

PSI = Rule(Statistic.PSI, tolerance=0.1, alpha=1e-4)
NOISE = Rule(Statistic.PSI, tolerance=0.0, alpha=1e-4)
RULES = [Rule(statistic, tolerance, 1e-4) for statistic in Statistic for tolerance in (0.0, 0.1)]


def columns(reference, live):
    empty = Histogram.empty(edges_from_quantiles(reference))
    return empty.count(reference), empty.count(live)


SHAPES = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "heavy tails": lambda rng, n: rng.standard_cauchy(n),
    "skewed": lambda rng, n: rng.lognormal(0, 3, n),
    "ties": lambda rng, n: np.where(rng.random(n) < 0.6, 0.0, rng.random(n)),
    "low cardinality": lambda rng, n: rng.integers(0, 3, n).astype(float),
    "constant": lambda _, n: np.full(n, 7.0),
    "often missing": lambda rng, n: np.where(rng.random(n) < 0.3, np.nan, rng.standard_normal(n)),
    "infinities": lambda rng, n: np.where(rng.random(n) < 0.05, np.inf, rng.standard_normal(n)),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.statistic} {rule.tolerance:g}")
@pytest.mark.parametrize("shape", SHAPES)
def test_more_rows_of_the_same_column_are_no_drift_and_a_shift_is(shape, rule, rng):
    reference, live = SHAPES[shape](rng, 20_000), SHAPES[shape](rng, 5000)
    assert drift.judge(*columns(reference, live), rule).verdict is Verdict.NONE
    moved = live + 2 * (1 + np.nanmedian(np.abs(reference)))
    assert drift.judge(*columns(reference, moved), rule).verdict is Verdict.DRIFT


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.statistic} {rule.tolerance:g}")
def test_no_data_is_never_no_drift(rule, rng):
    reference, live = columns(rng.standard_normal(5000), [])
    assert drift.judge(reference, live, rule).verdict is Verdict.INSUFFICIENT
    assert math.isnan(drift.judge(reference, live, rule).value)
    assert drift.judge(live, reference, rule).verdict is Verdict.INSUFFICIENT
    assert drift.judge(live, live, rule).verdict is Verdict.INSUFFICIENT
    assert drift.judge(live, live, rule).critical == math.inf


@pytest.mark.parametrize(("rows", "verdict"), [(199, Verdict.INSUFFICIENT), (200, Verdict.DRIFT)])
def test_even_the_wildest_shift_needs_twenty_rows_a_cell(rows, verdict, rng):
    finding = drift.judge(*columns(rng.standard_normal(5000), np.full(rows, 50.0)), NOISE)
    assert finding.verdict is verdict
    assert finding.rows_needed == 200


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.statistic} {rule.tolerance:g}")
def test_the_rows_needed_are_the_fewest_that_give_a_verdict(rule):
    reference = Histogram(tuple(range(9)), np.full(10, 2000))
    needed = drift.rows_needed(rule, cells=10, m=20_000)

    def verdict(rows):
        counts = np.full(10, rows // 10)
        counts[: rows % 10] += 1
        return drift.judge(reference, Histogram(reference.edges, counts), rule).verdict

    assert verdict(needed) is Verdict.NONE
    assert verdict(needed - 1) is Verdict.INSUFFICIENT


@pytest.mark.parametrize("statistic", Statistic)
def test_with_a_tolerance_the_critical_value_of_any_verdict_is_under_twice_of_it(statistic):
    reference, tolerance = Histogram(tuple(range(9)), np.full(10, 2000)), 0.05
    for rows in range(200, 20_000, 200):
        live = Histogram(reference.edges, np.full(10, rows // 10))
        finding = drift.judge(reference, live, Rule(statistic, tolerance, 1e-4))
        assert (finding.verdict is Verdict.INSUFFICIENT) == (finding.critical >= 2 * tolerance)


def test_a_reference_too_small_for_its_tolerance_never_tells_of_no_drift():
    small = Histogram(tuple(range(9)), np.full(10, 20))
    live = Histogram(small.edges, np.full(10, 10**6))
    assert drift.judge(small, live, Rule(Statistic.PSI, 0.01, 1e-5)).rows_needed is None
    assert drift.judge(small, live, Rule(Statistic.PSI, 0.01, 1e-5)).verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(("rows", "verdict"), [(19, Verdict.INSUFFICIENT), (20, Verdict.DRIFT)])
@pytest.mark.parametrize("statistic", Statistic)
def test_drift_that_is_sure_is_told_before_its_absence_could_be(statistic, rows, verdict):
    """Twenty rows a cell, on both sides, are enough for what is surely more than tolerated."""
    edges = tuple(range(9))
    wide, few = Histogram(edges, np.full(10, 2000)), Histogram(edges, [10 * rows - 9, *[1] * 9])
    rule = Rule(statistic, 0.1 / 8 if statistic is Statistic.JS else 0.1, 1e-5)
    assert drift.rows_needed(rule, 10, wide.rows) > 200
    assert drift.judge(wide, few, rule).verdict is verdict
    assert drift.judge(few, wide, rule).verdict is verdict


@pytest.mark.parametrize("statistic", [Statistic.PSI, Statistic.JS, Statistic.CHI_SQUARED])
def test_a_surge_of_missing_values_is_drift(statistic, rng):
    reference, live = rng.standard_normal(20_000), rng.standard_normal(5000)
    live[::2] = math.nan
    rule = Rule(statistic, 0.05, 1e-5)
    assert drift.judge(*columns(reference, live), rule).verdict is Verdict.DRIFT


@pytest.mark.parametrize("statistic", [Statistic.PSI, Statistic.JS, Statistic.CHI_SQUARED])
def test_new_categories_are_drift_when_they_are_many_and_not_when_it_is_one_row(statistic):
    reference = Categories(("a", "b"), np.array([50_000, 50_000, 0]))
    rule = Rule(statistic, 0.0, 1e-5)
    one = Categories(("a", "b"), np.array([2500, 2499, 1]))
    many = Categories(("a", "b"), np.array([2450, 2450, 100]))
    assert drift.judge(reference, one, rule).verdict is Verdict.NONE
    assert drift.judge(reference, many, rule).verdict is Verdict.DRIFT


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.statistic} {rule.tolerance:g}")
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_one_absurd_row_changes_no_verdict_and_moves_the_distance_by_the_order_of_one_over_n(
    rule, shift, rng
):
    reference, live = rng.standard_normal(20_000), rng.standard_normal(5000) + shift
    without = drift.judge(*columns(reference, live), rule)
    for absurd in (1e6, -1e300, math.inf, math.nan):
        spoiled = np.append(live[:-1], absurd)
        finding = drift.judge(*columns(reference, spoiled), rule)
        assert finding.verdict is without.verdict
        assert abs(finding.value - without.value) < 10 / live.size
    in_reference = drift.judge(*columns(np.append(reference, 1e6), live), rule)
    assert in_reference.verdict is without.verdict
    assert abs(in_reference.value - without.value) < 0.01


@given(st.lists(st.lists(st.floats(-3, 3) | st.just(math.nan), max_size=80), min_size=1, max_size=8))
def test_a_finding_is_the_same_however_the_rows_were_split_over_replicas(parts):
    reference = Histogram.empty((-1.0, 0.0, 1.0)).count(np.linspace(-2, 2, 1000))
    empty = Histogram.empty(reference.edges)
    merged = empty
    for part in parts:
        merged = empty.count(part) + merged
    together = empty.count([value for part in parts for value in part])
    for rule in RULES:
        assert repr(drift.judge(reference, merged, rule)) == repr(drift.judge(reference, together, rule))


def test_ks_of_categories_and_other_cells_are_refused():
    names, edges = Categories.empty(["a"]), Histogram.empty([0.0])
    with pytest.raises(ValueError, match="expected a numeric column"):
        drift.judge(names, names, Rule(Statistic.KS, 0.1, 0.01))
    with pytest.raises(ValueError, match="expected the cells of the reference"):
        drift.judge(edges, Histogram.empty([1.0]), PSI)
    with pytest.raises(ValueError, match="expected the cells of the reference"):
        drift.judge(edges, names, PSI)


@pytest.mark.parametrize(("tolerance", "alpha"), [(-0.1, 0.01), (0.1, 0), (0.1, 0.6), (math.nan, 0.1)])
def test_a_rule_that_cannot_be_is_refused(tolerance, alpha):
    with pytest.raises(ValueError, match="expected a tolerance >= 0"):
        Rule(Statistic.PSI, tolerance, alpha)


def test_the_budget_is_shared_by_all_looks_at_all_features():
    alpha = threshold.alpha_of_budget(1.0, features=20, interval=300)
    assert alpha * 20 * 30 * 86400 / 300 == pytest.approx(1.0)
    assert threshold.alpha_of_budget(1e9, features=1, interval=60) == 0.5
    with pytest.raises(ValueError, match="more than 0 false alarms"):
        threshold.alpha_of_budget(0, features=1, interval=60)


@pytest.mark.parametrize(("freedom", "least", "most"), [(1, 0.965, 1.26), (4, 0.99, 1.14), (10, 0.99, 1.06)])
def test_the_critical_value_errs_as_stated_towards_silence(freedom, least, most):
    for noncentrality in (1e-9, 0.5, 5, 50, 500):
        for alpha in (0.05, 1e-3, 1e-6):
            near = threshold.critical_chi_squared(freedom, noncentrality, alpha)
            assert least < near / stats.ncx2.isf(alpha, freedom, noncentrality) < most


def test_critical_values_take_arrays_as_one_rule_for_all_features_must():
    cells, n = np.array([5, 11, 20]), np.array([1000, 2000, 4000])
    together = threshold.critical_psi(cells, threshold.noise(n, 10_000), 0.1, 1e-5)
    apart = [
        threshold.critical_psi(b, threshold.noise(k, 10_000), 0.1, 1e-5)
        for b, k in zip(cells, n, strict=True)
    ]
    assert together.tolist() == [float(value) for value in apart]
    assert threshold.critical_js(11, 0.001, 0.0125, 1e-5) * 8 == threshold.critical_psi(11, 0.001, 0.1, 1e-5)
    assert threshold.noise(0, 5) == math.inf
