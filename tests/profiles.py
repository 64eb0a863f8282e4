"""References for tests: what models did when they were known to be good."""

from dataclasses import replace
from typing import Any

from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Metric, Profile, Slice

ROWS = 10_000
METRICS = {
    Task.BINARY: {"Accuracy": 0.9, "RocAuc": 0.85},
    Task.MULTICLASS: {"Accuracy": 0.8},
    Task.REGRESSION: {"MAE": 2.5, "R2": 0.7},
    Task.RANKING: {},
}
CLASSES = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c")}


def numeric(name: str, cells: int = 10, rows: int = ROWS) -> Column:
    """Give a column of numbers in cells of equal counts."""
    edges = tuple(float(edge) for edge in range(1, cells))
    counts = (rows - rows // cells * (cells - 1), *[rows // cells] * (cells - 1))
    return Column(name=name, type=ColumnType.NUMERIC, edges=edges, counts=counts)


def categorical(name: str, *categories: str, rows: int = ROWS) -> Column:
    """Give a column of categories, alike in number, and nothing beside them."""
    counts = (*[rows // len(categories)] * len(categories), 0)
    return Column(name=name, type=ColumnType.CATEGORICAL, categories=categories, counts=counts)


def values(column: str, *names: str) -> Slice:
    """Give a column by whose values rows are told apart."""
    return Slice(column=column, values=names, counts=(100,) * len(names))


def profile(task: Task = Task.BINARY, *, rows: int = ROWS, **changes: Any) -> Profile:
    """Give the reference of a model with the features age and plan, and segments and groups."""
    classes = CLASSES.get(task, ())
    said = categorical("predicted", *classes, rows=rows) if classes else numeric("predicted", rows=rows)
    made = Profile(
        rows=rows,
        task=task,
        columns=(numeric("age", rows=rows), categorical("plan", "basic", "gold", rows=rows)),
        prediction=None if task is Task.RANKING else said,
        score=numeric("score", rows=rows) if classes else None,
        classes=classes,
        target_mean=10.0 if task is Task.REGRESSION else None,
        segments=(values("plan", "basic", "gold"),),
        groups=(values("sex", "f", "m"), values("region", "north")),
        metrics=tuple(Metric(name=name, value=value, rows=rows) for name, value in METRICS[task].items()),
    )
    return replace(made, **changes)
