"""The second reading: exact counts between edges, and categories, that are frozen by now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modelmonitor.cli.profiling.cells import Cells, Codes, Floats
from modelmonitor.stats.histogram import count_cells
from modelmonitor.wire.profile import Column, ColumnType, Slice


class Counter(Protocol):
    """Counts the cells of a column."""

    def add(self, cells: Cells) -> None:
        """Count the cells of a chunk."""
        ...

    def column(self) -> Column:
        """Return what was counted."""
        ...


class NumericCounter:
    """Counts numbers between edges."""

    def __init__(self, name: str, edges: Floats, bounds: tuple[float, float]) -> None:
        self._name, self._edges, self._bounds = name, edges, bounds
        self._counts = np.zeros(edges.size + 2, dtype=np.int64)

    def add(self, cells: Cells) -> None:
        """Count the cells of a chunk."""
        self.add_values(cells.numbers(parse=True).values)

    def add_values(self, values: Floats) -> None:
        """Count numbers; NaN is missing."""
        self._counts += count_cells(values, self._edges)

    def column(self) -> Column:
        """Return what was counted."""
        *counts, missing = self._counts.tolist()
        return Column(
            name=self._name,
            type=ColumnType.NUMERIC,
            edges=tuple(self._edges.tolist()),
            counts=tuple(counts),
            missing=missing,
            minimum=self._bounds[0],
            maximum=self._bounds[1],
        )


class CategoricalCounter:
    """Counts categories, all others together."""

    def __init__(self, name: str, categories: Sequence[str]) -> None:
        self._name, self._categories = name, tuple(categories)
        self._counts = np.zeros(len(categories) + 2, dtype=np.int64)

    def add(self, cells: Cells) -> None:
        """Count the cells of a chunk."""
        self.add_codes(cells.texts().within(self._categories))

    def add_codes(self, codes: Codes) -> None:
        """Count positions; -1 is missing."""
        self._counts += np.bincount(codes % self._counts.size, minlength=self._counts.size)

    def column(self) -> Column:
        """Return what was counted."""
        *counts, missing = self._counts.tolist()
        return Column(
            name=self._name,
            type=ColumnType.CATEGORICAL,
            categories=self._categories,
            counts=tuple(counts),
            missing=missing,
        )


@dataclass(slots=True)
class SliceCounter:
    """Counts the rows of each value, and those of them that are of the positive class."""

    column: str
    values: tuple[str, ...]
    counts: NDArray[np.int64] = field(init=False)
    positives: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        self.counts, self.positives = np.zeros((2, len(self.values) + 1), dtype=np.int64)

    def add(self, codes: Codes, positive: NDArray[np.bool_] | None) -> None:
        """Count rows by the positions of their values; -1 is missing."""
        known = codes >= 0
        self.counts += np.bincount(codes[known], minlength=self.counts.size)
        if positive is not None:
            self.positives += np.bincount(codes[known & positive], minlength=self.positives.size)

    def slice(self, *, with_positives: bool) -> Slice:
        """Return what was counted."""
        positives = tuple(self.positives[:-1].tolist()) if with_positives else ()
        return Slice(
            column=self.column,
            values=self.values,
            counts=tuple(self.counts[:-1].tolist()),
            positives=positives,
        )
