"""Distances of two numeric columns from their cumulative counts on the same edges: KS and Wasserstein.

Missing rows are not part of either. KS on edges is the largest difference at an edge: it never exceeds KS
of the values, and falls short of it by at most the smaller of the two shares of the cell in which the true
maximum lies (1/k for k cells at reference quantiles; for a shift by 0.05 standard deviations .0045 was
measured at k = 10 and .0013 at 100). Wasserstein takes both columns as evenly spread within a cell: its
error is at most the sum over cells of the width times the mean of the two shares. What lies beyond the
bounds that it is given is taken to lie on them.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats import special
from modelmonitor.stats.histogram import Histogram


def ks(reference: Histogram, live: Histogram) -> float:
    """Return the largest difference between the two cumulative shares at an edge.

    Returns
    -------
    float
        From 0 to 1; NaN if a side has no present rows. Exact if every value is an edge.

    Examples
    --------
    >>> edges = (1.0, 2.0)
    >>> ks(Histogram(edges, np.array([2, 1, 1])), Histogram(edges, np.array([1, 1, 2])))
    0.25
    """
    return float(np.max(np.abs(_difference(reference, live))))


def ks_p_value(distance: float, n: int, m: int) -> float:
    """Return the chance of a two-sample KS distance above `distance` without drift, for many rows.

    On edges, or with ties, the true chance is smaller. NaN without rows on a side.

    Examples
    --------
    >>> round(ks_p_value(0.0136, 10_000, 10_000), 3)
    0.313
    """
    if not (n > 0 and m > 0):
        return math.nan
    return special.kolmogorov_tail(distance * math.sqrt(n * m / (n + m)))


def wasserstein(reference: Histogram, live: Histogram, bounds: tuple[float, float]) -> float:
    """Return the area between the two cumulative shares: the mean way that a row has moved.

    Parameters
    ----------
    reference, live : Histogram
        On the same edges.
    bounds : (float, float)
        Where the open cells are taken to end, for instance the range of the reference.

    Returns
    -------
    float
        In the column's own unit, at least 0; NaN if a side has no present rows.

    Examples
    --------
    >>> edges = (1.0, 2.0)
    >>> near, far = Histogram(edges, np.array([9, 0, 0])), Histogram(edges, np.array([0, 0, 9]))
    >>> wasserstein(near, far, bounds=(0.0, 3.0))
    2.0
    """
    low, high = bounds
    points = np.clip([low, *reference.edges, high], low, high)
    gap = np.concatenate([[0.0], _difference(reference, live)])
    return float(np.sum(np.diff(points) * _mean_absolute(gap[:-1], gap[1:])))


def _difference(reference: Histogram, live: Histogram) -> NDArray[np.float64]:
    """Return live minus reference cumulative share at the upper end of each cell, 0 at the last.

    NaN if a side has no present rows.
    """
    if not reference.same_cells(live):
        raise ValueError(f"live: expected the edges {reference.edges}, got {live.edges}")
    p, q = _cumulative(reference.counts), _cumulative(live.counts)
    return q - p


def _cumulative(counts: ArrayLike) -> NDArray[np.float64]:
    upto = np.cumsum(counts).astype(np.float64)
    return upto / upto[-1] if upto[-1] > 0 else np.full(upto.size, np.nan)


def _mean_absolute(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the absolute value on the straight line from `start` to `end`."""
    total = np.abs(start) + np.abs(end)
    crossing = np.divide(start**2 + end**2, total, out=np.zeros_like(total), where=total > 0)
    return np.where(start * end < 0, crossing, total) / 2
