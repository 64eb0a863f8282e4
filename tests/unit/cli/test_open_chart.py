"""Axes of graphs say round values and times, and legends never hide what they explain."""

import re
from typing import Any

import pytest

from modelmonitor.cli.opening import chart
from modelmonitor.cli.opening.answers import Series
from modelmonitor.cli.opening.span import Span

HOUR, DAY = 3_600, 86_400
END = 1_795_731_900
"""22:25 of a day."""
PANEL: dict[str, Any] = {
    "id": 1,
    "fieldConfig": {
        "defaults": {"custom": {"lineWidth": 1}, "color": {"mode": "palette-classic"}, "min": 0},
        "overrides": [],
    },
    "options": {"legend": {"calcs": ["lastNotNull"]}},
}
SIZE = (400, 200)


def drawn(high: float, *names: str, span: Span, unit: str = "short") -> str:
    """Draw lines from 0 to a value."""
    field = {**PANEL["fieldConfig"]["defaults"], "unit": unit, "max": high}
    panel = {**PANEL, "fieldConfig": {"defaults": field, "overrides": []}}
    series = [Series("A", it, {}, [(span.start, 0.0), (span.end, high)]) for it in names or ("one",)]
    return chart.graph(panel, [series], span, SIZE)


def said(page: str, kind: str) -> list[str]:
    return re.findall(rf'class="{kind}">([^<]*)<', page)


@pytest.mark.parametrize(
    ("hours", "times"),
    [
        (1, ["21:30", "21:40", "21:50", "22:00", "22:10", "22:20"]),
        (6, ["17:00", "18:00", "19:00", "20:00", "21:00", "22:00"]),
        (24, ["00:00", "06:00", "12:00", "18:00"]),
        (7 * 24, ["20 Nov", "21 Nov", "22 Nov", "23 Nov", "24 Nov", "25 Nov", "26 Nov"]),
    ],
)
def test_times_are_round(hours: int, times: list[str]) -> None:
    assert said(drawn(1, span=Span(END - hours * HOUR, END)), "time") == times


@pytest.mark.parametrize(
    ("high", "unit", "values"),
    [
        (0.01, "percentunit", ["0.00%", "0.25%", "0.50%", "0.75%", "1.00%"]),
        (0.008, "percentunit", ["0.0%", "0.2%", "0.4%", "0.6%", "0.8%"]),
        (1, "percentunit", ["0%", "25%", "50%", "75%", "100%"]),
        (2.2 * HOUR, "s", ["0 s", "1 h", "2 h"]),
        (0.2, "s", ["0 s", "50 ms", "100 ms", "150 ms", "200 ms"]),
        (40 * DAY, "s", ["0 s", "14 d", "28 d"]),
    ],
)
def test_values_are_round_and_told_apart(high: float, unit: str, values: list[str]) -> None:
    assert said(drawn(high, span=Span(END - HOUR, END), unit=unit), "value") == values


def test_a_legend_of_several_lines_takes_its_room_from_the_graph() -> None:
    def height(*names: str) -> int:
        return int(re.findall(r'viewBox="0 0 \d+ (\d+)"', drawn(1, *names, span=Span(END - HOUR, END)))[0])

    name = "monthly_charges · outOfRange"
    assert height("one") == height("one", "two") == SIZE[1] - 2 - chart.LEGEND
    assert height(name, name) == SIZE[1] - 2 - 2 * chart.LEGEND
    assert height(*[name] * 50) == SIZE[1] - 2 - chart.MOST_LINES * chart.LEGEND
