"""Intervals for one share, and for the difference and the ratio of two independent ones.

Of one share there are two. Wilson's score interval stays inside [0, 1] and keeps its promise for few rows at
95 %, where the normal one does not. In the far tails that thousands of looks a month need it fails: two of a
hundred are "surely" more than .001 4,600 times as often as promised at 1e-6. The exact one never is: hold
against it what is looked at often.

`z` is the normal quantile of the level: 1.96 for 95 % on both sides; a bound on one side only at 95 % is the
same limit with 1.645. The difference and the ratio recover their variances from the limits of the two shares
(MOVER).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from modelmonitor.stats.outcomes import Floats, ratio


@dataclass(frozen=True, slots=True, eq=False)
class Interval:
    """An estimate and its limits, arrays of one shape; all three NaN where there are no rows."""

    value: Floats
    low: Floats
    high: Floats


def wilson(successes: ArrayLike, rows: ArrayLike, z: float) -> Interval:
    """Return the share of successes with Wilson's score limits.

    Parameters
    ----------
    successes, rows : array_like
        Counts, 0 <= successes <= rows.
    z : float
        Normal quantile of the level, above 0.

    Notes
    -----
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. J. Am. Stat.
    Assoc. 22, 209-212.

    Examples
    --------
    >>> it = wilson(8, 10, 1.96)
    >>> round(float(it.low), 4), round(float(it.high), 4)
    (0.4902, 0.9433)
    """
    n = np.asarray(rows, dtype=np.float64)
    share = ratio(successes, n)
    centre = share + ratio(z * z / 2, n)
    spread = z * np.sqrt(ratio(share * (1 - share), n) + ratio(z * z / 4, n * n))
    shrink = 1 + ratio(z * z, n)
    # Rounding may leave 1e-17 where the limit is 0 or 1, or put it beyond the share
    low = np.where(share == 0, 0, np.clip((centre - spread) / shrink, 0, share))
    high = np.where(share == 1, 1, np.clip((centre + spread) / shrink, share, 1))
    return Interval(share, low, high)


def exact(successes: ArrayLike, rows: ArrayLike, z: float) -> Interval:
    """Return the share of successes with about Clopper and Pearson's limits, by plain arithmetic.

    A one-sided limit is passed with at most the probability promised, for 30 to 20,000 rows and shares from 0
    to 1 at levels from .025 to 1e-6; with one or two of a hundred a hundredth as often. Differences and
    ratios of two keep that promise, too.

    Parameters
    ----------
    successes, rows : array_like
        0 <= successes <= rows; they need not be whole.
    z : float
        Normal quantile of the level, above 0.

    Notes
    -----
    The quantile of the beta distribution by Wilson and Hilferty's cube roots: Paulson, E. (1942), An
    approximate normalization of the analysis of variance distribution, Ann. Math. Stat. 13, 233-235; Camp, B.
    H. (1951), Approximation to the point binomial, Ann. Math. Stat. 22, 130-131.

    Examples
    --------
    >>> it = exact(8, 10, 1.96)
    >>> round(float(it.low), 4), round(float(it.high), 4)  # exactly .4439 and .9748
    (0.4438, 0.9765)
    """
    n, x = np.asarray(rows, dtype=np.float64), np.asarray(successes, dtype=np.float64)
    return Interval(ratio(x, n), _exact_low(x, n, z), 1 - _exact_low(n - x, n, z))


def _exact_low(x: Floats, n: Floats, z: float) -> Floats:
    others = n - x + 1
    a, b = 1 / (9 * np.maximum(x, 1)), 1 / (9 * others)
    sure = np.maximum((1 - a) ** 2 - z * z * a, 0)
    root = np.sqrt(np.maximum(a * (1 - b) ** 2 + b * (1 - a) ** 2 - z * z * a * b, 0))
    odds = x * (sure / ((1 - a) * (1 - b) + z * root)) ** 3
    return np.where(n > 0, odds / (odds + others), np.nan)


def difference(first: Interval, second: Interval) -> Interval:
    """Return first - second of two independent shares, in [-1, 1].

    Notes
    -----
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Stat. Med.
    17, 873-890, method 10.

    Examples
    --------
    >>> it = difference(wilson(56, 70, 1.96), wilson(48, 80, 1.96))
    >>> round(float(it.low), 4), round(float(it.high), 4)
    (0.0524, 0.3339)
    """
    value = first.value - second.value
    down = np.hypot(first.value - first.low, second.high - second.value)
    up = np.hypot(first.high - first.value, second.value - second.low)
    return Interval(value, value - down, value + up)


def quotient(first: Interval, second: Interval) -> Interval:
    """Return first / second of two independent shares: at least 0, the upper limit infinite if second is 0.

    The value is NaN where second is 0; the limits still say what is known. Swapping the two inverts them.

    Notes
    -----
    Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and
    standard deviation. Stat. Methods Med. Res. 21(4), 347-359; here as roots that do not cancel.

    Examples
    --------
    >>> it = quotient(wilson(56, 70, 1.96), wilson(48, 80, 1.96))
    >>> round(float(it.value), 4), round(float(it.low), 3), round(float(it.high), 3)
    (1.3333, 1.078, 1.663)
    """
    product = first.value * second.value
    low_first = first.low * (2 * first.value - first.low)
    high_first = first.high * (2 * first.value - first.high)
    low_second = second.low * (2 * second.value - second.low)
    high_second = second.high * (2 * second.value - second.high)
    root_low = np.sqrt(np.maximum(product**2 - low_first * high_second, 0))
    root_high = np.sqrt(np.maximum(product**2 - high_first * low_second, 0))
    low = np.where(low_first == 0, 0, ratio(low_first, product + root_low))
    high = np.where(low_second == 0, np.inf, ratio(product + root_high, low_second))
    known = ~np.isnan(product)
    return Interval(
        ratio(first.value, second.value), np.where(known, low, np.nan), np.where(known, high, np.nan)
    )
