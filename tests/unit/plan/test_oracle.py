"""The closed form itself: against numbers that others have measured, and its own laws."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.oracle import Counting, Outage, forecast

MINUTE = Fraction(60)
STANDARD = [
    Pair(name, Fraction(factor), Duration.parse(long), Duration.parse(hold), Severity.CRITICAL)
    for name, factor, long, hold in (
        ("page-quick", "14.4", "1h", "2m"),
        ("page-slow", "6", "6h", "15m"),
        ("ticket-quick", "3", "1d", "1h"),
        ("ticket-slow", "1", "3d", "3h"),
    )
]
BUDGET = Fraction(1, 1000)
thresholds = st.fractions(Fraction(1, 10**5), Fraction(4, 5))
ratios = st.fractions(Fraction(1, 10**4), 1)
minutes = st.integers(1, 10_000).map(lambda count: count * MINUTE)


@pytest.mark.parametrize(
    ("ratio", "fired"),
    [
        (Fraction(1), [3, 18, 65, 185]),
        (Fraction(1, 10), [11, 37, 104, 224]),
        (Fraction(1, 50), [46, 124, 277, 397]),
    ],
)
def test_the_minutes_are_those_measured_with_prometheus(ratio: Fraction, fired: list[int]) -> None:
    """Of the standard rules at 99.9 %, from error counters that begin at zero."""
    outage = Outage(ratio, MINUTE, Counting.FROM_ZERO)
    forecasts = [forecast(pair, pair.threshold(BUDGET), outage) for pair in STANDARD]
    assert [one.firing and one.firing / MINUTE for one in forecasts] == fired


def test_an_hour_of_ten_percent_ends_when_measured() -> None:
    outage = Outage(Fraction(1, 10), MINUTE, Counting.RUNNING, 60 * MINUTE)
    ended = [forecast(pair, pair.threshold(BUDGET), outage).last_true for pair in STANDARD[:3]]
    assert [end and end / MINUTE for end in ended] == [63, 87, 175]


@given(thresholds, ratios, st.sampled_from(Counting))
def test_an_outage_fires_if_it_is_worse_than_the_threshold_and_lasts(
    threshold: Fraction, ratio: Fraction, counting: Counting
) -> None:
    fate = forecast(STANDARD[0], threshold, Outage(ratio, MINUTE, counting))
    assert (fate.firing is not None) == (ratio > threshold)
    if fate.first_true is not None and fate.crossing is not None:
        assert 0 < fate.first_true - fate.crossing <= MINUTE


@given(thresholds, ratios, ratios)
def test_a_worse_outage_never_fires_later(threshold: Fraction, one: Fraction, other: Fraction) -> None:
    worse, better = (
        forecast(STANDARD[1], threshold, Outage(it, MINUTE)) for it in (max(one, other), min(one, other))
    )
    assert better.firing is None or (worse.firing is not None and worse.firing <= better.firing)


@given(thresholds, ratios, minutes, minutes)
def test_a_longer_outage_fires_if_a_shorter_one_does(
    threshold: Fraction, ratio: Fraction, one: Fraction, other: Fraction
) -> None:
    short, long = (
        forecast(STANDARD[0], threshold, Outage(ratio, MINUTE, lasts=it))
        for it in (min(one, other), max(one, other))
    )
    assert short.firing is None or short.firing == long.firing


def test_a_crossing_at_an_evaluation_is_told_as_a_tie() -> None:
    tie = forecast(STANDARD[0], Fraction(1, 2), Outage(Fraction(1), MINUTE, Counting.SAMPLES))
    assert tie.crossing == 30 * MINUTE
    assert tie.tied
    assert tie.first_true == 31 * MINUTE, "above, not at, the threshold"
