"""What a monitor of each task asks if it asks for everything, and its reference; names are odd."""

import dataclasses
from typing import Any

from evaluator.counters import worlds
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Metric, Profile

FAIR = {
    Task.BINARY: [
        {"attribute": "sex", "metric": "EqualOpportunityDifference", "atMost": 0.1, "window": "12m"}
    ],
    Task.MULTICLASS: [
        {"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8, "window": "12m"}
    ],
}
METRICS = {
    **{task: {"Accuracy": 0.875, "F1": 0.6, "RocAuc": 0.8} for task in worlds.CLASSES},
    Task.REGRESSION: {"MAE": 4.5},
    Task.RANKING: {"NDCG@3": 0.6, "MRR": 0.5},
}


def reference(task: Task) -> Profile:
    """Give a reference of many rows, one of whose columns has an odd name and odd values."""

    def larger(column: Column) -> Column:
        return dataclasses.replace(
            column, counts=tuple(100 * it for it in column.counts), missing=100 * column.missing
        )

    small = worlds.reference(task)
    odd = Column(
        name=worlds.ODD, type=ColumnType.CATEGORICAL, categories=(worlds.ODD, ", "), counts=(60, 40, 2)
    )
    return dataclasses.replace(
        small,
        rows=10_200,
        columns=tuple(map(larger, (*small.columns, odd))),
        prediction=small.prediction and larger(small.prediction),
        score=small.score and larger(small.score),
        metrics=tuple(Metric(name=name, value=value, rows=10_200) for name, value in METRICS[task].items()),
    )


def spec(task: Task) -> dict[str, Any]:
    """Ask for everything that a task has."""
    model: dict[str, Any] = {"task": task.value, "segments": ["region"], "rankingDepths": [1, 3]}
    if task in FAIR:
        model |= {"protectedAttributes": ["sex"], "positiveClass": worlds.CLASSES[task][1]}
    return {
        "model": model,
        "reference": {"configMapRef": {"name": "churn-reference"}},
        "labels": {"maturity": "1m"},
        "drift": {"window": "12m", "overrides": [{"feature": "age", "statistic": "KS", "tolerate": 0.1}]},
        "degradation": {"window": "12m"},
        "dataQuality": {"window": "12m"},
        "fairness": FAIR.get(task, []),
        "prometheus": {"scrapeInterval": "1m"},
    }
