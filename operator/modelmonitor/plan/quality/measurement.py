"""One quality metric as one expression: over any window, and, of a share of events, as two rates."""

from collections.abc import Callable

from modelmonitor.api.duration import Duration
from modelmonitor.plan.quality import classes, counts, numbers, outcomes, rankings, scores
from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families, measures
from modelmonitor.wire.config import Task

_OF_CLASSES: dict[str, Callable[[Counts], str]] = {
    "Accuracy": classes.accuracy,
    "MatthewsCorrelation": classes.matthews,
    "CohenKappa": classes.cohen_kappa,
    "LogLoss": scores.log_loss,
    "Brier": scores.brier,
}
OF_EACH_CLASS: dict[str, Callable[[Counts], str]] = {
    "RocAuc": scores.roc_auc,
    "PrAuc": scores.average_precision,
    "CalibrationError": scores.calibration_error,
}
"""By class; of the task their mean over classes, of two classes over the positive one alone."""
_OF_NUMBERS: dict[str, Callable[[Counts], str]] = {
    "MAE": numbers.mean_absolute_error,
    "RMSE": numbers.root_mean_squared_error,
    "MSE": numbers.mean_squared_error,
    "MAPE": numbers.mean_absolute_percentage_error,
    "WAPE": numbers.weighted_absolute_percentage_error,
    "R2": numbers.r_squared,
    "Bias": numbers.bias,
    "MedianError": lambda found: numbers.error_quantile(found, "0.5"),
    "P95Error": lambda found: numbers.error_quantile(found, "0.95"),
    "MaxError": numbers.largest_error,
}
WHOLE: dict[Task, dict[str, Callable[[Counts], str]]] = {
    Task.BINARY: _OF_CLASSES,
    Task.MULTICLASS: _OF_CLASSES,
    Task.REGRESSION: _OF_NUMBERS,
    Task.RANKING: {"MRR": rankings.mean_reciprocal_rank},
}
"""Metrics of a task that are neither means over classes nor told at depths."""


def measurement(scope: Scope, metric: str, window: Duration) -> str:
    """Return the value of a metric over a window: all replicas, versions and segments together.

    Windows up to 6h are counted by the evaluators' counters, longer ones by records, which every monitor has
    that `is_judged`: of five minutes, or of the window that quality is told over (then up to 4m old). One
    sample without labels; none where the metric is not defined.

    Parameters
    ----------
    metric
        One of the task's in `wire.measures`, or `Bias`: `RocAuc`, `NDCG@10`.
    """
    return formula(counts.over(scope, window), metric)


def formula(found: Counts, metric: str) -> str:
    """Return the value of a metric from counts."""
    task = found.scope.scheme.task
    if metric in WHOLE[task]:
        return WHOLE[task][metric](found)
    if depth := measures.depth(metric):
        return rankings.mean_at(found, metric.partition("@")[0], depth)
    return _of_classes(found, metric)


def events(scope: Scope, metric: str) -> tuple[str, str]:
    """Return the good and all events of a share, as rates over `[{{.window}}]`.

    `sum by () (...)` each, so that a burn rate can be taken of them. Of many classes, precision, recall and
    F1 are those of all predictions together (micro averages), for a mean of shares is no share of events. An
    event of F1 is a positive, predicted or actual: hits count as two, as in 2 TP / (2 TP + FP + FN).
    """
    return events_of(counts.rates(scope), metric)


def events_of(found: Counts, metric: str) -> tuple[str, str]:
    """Return the good and all events of a share from counts."""
    if depth := measures.depth(metric):
        return found.of(families.HITS, k=str(depth)), rankings.judged(found)
    return classes.events(found, metric, positive(found.scope))


def positive(scope: Scope) -> str | None:
    """Return the class that is looked for; None where there are many, and none comes before others."""
    return scope.scheme.classes[1] if scope.scheme.task is Task.BINARY else None


def _of_classes(found: Counts, metric: str) -> str:
    wanted = positive(found.scope)
    if metric in OF_EACH_CLASS:
        each = OF_EACH_CLASS[metric](found)
    elif metric == "BalancedAccuracy":
        each = outcomes.recall(lambda which: classes.outcome(found, which))
    elif wanted is not None:
        return outcomes.RATES[metric](lambda which: classes.outcome_of(found, which, wanted))
    else:
        each = outcomes.RATES[metric](lambda which: classes.outcome(found, which))
    return f"avg by ({found.by()}) ({each})"
