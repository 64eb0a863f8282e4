"""A family with the values of its labels: enough to count its series without making them."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from modelmonitor.wire.families import Family, Kind
from modelmonitor.wire.numbers import label_number

Edges = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a family: labels that vary together, and their values in order."""

    title: str
    """What the values are, in the plural."""
    labels: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, label: str, values: tuple[str, ...], title: str) -> "Axis":
        """Make the axis of a single label."""
        return cls(title, (label,), tuple((value,) for value in values))

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Series:
    """All series of one family.

    A histogram has the same inner edges for all values of its labels (`edges` has one item), or some for
    each. One without a sum has buckets only: OpenMetrics allows neither or both of `_sum` and `_count`.
    """

    family: Family
    axes: tuple[Axis, ...] = ()
    edges: tuple[Edges, ...] = ()
    summed: bool = False
    constant: tuple[float, ...] = ()
    """Values of a gauge that never change."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an array with a number for each series; of a histogram's counts a last dimension of cells.

        Where edges differ, the counts are one vector.
        """
        sizes = tuple(len(axis) for axis in self.axes)
        if self.family.kind is not Kind.HISTOGRAM:
            return sizes or (1,)
        return (*sizes, len(self.edges[0]) + 1) if len(self.edges) == 1 else (self._cells(),)

    @property
    def sets(self) -> int:
        """How many sets of values the own labels have."""
        return math.prod(len(axis) for axis in self.axes)

    @property
    def number(self) -> int:
        """How many series they are."""
        return self._cells() + (2 * self.sets if self.summed else 0) if self.edges else self.sets

    @property
    def arithmetic(self) -> str:
        """How that number comes about, in words."""
        factors = [f"{len(axis)} {axis.title}" for axis in self.axes]
        if not self.edges:
            return " x ".join(factors) or "1"
        if len(self.edges) > 1:
            return f"{len(self.edges)} {self.axes[0].title}, {self._cells()} cells together"
        each = f"{len(self.edges[0]) + 1} cells"
        return " x ".join([*factors, f"({each} + count and sum)" if self.summed else each])

    def labels(self) -> Iterator[dict[str, str]]:
        """Yield the own labels of each series, or set of buckets; the last axis goes fastest."""
        names = [name for axis in self.axes for name in axis.labels]
        for chosen in itertools.product(*(axis.values for axis in self.axes)):
            yield dict(zip(names, itertools.chain(*chosen), strict=True))

    def edges_of(self, number: int) -> Edges:
        """Return the inner edges of the set of buckets at this position."""
        return self.edges[0] if len(self.edges) == 1 else self.edges[number]

    def _cells(self) -> int:
        cells = sum(len(edges) + 1 for edges in self.edges)
        return cells * self.sets if len(self.edges) == 1 else cells


def le_texts(edges: Edges) -> tuple[str, ...]:
    """Return the upper edge of every cell as a label, the open one last."""
    return tuple(map(label_number, (*edges, math.inf)))
