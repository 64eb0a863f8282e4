"""Scenes: replicas that count, rules that judge, and what must come out of it. Wrong rules fail in one."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from modelmonitor.plan import names, promql
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families
from promtool.drift import columns, monitors, truth
from promtool.drift.monitors import Rules
from promtool.drift.replicas import Counts, Replica, together
from promtool.runner import Simulation, gauge

MINUTE, HOUR, DAY = Fraction(60), Fraction(3600), Fraction(86400)
WEEK = 7 * DAY
STATISTICS = ("PSI", "JS", "KS", "ChiSquared")


def replicas(of: Scope, sides: Sequence[Counts], before: Sequence[Counts]) -> dict[str, str]:
    """Let replicas of two versions count in the second hour, after other counts in the first one.

    Beside them are one of another reference, and the same monitor of another namespace.
    """
    other = monitors.scope([case.column for case in columns.OUTPUTS + columns.CASES[:3]])
    found: dict[str, str] = {}
    for number, (early, late) in enumerate(zip(before, sides, strict=True)):
        phases = [(60, early), (60, late)]
        found |= Replica(of.scheme, phases, f"churn-{number}", f"v{number}").series()
        found |= Replica(other.scheme, phases, f"churn-{number}", f"v{number}").series()
        swapped = [(60, late), (60, early)]
        found |= Replica(of.scheme, swapped, f"churn-{number}", namespace="other").series()
    return found


def judged(
    rules: Rules = monitors.rules, statistic: str = "PSI", tolerate: float = 0.05, number: int = 0
) -> Simulation:
    """Judge all cases, and so many random ones, by one statistic, and a few by others."""
    random = columns.random(np.random.default_rng(5), number)
    cases = [*columns.OUTPUTS, *columns.CASES, *random]
    of = monitors.scope(
        [case.column for case in cases],
        features={"statistic": statistic, "tolerate": tolerate},
        prediction={"statistic": statistic, "tolerate": tolerate / 2},
        falseAlarmsPerMonth=3,
        overrides=[
            {"feature": columns.ODD, "statistic": "PSI", "tolerate": 0.07},
            {"feature": "shifted", "statistic": "KS", "tolerate": 0.05},
            {"feature": "@score", "statistic": "JS", "tolerate": 0.002},
            {"feature": "swapped", "statistic": "PSI", "tolerate": 0.07},
            {"feature": "none", "statistic": statistic, "tolerate": tolerate},
        ],
    )
    sides = [{case.column.name: case.live(number) for case in cases} for number in range(2)]
    series = replicas(of, sides, sides[::-1]) | truth.series(of, together(sides))
    return Simulation(rules(of), series, truth.asks(of, 2 * HOUR), step=HOUR, scrape=MINUTE)


def against_last_week(rules: Rules = monitors.rules) -> Simulation:
    """Judge an hour by the same hour a week ago, with other counts in all hours between."""
    block = {"statistic": "PSI", "tolerate": 0.05}
    of_each = [
        {"feature": case.column.name, "statistic": other, "tolerate": 0.01}
        for case, other in zip(columns.CASES[1:4], STATISTICS[1:], strict=True)
    ]
    of_each.append({"feature": "tiny reference", "tolerate": 0})
    cases = [*columns.OUTPUTS, *columns.CASES[:8], *columns.CASES[13:20], *columns.CASES[-4:]]
    asked = {"against": "LastWeek", "features": block, "prediction": block, "overrides": of_each}
    of = monitors.scope([case.column for case in cases], **asked)
    now = [{case.column.name: case.live(number) for case in cases} for number in range(2)]
    then = [{case.column.name: case.known() for case in cases}, now[0]]
    series = truth.series(of, together(now), together(then), samples=170 * 6)
    for number in range(2):
        other = now[1 - number]
        phases = [(6, other), (6, then[number]), (167 * 6, other), (6, now[number])]
        series |= Replica(of.scheme, phases, f"churn-{number}").series()
    end = WEEK + 2 * HOUR
    return Simulation(rules(of), series, truth.asks(of, end), step=end / 2, scrape=10 * MINUTE)


LONG = [*columns.OUTPUTS, *columns.CASES[1:4], *columns.CASES[-4:]]


def over_seven_hours(rules: Rules = monitors.rules) -> Simulation:
    """Judge 7 hours by way of records of five minutes; traffic comes in the first minute of each five."""
    of = monitors.scope([case.column for case in LONG], window="7h")
    sides = [{case.column.name: case.part(number, 7 * 12) for case in LONG} for number in range(2)]
    series = truth.series(of, together(sides), samples=14 * 60)
    for number in range(2):
        burst = {case.column.name: case.part(number) for case in LONG}
        phases = [(7 * 60, sides[1 - number]), *[(1, burst), (4, {})] * (7 * 12)]
        series |= Replica(of.scheme, phases, f"churn-{number}", start=1000).series()
    return Simulation(rules(of), series, truth.asks(of, 14 * HOUR), step=5 * MINUTE, scrape=MINUTE)


def over_half_a_day_of_last_week(rules: Rules = monitors.rules) -> Simulation:
    """Judge 12 hours by those of a week ago, from records of five minutes, some of another reference."""
    of = monitors.scope([case.column for case in LONG], window="12h", against="LastWeek")
    now = {case.column.name: case.live(0) for case in LONG}
    then = {case.column.name: case.known() for case in LONG}
    series = truth.series(of, now, then, samples=8 * 288)
    alive = Replica(of.scheme, [(8 * 288, now)]).series()
    series |= {name: values for name, values in alive.items() if families.REFERENCE_COUNT.name in name}
    series |= _five_minutes(of, of.scheme.profile_hash, then, now)
    series |= _five_minutes(of, "0ld0ld0ld0", now, then)
    groups = [group for group in rules(of) if group["name"] != "drift-5m"]
    asks = truth.asks(of, WEEK + 12 * HOUR)
    return Simulation(groups, series, asks, step=12 * HOUR, scrape=5 * MINUTE)


def _five_minutes(of: Scope, profile: str, then: Counts, now: Counts) -> dict[str, str]:
    """Give the records of five minutes of two windows, a week apart, and of nothing between."""
    found = {}
    for feature, own in now.items():
        for place, cell in enumerate(own.cell_names):
            labels = {**of.identity, "profile": profile, "feature": feature, "cell": cell}
            early, late = (Fraction(int(side[feature].cells[place])) / 144 for side in (then, now))
            values = gauge((1, 0), (144, early), (2016 - 144, 0), (144, late))
            found[promql.selector(f"{names.FEATURE_CELL}5m", labels)] = values
    return found
