"""How sure a quality metric is: what a test of significance needs to know of it.

| metrics | evidence |
|---|---|
| Accuracy; precision and recall of one class; HitRate@K | successes and rows |
| F1 of one class | the same; rows are such that the share varies as F1 does: (2 TP + FP + FN) / (2 - F1) |
| BalancedAccuracy; precision and recall of many classes | standard error of a mean of independent shares |
| F1 of many classes | at most: classes share their errors |
| RocAuc | standard error after DeLong; of many classes at most: the mean of theirs |
| LogLoss, Brier of two classes | as if the scores of a cell were its middle |
| LogLoss of many classes | the same |
| Brier of many classes | at most: that of a mean of numbers from 0 to 2 |
| MAE | standard error of a mean |
| MRR, NDCG@K, MAP@K, Precision@K, Recall@K | at most: that of a mean of numbers from 0 to 1 |
| all others | none: squares, fourth powers or products of what they sum are not counted |

Where it is "at most" a change is found late rather than falsely.
"""

from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.plan.quality import classes, counts, measurement, numbers, outcomes, rankings, scores
from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.config import Task


@dataclass(frozen=True, slots=True)
class Evidence:
    """Expressions of one sample without labels each, or none where the metric is not defined.

    A metric has either `successes`, for a test of shares, or a `standard_error`, or neither: then nothing is
    known of how sure it is.
    """

    value: str
    rows: str
    standard_error: str | None = None
    successes: str | None = None


def evidence(scope: Scope, metric: str, window: Duration) -> Evidence:
    """Return how sure a metric is over a window; arguments are those of `measurement`."""
    found = counts.over(scope, window)
    value = measurement.formula(found, metric)
    if shared := _share(found, metric):
        successes, rows = shared
        return Evidence(value, rows, successes=successes)
    rows = _rows(found, metric)
    return Evidence(value, rows, _standard_error(found, metric, value, rows))


def _share(found: Counts, metric: str) -> tuple[str, str] | None:
    """Return successes and rows of a metric that is a share of rows."""
    positive = measurement.positive(found.scope)
    if metric.startswith("HitRate@"):
        return measurement.events_of(found, metric)
    of_one_class = positive is not None and metric in outcomes.RATES
    if found.scope.scheme.task is Task.RANKING or not (metric == "Accuracy" or of_one_class):
        return None
    good, every = measurement.events_of(found, metric)
    if metric != "F1":
        return good, every
    both = f"(2 * {every} - {good} > 0)"
    return f"{good} * {every} / {both}", f"{every} ^ 2 / {both}"


def _rows(found: Counts, metric: str) -> str:
    task = found.scope.scheme.task
    if task is Task.RANKING:
        return rankings.judged(found)
    scored = task is Task.REGRESSION or metric in {"LogLoss", "Brier", *measurement.OF_EACH_CLASS}
    return numbers.rows(found) if scored else classes.rows(found)


def _standard_error(found: Counts, metric: str, value: str, rows: str) -> str | None:
    task = found.scope.scheme.task
    if metric in {"LogLoss", "Brier"}:
        return _of_loss(found, metric, value, rows)
    if metric == "RocAuc":
        return f"avg by ({found.by()}) ({scores.roc_auc_error(found)})"
    if metric == "BalancedAccuracy" or (task is Task.MULTICLASS and metric in outcomes.VARIANCES):
        return _of_class_means(found, metric)
    if metric == "MAE":
        return _of_mean(f"{numbers.mean_squared_error(found)}", value, rows)
    return _of_mean(value, value, rows) if task is Task.RANKING else None


def _of_mean(second_moment: str, mean: str, rows: str) -> str:
    """Return the standard error of a mean; numbers from 0 to 1 have at most their mean as second moment."""
    return f"sqrt(clamp_min({second_moment} - ({mean}) ^ 2, 0) / ({rows} > 0))"


def _of_loss(found: Counts, metric: str, value: str, rows: str) -> str:
    if metric == "LogLoss":
        return _of_mean(scores.mean_squared_log_loss(found), value, rows)
    if found.scope.scheme.task is Task.BINARY:
        return _of_mean(scores.mean_squared_brier(found), value, rows)
    return _of_mean(f"2 * {value}", value, rows)


def _of_class_means(found: Counts, metric: str) -> str:
    rate = "Recall" if metric == "BalancedAccuracy" else metric
    each = outcomes.VARIANCES[rate](lambda which: classes.outcome(found, which))
    return f"sqrt(sum by ({found.by()}) ({each})) / count by ({found.by()}) ({each})"
