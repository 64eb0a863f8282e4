"""Time zones as rules: how far east of UTC, and from when to when clocks are an hour ahead.

Alertmanager knows places, but an AlertmanagerConfig has no field for one, so mute times are written in UTC.
The table is generated from the time zone database: each rule in POSIX form, then the places that go by it.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

_OFFSET = r"([-+]?\d+(?::\d+){0,2})"
_NAME = r"(?:<[^>]+>|[A-Za-z]+)"
_CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/([^,]+))?"
_RULE = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_CHANGE},{_CHANGE})?")
_AN_HOUR, _A_DAY = 60, 24 * 60
_USUALLY = "2"
"""O'clock, when clocks are changed."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A date of UTC from which on clocks are changed.

    It is so many days later than the first to fourth (5: last) weekday (0: Monday) of a month.
    """

    month: int
    which: int
    weekday: int
    later: int = 0


@dataclass(frozen=True, slots=True)
class Zone:
    """Minutes east of UTC; where there is a summer time, also those of it, its begin and its end.

    Clocks are changed at some hour; the dates are those of the midnight of UTC that is nearest to it.
    """

    east: int
    summer_east: int = 0
    summer: tuple[Turn, Turn] | None = None


def zone(place: str) -> Zone | None:
    """Return the rule of a place; None where there is no such place.

    Examples
    --------
    >>> zone("Asia/Kolkata").east, zone("Europe/Berlin").summer[1]
    (330, Turn(month=10, which=5, weekday=6, later=0))
    """
    rule = _places().get(place)
    return None if rule is None else _read(rule)


@cache
def _places() -> dict[str, str]:
    text = resources.files(__package__).joinpath("zones.txt").read_text()
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {place: rule for rule, *places in lines for place in places}


def _read(rule: str) -> Zone:
    found = _RULE.fullmatch(rule)
    if found is None:
        raise ValueError(f"zones.txt: expected a rule such as CET-1CEST,M3.5.0,M10.5.0/3, got {rule}")
    offset, summer, *changes = found.groups()
    east = _east(offset)
    if changes[0] is None:
        return Zone(east)
    summer_east = _east(summer) if summer else east + _AN_HOUR
    return Zone(east, summer_east, (_turn(changes[:4], east), _turn(changes[4:], summer_east)))


def _east(offset: str) -> int:
    """Read an offset, which POSIX counts to the west."""
    return -_minutes(offset)


def _minutes(time: str) -> int:
    hours, *minutes = time.lstrip("+-").split(":")
    amount = int(hours) * 60 + int(minutes[0] if minutes else 0)
    return -amount if time.startswith("-") else amount


def _turn(change: list[str], east: int) -> Turn:
    """Read a change of clocks that are so far east until then; POSIX begins weeks with Sunday."""
    *day, time = change
    month, which, weekday = map(int, day)
    later = round((_minutes(time or _USUALLY) - east) / _A_DAY)
    return Turn(month, which, (weekday - 1) % 7, later)
