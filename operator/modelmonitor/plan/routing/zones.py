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
_CHANGE = r"M(\d+)\.(\d)\.(\d)(?:/[^,]+)?"
_RULE = re.compile(f"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,{_CHANGE},{_CHANGE})?")
_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A day on which clocks are changed: the first to fourth (5: last) weekday (0: Monday) of a month."""

    month: int
    which: int
    weekday: int


@dataclass(frozen=True, slots=True)
class Zone:
    """Minutes east of UTC; where there is a summer time, also those of it, its first day and its last.

    Both days are those of the place. At which hour clocks are changed is left out.
    """

    east: int
    summer_east: int = 0
    summer: tuple[Turn, Turn] | None = None


def zone(place: str) -> Zone | None:
    """Return the rule of a place; None where there is no such place.

    Examples
    --------
    >>> zone("Asia/Kolkata").east, zone("Europe/Berlin").summer[1]
    (330, Turn(month=10, which=5, weekday=6))
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
    offset, summer, *days = found.groups()
    east = _east(offset)
    if days[0] is None:
        return Zone(east)
    return Zone(east, _east(summer) if summer else east + _AN_HOUR, (_turn(days[:3]), _turn(days[3:])))


def _east(offset: str) -> int:
    """Read an offset, which POSIX counts to the west."""
    hours, *minutes = offset.lstrip("+-").split(":")
    west = int(hours) * 60 + int(minutes[0] if minutes else 0)
    return west if offset.startswith("-") else -west


def _turn(day: list[str]) -> Turn:
    month, which, weekday = map(int, day)
    return Turn(month, which, (weekday - 1) % 7)  # POSIX begins with Sunday
