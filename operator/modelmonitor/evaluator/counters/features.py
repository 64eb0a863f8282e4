"""What is counted of every column: its distribution at the reference's cells, and what is wrong with it.

Cells are counted by comparing whole blocks of values with all edges at once, which costs less than to look
for the cell of each value, and gives the cumulative counts that histograms are exposed as.
"""

from collections.abc import Mapping

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.counters.numeric import to_numbers
from modelmonitor.evaluator.rows import Values
from modelmonitor.series import declared
from modelmonitor.stats import categories
from modelmonitor.stats.distribution import Counts
from modelmonitor.wire import families
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, ColumnType
from modelmonitor.wire.scheme import Scheme

BLOCK_ROWS = 4096
"""Rows that are compared at once: small enough for the processor's caches."""
_LARGEST = float(np.finfo(np.float64).max)
Columns = Mapping[str, Values]


class Features:
    """Counts columns; `@prediction` and `@score` are two of them, where the reference has them."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        columns = declared.ordered(scheme)
        numeric = [column for column in columns if column.type is ColumnType.NUMERIC]
        categorical = [column for column in columns if column.type is ColumnType.CATEGORICAL]
        self._numeric = _Numeric(bank, numeric)
        self._categorical = _Categorical(bank, categorical, first=len(numeric))
        slices = (*scheme.segments, *scheme.groups)
        self._known = {
            FEATURE_PREDICTION,
            FEATURE_SCORE,
            *(it.name for it in columns),
            *(it.column for it in slices),
        }
        self._places = {column.name: place for place, column in enumerate(columns)}
        self._invalid = bank.get(families.FEATURE_INVALID)
        self._unexpected = bank.get(families.UNEXPECTED)

    def count(self, columns: Columns, rows: int) -> None:
        """Count rows; a column that is not there is missing in all of them."""
        if self._unexpected is None:
            return
        for name in columns.keys() - self._known:
            self._unexpected += sum(value is not None for value in columns[name])
        self._numeric.count(columns, rows)
        self._categorical.count(columns, rows)

    def invalid(self, name: str, rows: int) -> None:
        """Count rows of a column that were found to be invalid before: they arrive here as missing."""
        if self._invalid is not None and name in self._places:
            self._invalid[self._places[name]] += rows


class _Numeric:
    """Numeric columns, as one matrix."""

    def __init__(self, bank: Bank, columns: list[Column]) -> None:
        self._names = [column.name for column in columns]
        if not columns:
            return
        cells = [len(column.edges) + 1 for column in columns]
        self._edges = np.full((len(columns), max(cells), 1), np.inf)
        for number, column in enumerate(columns):
            self._edges[number, : len(column.edges), 0] = column.edges
        self._used = np.arange(max(cells)) < np.array(cells)[:, None]
        self._low, self._high = (np.array(side)[:, None] for side in zip(*map(_range, columns), strict=True))
        self._cells = bank[families.FEATURE_VALUE]
        self._beyond = bank[families.FEATURE_RANGE]
        self._missing = bank[families.FEATURE_MISSING][: len(columns)]
        self._invalid = bank[families.FEATURE_INVALID][: len(columns)]

    def count(self, columns: Columns, rows: int) -> None:
        for start in range(0, rows if self._names else 0, BLOCK_ROWS):
            self._count(columns, start, min(start + BLOCK_ROWS, rows))

    def _count(self, columns: Columns, start: int, stop: int) -> None:
        values = np.empty((len(self._names), stop - start))
        for number, name in enumerate(self._names):
            column = columns.get(name)
            if column is None:
                values[number] = np.nan
            else:
                values[number], invalid = to_numbers(column[start:stop])
                self._invalid[number] += invalid
        missing = np.count_nonzero(np.isnan(values), axis=1)
        self._missing += missing
        self._beyond += np.count_nonzero((values < self._low) | (values > self._high), axis=1)
        above = (values[:, None, :] > self._edges).view(np.uint8).sum(axis=2, dtype=np.int64)
        self._cells += ((stop - start - missing)[:, None] - above)[self._used]


class _Categorical:
    """Categorical columns, each by a lookup of its values."""

    def __init__(self, bank: Bank, columns: list[Column], first: int) -> None:
        self._names = [column.name for column in columns]
        if not columns:
            return
        self._known = [{text: code for code, text in enumerate(column.categories)} for column in columns]
        ends = np.cumsum([len(column.categories) + 1 for column in columns])
        self._cells = np.split(bank[families.FEATURE_CATEGORY], ends[:-1])
        self._missing = bank[families.FEATURE_MISSING][first:]
        self._invalid = bank[families.FEATURE_INVALID][first:]

    def count(self, columns: Columns, rows: int) -> None:
        for number, name in enumerate(self._names):
            column = columns.get(name)
            if column is None:
                self._missing[number] += rows
                continue
            counts, invalid = _categories(column, self._known[number])
            self._cells[number][:] += counts[:-1]
            self._missing[number] += counts[-1]
            self._invalid[number] += invalid


def _categories(values: Values, known: Mapping[str, int]) -> tuple[Counts, int]:
    """Return the counts of each category, of others and of missing ones, and how many are none at all."""
    try:
        return categories.count_categories(values, known), 0
    except TypeError:  # a list or an object among them: it counts as missing
        listed = values.tolist() if isinstance(values, np.ndarray) else values
        scalars = [None if isinstance(value, list | dict) else value for value in listed]
        return categories.count_categories(scalars, known), scalars.count(None) - list(listed).count(None)


def _range(column: Column) -> tuple[float, float]:
    low = -_LARGEST if column.minimum is None else column.minimum
    return low, _LARGEST if column.maximum is None else column.maximum
