"""Counts of one column: some cells, and one of its own for what is missing. Numeric and categorical alike."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.counters import Counters

Counts = NDArray[np.int64]


class Distribution(Counters):
    """What `Histogram` and `Categories` have in common; immutable: `count` and `+` return a new one."""

    __slots__ = ()

    counts: Counts
    missing: int

    def _freeze(self, cells: int) -> None:
        """Keep whole, frozen counts of `cells` cells, or raise ValueError."""
        counts = _whole("counts", self.counts)
        if counts.shape != (cells,):
            raise ValueError(f"counts: expected {cells} cells, got {counts.size}")
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "missing", int(_whole("missing", [self.missing])[0]))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.cell_names, self.cells.tobytes()))

    @property
    def rows(self) -> int:
        """All rows, the missing ones too."""
        return int(self.counts.sum()) + self.missing

    @property
    def cells(self) -> Counts:
        """All cells as one vector, in the order of `cell_names`."""
        return np.append(self.counts, self.missing)

    @property
    def cell_names(self) -> tuple[str, ...]:
        """The names of the cells in series, the missing one last."""
        raise NotImplementedError

    def same_cells(self, other: Self) -> bool:
        """Return whether the cells of both mean the same."""
        return all(getattr(self, name) == getattr(other, name) for name in self.SHARED)


def _whole(name: str, counts: ArrayLike) -> Counts:
    numbers = np.array(counts)
    if numbers.dtype.kind not in "iu" or (numbers.size and numbers.min() < 0):
        raise ValueError(f"{name}: expected whole numbers >= 0, got {numbers.tolist()}")
    numbers = numbers.astype(np.int64)
    numbers.flags.writeable = False
    return numbers
