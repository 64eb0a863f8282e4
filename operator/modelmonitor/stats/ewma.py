"""A control chart for a metric over time: one-sided EWMA with a stated average run length.

Scores are how much worse than the baseline each period is, in standard deviations. The statistic, max(0, (1
- w) z + w x) from z = 0, forgets good periods (no inertia), and signals above a limit that is computed so
that a metric which stays at its baseline signals once in `run_length` periods on average. The limit assumes
independent, normal scores; their run length is right to 1e-6.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats import special
from modelmonitor.stats.outcomes import ratio

Floats = NDArray[np.float64]

_NODES = 64


class Control(StrEnum):
    """What the chart says."""

    IN = "InControl"
    OUT = "OutOfControl"
    INSUFFICIENT = "Insufficient"
    """No period had data. It is not a kind of `IN`."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A weight and the limit that belongs to it; see `chart`."""

    weight: float
    limit: float


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a chart made of some periods."""

    control: Control
    """Of the last period."""
    path: Floats
    """The statistic after each period."""
    since: int | None
    """The first period of the present run above the limit, or None."""


def chart(run_length: float, weight: float = 0.2) -> Chart:
    """Return the chart that signals falsely once in `run_length` periods on average.

    Parameters
    ----------
    run_length : float
        Above 2 periods and at most 1e6.
    weight : float, default 0.2
        Of the newest period, in (0, 1]. Small weights find small shifts; 1 looks at each period alone.

    Examples
    --------
    >>> round(chart(370).limit, 3)
    0.921
    """
    if not (2 < run_length <= 1e6 and 0 < weight <= 1):
        raise ValueError(
            f"chart: expected a run length in (2, 1e6] and a weight in (0, 1], got {run_length!r}, {weight!r}"
        )
    low, high = 0.0, 6 * math.sqrt(weight / (2 - weight))
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if average_run_length(weight, middle) < run_length else (low, middle)
    return Chart(weight, high)


def average_run_length(weight: float, limit: float, shift: float = 0.0) -> float:
    """Return the mean number of periods until a signal, from z = 0, when scores are normal around `shift`.

    Notes
    -----
    The integral equation of Crowder, S. V. (1987). A simple method for studying run-length distributions of
    exponentially weighted moving average charts. Technometrics 29(4), 401-407; here with an atom at 0, solved
    by Gauss-Legendre quadrature.

    Examples
    --------
    >>> round(average_run_length(weight=1.0, limit=2.3263))  # 1 / 0.01
    100
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    z = np.append(0.0, limit * (nodes + 1) / 2)
    start = (1 - weight) * z[:, None]
    density = np.exp(-(((z[None, 1:] - start) / weight - shift) ** 2) / 2) / (weight * math.sqrt(2 * math.pi))
    moves = np.empty((z.size, z.size))
    moves[:, 0] = [special.normal_tail(it / weight + shift) for it in start[:, 0]]
    moves[:, 1:] = density * weights * limit / 2
    return float(np.linalg.solve(np.eye(z.size) - moves, np.ones(z.size))[0])


def scores_of_shares(
    successes: ArrayLike, rows: ArrayLike, baseline: float, *, higher_is_better: bool = True
) -> Floats:
    """Return for each period how much worse than the baseline its share is, in standard deviations.

    NaN for a period without rows. Normal enough for a chart from about 9 expected rows of the rarer outcome.

    Examples
    --------
    >>> scores_of_shares([85, 0], [100, 0], baseline=0.9).round(3)
    array([1.667,   nan])
    """
    if not 0 < baseline < 1:
        raise ValueError(f"baseline: expected a share inside (0, 1), got {baseline!r}")
    n = np.asarray(rows, dtype=np.float64)
    worse = (baseline - ratio(successes, n)) * (1 if higher_is_better else -1)
    return worse * np.sqrt(n / (baseline * (1 - baseline)))


def watch(scores: ArrayLike, chart: Chart) -> Watch:
    """Follow the scores of periods in order; a period without data (NaN) leaves the statistic as it was.

    Examples
    --------
    >>> watch([0, 3, 3, 3], Chart(weight=0.2, limit=0.86)).since
    2
    """
    z, known, path, since = 0.0, False, [], None
    for i, score in enumerate(np.asarray(scores, dtype=np.float64)):
        if not math.isnan(score):
            known = True
            z = max(0.0, (1 - chart.weight) * z + chart.weight * float(score))
        path.append(z)
        out = z > chart.limit
        since = (i if since is None else since) if out else None
    control = Control.OUT if since is not None else Control.IN
    return Watch(control if known else Control.INSUFFICIENT, np.array(path), since)
