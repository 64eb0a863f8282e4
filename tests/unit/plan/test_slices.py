"""Alerts on measurements that last: no single bad value fires one, and what was adapted is said."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import references
from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import burnrate, oracle
from modelmonitor.plan.oracle import Counting, Outage
from modelmonitor.plan.slo import Slo
from monitors import monitor, objective

MINUTE = Fraction(60)
STANDARD = {"page-quick", "page-slow", "ticket-quick", "ticket-slow"}
percents = st.decimals("30", "99.9", places=2).map(float)
periods = st.integers(7, 92).map(lambda days: f"{days}d")
windows = st.integers(1, 14 * 24 * 5).map(lambda twelfths: f"{12 * twelfths}m")


def body(lasts: str, **fields: Any) -> dict[str, Any]:
    """Give a monitor with a measurement over a window; a regression, whose errors need no reference."""
    sli = {"quality": {"metric": "MSE", "atMost": 4, "window": lasts}}
    return monitor(objectives=[objective("exact", **{"objective": 95, "sli": sli, **fields})])


def planned(lasts: str, **fields: Any) -> Slo:
    return plan.objectives(api.parse(body(lasts, **fields)))[0]


def refused(lasts: str, **fields: Any) -> str:
    (problem,) = plan.check(api.parse(body(lasts, **fields)))
    return str(problem)


def adaptations(slo: Slo) -> dict[str, str]:
    notes = (note.removeprefix("exact: ").partition(": ") for note in plan.adaptations([slo]))
    return {name: note for name, _, note in notes}


def test_six_hours_at_95_percent_are_accepted_with_both_numbers() -> None:
    """Of 36 hours, 16.7 % would be just as long as one value lasts: 17 % are more."""
    slo = planned("6h")
    (pair,) = slo.pairs
    assert (pair.name, str(pair.long), str(pair.short), pair.factor) == (
        "ticket-slow",
        "3d",
        "6h",
        Fraction("1.7"),
    )
    assert burnrate.bad_time(slo.objective, pair) == Fraction("6.12") * 3600
    assert adaptations(slo) == {
        "ticket-slow": "fires after 6h7m12s of bad slices, which are 17 % of the budget, in place of 3h36m: "
        "one bad value lasts 6h",
        "page-quick": "left out, because one bad value lasts 6h, it would fire after 43m12s",
        "page-slow": "left out, because one bad value lasts 6h, it would fire after 1h48m",
        "ticket-quick": "left out, because one bad value lasts 6h, it would fire after 3h36m",
    }


def test_pairs_that_outlast_a_value_are_the_standard_ones() -> None:
    slo = planned("1h")
    assert [pair.name for pair in slo.pairs] == ["page-slow", "ticket-quick", "ticket-slow"]
    assert [pair.adapted for pair in slo.pairs] == ["", "", ""]
    assert list(adaptations(slo)) == ["page-quick"]


def test_a_value_that_lasts_longer_than_half_the_budget_is_refused_with_both_numbers() -> None:
    assert planned("18h").pairs
    assert refused("19h") == (
        "spec.objectives[0].sli.quality.window: expected an alert that needs more than one bad value "
        "(19h of bad slices), got 18h, which are 50 % of the budget; "
        "measure over less time, lengthen the objective's window or lower the objective"
    )


def test_a_pair_of_one_s_own_is_refused_where_one_value_fires_it() -> None:
    pairs = [{"name": "page", "factor": 10, "long": "2h", "severity": "critical"}]
    said = refused("6h", pairs=pairs)
    assert "more than one bad value (6h of bad slices), got page, which fires after 1h" in said


def test_a_guard_of_more_slices_than_the_window_has_is_refused() -> None:
    (pair,) = planned("6h").pairs
    assert planned("6h").least_events(pair) == 12
    assert planned("6h", minEvents=4320).least_events(pair) == 4320
    assert "expected at most 4320: ticket-slow looks at 3d, in slices of 1m, got 4321" in refused(
        "6h", minEvents=4321
    )


@pytest.mark.parametrize(("window", "names"), [("1h", 3), ("6h", 1)])
def test_drift_lasts_as_long_as_its_window(window: str, names: int) -> None:
    own = [objective("steady", objective=95, sli={"drift": {"of": "Prediction"}})]
    reference = {"configMapRef": {"name": "churn-reference"}}
    parsed = api.parse(monitor(objectives=own, drift={"window": window}, reference=reference))
    (slo,) = plan.objectives(parsed, references.profile("age"))
    assert len(slo.pairs) == names


@given(percents, periods, windows)
def test_one_bad_value_alone_fires_nothing_whatever_is_promised(
    percent: float, period: str, window: str
) -> None:
    lasts = Duration.parse(window).exact_seconds
    if lasts > burnrate.longest_value(_objective(window, percent, period)):
        assert "more than one bad value" in refused(window, objective=percent, window=period)
        return
    slo = planned(window, objective=percent, window=period)
    assert slo.pairs
    assert {pair.name for pair in slo.pairs} <= STANDARD
    for pair in slo.pairs:
        threshold = pair.threshold(slo.budget)
        assert burnrate.bad_time(slo.objective, pair) >= lasts
        assert pair.factor >= 1
        assert threshold <= burnrate.CEILING
        assert pair.long < slo.period
        assert pair.short.milliseconds % 60_000 == 0
        assert pair.factor * pair.long.exact_seconds <= slo.period.exact_seconds / 2 * Fraction(101, 100)
        once = Outage(Fraction(1), MINUTE, Counting.SAMPLES, math.floor(lasts / MINUTE) * MINUTE)
        assert oracle.forecast(pair, threshold, once).firing is None


@given(percents, periods, windows)
def test_what_is_adapted_or_left_out_is_said(percent: float, period: str, window: str) -> None:
    try:
        slo = planned(window, objective=percent, window=period)
    except SpecInvalid:
        return
    kept = {pair.name for pair in slo.pairs if not pair.adapted}
    assert set(adaptations(slo)) == STANDARD - kept


def _objective(window: str, percent: float, period: str) -> Any:
    return api.parse(body(window, objective=percent, window=period)).spec.objectives[0]
