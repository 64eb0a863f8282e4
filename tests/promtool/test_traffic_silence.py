"""Silence where there always was traffic warns; nights, weekends, deserted pods and small numbers do not."""

from collections.abc import Callable, Sequence

import pytest

from modelmonitor.plan import names, traffic
from promtool import pods
from promtool.pods import counted, fires
from promtool.runner import MINUTE, Ask, Json, Promtool, Simulation, counter, firing

pytestmark = pytest.mark.promtool

SILENT = names.NO_PREDICTIONS_ALERT
STEP = 5 * MINUTE
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
"""The simulation begins on a Monday, at midnight."""
Rhythm = Callable[[int, int], float]
"""Predictions in five minutes of each pod, by day and by five minutes of the day."""


def office(day: int, slot: int) -> float:
    """From eight to eight, but not at weekends."""
    return 50 if day % 7 < 5 and 96 <= slot < 240 else 0


def around_the_clock(day: int, slot: int) -> float:
    return 40 + 30 * (96 <= slot < 240)


def hourly(day: int, slot: int) -> float:
    """A batch at every full hour, and a little later on some days."""
    return 500 if slot % 12 == day % 2 else 0


def rare(day: int, slot: int) -> float:
    """Three a day: no window of a quarter of an hour or of three hours says anything."""
    return 1 if slot in {100, 150, 200} else 0


def trickle(day: int, slot: int) -> float:
    """One in ten minutes, with a pause of half an hour a day that is never the same."""
    return 1 if slot % 2 == 0 and slot not in range(100 + 10 * day, 108 + 10 * day) else 0


def nightly(day: int, slot: int) -> float:
    return 5000 if slot == 36 + day % 3 else 0


def stopping(rhythm: Rhythm, stop: float) -> Rhythm:
    return lambda day, slot: 0 if day * DAY + slot * STEP >= stop else rhythm(day, slot)


def world(rhythm: Rhythm, days: int, asks: Sequence[Ask]) -> Simulation:
    """Two pods of one rhythm for so many days."""
    growth = [(1, rhythm(day, slot)) for day in range(days) for slot in range(288)]
    series = {counted("predictions_total", pod, class_="yes"): counter(*growth) for pod in ("a", "b")}
    return Simulation(memory(), series, list(asks), STEP)


def deserted() -> Simulation:
    """Scaled to zero in the middle of the day: nobody could have asked."""
    before = 8 * 288 + 120
    growth = [(1, around_the_clock(0, slot % 288)) for slot in range(before)]
    series = {counted("predictions_total", class_="yes"): f"{counter(*growth)} stale _x200"}
    asks = [fires(SILENT, (before + slots) * STEP) for slots in (6, 12, 60, 150)]
    return Simulation(memory(), series, asks, STEP)


def weekdays_only() -> Simulation:
    """At the first weekend there are no pods; at the second one there is one that has nothing to do."""
    week = [(1, around_the_clock(0, slot % 288)) for slot in range(5 * 288)]
    pod = f"{counter(*week)} stale _x{2 * 288 - 1} {counter(*week, (2 * 288, 0))}"
    asks = [fires(SILENT, 12 * DAY + hours * HOUR) for hours in (1, 6, 12, 36)]
    return Simulation(memory(), {counted("predictions_total", class_="yes"): pod}, asks, STEP)


def memory() -> list[Json]:
    return pods.held(traffic.groups(pods.scope(prometheus={"scrapeInterval": "5m"}), pods.LINKS)[1:])


def unread(**outcomes: int) -> Simulation:
    """Requests come, so many a minute; predictions stopped at minute 30."""
    requests = {
        counted("requests_total", outcome=outcome): counter((120, a_minute))
        for outcome, a_minute in outcomes.items()
    }
    series = {counted("predictions_total", class_="yes"): counter((30, 5), (90, 0)), **requests}
    series[counted("events_dropped_total", reason="feature_count")] = counter((30, 0), (90, 5))
    groups = traffic.groups(pods.scope(), pods.LINKS)
    last = "warning" if outcomes.get("ok") else ""
    asks = [fires(SILENT, 40 * MINUTE), fires(SILENT, 50 * MINUTE), fires(SILENT, 60 * MINUTE, last)]
    return Simulation(pods.held(groups), series, asks)


def never(until: float) -> Ask:
    return Ask(f"count_over_time({firing(SILENT)}[{int(until / 3600)}h])", until, {})


TUESDAY_TEN = 8 * DAY + 10 * HOUR
MONDAY_NINE = 14 * DAY + 9 * HOUR
WORLDS = {
    "an office falls silent on a Tuesday": world(
        stopping(office, TUESDAY_TEN),
        9,
        [
            fires(SILENT, 7 * DAY + 3 * HOUR),
            fires(SILENT, 7 * DAY + 21 * HOUR),
            fires(SILENT, TUESDAY_TEN + 15 * MINUTE),
            fires(SILENT, TUESDAY_TEN + 40 * MINUTE, "warning"),
            fires(SILENT, TUESDAY_TEN + 7 * HOUR, "warning"),
        ],
    ),
    "an office works for two weeks, and does not open on a Monday": world(
        stopping(office, 14 * DAY),
        15,
        [
            never(5 * DAY),
            *(fires(SILENT, day * DAY + 12 * HOUR) for day in (11, 12, 13)),
            fires(SILENT, MONDAY_NINE + 30 * MINUTE, "warning"),
        ],
    ),
    "a shop around the clock falls silent at night": world(
        stopping(around_the_clock, 8 * DAY + 3 * HOUR),
        9,
        [never(8 * DAY), fires(SILENT, 8 * DAY + 3 * HOUR + 40 * MINUTE, "warning")],
    ),
    "it falls silent in its first week": world(
        stopping(around_the_clock, 2 * DAY + 3 * HOUR),
        3,
        [never(2 * DAY), fires(SILENT, 2 * DAY + 3 * HOUR + 40 * MINUTE, "warning")],
    ),
    "batches come every hour, give or take": world(hourly, 9, [never(9 * DAY)]),
    "a few predictions a day": world(rare, 9, [never(9 * DAY)]),
    "a batch every night, give or take": world(nightly, 9, [never(9 * DAY)]),
    "a trickle that pauses": world(trickle, 9, [never(9 * DAY)]),
    "no pods any more": deserted(),
    "no pods at weekends, then some": weekdays_only(),
    "requests cannot be read": unread(ok=5),
    "requests are rejected": unread(rejected=500, error=20),
    "the nightly batch does not come": world(
        stopping(nightly, 8 * DAY), 9, [never(8 * DAY), fires(SILENT, 8 * DAY + 12 * HOUR, "warning")]
    ),
}


@pytest.mark.parametrize("name", WORLDS)
def test_only_a_silence_that_is_not_usual_warns(name: str, promtool: Promtool) -> None:
    assert promtool.run(WORLDS[name]) == ""


def test_the_alert_says_what_is_lost_and_why(promtool: Promtool) -> None:
    alert: Json = {"eval_time": "70m", "alertname": SILENT, "exp_alerts": []}
    simulation = unread(ok=5)
    told = promtool.run(Simulation(simulation.groups, simulation.series, [], alerts=[alert]))
    assert "Requests do come (83.33m a second), and none is read as a prediction" in told
    assert "most often because: feature_count." in told


MISTAKES = {
    "yesterday alone is usual": (
        "an office works for two weeks, and does not open on a Monday",
        "offset 6d23h",
        "offset 23h",
    ),
    "one busy window is usual": ("batches come every hour, give or take", "min_over_time", "max_over_time"),
    "no pod last week is no rhythm": (
        "no pods at weekends, then some",
        r"or 0 \* count_over_time\(.*?\)",
        "",
    ),
    "one prediction is traffic": ("a trickle that pauses", ">= 20 and", ">= 1 and"),
    "a silence is told at any hour": (
        "an office falls silent on a Tuesday",
        r"(?s)^.*$",
        'max(modelmonitor:predictions:counted{over="15m"} == 0)',
    ),
    "no pod is a silence": (
        "no pods any more",
        r"(?s)^.*$",
        "sum(modelmonitor:predictions:lately offset 23h) unless sum(modelmonitor:predictions:lately > 0)",
    ),
    "rejected requests are to be read": ("requests are rejected", ',outcome="ok"', ""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(mistake: str, promtool: Promtool) -> None:
    world, old, new = MISTAKES[mistake]
    assert pods.dies(promtool, WORLDS[world], (SILENT, old, new))
