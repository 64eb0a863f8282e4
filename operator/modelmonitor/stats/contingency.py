"""Pearson's chi-squared test of two samples in the same cells.

The statistic is exact; its p-value is asymptotic and good from about 5 expected rows a cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modelmonitor.stats import divergence, special


@dataclass(frozen=True, slots=True)
class ChiSquared:
    """The statistic, its degrees of freedom and the chance of a larger one without drift."""

    statistic: float
    freedom: int
    p_value: float


def chi_squared(reference: ArrayLike, live: ArrayLike) -> ChiSquared:
    """Test whether both samples come from one distribution.

    Parameters
    ----------
    reference, live : array_like, shape (B,)
        Counts of the same cells. Cells that are empty on both sides are left out.

    Returns
    -------
    ChiSquared
        All NaN (and 0 degrees) if a side has no rows. One filled cell: statistic 0, p-value 1.

    Notes
    -----
    Both samples are random here. A goodness-of-fit test that takes the reference for the truth has a
    false-alarm rate of 30 % at a nominal 5 % for samples of equal size. No continuity correction.

    References
    ----------
    Pearson, K. (1911). On the probability that two independent distributions of frequency are really samples
    from the same population. Biometrika 8, 250-254.

    Examples
    --------
    >>> chi_squared([50, 30, 20], [30, 30, 40]).statistic.__round__(4)
    11.6667
    """
    p, q = divergence.filled(reference, live)
    m, n = float(p.sum()), float(q.sum())
    if not (m > 0 and n > 0):
        return ChiSquared(float("nan"), 0, float("nan"))
    statistic = float(np.sum((np.sqrt(m / n) * q - np.sqrt(n / m) * p) ** 2 / (p + q)))
    freedom = p.size - 1
    return ChiSquared(statistic, freedom, special.chi_squared_tail(statistic, freedom) if freedom else 1.0)
