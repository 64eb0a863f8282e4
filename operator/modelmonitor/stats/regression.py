"""Quality of numbers, from sums over rows; all exact but the quantiles of the error.

The error of a row is prediction - actual. MAPE is taken over the rows whose actual is not 0, and
`undefined_percentage_share` tells the share of rows that it leaves out; WAPE needs no such care. R² is taken
from sums of actual - centre, the reference's mean, so that large means cost no digits. Quantiles of the
absolute error lie in the right cell: off by less than 28 % within the ladder of `error_edges`, and by less
than 5 % where errors are spread smoothly.

A metric without rows is NaN: no data. A row whose squares are above 1e289 is left out of everything, so that
no number of rows makes a sum infinite: what was counted before and after would be lost in it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.counters import Counters
from modelmonitor.stats.outcomes import Floats, ratio

_LARGEST = 1e289
"""2⁶³ of them are still finite."""
_PREFERRED = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0)
"""Ten steps a decade of almost equal ratio (1.25 to 1.28) that read well; ISO 3, series R10."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Errors(Counters):
    """Sums over rows, named after the metric families that carry them."""

    SHARED: ClassVar = frozenset({"edges", "centre"})
    LARGEST: ClassVar = frozenset({"absolute_error_max"})

    edges: tuple[float, ...]
    """Upper edges of the absolute error's cells; the last cell is open."""
    centre: float
    """What `target_centred_*` are centred by: the reference's mean of the target."""
    scored_total: int
    absolute_error: NDArray[np.int64]
    """Rows by absolute error; shape (edges + 1,), cell i is (edges[i-1], edges[i]]."""
    absolute_error_max: float
    error_positive_sum: float
    error_negative_sum: float
    """Of minus the error, where that is positive."""
    squared_error_sum: float
    absolute_percentage_error_sum: float
    """Of |error / actual|, as a share, where actual is not 0."""
    absolute_percentage_error_rows_total: int
    actual_absolute_sum: float
    target_centred_positive_sum: float
    target_centred_negative_sum: float
    target_centred_squared_sum: float

    @classmethod
    def count(
        cls, actual: ArrayLike, predicted: ArrayLike, edges: Sequence[float], centre: float = 0.0
    ) -> "Errors":
        """Count rows; `actual` and `predicted` are of shape (rows,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            y = np.asarray(actual, dtype=np.float64)
            error, target = np.asarray(predicted, dtype=np.float64) - y, y - centre
            valid = (error**2 < _LARGEST) & (target**2 < _LARGEST)
            y, error, target = y[valid], error[valid], target[valid]
            share = ratio(np.abs(error), np.abs(y))
        size, defined = np.abs(error), share < _LARGEST
        return cls(
            edges=tuple(edges),
            centre=centre,
            scored_total=len(y),
            absolute_error=np.bincount(np.searchsorted(edges, size), minlength=len(edges) + 1),
            absolute_error_max=float(np.max(size, initial=0.0)),
            error_positive_sum=_above(error),
            error_negative_sum=_above(-error),
            squared_error_sum=float(np.sum(error**2)),
            absolute_percentage_error_sum=float(np.sum(share[defined])),
            absolute_percentage_error_rows_total=int(np.count_nonzero(defined)),
            actual_absolute_sum=float(np.sum(np.abs(y))),
            target_centred_positive_sum=_above(target),
            target_centred_negative_sum=_above(-target),
            target_centred_squared_sum=float(np.sum(target**2)),
        )


def error_edges(scale: float) -> tuple[float, ...]:
    """Return edges for absolute errors: ten a decade, from at most scale / 1000 to at least 10 scale.

    Parameters
    ----------
    scale : float
        Above 0, in the target's unit: what an uninformed prediction misses by, such as its standard
        deviation.

    Raises
    ------
    ValueError
        If scale is not a finite number above 0.

    Examples
    --------
    >>> edges = error_edges(2.0)
    >>> len(edges), edges[0], edges[1], edges[-1]
    (41, 0.002, 0.0025, 20.0)
    """
    if not (math.isfinite(scale) and scale > 0):
        raise ValueError(
            f"scale: expected a finite number above 0, got {scale}; give the target's usual size"
        )
    lowest, decade = scale / 1000 * (1 + 1e-9), math.floor(math.log10(scale / 1000))
    ladder = [float(f"{step}e{decade + up}") for up in range(-1, 7) for step in _PREFERRED]
    first = max(at for at, edge in enumerate(ladder) if edge <= lowest)
    last = min(at for at, edge in enumerate(ladder) if edge >= 10 * scale * (1 - 1e-9))
    return tuple(ladder[first : last + 1])


def mean_absolute_error(errors: Errors) -> float:
    """Return the mean size of the error (MAE), in the target's unit."""
    return float(ratio(errors.error_positive_sum + errors.error_negative_sum, errors.scored_total))


def mean_squared_error(errors: Errors) -> float:
    """Return the mean squared error (MSE), in the target's unit squared."""
    return float(ratio(errors.squared_error_sum, errors.scored_total))


def root_mean_squared_error(errors: Errors) -> float:
    """Return the root of the mean squared error (RMSE), in the target's unit."""
    return math.sqrt(mean_squared_error(errors))


def bias(errors: Errors) -> float:
    """Return the mean error, in the target's unit: above 0 if predictions are too high."""
    return float(ratio(errors.error_positive_sum - errors.error_negative_sum, errors.scored_total))


def mean_absolute_percentage_error(errors: Errors) -> float:
    """Return the mean of |error / actual| (MAPE) over rows whose actual is not 0, as a share: .05 is 5 %.

    Examples
    --------
    >>> it = Errors.count([0.0, 10.0, 20.0], [5.0, 11.0, 18.0], error_edges(10.0))
    >>> mean_absolute_percentage_error(it), round(undefined_percentage_share(it), 4)
    (0.1, 0.3333)
    """
    return float(ratio(errors.absolute_percentage_error_sum, errors.absolute_percentage_error_rows_total))


def undefined_percentage_share(errors: Errors) -> float:
    """Return the share of rows that MAPE leaves out: their actual is 0, or too close to it to divide by."""
    return float(1 - ratio(errors.absolute_percentage_error_rows_total, errors.scored_total))


def weighted_absolute_percentage_error(errors: Errors) -> float:
    """Return the summed error over the summed actual (WAPE), as a share; NaN only if every actual is 0."""
    return float(ratio(errors.error_positive_sum + errors.error_negative_sum, errors.actual_absolute_sum))


def r_squared(errors: Errors) -> float:
    """Return the share of the target's variance that predictions explain: 1 - MSE / variance.

    At most 1, 0 for predicting the mean, negative for worse. NaN for fewer than two rows, for a target that
    does not vary, and for one so far from the centre (10^6 standard deviations) that no digits would be
    right.
    """
    shift = errors.target_centred_positive_sum - errors.target_centred_negative_sum
    squared = errors.target_centred_squared_sum
    spread = squared - float(ratio(shift * shift, errors.scored_total))
    return 1 - errors.squared_error_sum / spread if spread > 1e-12 * squared else math.nan


def max_error(errors: Errors) -> float:
    """Return the largest absolute error since the gauge was last reset, in the target's unit."""
    return errors.absolute_error_max if errors.scored_total else math.nan


def absolute_error_quantile(errors: Errors, q: float) -> float:
    """Return the absolute error that a share q of the rows does not exceed, in the target's unit.

    Parameters
    ----------
    q : float
        In [0, 1]; .5 is the median.

    Returns
    -------
    float
        Interpolated within the cell that holds it, as `histogram_quantile` does; NaN without rows or edges.
        Above the last edge it is that edge: more is not known.
    """
    if not (errors.scored_total and errors.edges):
        return math.nan
    rows = errors.absolute_error.astype(np.float64)
    reached: Floats = np.cumsum(rows)
    cell = int(np.searchsorted(reached, q * errors.scored_total))
    if cell >= len(errors.edges):
        return errors.edges[-1]
    low = errors.edges[cell - 1] if cell else 0.0
    before = float(reached[cell] - rows[cell])
    inside = float(ratio(q * errors.scored_total - before, rows[cell]))
    return low + (errors.edges[cell] - low) * (0.0 if math.isnan(inside) else inside)


def _above(values: Floats) -> float:
    return float(np.sum(values, where=values > 0))
