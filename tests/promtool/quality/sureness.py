"""How sure each metric is, row by row: what `plan.quality.evidence` must say of counters."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.stats import outcomes, probability, ranking, regression
from modelmonitor.stats.outcomes import Floats, Outcomes
from modelmonitor.stats.scores import ScoreByActual
from modelmonitor.wire.config import Task

RATES = {"Precision": outcomes.precision, "Recall": outcomes.recall, "F1": outcomes.f1}


@dataclass(frozen=True)
class Sure:
    """Rows, and one of both or neither: a share's successes, a standard error."""

    rows: float
    successes: float | None = None
    error: float | None = None


def sure(counters: Counters, metric: str) -> Sure:
    """Return how sure a metric of everything is."""
    assert counters.scheme
    tell = {Task.REGRESSION: _numbers, Task.RANKING: _rankings}.get(counters.scheme.task, _classes)
    return tell(counters, metric)


def f1_share(tp: float, wrong: float) -> tuple[float, float]:
    """Return successes and rows of a share that is F1 and varies as F1 does, by its delta method."""
    f1 = 2 * tp / (2 * tp + wrong)
    jaccard = tp / (tp + wrong)  # a plain share; F1 = 2 J / (1 + J)
    slope = 2 / (1 + jaccard) ** 2
    variance = slope**2 * jaccard * (1 - jaccard) / (tp + wrong)
    rows = f1 * (1 - f1) / variance
    return f1 * rows, rows


def mean_error(each: Outcomes, metric: str) -> float:
    """Return the standard error of a mean over classes, or more."""
    value = RATES[metric](each)
    trials = {
        "Precision": each.tp + each.fp,
        "Recall": each.tp + each.fn,
        "F1": (2 * each.tp + each.fp + each.fn) / 2,
    }[metric]
    known = trials > 0
    return math.sqrt((value * (1 - value) / trials)[known].sum()) / known.sum()


def delong(positives: Floats, negatives: Floats) -> float:
    """Return the standard error of an AUC, from the scores of both kinds of rows."""
    above = (positives[:, None] > negatives) + (positives[:, None] == negatives) / 2
    return math.sqrt(above.mean(1).var() / len(positives) + above.mean(0).var() / len(negatives))


def _classes(counters: Counters, metric: str) -> Sure:
    scheme = counters.scheme
    assert scheme
    table = recovered.confusion(counters.bank, scheme, 0)
    scores = recovered.score_by_actual(counters.bank, scheme, 0)
    each, rows, binary = table.outcomes, float(table.counts.sum()), scheme.task is Task.BINARY
    tp, fp, fn = (float(it[1]) for it in (each.tp, each.fp, each.fn))
    if metric == "BalancedAccuracy" or (metric in RATES and not binary):
        return Sure(rows, error=mean_error(each, metric if metric in RATES else "Recall"))
    if metric == "F1":
        successes, effective = f1_share(tp, fp + fn)
        return Sure(effective, successes=successes)
    shares = {
        "Accuracy": Sure(rows, successes=float(each.tp.sum())),
        "Precision": Sure(tp + fp, successes=tp),
        "Recall": Sure(tp + fn, successes=tp),
        "MatthewsCorrelation": Sure(rows),
        "CohenKappa": Sure(rows),
    }
    error = of_scores(scores, metric, binary=binary)
    return shares.get(metric, Sure(scores.scored_total, error=error))


def of_scores(scores: ScoreByActual, metric: str, *, binary: bool) -> float | None:
    """Return the standard error of a metric of scores, as if those of a cell were its middle."""
    cells = np.arange(len(scores.edges) + 1)
    counts, middle = scores.counts, probability.calibration(scores).score
    if metric == "RocAuc":
        sides = [(np.repeat(cells, one[1]), np.repeat(cells, one[0])) for one in counts]
        return float(np.mean([delong(*side) for side in sides]))
    if metric == "LogLoss":
        second = (counts[:, 1] * np.log(middle) ** 2).sum()
        second += (counts[:, 0] * np.log(1 - middle) ** 2).sum() if binary else 0
        return _error(second, probability.log_loss(scores), scores.scored_total)
    if metric == "Brier":
        value = probability.brier(scores)
        second = (counts[:, 1] * (1 - middle) ** 4 + counts[:, 0] * middle**4).sum()
        return _error(second if binary else 2 * value * scores.scored_total, value, scores.scored_total)
    return None


def _error(second: float, mean: float, rows: float) -> float:
    return math.sqrt((second / rows - mean**2) / rows)


def _numbers(counters: Counters, metric: str) -> Sure:
    assert counters.scheme
    found = recovered.errors(counters.bank, counters.scheme, 0)
    mean = regression.mean_absolute_error(found)
    error = _error(found.squared_error_sum, mean, found.scored_total) if metric == "MAE" else None
    return Sure(found.scored_total, error=error)


def _rankings(counters: Counters, metric: str) -> Sure:
    assert counters.scheme
    found = recovered.rankings(counters.bank, counters.scheme, 0)
    rows, name = found.ranking_queries_total, metric.partition("@")[0]
    sums: dict[str, Callable[[], Floats]] = {
        "NDCG": lambda: ranking.ndcg(found),
        "MAP": lambda: ranking.mean_average_precision(found),
        "Precision": lambda: ranking.precision_at(found),
        "Recall": lambda: ranking.recall_at(found),
    }
    at = found.depths.index(3)
    if name == "HitRate":
        return Sure(rows, successes=float(found.hits_sum[at]))
    value = float(sums[name]()[at]) if name in sums else ranking.mean_reciprocal_rank(found)
    return Sure(rows, error=_error(value * rows, value, rows))
