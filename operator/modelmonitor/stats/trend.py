"""Whether a metric gets better or worse over time: Mann-Kendall, with a variance for autocorrelated values.

The slope's sign says nothing: the p-value of a plain regression is below .05 in 25 % of trendless AR(.7)
series, and Mann-Kendall's own in 37 %. The usual correction by the significant autocorrelations of the
ranks still leaves 28 % for 30 points. Here the variance is that of an AR(1) series whose coefficient is
taken from the residuals of Sen's slope, corrected for its bias in short series, and one standard error
larger. Simulated at a nominal .05 without trend: .02-.04 for independent points; for AR(.7) .08 with 10
points, .06 with 20, .05 with 30, .04 with 60. A rise by three standard deviations over 30 points is found
in 96 % of independent, 36 % of AR(.7) series.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats import special

Floats = NDArray[np.float64]

POINTS_NEEDED = 10
ROUNDING = 1e-28
"""Residuals of so small a share of the squares of the values are rounding, and tell of no persistence."""


class Direction(StrEnum):
    """Where a metric goes."""

    IMPROVING = "Improving"
    WORSENING = "Worsening"
    NONE = "None"
    """Enough points, and no trend that is more than chance."""
    INSUFFICIENT = "Insufficient"
    """Too few points: it is not known. It is not a kind of `NONE`."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A direction and the numbers that it rests on."""

    direction: Direction
    slope: float
    """Sen's, per step; NaN with fewer than two points."""
    p_value: float
    """Two-sided; NaN if insufficient."""
    points: int


def trend(values: ArrayLike, *, higher_is_better: bool, alpha: float = 0.05) -> Trend:
    """Test equidistant values (one a day, say) for a trend.

    Parameters
    ----------
    values : array_like, shape (steps,)
        In order of time; NaN where a step has no data.
    higher_is_better : bool
        Whether a rise is an improvement.
    alpha : float, default 0.05

    Returns
    -------
    Trend
        Insufficient with fewer than 10 values that are not NaN.

    Examples
    --------
    >>> falling = trend([0.9, 0.89, 0.9, 0.88, 0.87, 0.88, 0.86, 0.85, 0.86, 0.84], higher_is_better=True)
    >>> falling.direction.value, round(falling.slope, 4), round(falling.p_value, 3)
    ('Worsening', -0.0067, 0.002)
    """
    x = np.asarray(values, dtype=np.float64)
    points = int(np.count_nonzero(~np.isnan(x)))
    slope = sen_slope(x)
    if points < POINTS_NEEDED:
        return Trend(Direction.INSUFFICIENT, slope, math.nan, points)
    statistic, variance = _mann_kendall(x[~np.isnan(x)])
    variance *= _inflation(points, _persistence(x - slope * np.arange(x.size), float(np.nansum(x * x))))
    score = max(abs(statistic) - 1, 0) / math.sqrt(variance) if variance > 0 else 0.0
    p_value = 2 * special.normal_tail(score)
    better = Direction.IMPROVING if (statistic > 0) == higher_is_better else Direction.WORSENING
    return Trend(better if p_value < alpha else Direction.NONE, slope, p_value, points)


def sen_slope(values: ArrayLike) -> float:
    """Return the median slope of all pairs of values, NaN left out; NaN with fewer than two.

    Notes
    -----
    Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. J. Am. Stat. Assoc. 63,
    1379-1389. 29 % of the values may be arbitrary without moving it far.

    Examples
    --------
    >>> sen_slope([1, 2, 3, 4, 50])
    1.0
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(x))
    if known.size < 2:
        return math.nan
    i, j = np.triu_indices(known.size, 1)
    return float(np.median((x[known[j]] - x[known[i]]) / (known[j] - known[i])))


def _mann_kendall(x: Floats) -> tuple[float, float]:
    """Return the statistic S and its variance for independent values, ties taken into account."""
    i, j = np.triu_indices(x.size, 1)
    ties = np.unique(x, return_counts=True)[1].astype(np.float64)
    n = float(x.size)
    variance = n * (n - 1) * (2 * n + 5) - np.sum(ties * (ties - 1) * (2 * ties + 5))
    return float(np.sum(np.sign(x[j] - x[i]))), float(variance) / 18


def _persistence(residuals: Floats, squares: float) -> float:
    """Return the AR(1) coefficient of the residuals, cautiously: without bias and one standard error up.

    `squares` is the sum of those of the values.

    The bias is that of Marriott, F. H. C. and Pope, J. A. (1954). Bias in the estimation of autocorrelations.
    Biometrika 41, 390-402.
    """
    y = residuals - np.nanmean(residuals)
    total, points = np.nansum(y * y), np.count_nonzero(~np.isnan(y))
    if not total > ROUNDING * squares:
        return 0.0
    steps = y[1:] * y[:-1]
    raw = np.nansum(steps) / total
    unbiased = (points * raw + 2) / (points - 4)  # inverts E r = rho - (2 + 4 rho) / n
    if unbiased <= 0:
        return 0.0
    inside = min(unbiased, 0.99)
    return float(min(inside + math.sqrt((1 - inside**2) / points), 0.99))


def _inflation(n: int, coefficient: float) -> float:
    """Return how much larger the variance of S is for an AR(1) series, by its autocorrelations of ranks.

    Hamed, K. H. and Rao, A. R. (1998). A modified Mann-Kendall trend test for autocorrelated data. J. Hydrol.
    204, 182-196.
    """
    lag = np.arange(1, n - 2)
    ranks = 6 / math.pi * np.arcsin(coefficient**lag / 2)
    weights = (n - lag) * (n - lag - 1) * (n - lag - 2)
    return float(1 + 2 * np.sum(weights * ranks) / (n * (n - 1) * (n - 2)))
