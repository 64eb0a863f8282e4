"""Counts as small pictures: one character for each stretch of a column's range."""

import itertools
from collections.abc import Sequence

import numpy as np

from modelmonitor.cli.profiling.cells import Floats
from modelmonitor.wire.profile import Column, ColumnType

_BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 12


def picture(column: Column) -> str:
    """Draw the density of numbers from the smallest to the largest, or the counts of the first categories.

    The range ends soon beyond the outermost edges: whatever lies farther away is drawn in the last bar.

    >>> from modelmonitor.wire.profile import Column, ColumnType
    >>> picture(Column(name="a", type=ColumnType.CATEGORICAL, categories=("x", "y"), counts=(80, 40, 0)))
    '█▄ '
    """
    if column.type is ColumnType.CATEGORICAL or len(column.edges) < 2:
        return _bars(np.array(column.counts[:WIDTH], dtype=np.float64))
    return _bars(_spread(column))


def _spread(column: Column) -> Floats:
    """Return rows in stretches of equal width; within a cell, rows are taken as evenly spread."""
    edges = np.array(column.edges)
    step = (edges[-1] - edges[0]) / max(len(edges) - 1, 1)
    low = edges[0] - step if column.minimum is None else max(column.minimum, edges[0] - step)
    high = edges[-1] + step if column.maximum is None else min(column.maximum, edges[-1] + step)
    points = np.array([min(low, edges[0]), *edges, max(high, edges[-1])])
    upto = np.array([0.0, *itertools.accumulate(column.counts)])
    return np.diff(np.interp(np.linspace(points[0], points[-1], WIDTH + 1), points, upto))


def _bars(heights: Floats | Sequence[float]) -> str:
    top = max(heights, default=0.0) or 1.0
    return "".join(_BARS[0 if it <= 0 else max(1, round(it / top * (len(_BARS) - 1)))] for it in heights)
