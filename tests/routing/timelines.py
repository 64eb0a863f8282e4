"""What Prometheus would send, minute by minute: a plan's own rules over series of the past, by promtool."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from modelmonitor.plan.rules import Group
from promtool.runner import MINUTE, Ask, Promtool, Simulation

Labels = Mapping[str, str]
_TIME = re.compile(r"time: ([0-9hms.]+),")
_SERIES = re.compile(r"\{(__name__=\"ALERTS\"[^}]*)\} 1E\+00")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_PART = re.compile(r"(\d+)([hms])")
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def firing(
    promtool: Promtool, groups: Sequence[Group], series: Mapping[str, str], minutes: int
) -> list[list[Labels]]:
    """Give the labels of all alerts that fire at each minute.

    promtool is asked whether none does, and says which do.
    """
    asks = [Ask('ALERTS{alertstate="firing"}', minute * MINUTE, {}) for minute in range(minutes)]
    said = promtool.run(Simulation(groups, series, asks, step=MINUTE, scrape=Fraction(30)))
    assert "FAILED" in said or not said, said
    found: list[list[Labels]] = [[] for _ in range(minutes)]
    for block in said.split("expr:")[1:]:
        time = _TIME.search(block)
        assert time is not None, block
        at = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(time[1]))
        for labels in _SERIES.findall(block):
            found[at // 60].append(_labels(labels))
    return found


def _labels(text: str) -> Labels:
    found = dict(_LABEL.findall(text))
    return {name: value for name, value in found.items() if name not in {"__name__", "alertstate"}}
