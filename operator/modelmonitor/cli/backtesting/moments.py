"""When predictions were made: a column of texts, of seconds or milliseconds, or of declared times."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.profiling.cells import Cells, Codes, Floats
from modelmonitor.errors import Problem, SpecInvalid

_UNITS = {1.0: 1e11, 1e3: 1e14, 1e6: 1e17, 1e9: 1e20}
"""Numbers below the second are of so many in a second: seconds, milliseconds, micro- and nanoseconds."""
EARLIEST = remotewrite.EARLIEST / 1000
_EXPECTED = "times such as 2026-03-01T12:00:00Z, or seconds or milliseconds since 1970"
_SHOWN = 5


@dataclass(slots=True)
class Clock:
    """Reads a column; the first number of the whole file tells its unit."""

    where: str
    """Of problems: the file's column."""
    now: float
    unit: float = 0.0
    rows: int = 0

    def read(self, cells: Cells) -> Floats:
        """Return Unix seconds of the next rows.

        Raises
        ------
        SpecInvalid
            With the first rows that have no time, or one that cannot be.
        """
        numbers = cells.numbers(parse=True)
        values = numbers.values
        found = self._of_texts(cells) if numbers.wrong else values / self._unit(values)
        wrong = np.flatnonzero(~((found >= EARLIEST) & (found <= self.now)))
        if wrong.size:
            raise SpecInvalid(self._problems(wrong, found, cells))
        self.rows += found.size
        return found

    def _unit(self, values: Floats) -> float:
        if not self.unit and (there := values[np.isfinite(values)]).size:
            self.unit = next((unit for unit, below in _UNITS.items() if abs(there[0]) < below), 1.0)
        return self.unit or 1.0

    def _of_texts(self, cells: Cells) -> Floats:
        texts = cells.texts()
        table = np.array([*map(_seconds, texts.names), np.nan])
        return np.asarray(table[texts.codes])

    def _problems(self, rows: Codes, found: Floats, cells: Cells) -> list[Problem]:
        texts = cells.texts()
        problems = []
        for row in rows[:_SHOWN].tolist():
            code = texts.codes[row]
            written = repr(texts.names[code]) if code >= 0 else "none"
            problems.append(_problem(f"{self.where}, row {self.rows + row + 1}", written, found[row]))
        if rows.size > _SHOWN:
            problems.append(Problem(self.where, "times in every row", f"{rows.size - _SHOWN} more such rows"))
        return problems


def text(seconds: float) -> str:
    """Write a moment to the minute, or to the second where that tells more.

    >>> text(1767225600), text(1767225630.5)
    ('2026-01-01 00:00', '2026-01-01 00:00:30')
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def iso(seconds: float) -> str:
    """Write a moment for programs.

    >>> iso(1767225600)
    '2026-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def read(written: str) -> float:
    """Read a moment of an option: as ISO 8601, UTC unless it says otherwise, or Unix seconds.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = _seconds(written)
    found = float(written) if np.isnan(found) else found
    if not EARLIEST <= found <= remotewrite.LATEST / 1000:
        raise ValueError(written)
    return found


def largest_gap(times: Floats) -> tuple[float, float]:
    """Return the ends of the longest time without a row.

    >>> largest_gap(np.array([0.0, 1.0, 9.0, 10.0]))
    (1.0, 9.0)
    """
    if times.size < 2:
        return (0.0, 0.0)
    at = int(np.argmax(np.diff(times)))
    return float(times[at]), float(times[at + 1])


def _seconds(written: str) -> float:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return np.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _problem(where: str, written: str, seconds: float) -> Problem:
    if np.isnan(seconds):
        return Problem(where, _EXPECTED, written)
    if seconds < EARLIEST:
        return Problem(
            where, "a time after 1971", f"{written}, read as {seconds:g} seconds", "check the unit"
        )
    return Problem(where, "a time in the past", written, "check the unit, and write times with their zone")
