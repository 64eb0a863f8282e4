"""The quality metrics: what they are called, which tasks have them, and which way is better.

Names are those of `/v1/stats`, of the reference's metrics and of the label `metric` of recorded quality. Of
many classes, precision, recall and F1 are means over classes.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from modelmonitor.wire.config import Task


class Shape(StrEnum):
    """How a metric is made from rows."""

    SHARE = "share of events"
    """Good rows of all rows of a kind: also an SLI of events."""
    MEAN = "mean over rows"
    """A mean, or a function of means."""
    RANK = "of all rows together"
    """Neither: AUC, R2, quantiles, coefficients."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One quality metric; of a ranking metric with a depth, `name` is without `@K`."""

    name: str
    tasks: tuple[Task, ...]
    higher_is_better: bool
    shape: Shape
    with_depth: bool = False
    needs_scores: bool = False


_CLASSES = (Task.BINARY, Task.MULTICLASS)
_NUMBERS = (Task.REGRESSION,)
_LISTS = (Task.RANKING,)

MEASURES: tuple[Measure, ...] = (
    Measure("Accuracy", _CLASSES, higher_is_better=True, shape=Shape.SHARE),
    Measure("BalancedAccuracy", _CLASSES, higher_is_better=True, shape=Shape.RANK),
    Measure("Precision", _CLASSES, higher_is_better=True, shape=Shape.SHARE),
    Measure("Recall", _CLASSES, higher_is_better=True, shape=Shape.SHARE),
    Measure("F1", _CLASSES, higher_is_better=True, shape=Shape.SHARE),
    Measure("MatthewsCorrelation", _CLASSES, higher_is_better=True, shape=Shape.RANK),
    Measure("CohenKappa", _CLASSES, higher_is_better=True, shape=Shape.RANK),
    Measure("RocAuc", _CLASSES, higher_is_better=True, shape=Shape.RANK, needs_scores=True),
    Measure("PrAuc", _CLASSES, higher_is_better=True, shape=Shape.RANK, needs_scores=True),
    Measure("LogLoss", _CLASSES, higher_is_better=False, shape=Shape.MEAN, needs_scores=True),
    Measure("Brier", _CLASSES, higher_is_better=False, shape=Shape.MEAN, needs_scores=True),
    Measure("CalibrationError", _CLASSES, higher_is_better=False, shape=Shape.RANK, needs_scores=True),
    Measure("MAE", _NUMBERS, higher_is_better=False, shape=Shape.MEAN),
    Measure("RMSE", _NUMBERS, higher_is_better=False, shape=Shape.MEAN),
    Measure("MSE", _NUMBERS, higher_is_better=False, shape=Shape.MEAN),
    Measure("MAPE", _NUMBERS, higher_is_better=False, shape=Shape.MEAN),
    Measure("WAPE", _NUMBERS, higher_is_better=False, shape=Shape.RANK),
    Measure("R2", _NUMBERS, higher_is_better=True, shape=Shape.RANK),
    Measure("MedianError", _NUMBERS, higher_is_better=False, shape=Shape.RANK),
    Measure("P95Error", _NUMBERS, higher_is_better=False, shape=Shape.RANK),
    Measure("MaxError", _NUMBERS, higher_is_better=False, shape=Shape.RANK),
    Measure("MRR", _LISTS, higher_is_better=True, shape=Shape.MEAN),
    Measure("NDCG", _LISTS, higher_is_better=True, shape=Shape.MEAN, with_depth=True),
    Measure("MAP", _LISTS, higher_is_better=True, shape=Shape.MEAN, with_depth=True),
    Measure("HitRate", _LISTS, higher_is_better=True, shape=Shape.SHARE, with_depth=True),
    Measure("Precision", _LISTS, higher_is_better=True, shape=Shape.MEAN, with_depth=True),
    Measure("Recall", _LISTS, higher_is_better=True, shape=Shape.MEAN, with_depth=True),
)
"""All metrics that have a direction; bias has none."""

PATTERN = "^({})$".format(
    "|".join(
        dict.fromkeys(it.name + ("@[1-9][0-9]{0,3}" if it.with_depth else "") for it in MEASURES),
    )
)
"""What a user may write as a metric, whatever the task: `RocAuc`, `NDCG@10`."""


def measure(metric: str, task: Task) -> Measure | None:
    """Return the metric of a task by its name, `NDCG@10` by its depth, too; None if the task has it not.

    Examples
    --------
    >>> measure("NDCG@10", Task.RANKING).name, measure("MAE", Task.BINARY), depth("NDCG@10")
    ('NDCG', None, 10)
    """
    name, at, _ = metric.partition("@")
    found = (it for it in MEASURES if it.name == name and task in it.tasks)
    return next((it for it in found if it.with_depth == bool(at)), None)


def depth(metric: str) -> int | None:
    """Return the K of a metric such as `NDCG@10`."""
    found = re.search("@([0-9]+)$", metric)
    return int(found[1]) if found else None
