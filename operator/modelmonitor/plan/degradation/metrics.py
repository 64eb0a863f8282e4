"""Which metrics are judged: those that are asked for, or those of the reference that sum a task up.

A metric can be judged if its counters tell how sure it is. Of a squared error they do not: the fourth powers
that would are not counted, and a share of the spread of daily values would be a verdict of weeks. Ask for MAE
beside RMSE, or make RMSE an objective.
"""

from modelmonitor.api import ModelMonitor
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task

SUMMARY = {
    Task.BINARY: ("Accuracy", "F1", "RocAuc"),
    Task.MULTICLASS: ("Accuracy", "F1", "RocAuc"),
    Task.REGRESSION: ("MAE",),
    Task.RANKING: ("NDCG", "MRR"),
}
"""What all predictions are worth at the threshold that is used, the rarer class, and at any threshold; what
an error is on average; what the whole list, and its first good item, is worth."""
UNSURE = frozenset(
    {
        "MatthewsCorrelation", "CohenKappa", "PrAuc", "CalibrationError", "RMSE", "MSE", "MAPE", "WAPE", "R2",
        "MedianError", "P95Error", "MaxError",
    }
)  # fmt: skip
"""Metrics whose counters do not say how sure they are."""


def chosen(scope: Scope) -> tuple[str, ...]:
    """Return the metrics that are judged: none without a baseline."""
    asked, profile = scope.monitor.spec.degradation, scope.scheme.profile
    if asked is None or profile is None:
        return ()
    known = {metric.name: metric.value for metric in profile.metrics}
    names = asked.metrics or summary(scope.monitor)
    return tuple(name for name in names if known.get(name) and name not in UNSURE)


def higher_is_better(scope: Scope, metric: str) -> bool:
    """Tell which way is good."""
    measure = measures.measure(metric, scope.scheme.task)
    return measure is None or measure.higher_is_better


def summary(monitor: ModelMonitor) -> tuple[str, ...]:
    """Return the metrics that sum a task up; NDCG at its largest depth."""
    depth, found = max(monitor.spec.model.ranking_depths), SUMMARY[monitor.spec.model.task]
    return tuple(f"{name}@{depth}" if name == "NDCG" else name for name in found)
