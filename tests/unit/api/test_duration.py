"""Durations obey the laws of lengths and are spelled as Prometheus spells them."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.api.duration import LONGEST_TEXT, PATTERN, Duration

lengths = st.builds(Duration, st.integers(0, 10**13))


@pytest.mark.parametrize(
    ("text", "shown", "milliseconds"),
    [
        ("5m", "5m", 300_000),
        ("90m", "1h30m", 5_400_000),
        ("4w", "28d", 2_419_200_000),
        ("1y", "365d", 31_536_000_000),
        ("100ms", "100ms", 100),
        ("1d0h1ms", "1d1ms", 86_400_001),
        ("0s", "0s", 0),
        ("007s", "7s", 7_000),
    ],
)
def test_a_duration_is_read_and_shown(text, shown, milliseconds):
    duration = Duration.parse(text)
    assert (str(duration), duration.milliseconds) == (shown, milliseconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "1.5h",
        "-5m",
        "+5m",
        "5m\n",
        "5M",
        "1m1h",
        "5m5m",
        "\u0665m",
        "1h ",
        "9" * 32 + "s",
    ],
)
def test_what_prometheus_cannot_read_is_refused(text):
    with pytest.raises(ValueError, match="expected a duration such as 30s, 5m, 1h30m or 30d"):
        Duration.parse(text)


@given(lengths)
def test_what_is_shown_reads_as_the_same_length(duration):
    assert Duration.parse(str(duration)) == duration
    assert re.fullmatch(PATTERN, str(duration))
    assert len(str(duration)) <= LONGEST_TEXT


@given(lengths)
def test_seconds_are_exact(duration):
    assert Duration.of(duration.exact_seconds) == duration
    assert Fraction(duration.seconds) == duration.exact_seconds


@given(lengths, lengths)
def test_durations_are_ordered_by_their_length(one, other):
    assert (one < other) == (one.exact_seconds < other.exact_seconds)
    assert (one == other) == (str(one) == str(other))


@given(st.integers(0, 999), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_parts_add_up(days, hours, minutes, seconds, milliseconds):
    whole = Duration.parse(f"{days}d{hours}h{minutes}m{seconds}s{milliseconds}ms")
    expected = Fraction(days * 86_400 + hours * 3600 + minutes * 60 + seconds) + Fraction(milliseconds, 1000)
    assert whole.exact_seconds == expected
