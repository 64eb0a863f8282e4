"""Which pairs an objective gets: the table of the design, and laws for every objective and period."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import burnrate
from modelmonitor.plan.burnrate import Pair
from monitors import EVENTS, monitor, objective

# factor@window of each pair; * pages
TABLE = {
    ("66", "30d"): "2.32@6h12m 1@3d",
    ("66", "28d"): "2.32@5h48m 1@2d19h12m",
    ("66", "7d"): "2.1@1h36m* 1.4@6h* 1@16h48m",
    ("80", "30d"): "4@3h36m* 3@1d 1@3d",
    ("80", "28d"): "3.95@3h24m* 2.8@1d 1@2d19h12m",
    ("80", "7d"): "3.36@1h* 1.4@6h* 1@16h48m",
    ("85", "30d"): "5.14@2h48m* 3@1d 1@3d",
    ("85", "28d"): "5.17@2h36m* 2.8@1d 1@2d19h12m",
    ("85", "7d"): "3.36@1h* 1.4@6h* 1@16h48m",
    ("90", "30d"): "8@1h48m* 6@6h* 3@1d 1@3d",
    ("90", "28d"): "7.47@1h48m* 5.6@6h* 2.8@1d 1@2d19h12m",
    ("90", "7d"): "3.36@1h* 1.4@6h* 1@16h48m",
    ("95", "30d"): "14.4@1h* 6@6h* 3@1d 1@3d",
    ("95", "28d"): "13.44@1h* 5.6@6h* 2.8@1d 1@2d19h12m",
    ("99", "7d"): "3.36@1h* 1.4@6h* 1@16h48m",
    ("99.9", "30d"): "14.4@1h* 6@6h* 3@1d 1@3d",
    ("99.9", "28d"): "13.44@1h* 5.6@6h* 2.8@1d 1@2d19h12m",
    ("99.999", "30d"): "14.4@1h* 6@6h* 3@1d 1@3d",
}

objectives = st.decimals("66.67", "99.9999", places=4).map(str)
periods = st.integers(7 * 288, 92 * 288).map(lambda five: f"{5 * five}m")


def pairs(percent: str, period: str) -> tuple[Pair, ...]:
    body = monitor(objectives=[objective(objective=float(percent), window=period, sli=EVENTS)])
    return plan.objectives(api.parse(body))[0].pairs


def budget(percent: str) -> Fraction:
    return 1 - Fraction(percent) / 100


@pytest.mark.parametrize(("percent", "period"), TABLE)
def test_pairs_are_those_of_the_design(percent: str, period: str) -> None:
    shown = [
        f"{float(f'{float(pair.factor):.2f}'):g}".replace("13.4", "13.44").replace("13.444", "13.44")
        + f"@{pair.long}{'*' if pair.severity == 'critical' else ''}"
        for pair in pairs(percent, period)
    ]
    assert " ".join(shown) == TABLE[percent, period]


def test_sloth_has_the_same_numbers_where_nothing_is_adapted() -> None:
    """Its factors: 14.4, 6, 3 and 1 for 30 days; 13.44, 5.6, 2.8, and 0.933 (we lift it to 1) for 28 days."""
    standard = ["1h", "6h", "1d", "3d"]
    thirty, four_weeks = pairs("99.9", "30d"), pairs("99.9", "28d")
    assert [str(pair.long) for pair in thirty] == standard
    assert [str(pair.short) for pair in thirty] == ["5m", "30m", "2h", "6h"]
    assert [pair.factor for pair in thirty] == [Fraction("14.4"), 6, 3, 1]
    assert [pair.threshold(budget("99.9")) for pair in thirty] == [
        Fraction(n) / 1000 for n in ("14.4", "6", "3", "1")
    ]
    assert [pair.factor for pair in four_weeks] == [Fraction("13.44"), Fraction("5.6"), Fraction("2.8"), 1]
    assert [str(pair.long) for pair in four_weeks[:3]] == standard[:3]
    assert four_weeks[3].long == Duration.parse("67h12m"), "a tenth of the budget at the sustainable rate"


@given(objectives, periods)
def test_every_pair_can_fire_and_fits_into_its_period(percent: str, period: str) -> None:
    for pair in pairs(percent, period):
        assert pair.threshold(budget(percent)) <= burnrate.CEILING
        assert pair.factor >= 1
        assert pair.long < Duration.parse(period)


@given(objectives, periods)
def test_every_short_window_is_a_twelfth_in_whole_minutes(percent: str, period: str) -> None:
    for pair in pairs(percent, period):
        assert pair.short.milliseconds * 12 == pair.long.milliseconds
        assert pair.short.milliseconds % 60_000 == 0
        assert pair.short >= Duration.parse("5m")


@given(objectives, periods)
def test_no_pair_is_covered_by_a_quicker_one(percent: str, period: str) -> None:
    found = pairs(percent, period)
    assert found
    assert not any(
        one.long <= other.long and one.factor <= other.factor
        for number, other in enumerate(found)
        for one in found[:number] + found[number + 1 :]
    )


@given(objectives, periods)
def test_an_alert_spends_no_more_of_the_budget_than_the_standard_one_by_more_than_rounding(
    percent: str, period: str
) -> None:
    shares = {"page-quick": 2, "page-slow": 5, "ticket-quick": 10, "ticket-slow": 10}
    for pair in pairs(percent, period):
        spent = pair.factor * pair.long.exact_seconds / Duration.parse(period).exact_seconds * 100
        lifted = pair.long == Duration.parse("1h")  # never shorter than that
        assert spent <= shares[pair.name] * (1 if not lifted else 3) + Fraction(1, 10**6)


@given(objectives, periods)
def test_what_is_adapted_is_said(percent: str, period: str) -> None:
    found = pairs(percent, period)
    notes = burnrate.adaptations(found)
    standard = {"page-quick": "1h", "page-slow": "6h", "ticket-quick": "1d", "ticket-slow": "3d"}
    for name, window in standard.items():
        pair = next((pair for pair in found if pair.name == name), None)
        if pair is None or str(pair.long) != window:
            assert any(note.startswith(name) for note in notes)
    assert not re.search(r"\d\.\d{7}", "".join(notes)), "numbers are for people"


@pytest.mark.parametrize("percent", ["10", "20", "19.9"])
def test_an_objective_that_leaves_no_room_for_an_alert_is_refused(percent: str) -> None:
    if float(percent) >= 20:
        assert pairs(percent, "30d")
        return
    with pytest.raises(SpecInvalid, match="at least 20"):
        pairs(percent, "30d")
