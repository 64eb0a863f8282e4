"""How far the shares of live cells have moved from the reference's: PSI, Jensen-Shannon, L-infinity.

All three see shares of cells only, in any order. Binning hides a shift inside a cell and never invents one:
but for the pseudocount, PSI and JS of cells are at most those of the values (data processing inequality).
Without any drift PSI and 8 JS are noise of (1/n + 1/m)(B - 1) on average, for n and m rows in B cells.

A cell that is empty on both sides is left out. The pseudocount would make it 0.5/n against 0.5/m, which
reads as drift if the reference is large: 240 live rows, 10^7 reference rows and 10 cells, never a missing
or an unseen value on either side, and these two idle cells multiply the false alarms at .001 by 12.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PSEUDOCOUNT = 0.5


def filled(reference: ArrayLike, live: ArrayLike) -> tuple[Floats, Floats]:
    """Return both counts without the cells that are empty on both sides.

    Raises
    ------
    ValueError
        If the shapes differ, or a count is negative or not finite.

    Examples
    --------
    >>> [it.tolist() for it in filled([3, 0, 0], [1, 0, 2])]
    [[3.0, 0.0], [1.0, 2.0]]
    """
    p, q = _counts("reference", reference), _counts("live", live)
    if p.shape != q.shape:
        raise ValueError(f"live: expected {p.size} cells as in the reference, got {q.size}")
    some = (p > 0) | (q > 0)
    return p[some], q[some]


def shares(
    reference: ArrayLike, live: ArrayLike, *, pseudocount: float = PSEUDOCOUNT, floor: float = 0.0
) -> tuple[Floats, Floats]:
    """Return the shares of the filled cells on both sides; a single NaN if a side has no rows.

    Parameters
    ----------
    reference, live : array_like, shape (B,)
        Counts of the same cells.
    pseudocount : float, default 0.5
        Rows added to each filled cell.
    floor : float, default 0
        The least share of a cell. Other tools use 0.0001 with no pseudocount, and do not scale the shares to
        sum to 1 again; with `pseudocount=0, floor=1e-4` their numbers are reproduced.
    """
    p, q = filled(reference, live)
    if not (p.any() and q.any()):
        return np.array([np.nan]), np.array([np.nan])
    p, q = p + pseudocount, q + pseudocount
    return np.maximum(p / p.sum(), floor), np.maximum(q / q.sum(), floor)


def psi(
    reference: ArrayLike, live: ArrayLike, *, pseudocount: float = PSEUDOCOUNT, floor: float = 0.0
) -> float:
    r"""Return the population stability index, :math:`\sum_i (q_i - p_i) \ln (q_i / p_i)`.

    Parameters
    ----------
    reference, live, pseudocount, floor
        As for `shares`.

    Returns
    -------
    float
        In nats, symmetric. 0 when the shares agree; no upper bound; NaN if a side has no rows.

    Notes
    -----
    Jeffreys' divergence KL(p, q) + KL(q, p) under its name from credit scoring. It grows with the number of
    cells: compare values only at equal B, or better with `threshold.critical_psi`.

    References
    ----------
    Kullback, S. and Leibler, R. A. (1951). On information and sufficiency. Ann. Math. Statist. 22(1), 79-86.

    Examples
    --------
    >>> round(psi([50, 30, 20], [30, 30, 40]), 3)
    0.234
    """
    p, q = shares(reference, live, pseudocount=pseudocount, floor=floor)
    return float(np.sum((q - p) * np.log(q / p)))


def js_divergence(
    reference: ArrayLike, live: ArrayLike, *, pseudocount: float = PSEUDOCOUNT, floor: float = 0.0
) -> float:
    r"""Return the Jensen-Shannon divergence, the mean of KL(p, h) and KL(q, h) with h = (p + q) / 2.

    Parameters
    ----------
    reference, live, pseudocount, floor
        As for `shares`.

    Returns
    -------
    float
        In nats, symmetric, from 0 (the shares agree) to ln 2 (no cell in common); NaN if a side has no rows.
        About PSI / 8 for small shifts.

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37(1), 145-151.

    Examples
    --------
    >>> round(js_divergence([50, 30, 20], [30, 30, 40]), 4)
    0.0287
    """
    p, q = shares(reference, live, pseudocount=pseudocount, floor=floor)
    middle = (p + q) / 2
    terms = np.log(p / middle, where=p > 0, out=np.zeros_like(p)) * p
    terms += np.log(q / middle, where=q > 0, out=np.zeros_like(q)) * q
    return float(np.sum(terms)) / 2


def js_distance(divergence: float) -> float:
    """Return the distance of a divergence in nats: the square root of it in bits, from 0 to 1.

    Examples
    --------
    >>> round(js_distance(0.0287), 4)
    0.2035
    """
    return float(np.sqrt(max(divergence, 0.0) / np.log(2)))


def l_infinity(reference: ArrayLike, live: ArrayLike) -> float:
    """Return the largest difference of a cell's share, from 0 to 1; NaN if a side has no rows.

    Examples
    --------
    >>> round(l_infinity([50, 30, 20], [30, 30, 40]), 3)
    0.2
    """
    p, q = shares(reference, live, pseudocount=0)
    return float(np.max(np.abs(q - p)))


def _counts(name: str, counts: ArrayLike) -> Floats:
    x = np.asarray(counts, dtype=np.float64)
    if x.ndim != 1 or x.size == 0 or not np.all(np.isfinite(x) & (x >= 0)):
        raise ValueError(f"{name}: expected finite counts >= 0 in one dimension, got {counts!r}")
    return x
