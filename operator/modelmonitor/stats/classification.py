"""Quality of classes, exact, from the confusion matrix.

Rows of the matrix are actual classes, columns predicted ones, both in the declared order; the last of each
holds every class that was not declared. An undeclared class is never a correct one: it counts in every
denominator that it belongs to, but it is no class of its own in averages. Per-class metrics are the rates of
`Confusion.outcomes`; `outcomes.summed()`, `macro` and `weighted` average them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.codes import or_other
from modelmonitor.stats.counters import Counters
from modelmonitor.stats.outcomes import Floats, Outcomes, macro, ratio, recall


@dataclass(frozen=True, slots=True, eq=False)
class Confusion(Counters):
    """Rows by actual and predicted class."""

    SHARED: ClassVar = frozenset({"classes"})

    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    """Shape (classes + 1, classes + 1): [actual, predicted]."""

    @classmethod
    def count(cls, actual: ArrayLike, predicted: ArrayLike, classes: Sequence[str]) -> "Confusion":
        """Count rows; no rows give a matrix of zeros.

        Parameters
        ----------
        actual, predicted : array_like of int, shape (rows,)
            Position of each row's class in `classes`; any other number is an undeclared class.
        classes : sequence of str
            The declared classes.
        """
        size = len(classes) + 1
        cells = or_other(actual, classes) * size + or_other(predicted, classes)
        return cls(tuple(classes), np.bincount(cells, minlength=size * size).reshape(size, size))

    @property
    def outcomes(self) -> Outcomes:
        """Each declared class against the rest; arrays of shape (classes,)."""
        counts = self.counts.astype(np.float64)
        tp = counts.diagonal()[:-1]
        fn, fp = counts.sum(axis=1)[:-1] - tp, counts.sum(axis=0)[:-1] - tp
        return Outcomes(tp, fp, fn, counts.sum() - tp - fp - fn)


def accuracy(confusion: Confusion) -> float:
    """Return the share of rows whose class was predicted; in [0, 1], NaN without rows.

    Examples
    --------
    >>> accuracy(Confusion.count([0, 0, 1, 2], [0, 1, 1, 1], ["a", "b", "c"]))
    0.5
    """
    return float(ratio(confusion.outcomes.tp.sum(), confusion.counts.sum()))


def balanced_accuracy(confusion: Confusion) -> float:
    """Return the mean recall of the declared classes that occur; in [0, 1], NaN if none does."""
    return macro(recall(confusion.outcomes))


def matthews(confusion: Confusion) -> float:
    """Return Matthews' correlation of actual and predicted classes, any number of them.

    In [-1, 1], 0 by chance; NaN if all rows are of one actual, or of one predicted, class. Source: Gorodkin,
    J. (2004), Comparing two K-category assignments by a K-category correlation coefficient, Comput. Biol.
    Chem. 28.
    """
    rows, correct, actual, predicted = _margins(confusion)
    agreement = correct * rows - np.dot(actual[:-1], predicted[:-1])
    spread = (rows**2 - np.dot(actual, actual)) * (rows**2 - np.dot(predicted, predicted))
    return float(ratio(agreement, math.sqrt(spread)))


def cohen_kappa(confusion: Confusion) -> float:
    """Return how far agreement exceeds that of chance: (observed - expected) / (1 - expected).

    At most 1, 0 by chance; NaN without rows, or if one class is both all that occurs and all that is
    predicted. Source: Cohen, J. (1960), A coefficient of agreement for nominal scales, Educ. Psychol. Meas.
    20(1), 37-46.
    """
    rows, correct, actual, predicted = _margins(confusion)
    expected = np.dot(actual[:-1], predicted[:-1])
    return float(ratio(correct * rows - expected, rows**2 - expected))


def _margins(confusion: Confusion) -> tuple[float, float, Floats, Floats]:
    counts = confusion.counts.astype(np.float64)
    return float(counts.sum()), float(counts.diagonal()[:-1].sum()), counts.sum(axis=1), counts.sum(axis=0)
