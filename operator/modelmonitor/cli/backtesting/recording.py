"""Recorded predictions and their truth, in the order of their times, in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from modelmonitor.cli.backtesting import moments
from modelmonitor.cli.backtesting.columns import Columns, texts_of
from modelmonitor.cli.backtesting.ordered import Ordered
from modelmonitor.cli.backtesting.request import Request
from modelmonitor.cli.profiling.cells import Floats
from modelmonitor.cli.profiling.sources import Chunk, Source
from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.evaluator.rows import Rows, part

LONGEST_DAYS = 732
"""Between the first and the last row."""
_DAY = 86_400.0
_ROWS_AT_ONCE = 4096
Label = dict[str, object]
"""What is sent as a label: `id`, `actual`, `time`."""
Watch = Callable[[Chunk], None]


@dataclass(frozen=True, slots=True)
class Covered:
    """Which time a recording covers, in Unix seconds."""

    first: float
    last: float
    rows: int
    gap: tuple[float, float]
    """The longest time without a row."""


@dataclass(frozen=True)
class Recording:
    """A file of predictions, and one of labels if they are apart."""

    request: Request
    columns: Columns
    data: Source
    labels: Source | None
    now: float
    tolerated: float
    """Seconds by which a row may be out of order."""

    def check(self) -> None:
        """Hold the columns against what was asked for.

        Raises
        ------
        SpecInvalid
            With everything that does not fit.
        """
        problems = list(self.columns.problems(self.data.names, self.data.unusable))
        if self.labels:
            roles, known = self.request.roles, ", ".join(self.labels.names[:10])
            wanted = {"--id": roles.id, "--target": roles.target, "--label-time": self._label_time}
            problems += [
                Problem(f"{option}, labels", "a column of the file", repr(name), f"columns are: {known}")
                for option, name in wanted.items()
                if name not in self.labels.names
            ]
        if problems:
            raise SpecInvalid(problems)

    @property
    def has_truth(self) -> bool:
        """Whether anything tells what came true."""
        return self.request.roles.target is not None

    def survey(self, watch: Watch) -> Covered:
        """Read the times alone, and say which time the predictions cover.

        Raises
        ------
        SpecInvalid
            If a row has no time, rows are not in order, there is none, or they cover too long a time.
        """
        found, outside = [np.empty(0)], [np.empty(0)]
        for chunk, times, inside in self._predictions().chunks():
            found.append(times[inside.start : inside.stop])
            outside.append(times[:: max(times.size - 1, 1)])
            watch(chunk)
        chosen = np.concatenate(found)
        if not chosen.size:
            raise SpecInvalid([_nothing(np.concatenate(outside))])
        covered = Covered(float(chosen[0]), float(chosen[-1]), chosen.size, moments.largest_gap(chosen))
        if covered.last - covered.first > LONGEST_DAYS * _DAY:
            raise SpecInvalid([_too_long(covered)])
        return covered

    def predictions(self, watch: Watch) -> Iterator[tuple[Floats, Rows]]:
        """Yield predictions with their times."""
        number = 0
        for chunk, times, inside in self._predictions().chunks(self.columns.read):
            rows = self.columns.rows(chunk)
            if rows.ids is None and self.has_truth:
                rows.ids = _numbered(number, chunk.rows)
            number += chunk.rows
            for start in range(inside.start, inside.stop, _ROWS_AT_ONCE):
                stop = min(start + _ROWS_AT_ONCE, inside.stop)
                yield times[start:stop], part(rows, start, stop)
            watch(chunk)

    def truth(self) -> Iterator[tuple[Floats, list[Label]]]:
        """Yield what came true, with the times at which it was known."""
        if not self.has_truth:
            return
        roles, number, delay = self.request.roles, 0, 0.0
        table = self._predictions()
        if self.labels:
            since = table.since
            table = Ordered(self.labels, self._label_time, "--label-time", self.now, self.tolerated, since)
        else:
            delay = float(self.request.truth.delay.seconds)
        for chunk, times, inside in table.chunks([str(roles.target), *([roles.id] if roles.id else [])]):
            known = times + delay
            ids = texts_of(chunk.cells[roles.id]).tolist() if roles.id else _numbered(number, chunk.rows)
            number += chunk.rows
            actual = self.columns.outcomes(chunk.cells[str(roles.target)])
            listed = actual.tolist() if isinstance(actual, np.ndarray) else list(actual)
            told = [row for row in inside if not _is_missing(listed[row])]
            labels: list[Label] = [
                {"id": ids[row], "actual": listed[row], "time": float(known[row])} for row in told
            ]
            yield known[told], labels

    def _predictions(self) -> Ordered:
        since, until = self.request.since, self.request.until
        return Ordered(
            self.data,
            self.request.roles.time,
            "--time",
            self.now,
            self.tolerated,
            -np.inf if since is None else since,
            np.inf if until is None else until,
        )

    @property
    def _label_time(self) -> str:
        return self.request.truth.time or self.request.roles.time


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - it is NaN


def _numbered(first: int, count: int) -> list[str | None]:
    return [f"row {number}" for number in range(first, first + count)]


def _nothing(ends: Floats) -> Problem:
    if not ends.size:
        return Problem("", "at least one row", "a header only")
    got = f"rows from {moments.text(ends.min())} to {moments.text(ends.max())}"
    return Problem("--since, --until", "a time in which there are rows", got)


def _too_long(covered: Covered) -> Problem:
    days = (covered.last - covered.first) / _DAY
    gap = f"none from {moments.text(covered.gap[0])} to {moments.text(covered.gap[1])}"
    got = f"{days:,.0f} days, from {moments.text(covered.first)} to {moments.text(covered.last)}, {gap}"
    remedy = "choose a part with --since and --until"
    return Problem("--time", f"rows within {LONGEST_DAYS} days", got, remedy)
