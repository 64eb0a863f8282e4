"""Do drift verdicts keep their false-alarm rate, without drift and exactly at the tolerance, and have power?

A quick grid always; the full one under MODELMONITOR_THOROUGH. Rates are of the rule itself, applied to many
simulated windows at once by `distances`, which is first held against the code under test.
"""

import os

import numpy as np
import pytest
from scipy import optimize, stats

from modelmonitor.stats import drift, threshold
from modelmonitor.stats.divergence import psi
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from modelmonitor.stats.histogram import Histogram

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
thorough = pytest.mark.skipif(not THOROUGH, reason="long: set MODELMONITOR_THOROUGH")


def distances(reference, live, statistic):
    """Return the distance of each row of counts, and its filled cells."""
    some = (reference + live) > 0
    m, n = reference.sum(1, keepdims=True), live.sum(1, keepdims=True)
    if statistic is Statistic.KS:
        return np.abs(reference.cumsum(1) / m - live.cumsum(1) / n).max(1), some.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        if statistic is Statistic.CHI_SQUARED:
            terms = (1 / n + 1 / m) * (np.sqrt(m / n) * live - np.sqrt(n / m) * reference) ** 2
            return np.nansum(terms / (reference + live), 1), some.sum(1)
        p, q = (reference + 0.5) * some, (live + 0.5) * some
        p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
        if statistic is Statistic.PSI:
            return np.nansum((q - p) * np.log(q / p), 1), some.sum(1)
        terms = p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))
        return np.nansum(terms, 1) / 2, some.sum(1)


def false_alarms(rng, shares, n, m, rule, repetitions):
    """Return the share of windows with an alarm, over alpha, when the true distance is the tolerance."""
    moved = at_tolerance(shares, rule, n, m)
    hits = done = 0
    while done < repetitions:
        size = min(100_000, repetitions - done)
        reference, live = rng.multinomial(m, shares, size), rng.multinomial(n, moved, size)
        value, cells = distances(reference, live, rule.statistic)
        hits += np.count_nonzero(value > critical(rule, cells, n, m))
        done += size
    return hits / done / rule.alpha


def critical(rule, cells, n, m):
    s = threshold.noise(n, m)
    if rule.statistic is Statistic.KS:
        return threshold.critical_ks(s, rule.tolerance, rule.alpha)
    law = threshold.critical_js if rule.statistic is Statistic.JS else threshold.critical_psi
    return law(cells, s, rule.tolerance, rule.alpha)


def at_tolerance(shares, rule, n, m):
    """Tilt the shares until their true distance is the tolerance."""
    if rule.tolerance == 0:
        return shares

    def tilted(strength):
        moved = shares * np.exp(strength * np.linspace(-1, 1, shares.size))
        return moved / moved.sum()

    def true(moved):
        if rule.statistic is Statistic.CHI_SQUARED:
            return np.sum((moved - shares) ** 2 * (n + m) / (n * moved + m * shares))
        huge = 1e14
        return distances((huge * shares)[None], (huge * moved)[None], rule.statistic)[0][0]

    return tilted(optimize.brentq(lambda it: true(tilted(it)) - rule.tolerance, 0, 50, xtol=1e-9))


SHARES = {
    "equal": lambda cells: np.full(cells, 1 / cells),
    "a rare cell": lambda cells: np.append(np.full(cells - 1, 0.999 / (cells - 1)), 0.001),
    "zipf": lambda cells: (1 / np.arange(1, cells + 1)) / np.sum(1 / np.arange(1, cells + 1)),
}
TOLERANCES = {
    Statistic.PSI: (0.0, 0.1),
    Statistic.JS: (0.0, 0.0125),
    Statistic.KS: (0.0, 0.05),
    Statistic.CHI_SQUARED: (0.0, 0.1),
}


@pytest.mark.parametrize("statistic", Statistic)
def test_the_simulation_is_of_the_code_under_test(statistic, rng):
    shares = rng.dirichlet(np.ones(10))
    shares[3] = 0
    shares /= shares.sum()
    edges = tuple(np.arange(9.0))
    for tolerance in TOLERANCES[statistic]:
        rule = Rule(statistic, tolerance, 0.05)
        for _ in range(20):
            reference, live = (
                rng.multinomial(30_000, shares),
                rng.multinomial(10_000, rng.permutation(shares)),
            )
            finding = drift.judge(Histogram(edges, reference), Histogram(edges, live), rule)
            value, cells = distances(reference[None], live[None], statistic)
            assert finding.value == pytest.approx(value[0], rel=1e-9)
            assert finding.critical == pytest.approx(critical(rule, cells[0], 10_000, 30_000), rel=1e-12)
            assert (finding.verdict is Verdict.DRIFT) == (finding.value > finding.critical)


@pytest.mark.parametrize("statistic", Statistic)
@pytest.mark.parametrize("cells", [5, 20])
@pytest.mark.parametrize("shape", ["equal", "a rare cell"])
def test_false_alarms_are_nominal_or_fewer_without_drift_and_at_the_tolerance(statistic, cells, shape, rng):
    for tolerance in TOLERANCES[statistic]:
        rule = Rule(statistic, tolerance, 0.05)
        for n, m in ((20 * cells, 20_000), (5000, 5000)):
            ratio = false_alarms(rng, SHARES[shape](cells), n, m, rule, 8000)
            rare = statistic is Statistic.CHI_SQUARED and shape == "a rare cell"
            assert ratio < (2.1 if rare else 1.2)  # the standard error is 0.05
            if tolerance == 0 and statistic is not Statistic.KS and shape == "equal":
                assert ratio > 0.65


def test_cells_that_nothing_ever_fills_raise_no_alarm_however_large_the_reference(rng):
    shares = np.append(np.full(10, 0.1), [0.0, 0.0])  # nothing unseen, nothing missing
    for rows in (240, 2400):
        ratio = false_alarms(rng, shares, rows, 10**7, Rule(Statistic.PSI, 0.0, 0.01), 20_000)
        assert 0.6 < ratio < 1.3


@pytest.mark.parametrize(("shift", "power"), [(0.1, 0.29), (0.2, 0.97), (0.3, 1.0)])
def test_power_is_that_of_a_calibrated_psi_where_fixed_thresholds_see_nothing(shift, power, rng):
    edges = stats.norm.ppf(np.arange(1, 10) / 10)
    moved = np.diff(np.concatenate([[0], stats.norm.cdf(edges - shift), [1]]))
    reference, live = rng.multinomial(10_000, np.full(10, 0.1), 4000), rng.multinomial(1000, moved, 4000)
    value, cells = distances(reference, live, Statistic.PSI)
    rule = Rule(Statistic.PSI, 0.0, 0.01)
    assert np.mean(value > critical(rule, cells, 1000, 10_000)) == pytest.approx(power, abs=0.04)
    assert np.mean(value > 0.2) < 0.01


def test_the_noise_of_psi_without_drift_is_its_stated_law(rng):
    reference, live = (
        rng.multinomial(10_000, np.full(10, 0.1), 20_000),
        rng.multinomial(5000, np.full(10, 0.1), 20_000),
    )
    value = distances(reference, live, Statistic.PSI)[0] / threshold.noise(5000, 10_000)
    assert value.mean() == pytest.approx(9, rel=0.02)
    assert np.quantile(value, 0.99) == pytest.approx(stats.chi2.ppf(0.99, 9), rel=0.04)
    assert psi(reference[0], live[0]) == pytest.approx(value[0] * threshold.noise(5000, 10_000))


def month(rng, features, rule, rows_each=200, m=20_000):
    """Count the false alarms of a month: a window of an hour, looked at every 5 minutes."""
    alarms = 0
    for _ in range(features):
        reference = rng.multinomial(m, np.full(11, 1 / 11))
        arrived = rng.multinomial(rows_each, np.full(11, 1 / 11), 30 * 288 + 11).cumsum(axis=0)
        live = np.concatenate([arrived[11:12], arrived[12:] - arrived[:-12]])
        value, cells = distances(np.broadcast_to(reference, live.shape), live, rule.statistic)
        alarms += np.count_nonzero(value > critical(rule, cells, 12 * rows_each, m))
    return alarms


def test_a_month_of_looks_at_every_feature_stays_within_the_budget(rng):
    rule = Rule(Statistic.PSI, 0.0, threshold.alpha_of_budget(1.0, features=10, interval=300))
    uncorrected = Rule(Statistic.PSI, 0.0, 0.05)
    assert month(rng, 10, rule) <= 12  # one unlucky window is seen by up to 12 looks
    assert month(rng, 1, uncorrected) > 100


@thorough
def test_thirty_months_of_looks_stay_within_the_budget(rng):
    for tolerance in (0.0, 0.02):
        rule = Rule(Statistic.PSI, tolerance, threshold.alpha_of_budget(1.0, features=20, interval=300))
        assert sum(month(rng, 20, rule) for _ in range(30)) <= 30 * 1.5


@thorough
@pytest.mark.parametrize("statistic", Statistic)
@pytest.mark.parametrize("shape", SHARES)
@pytest.mark.parametrize("cells", [5, 10, 20])
def test_the_full_grid_keeps_the_stated_rates(statistic, shape, cells, rng):
    for tolerance in (*TOLERANCES[statistic], 2 * TOLERANCES[statistic][1]):
        for alpha, repetitions, most in ((0.05, 20_000, 1.15), (0.01, 50_000, 1.4), (0.001, 200_000, 1.6)):
            for n in (20 * cells, 2000, 20_000):
                for m in (1000, 20_000):
                    rule = Rule(statistic, tolerance, alpha)
                    if m < threshold.ROWS_PER_CELL * cells:
                        continue
                    ratio = false_alarms(rng, SHARES[shape](cells), n, m, rule, repetitions)
                    assert ratio < (12 if statistic is Statistic.CHI_SQUARED else most), (rule, n, m)


@thorough
@pytest.mark.parametrize(("shape", "most"), [("equal", 1.9), ("a rare cell", 1.9), ("zipf", 3.8)])
def test_the_far_tail_of_a_monthly_budget_keeps_its_stated_rate(shape, most, rng):
    for tolerance in (0.0, 0.1):
        rule = Rule(Statistic.PSI, tolerance, 1e-5)
        assert false_alarms(rng, SHARES[shape](11), 25 * 11, 20_000, rule, 4_000_000) < most
