"""Quality of scores, from the cells of `ScoreByActual`: how well they rank, and how far to believe them.

Exact: log loss and Brier (sums over rows), and everything at a threshold that is an edge. From cells, that
is, as if all scores of a cell were equal, for each class against the rest:

- **AUC-ROC**: the distance from the exact one is at most `roc_auc_error`, half the share of pairs that share
  a cell: about 1/128 for 64 balanced cells while scores look like the reference's. Within a cell both are
  almost evenly mixed, so it is much closer: within .001 from 500 positives on, .01 from ten, also for skewed
  scores and .3 % positives (measured; chance alone moves the exact one more than ten times as far).
- **AUC-PR** (average precision): all but exact for scores that take few values; for continuous ones it is too
  small, from 500 positives on by at most .02 if they are 10 % or more of the rows, .025 if they are .3 %
  (measured). The reference's own value comes from the same cells, so that comparisons are fair.
- **Calibration, ECE**: a cell's mean score is taken to be its middle: off by at most half the mean width of
  the cells, by row. An average of absolute noise: a perfect model of n rows shows about sqrt(cells / n) / 3.

A metric of a class that has no positives, or no negatives, is NaN: no data. `macro` and `weighted` of
`outcomes` average over classes. Never average metrics of windows or replicas: add the counters, then take the
metric.
"""

from dataclasses import dataclass

import numpy as np

from modelmonitor.stats.outcomes import Floats, Outcomes, ratio
from modelmonitor.stats.scores import SMALLEST, ScoreByActual, threshold_edge


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The calibration curve: what was foretold, and what came."""

    score: Floats
    """Middle of each cell; shape (cells,)."""
    share: Floats
    """Share of rows that are of the class; shape (classes, cells), NaN where there are none."""
    rows: Floats
    """Shape (classes, cells)."""


def roc_auc(scores: ScoreByActual) -> Floats:
    """Return the probability that a row of the class scores above another, ties counting half.

    Shape (classes,), in [0, 1], .5 by chance; NaN where one of the two is missing. Source: Hanley, J. A. and
    McNeil, B. J. (1982), The meaning and use of the area under a ROC curve, Radiology 143(1), 29-36.

    Examples
    --------
    >>> it = ScoreByActual.binary([False, True, False, True], [0.1, 0.4, 0.35, 0.8], [0.2, 0.37, 0.5], "yes")
    >>> roc_auc(it).tolist()
    [1.0]
    """
    positives, negatives = _split(scores)
    below = np.cumsum(negatives, axis=1) - negatives
    return ratio((positives * (below + negatives / 2)).sum(axis=1), _pairs(scores))


def roc_auc_error(scores: ScoreByActual) -> Floats:
    """Return how far the AUC-ROC of cells can be from the exact one, at the very most; shape (classes,)."""
    positives, negatives = _split(scores)
    return ratio((positives * negatives).sum(axis=1) / 2, _pairs(scores))


def average_precision(scores: ScoreByActual) -> Floats:
    """Return the area under the precision-recall curve as the sum of precision times gain in recall.

    Shape (classes,), in [0, 1], the share of positives by chance; NaN without positives. No interpolation:
    that is too optimistic. Source: Davis, J. and Goadrich, M. (2006), The relationship between
    precision-recall and ROC curves, ICML, 233-240.
    """
    positives, negatives = _split(scores)
    tp = np.cumsum(positives[:, ::-1], axis=1)[:, ::-1]
    fp = np.cumsum(negatives[:, ::-1], axis=1)[:, ::-1]
    found = np.nan_to_num(ratio(tp, tp + fp)) * positives
    return ratio(found.sum(axis=1), positives.sum(axis=1))


def log_loss(scores: ScoreByActual) -> float:
    """Return the mean of -ln(probability given to the actual class), exact; at least 0, NaN without rows."""
    return float(ratio(scores.log_loss_sum, scores.scored_total))


def log_loss_bounds(scores: ScoreByActual) -> tuple[float, float]:
    """Return what log loss can be at the least and at the most, by the cells alone; NaN without rows."""
    positives, negatives = _split(scores)
    low, high = _limits(scores)
    least, most = (positives * _surprise(high)).sum(), (positives * _surprise(low)).sum()
    if len(scores.classes) == 1:
        least += (negatives * _surprise(1 - low)).sum()
        most += (negatives * _surprise(1 - high)).sum()
    return float(ratio(least, scores.scored_total)), float(ratio(most, scores.scored_total))


def brier(scores: ScoreByActual) -> float:
    """Return the mean squared distance of score and truth, exact; NaN without rows.

    Binary: in [0, 1]. Multiclass: summed over the classes, in [0, 2], as first defined. Source: Brier, G. W.
    (1950), Verification of forecasts expressed in terms of probability, Mon. Weather Rev. 78(1), 1-3.
    """
    return float(ratio(scores.squared_error_sum, scores.scored_total))


def calibration(scores: ScoreByActual) -> Calibration:
    """Return the calibration curve over the score's cells, of each class against the rest."""
    positives, negatives = _split(scores)
    low, high = _limits(scores)
    rows = positives + negatives
    return Calibration((low + high) / 2, ratio(positives, rows), rows)


def expected_calibration_error(scores: ScoreByActual) -> Floats:
    """Return the mean distance, by row, of a cell's score and its share of positives; shape (classes,).

    In [0, 1]; NaN without rows. Source: Naeini, M. P., Cooper, G. F. and Hauskrecht, M. (2015), Obtaining
    well calibrated probabilities using Bayesian binning, AAAI, 2901-2907; here over the score's own cells.
    """
    curve = calibration(scores)
    gap = np.nan_to_num(np.abs(curve.share - curve.score))
    return ratio((gap * curve.rows).sum(axis=1), curve.rows.sum(axis=1))


def at_threshold(scores: ScoreByActual, threshold: float) -> Outcomes:
    """Return the outcomes of the rule `score >= threshold`, exact; arrays of shape (classes,).

    Raises
    ------
    ValueError
        If the threshold was not among those that the edges were made for.
    """
    edge = threshold_edge(threshold)
    if edge not in scores.edges:
        raise ValueError(
            f"threshold: expected one that the edges were made for, got {threshold}; "
            "declare it among the thresholds"
        )
    positives, negatives = _split(scores)
    first = scores.edges.index(edge) + 1
    tp, fp = positives[:, first:].sum(axis=1), negatives[:, first:].sum(axis=1)
    return Outcomes(tp, fp, positives.sum(axis=1) - tp, negatives.sum(axis=1) - fp)


def support(scores: ScoreByActual) -> Floats:
    """Return the rows of each class: the weights of weighted averages; shape (classes,)."""
    rows: Floats = _split(scores)[0].sum(axis=1)
    return rows


def _split(scores: ScoreByActual) -> tuple[Floats, Floats]:
    counts = scores.counts.astype(np.float64)
    return counts[:, 1], counts[:, 0]


def _pairs(scores: ScoreByActual) -> Floats:
    positives, negatives = _split(scores)
    pairs: Floats = positives.sum(axis=1) * negatives.sum(axis=1)
    return pairs


def _limits(scores: ScoreByActual) -> tuple[Floats, Floats]:
    return np.array([0, *scores.edges]), np.array([*scores.edges, 1])


def _surprise(probability: Floats) -> Floats:
    return np.asarray(-np.log(np.maximum(probability, SMALLEST)))
