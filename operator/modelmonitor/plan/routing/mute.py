"""Mute times as Alertmanager's time intervals, in UTC: a night is cut at midnight, summer and winter apart.

Within half a day of a change of clocks, a mute time may begin or end an hour early or late. Months are those
of UTC.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from modelmonitor.api.duration import Duration
from modelmonitor.api.routing import Day, Month, MuteTime
from modelmonitor.errors import Problem
from modelmonitor.plan.routing import zones
from modelmonitor.plan.routing.zones import Turn, Zone

Json = dict[str, Any]

_DAY = 24 * 60
_DAYS, _MONTHS = tuple(Day), tuple(Month)
_EVERY_DAY, _EVERY_MONTH = frozenset(range(7)), frozenset(range(1, 13))


@dataclass(frozen=True, slots=True)
class _Dates:
    """Dates of some months and weekdays, of days within a month (None: all; below 0 counted from its end)."""

    months: frozenset[int] = _EVERY_MONTH
    weekdays: frozenset[int] = _EVERY_DAY
    days: tuple[int, int] | None = None


def intervals(mute_times: Iterable[MuteTime]) -> list[Json]:
    """Return the mute time intervals of an AlertmanagerConfig."""
    return [{"name": one.name, "timeIntervals": list(_intervals(one))} for one in mute_times]


def open_stretch(mute_times: Iterable[MuteTime]) -> Duration:
    """Return a length of time, at most a day, for which no mute time of the day lasts on any day.

    Whole days are left out, for a message waits for another day. Where the others leave nothing it is a day.
    """
    lengths = [_length(one) for one in mute_times if one.from_ is not None]
    left = (_DAY - sum(lengths)) // max(1, len(lengths))
    return Duration.of(60 * (left if left > 0 else _DAY))


def problems(mute_times: Iterable[MuteTime]) -> Iterator[Problem]:
    """Yield the places that nobody knows."""
    for position, one in enumerate(mute_times):
        if zones.zone(one.location) is None:
            path = f"spec.alerts.muteTimes[{position}].location"
            yield Problem(
                path, "a place of the time zone database", repr(one.location), "such as Europe/Berlin"
            )


def _intervals(asked: MuteTime) -> Iterator[Json]:
    zone = zones.zone(asked.location) or Zone(0)
    weekdays = frozenset(_DAYS.index(day) for day in asked.days)
    months = frozenset(_MONTHS.index(month) + 1 for month in asked.months)
    begin = _minutes(asked.from_ or "00:00")
    end = begin + _length(asked)
    for east, season in _seasons(zone):
        for shift, times in _cut(begin - east, end - east):
            of_days = _Dates(months, frozenset((day + shift) % 7 for day in weekdays))
            for dates in season:
                both = _Dates(dates.months & of_days.months, dates.weekdays & of_days.weekdays, dates.days)
                if both.months and both.weekdays:
                    yield _written(times, both)


def _length(asked: MuteTime) -> int:
    begin, end = _minutes(asked.from_ or "00:00"), _minutes(asked.to or "24:00")
    return end - begin + (_DAY if end <= begin else 0)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _cut(begin: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Cut a time at midnights: for each day, counted from that on which it begins, from when to when."""
    for day in range(begin // _DAY, (end - 1) // _DAY + 1):
        yield day, (max(begin - day * _DAY, 0), min(end - day * _DAY, _DAY))


def _seasons(zone: Zone) -> list[tuple[int, list[_Dates]]]:
    if zone.summer is None:
        return [(zone.east, [_Dates()])]
    first, last = zone.summer
    return [(zone.summer_east, list(_between(first, last))), (zone.east, list(_between(last, first)))]


def _between(first: Turn, last: Turn) -> Iterator[_Dates]:
    """Yield the dates from one turn to the day before the next: whole months, and parts of two."""
    whole = frozenset((first.month + step - 1) % 12 + 1 for step in range(1, (last.month - first.month) % 12))
    yield _Dates(whole)
    for (turn, later), weekday in product(((first, True), (last, False)), range(7)):
        earliest = _earliest(turn, weekday)
        latest = (
            -1 if earliest < 0 else 31
        )  # cut to the month; from the 28th to -1 is refused: it may be empty
        days = (earliest, latest) if later else (1, earliest - 1)
        if 0 not in days:  # the month before, or the next one: there is no such day
            yield _Dates(frozenset({turn.month}), frozenset({weekday}), days)


def _earliest(turn: Turn, weekday: int) -> int:
    """Return the earliest day of a month that, being of a weekday, can be that of the turn or a later one.

    The turn is one of seven days; the first of such a weekday from it on is one of the seven days that begin
    as much later as the weekday is. Days of the last week count from the end of the month, 0 is beyond it.
    """
    first = (-7 if turn.which == 5 else 7 * (turn.which - 1) + 1) + turn.later
    return first + (weekday - turn.weekday - turn.later) % 7


def _written(times: tuple[int, int], dates: _Dates) -> Json:
    written: Json = {}
    if times != (0, _DAY):
        begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in times)
        written["times"] = [{"startTime": begin, "endTime": end}]
    if dates.weekdays != _EVERY_DAY:
        written["weekdays"] = [_DAYS[day].value.lower() for day in sorted(dates.weekdays)]
    if dates.days is not None:
        written["daysOfMonth"] = [{"start": dates.days[0], "end": dates.days[1]}]
    if dates.months != _EVERY_MONTH:
        written["months"] = [_MONTHS[month - 1].value.lower() for month in sorted(dates.months)]
    return written
