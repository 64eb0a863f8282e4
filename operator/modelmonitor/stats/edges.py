"""Where to cut a numeric column: at the quantiles of the reference, never inside a tie.

Edges lie half way between two neighbouring values of the reference, so that a live value that was rounded
on its way (0.1 as 32 bits is larger than 0.1 as 64) still falls into the cell of the value it was.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NEAR = 1e-6
_LARGEST = float(np.finfo(np.float64).max)


def edges_from_quantiles(values: ArrayLike, cells: int = 10) -> NDArray[np.float64]:
    """Return inner edges that split `values` into at most about `cells` cells of nearly equal counts.

    Parameters
    ----------
    values : array_like of float
        The reference, in any order. NaN and infinities have no place between edges and are left out.
    cells : int, default 10
        At least 2.

    Returns
    -------
    ndarray of float64, strictly increasing and finite
        At most `cells + 1` of them. A value that fills a cell is never split. Up to `cells` different values
        get a cell each. An outermost cell that holds a single value is closed on its outer side, so that a
        constant column has two edges and what is smaller or larger is told apart. Empty for no finite value.

    Examples
    --------
    >>> edges_from_quantiles([0, 1, 1, 0, 1])
    array([-0.5,  0.5,  1.5])
    >>> edges_from_quantiles(range(1, 101), cells=4)
    array([25.5, 50.5, 75.5])
    """
    if cells < 2:
        raise ValueError(f"cells: expected at least 2, got {cells}")
    x = np.asarray(values, dtype=np.float64).ravel()
    distinct, counts = np.unique(x[np.isfinite(x)], return_counts=True)
    if not distinct.size:
        return distinct
    last = _last_of_cells(counts, cells)
    inner = _between(distinct[last], distinct[last + 1])
    below, above = _outside(distinct)
    lower = [below] if last.size == 0 or last[0] == 0 else []
    upper = [above] if last.size == 0 or last[-1] == distinct.size - 2 else []
    return np.unique(np.concatenate([lower, inner, upper]))


def _last_of_cells(counts: NDArray[np.intp], cells: int) -> NDArray[np.intp]:
    """Return the index of the last distinct value of each cell but the last one."""
    if counts.size <= cells:
        return np.arange(counts.size - 1)
    seen = np.cumsum(counts)
    wanted = seen[-1] * np.arange(1, cells) / cells
    right = np.searchsorted(seen[:-1], wanted).clip(1, counts.size - 2)
    left = right - 1
    nearest = np.where(wanted - seen[left] < seen[right] - wanted, left, right)
    return np.unique(nearest)


def _between(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle, or `low` where no number lies between: a cell includes its upper edge."""
    middle = low / 2 + high / 2
    return np.where((low <= middle) & (middle < high), middle, low)


def _outside(distinct: NDArray[np.float64]) -> tuple[float, float]:
    """Return a point below the smallest and one above the largest value, as near as their neighbours are."""
    low, high = float(distinct[0]), float(distinct[-1])
    if distinct.size == 1:
        near = _NEAR * abs(low) or _NEAR
        return max(low - near, -_LARGEST), min(high + near, _LARGEST)
    below = low - (float(distinct[1]) - low) / 2
    above = high + (high - float(distinct[-2])) / 2
    return max(below, -_LARGEST), min(above, _LARGEST)
