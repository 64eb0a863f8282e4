"""Where scores are counted: cells inside [0, 1], apart for rows that are of a class and rows that are not.

Cell i holds scores in (edges[i-1], edges[i]], as Prometheus counts; the first begins at 0, the last ends at
1. The decision rule is `score >= threshold`, so the edge of a threshold is the largest double below it: a
score that hits the threshold exactly lies above the edge. Scores are compared as doubles: a model that sends
0.7 as the nearest float32 sends 0.69999999, which is below 0.7.

Plain quantiles of the scores would put all positives into the last cell when they are rare (at 0.3 %
positives the AUC is then off by up to .007); `balanced_quantiles` gives both classes the same weight. And
quantiles alone are blind where scores drift to (the AUC of Elec2 was off by .008): `reference_edges` adds
some that are not.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.counters import Counters
from modelmonitor.stats.outcomes import Floats

CELLS = 64
"""Of quantiles, or of edges that no reference has set."""
SPREAD = 32
"""Edges beside the quantiles, for scores that leave those of the reference."""
SMALLEST = 1e-15
"""Probabilities are taken as at least this much in the logarithmic loss: one miss costs 34.5 at the most."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoreByActual(Counters):
    """Scores by cell and truth for each class against the rest, and exact sums over rows.

    Memory: 16 bytes a cell and class. A row with a score outside [0, 1] or without a number is left out.
    """

    SHARED: ClassVar = frozenset({"classes", "edges"})

    classes: tuple[str, ...]
    """Binary: the positive class alone."""
    edges: tuple[float, ...]
    counts: NDArray[np.int64]
    """Shape (classes, 2, cells): [class, 1 for rows of that class and 0 for others, cell]."""
    scored_total: int
    log_loss_sum: float
    """Of -ln(probability of the actual class)."""
    squared_error_sum: float
    """Of (score - truth)², truth being 0 or 1; multiclass: over all classes of a row."""

    @classmethod
    def binary(
        cls, positive: ArrayLike, scores: ArrayLike, edges: Sequence[float], positive_class: str
    ) -> "ScoreByActual":
        """Count rows by whether they are positive (bool) and their score for that; both of shape (rows,)."""
        truth = np.asarray(positive, dtype=bool)[:, None]
        score = np.asarray(scores, dtype=np.float64)[:, None]
        of_actual = np.where(truth, score, 1 - score)[:, 0]
        return cls._count((positive_class,), edges, (truth, score, of_actual))

    @classmethod
    def multiclass(
        cls, actual: ArrayLike, scores: ArrayLike, edges: Sequence[float], classes: Sequence[str]
    ) -> "ScoreByActual":
        """Count rows by the position of their class and a score for each class.

        Parameters
        ----------
        actual : array_like of int, shape (rows,)
            Rows whose class is none of `classes` are left out: no score can be held against it.
        scores : array_like, shape (rows, classes)
        """
        code = np.asarray(actual, dtype=np.int64)
        score = np.asarray(scores, dtype=np.float64).reshape(len(code), len(classes))
        truth = code[:, None] == np.arange(len(classes))
        of_actual = np.where(truth.any(axis=1), np.sum(score, axis=1, where=truth), np.nan)
        return cls._count(tuple(classes), edges, (truth, score, of_actual))

    @classmethod
    def _count(
        cls, classes: tuple[str, ...], edges: Sequence[float], rows: tuple[NDArray[np.bool_], Floats, Floats]
    ) -> "ScoreByActual":
        truth, score, of_actual = rows
        valid = np.all((score >= 0) & (score <= 1), axis=1) & ~np.isnan(of_actual)
        truth, score, of_actual = truth[valid], score[valid], of_actual[valid]
        shape = (len(classes), 2, len(edges) + 1)
        cell = np.searchsorted(edges, score)  # left: an exact hit belongs to the cell below the edge
        flat = (np.arange(len(classes)) * 2 + truth) * shape[2] + cell
        return cls(
            classes,
            tuple(edges),
            np.bincount(flat.ravel(), minlength=math.prod(shape)).reshape(shape),
            len(score),
            float(np.sum(-np.log(np.maximum(of_actual, SMALLEST)))),
            float(np.sum((score - truth) ** 2)),
        )


def threshold_edge(threshold: float) -> float:
    """Return the edge above which `score >= threshold` holds: the largest double below the threshold.

    Examples
    --------
    >>> threshold_edge(0.5)
    0.49999999999999994
    """
    return math.nextafter(threshold, 0)


def score_edges(thresholds: Iterable[float], given: Sequence[float] | None = None) -> tuple[float, ...]:
    """Return the inner edges of the score's cells; those of all thresholds are always among them.

    Parameters
    ----------
    thresholds : iterable of float
        Each in (0, 1): the decision threshold and all at which precision, recall and F1 are told.
    given : sequence of float, optional
        Edges of the reference, by `reference_edges` or `balanced_quantiles`; those outside (0, 1) are
        dropped, others thinned evenly to make room. Without, edges are evenly spaced in log-odds from 1:1000
        to 1000:1.

    Raises
    ------
    ValueError
        If a threshold is not in (0, 1).

    Examples
    --------
    >>> score_edges([0.5], [0.1, 0.2, 0.6])
    (0.1, 0.2, 0.49999999999999994, 0.6)
    """
    declared = set(thresholds)
    wrong = sorted(it for it in declared if not 0 < it < 1)
    if wrong:
        raise ValueError(f"thresholds: expected numbers between 0 and 1, got {wrong}")
    # A quantile at a threshold itself stays: it parts a pile of scores at the threshold from what lies above
    # A quantile at a threshold itself stays: it parts a pile of scores at the threshold from what lies above
    chosen = set(_log_odds_ladder(CELLS)) - declared if given is None else set(map(float, given))
    inside = sorted(it for it in chosen if 0 < it < 1)
    fixed = {threshold_edge(it) for it in declared}
    room = (CELLS if given is None else CELLS + SPREAD) - 1 - len(fixed)
    return tuple(sorted(fixed.union(_thinned(inside, max(room, 0)))))


def reference_edges(scores: ArrayLike, positive: ArrayLike) -> tuple[float, ...]:
    """Return inner edges that are fine where the scores are, and not blind where they may drift to.

    These are `balanced_quantiles`, and others evenly spaced, as many in score as in log-odds. Where scores
    leave those of the reference, the AUC is off by .003 instead of .01.

    Parameters
    ----------
    scores, positive : array_like, shape (rows,)
        As of `balanced_quantiles`.

    Returns
    -------
    tuple of float
        At most CELLS - 1 + SPREAD, increasing, inside (0, 1); empty without rows.
    """
    quantiles = [edge for edge in balanced_quantiles(scores, positive) if 0 < edge < 1]
    if not quantiles:
        return ()
    spare = CELLS - 1 + SPREAD - len(quantiles)
    even = [round(it / (spare // 2 + 1), 4) for it in range(1, spare // 2 + 1)]
    return tuple(sorted({*quantiles, *even, *_log_odds_ladder(spare - spare // 2)}))


def balanced_quantiles(scores: ArrayLike, positive: ArrayLike, cells: int = CELLS) -> tuple[float, ...]:
    """Return quantiles of the scores in which positives and negatives weigh the same, ties merged.

    Parameters
    ----------
    scores, positive : array_like, shape (rows,)
        Scores, and whether (bool) a row is of the class. Multiclass: all classes' scores one after the other.
        Where only one of the two occurs, these are plain quantiles. NaN is left out.

    Returns
    -------
    tuple of float
        At most cells - 1, increasing; empty without rows.
    """
    score, truth = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    score, truth = score[~np.isnan(score)], truth[~np.isnan(score)]
    order = np.argsort(score, kind="stable")
    weight = np.where(truth, 1 / max(truth.sum(), 1), 1 / max((~truth).sum(), 1))[order]
    reached = np.cumsum(weight)
    if not reached.size:
        return ()
    at = np.searchsorted(reached, np.arange(1, cells) / cells * reached[-1])
    return tuple(np.unique(score[order][np.minimum(at, score.size - 1)]).tolist())


def _log_odds_ladder(cells: int) -> list[float]:
    odds = np.logspace(-3, 3, cells - 1)
    below = [float(f"{it / (1 + it):.3g}") for it in odds if it < 1]  # short texts in `le`
    return [*below, 0.5, *(round(1 - it, 9) for it in reversed(below))]


def _thinned(edges: list[float], room: int) -> list[float]:
    if len(edges) <= room:
        return edges
    return [edges[at] for at in np.linspace(0, len(edges) - 1, room).round().astype(int)]
