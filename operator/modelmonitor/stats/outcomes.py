"""True and false positives and negatives, and the rates that follow from them.

One `Outcomes` answers as many yes-or-no questions as its arrays have cells: every class against the rest,
every threshold, every group. A rate whose denominator is 0 is NaN, which means: no data. It is never 0 and
never an error, and averages leave it out. Rates are exact. Definitions: Powers, D. M. W. (2011), Evaluation:
from precision, recall and F-measure to ROC, J. Mach. Learn. Technol. 2(1), 37-63.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Counts of the four outcomes; arrays of one shape, whatever it is."""

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats

    def summed(self) -> "Outcomes":
        """Return the outcomes of all cells together: their rates are micro averages."""
        tp, fp, fn, tn = (np.asarray(it.sum()) for it in (self.tp, self.fp, self.fn, self.tn))
        return Outcomes(tp, fp, fn, tn)

    @property
    def support(self) -> Floats:
        """Rows that are truly positive: the weights of weighted averages."""
        return self.tp + self.fn


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Return numerator / denominator, NaN where the denominator is 0, infinity where it is too small.

    Examples
    --------
    >>> ratio([1, 0], [4, 0]).tolist()
    [0.25, nan]
    """
    above, below = np.broadcast_arrays(
        np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    )
    shares = np.full(above.shape, np.nan)
    with np.errstate(over="ignore"):
        np.divide(above, below, out=shares, where=below != 0)
    return shares


def precision(outcomes: Outcomes) -> Floats:
    """Return the share of predicted positives that are positive; in [0, 1], NaN where none was predicted."""
    return ratio(outcomes.tp, outcomes.tp + outcomes.fp)


def recall(outcomes: Outcomes) -> Floats:
    """Return the share of positives that were predicted (the true positive rate); NaN where there is none."""
    return ratio(outcomes.tp, outcomes.tp + outcomes.fn)


def f1(outcomes: Outcomes) -> Floats:
    """Return the harmonic mean of precision and recall; NaN where nothing is, or is predicted, positive.

    Counted as 2 TP / (2 TP + FP + FN), so that it is 0 where one of the two is not defined but errors exist.
    """
    return ratio(2 * outcomes.tp, 2 * outcomes.tp + outcomes.fp + outcomes.fn)


def false_positive_rate(outcomes: Outcomes) -> Floats:
    """Return the share of negatives that were predicted positive; NaN where there is no negative."""
    return ratio(outcomes.fp, outcomes.fp + outcomes.tn)


def false_negative_rate(outcomes: Outcomes) -> Floats:
    """Return the share of positives that were missed, 1 - recall; NaN where there is no positive."""
    return ratio(outcomes.fn, outcomes.fn + outcomes.tp)


def macro(values: ArrayLike) -> float:
    """Return the plain mean over the cells that have data; NaN if none has."""
    return weighted(values, np.ones(np.shape(values)))


def weighted(values: ArrayLike, weights: ArrayLike) -> float:
    """Return the mean over the cells that have data, by weight; NaN if their weights sum to 0.

    Examples
    --------
    >>> weighted([0.5, 1.0, float("nan")], [1, 3, 9])
    0.875
    """
    each, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    known = ~np.isnan(each)
    return float(ratio(np.sum(each[known] * weight[known]), np.sum(weight[known])))
