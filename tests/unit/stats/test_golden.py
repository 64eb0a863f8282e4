"""Published values of other implementations, to six digits where the definitions are equal.

The counts are those of the car loans: the first 10,000 rows of the reference against the last 10,000 of the
analysis, and for no drift the first and last 5,000 of the reference. tests/realdata counts them anew.
"""

import json
import math
from pathlib import Path

import pytest

from modelmonitor.stats import cumulative, divergence, drift
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.contingency import chi_squared
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from modelmonitor.stats.histogram import Histogram

FROZEN = json.loads((Path(__file__).parent / "carloan.json").read_text())
OTHERS = {"pseudocount": 0, "floor": 1e-4}
"""How the surveyed tools treat empty cells."""


def columns(name):
    kind = Histogram if "edges" in FROZEN[name][0] else Categories
    return [kind.from_dict(side) for side in FROZEN[name]]


def cells(name):
    return [side.cells for side in columns(name)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("car_value", 1.862965),
        ("car_value, 20 cells", 1.818325),
        ("car_value, no drift", 0.002497),
        ("debt_to_income_ratio", 0.002045),
        ("salary_range", 0.216955),
        ("repaid_loan_on_prev_car", 0.279167),
    ],
)
def test_psi_of_quantile_bins_with_a_floor(name, value):
    assert divergence.psi(*cells(name), **OTHERS) == pytest.approx(value, abs=1e-6)


def test_jensen_shannon_as_distance_in_nats_and_in_bits():
    numeric = divergence.js_divergence(*cells("car_value"), **OTHERS)
    assert math.sqrt(numeric) == pytest.approx(0.389549, abs=1e-6)
    assert divergence.js_distance(numeric) == pytest.approx(0.467896, abs=1e-6)
    assert math.sqrt(divergence.js_divergence(*cells("salary_range"), **OTHERS)) == pytest.approx(
        0.149639, abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "statistic", "p_value"),
    [
        ("salary_range", 774.2216, 1.686e-167),
        ("repaid_loan_on_prev_car", 1344.7059, 2.178e-294),
        ("salary_range, no drift", 4.8019, 0.186888),
    ],
)
def test_chi_squared_of_two_samples(name, statistic, p_value):
    found = chi_squared(*cells(name))
    assert found.statistic == pytest.approx(statistic, abs=5e-5)
    assert found.p_value == pytest.approx(p_value, rel=1e-3)


def test_ks_on_ten_cells_falls_short_of_the_published_one_by_less_than_a_cell():
    assert 0.4384 - 0.1 < cumulative.ks(*columns("car_value")) <= 0.4384
    assert cumulative.ks(*columns("debt_to_income_ratio")) <= 0.0136
    assert cumulative.ks_p_value(0.0136, 10_000, 10_000) == pytest.approx(0.313, abs=5e-4)


@pytest.mark.parametrize("statistic", Statistic)
def test_what_drifted_drifts_and_what_did_not_does_not(statistic):
    rule = Rule(statistic, 0.0, 1e-4)
    assert drift.judge(*columns("car_value"), rule).verdict is Verdict.DRIFT
    assert drift.judge(*columns("car_value, no drift"), rule).verdict is Verdict.NONE
    assert drift.judge(*columns("debt_to_income_ratio"), rule).verdict is Verdict.NONE
    if statistic is not Statistic.KS:
        assert drift.judge(*columns("salary_range"), rule).verdict is Verdict.DRIFT
        assert drift.judge(*columns("salary_range, no drift"), rule).verdict is Verdict.NONE


def test_our_pseudocount_hardly_changes_well_filled_cells():
    assert divergence.psi(*cells("car_value")) == pytest.approx(1.862965, rel=0.03)
