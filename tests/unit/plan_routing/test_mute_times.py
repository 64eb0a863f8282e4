"""Mute times in UTC are what was asked for at the place, in summer and winter, on any day of the week."""

import calendar
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelmonitor.api.routing import Day, Month, MuteTime
from modelmonitor.plan.routing import mute, zones
from reference import zones as database

Json = dict[str, Any]

PLACES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland"),
    *(
        "Asia/Jerusalem",
        "Europe/Dublin",
        "Africa/Cairo",
        "Asia/Gaza",
        "America/Nuuk",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
        "America/Santiago",
    ),
)
YEARS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
DAYS, MONTHS = [day.value.lower() for day in Day], [month.value.lower() for month in Month]
HOLDS = timedelta(hours=12)
"""Before and after a change of clocks, a mute time may begin or end an hour early or late."""


def minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def holds(interval: Json, moment: datetime) -> bool:
    """Tell what Alertmanager does: every part that is given must hold."""
    last = calendar.monthrange(moment.year, moment.month)[1]

    def day(number: int) -> int:
        return number if number > 0 else last + 1 + number

    times = [(clock(it["startTime"]), clock(it["endTime"])) for it in interval.get("times", ())]
    days = [(day(it["start"]), day(it["end"])) for it in interval.get("daysOfMonth", ())]
    return (
        (not times or any(begin <= minute(moment) < end for begin, end in times))
        and (not days or any(begin <= moment.day <= end for begin, end in days))
        and DAYS[moment.weekday()] in interval.get("weekdays", DAYS)
        and MONTHS[moment.month - 1] in interval.get("months", MONTHS)
    )


def wanted(asked: MuteTime, moment: datetime) -> bool:
    """Tell what was asked for: the days are those on which it begins."""
    here = moment.astimezone(ZoneInfo(asked.location))
    begin, end = clock(asked.from_ or "00:00"), clock(asked.to or "24:00")

    def on(day: datetime) -> bool:
        return DAYS[day.weekday()] in [it.value.lower() for it in asked.days]

    if begin < end:
        return begin <= minute(here) < end and on(here)
    return (minute(here) >= begin and on(here)) or (minute(here) < end and on(here - timedelta(days=1)))


def near_a_change(place: str, moment: datetime) -> bool:
    zone = ZoneInfo(place)
    around = (moment - HOLDS, moment + HOLDS)
    first, last = (one.astimezone(zone).utcoffset() for one in around)
    return first != last


def moments(step: timedelta) -> Iterable[datetime]:
    moment = YEARS[0]
    while moment < YEARS[1]:
        yield moment
        moment += step


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "asked",
    [
        {"from": "22:00", "to": "06:00"},
        {"days": ["Saturday", "Sunday"]},
        {"from": "23:30", "to": "23:00", "days": ["Sunday"]},
    ],
    ids=["nights", "weekends", "nearly a day"],
)
def test_every_hour_of_two_years_is_as_at_the_place(place: str, asked: Json) -> None:
    muted = MuteTime.model_validate({"name": "x", "location": place, **asked})
    (made,) = mute.intervals([muted])
    for moment in moments(timedelta(minutes=435)):  # every quarter of an hour, over the days
        found = any(holds(interval, moment) for interval in made["timeIntervals"])
        assert found == wanted(muted, moment) or near_a_change(place, moment), moment


clocks = st.integers(0, 1439).map(lambda it: f"{it // 60:02}:{it % 60:02}")


@given(
    begin=clocks, end=clocks, place=st.sampled_from(PLACES), days=st.sets(st.sampled_from(Day), min_size=1),
    hours=st.lists(st.integers(0, 2 * 365 * 96 - 1), min_size=50, max_size=50),
)  # fmt: skip
@settings(max_examples=150)
def test_any_time_of_any_days_is_as_at_the_place(
    begin: str, end: str, place: str, days: set[Day], hours: list[int]
) -> None:
    if begin == end:
        return
    muted = MuteTime(name="x", from_=begin, to=end, location=place, days=tuple(days))
    (made,) = mute.intervals([muted])
    for hour in hours:
        moment = YEARS[0] + timedelta(minutes=15 * hour)
        found = any(holds(interval, moment) for interval in made["timeIntervals"])
        assert found == wanted(muted, moment) or near_a_change(place, moment), moment


def test_whole_days_of_all_days_are_one_interval_that_holds_always() -> None:
    assert mute.intervals([MuteTime(name="always")]) == [{"name": "always", "timeIntervals": [{}]}]


def test_months_are_those_of_utc() -> None:
    (made,) = mute.intervals([MuteTime(name="august", months=(Month.AUGUST,), days=(Day.MONDAY,))])
    assert made["timeIntervals"] == [{"weekdays": ["monday"], "months": ["august"]}]


def test_every_place_of_the_database_has_a_rule() -> None:
    places = [place for line in database.table().splitlines()[1:] for place in line.split()[1:]]
    assert len(places) > 590
    assert [place for place in places if zones.zone(place) is None] == []
    assert zones.zone("Europe/Berlim") is None


def test_dates_of_no_place_are_refused_by_alertmanager() -> None:
    """prometheus-operator would leave out all routes of the monitor: months are taken to have 28 days."""

    def counted(day: int) -> int:
        return day if day > 0 else 28 + day

    for place in (line.split()[1] for line in database.table().splitlines()[1:]):
        (made,) = mute.intervals([MuteTime(name="x", from_="22:00", to="06:00", location=place)])
        for interval in made["timeIntervals"]:
            for days in interval.get("daysOfMonth", ()):
                assert (days["start"] > 0) >= (days["end"] > 0), place
                assert counted(days["start"]) <= counted(days["end"]), (place, days)


def test_a_place_that_nobody_knows_is_a_problem() -> None:
    (problem,) = mute.problems([MuteTime(name="x", location="Europe/Berlim")])
    assert str(problem) == (
        "spec.alerts.muteTimes[0].location: expected a place of the time zone database, got 'Europe/Berlim'; "
        "such as Europe/Berlin"
    )
