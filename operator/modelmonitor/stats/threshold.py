"""How large a distance must be before it is surely larger than tolerated.

For B cells, n live and m reference rows let s = 1/n + 1/m, k = B - 1. If the true PSI is the tolerated one,
tau, then PSI/s is close to a non-central chi-squared variable with k degrees of freedom and non-centrality
tau/s. Its upper quantile is taken by Patnaik's two moments and Wilson and Hilferty's cube root: plain
arithmetic, so that one PromQL rule can do it for all features at once. With tau = 0 this asks whether there
is more than noise.

JS and Pearson's statistic X^2 follow the same law to second order: PSI is about 8 JS and about s X^2. KS
has the bound of Dvoretzky, Kiefer and Wolfowitz with Massart's constant, moved by the tolerance. All take
and give arrays.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats import special

Floats = NDArray[np.float64]

ROWS_PER_CELL = 20
"""Live rows a cell that any verdict needs; with fewer, the law above is not reached."""
_MONTH = 30 * 86400.0


def alpha_of_budget(false_alarms_per_month: float, features: int, interval: float) -> float:
    """Return the level of one look at one feature that keeps all looks of a month within the budget.

    Parameters
    ----------
    false_alarms_per_month : float
        Expected false alarms in 30 days over all features together, above 0.
    features : int
        How many are looked at, at least 1.
    interval : float
        Seconds between looks.

    Returns
    -------
    float
        In (0, 0.5]. A union bound: it holds however windows and features depend on each other.

    Examples
    --------
    >>> alpha_of_budget(1, features=20, interval=300)
    5.787037037037037e-06
    """
    if not (false_alarms_per_month > 0 and features >= 1 and interval > 0):
        raise ValueError(
            "budget: expected more than 0 false alarms, features and seconds, got "
            f"{false_alarms_per_month!r}, {features!r}, {interval!r}"
        )
    return min(0.5, false_alarms_per_month * interval / (_MONTH * features))


def noise(n: ArrayLike, m: ArrayLike) -> Floats:
    """Return s = 1/n + 1/m, infinite without rows on a side."""
    with np.errstate(divide="ignore"):
        return 1 / np.asarray(n, dtype=np.float64) + 1 / np.asarray(m, dtype=np.float64)


def critical_chi_squared(freedom: ArrayLike, noncentrality: ArrayLike, alpha: float) -> Floats:
    """Return about the value that non-central chi-squared exceeds with probability `alpha`.

    From .99 to 1.06 times the exact one for 10 degrees of freedom and more; for 1 degree .97 at .05 and up to
    1.26 in tails of 1e-6. So it errs towards silence where it errs.

    Notes
    -----
    Patnaik, P. B. (1949). The non-central chi-squared and F distributions. Biometrika 36, 202-232.
    Wilson, E. B. and Hilferty, M. M. (1931). The distribution of chi-square. Proc. Natl. Acad. Sci. 17,
    684-688.

    Examples
    --------
    >>> round(float(critical_chi_squared(9, 0, 0.05)), 2)  # exactly 16.919
    16.9
    """
    k, nc = np.asarray(freedom, dtype=np.float64), np.asarray(noncentrality, dtype=np.float64)
    z = -special.normal_quantile(alpha)
    c = 2 * (k + 2 * nc) / (9 * (k + nc) ** 2)
    value: Floats = (k + nc) * (1 - c + z * np.sqrt(c)) ** 3
    return value


def critical_psi(cells: ArrayLike, s: ArrayLike, tolerance: float, alpha: float) -> Floats:
    """Return the PSI above which drift is surely larger than `tolerance`.

    Parameters
    ----------
    cells : array_like
        B, at least 2.
    s : array_like
        `noise(n, m)`.
    tolerance : float
        The tolerated PSI, in nats; 0 asks for more than noise.
    alpha : float
        The chance of a false alarm at one look.

    Examples
    --------
    >>> round(float(critical_psi(11, noise(1000, 10_000), 0.1, 1e-5)), 4)
    0.2283
    """
    scale = np.asarray(s, dtype=np.float64)
    value: Floats = scale * critical_chi_squared(np.asarray(cells) - 1, tolerance / scale, alpha)
    return value


def critical_js(cells: ArrayLike, s: ArrayLike, tolerance: float, alpha: float) -> Floats:
    """Return the same for the JS divergence, all in nats of JS: an eighth of PSI."""
    value: Floats = critical_psi(cells, s, 8 * tolerance, alpha) / 8
    return value


def critical_ks(s: ArrayLike, tolerance: float, alpha: float) -> Floats:
    """Return the KS distance above which drift is surely larger than `tolerance`; conservative on edges.

    Notes
    -----
    Massart, P. (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Ann. Probab. 18(3),
    1269-1283.

    Examples
    --------
    >>> round(float(critical_ks(noise(1000, 10_000), 0.0, 0.05)), 4)
    0.045
    """
    value: Floats = tolerance + np.sqrt(math.log(2 / alpha) / 2 * np.asarray(s, dtype=np.float64))
    return value
