"""Models to count for, and predictions as messy as they come."""

import math
from typing import Any

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.records import Cohort, Records
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import EvaluatorConfig, Model, Task
from modelmonitor.wire.names import METRIC_PREFIX
from modelmonitor.wire.profile import Column, ColumnType, Metric, Profile, Slice
from modelmonitor.wire.scheme import Scheme, scheme

AGE = Column(
    name="age",
    type=ColumnType.NUMERIC,
    edges=(18.5, 30.5, 65.5),
    counts=(5, 20, 60, 15),
    missing=2,
    minimum=16.0,
    maximum=90.0,
)
CHANGE = Column(name="change", type=ColumnType.NUMERIC, edges=(-1.5, 0.0), counts=(30, 40, 32))
FLAT = Column(name="flat", type=ColumnType.NUMERIC, counts=(102,), minimum=3.0, maximum=3.0)
PLAN = Column(
    name="plan", type=ColumnType.CATEGORICAL, categories=("basic", "1", "true"), counts=(60, 30, 10, 2)
)
ODD = 'a "quoted"\\back\nslash ✓'
REGION = Slice(column="region", values=("north", ODD), counts=(60, 42))
SEX = Slice(column="sex", values=("f", "m"), counts=(50, 52), positives=(10, 20))
SCORE = Column(
    name="score", type=ColumnType.NUMERIC, edges=(0.2, 0.5), counts=(60, 30, 12), minimum=0.0, maximum=1.0
)
PREDICTED = {
    Task.BINARY: Column(
        name="predicted", type=ColumnType.CATEGORICAL, categories=("no", "yes"), counts=(80, 22, 0)
    ),
    Task.MULTICLASS: Column(
        name="predicted", type=ColumnType.CATEGORICAL, categories=("a", "b", "c"), counts=(50, 30, 22, 0)
    ),
    Task.REGRESSION: Column(
        name="predicted",
        type=ColumnType.NUMERIC,
        edges=(10.0, 20.0),
        counts=(30, 40, 32),
        minimum=-5.0,
        maximum=50.0,
    ),
}
CLASSES = {Task.BINARY: ("no", "yes"), Task.MULTICLASS: ("a", "b", "c")}


def world(task: Task, *, profile: bool = True, **changes: Any) -> Scheme:
    """A model of each task with segments and protected groups, or without all that a reference declares."""
    slices = {"segments": ("region",), "protected_attributes": ("sex", "region")} if profile else {}
    model = Model(
        task=task,
        classes=CLASSES.get(task, ()),
        positive_class="yes" if task is Task.BINARY else "b",
        ranking_depths=(3, 1),
        **slices,
    )
    config = EvaluatorConfig(monitor="churn", model=model, latency_thresholds=(0.1, 0.05), **changes)
    return scheme(config, reference(task) if profile else None)


def reference(task: Task) -> Profile:
    """What the model of that task did when it was known to be good."""
    return Profile(
        rows=102,
        task=task,
        columns=(AGE, CHANGE, FLAT, PLAN),
        prediction=PREDICTED.get(task),
        score=SCORE if task in CLASSES else None,
        classes=CLASSES.get(task, ()),
        score_edges=(0.1, 0.25, 0.8) if task in CLASSES else (),
        error_edges=(0.5, 1.0, 5.0) if task is Task.REGRESSION else (),
        target_mean=15.0 if task is Task.REGRESSION else None,
        segments=(REGION,),
        groups=(SEX, REGION),
        metrics=(Metric(name="Accuracy", value=0.875, rows=102),),
    )


NUMBERS = (
    17,
    18.5,
    25.0,
    30.5,
    -1.5,
    0,
    3.0,
    1e6,
    200,
    math.inf,
    -math.inf,
    math.nan,
    None,
    "25",
    True,
    [1],
    10**400,
)
TEXTS = ("basic", "1", 1, 1.0, True, "true", "gold", "", None, math.nan, 2.5, [1], {"a": 1})
PLACES = ("north", ODD, "south", None, 7)
SEXES = ("f", "m", "x", None)
SHARES = (
    0.0,
    0.1,
    0.25,
    0.3,
    0.49999,
    0.5,
    0.7,
    0.8,
    0.95,
    1.0,
    1.5,
    -0.1,
    None,
    math.nan,
    math.inf,
    "0.5",
    True,
)
OUTPUTS = {
    Task.BINARY: ("yes", "no", "maybe", None, 1, True, [1]),
    Task.MULTICLASS: ("a", "b", "c", "d", None, math.nan),
    Task.REGRESSION: (9.5, 10, 15.25, 1e6, -3.0, None, math.nan, math.inf, "12", True),
    Task.RANKING: (["x", "y", "z", "w"], ["y", 1], [], None, "xyz", [None, "x"]),
}


def rows(
    task: Task, count: int, rng: np.random.Generator, *, scores: bool = True, predictions: bool = True
) -> Rows:
    """Predictions of that task with every kind of value that can be wrong."""

    def column(pool: tuple[Any, ...]) -> list[Any]:
        return [pool[at] for at in rng.integers(0, len(pool), count)]

    features = {
        "age": column(NUMBERS),
        "change": rng.normal(size=count),
        "plan": column(TEXTS),
        "region": column(PLACES),
        "sex": column(SEXES),
        "unheard": column(NUMBERS),
    }
    return Rows(
        count=count,
        features=features,  # `flat` is missing throughout
        predictions=column(OUTPUTS[task]) if predictions else None,
        scores=_scores(task, count, rng, column(SHARES)) if scores and task in CLASSES else None,
        ids=[None if at % 5 == 0 else f"id-{at}" for at in rng.integers(0, 10**6, count)],
        time=1_795_000_000.0,
    )


def _scores(task: Task, count: int, rng: np.random.Generator, alone: list[Any]) -> list[Any]:
    if task is Task.BINARY:
        return alone
    vectors: list[Any] = rng.dirichlet((1, 1, 1), count).tolist()
    for number, odd in enumerate((None, [0.5, 0.5], [0.2, None, 0.8], [0.1, 1.2, 0.0], "vector")):
        vectors[number::11] = [odd] * len(vectors[number::11])
    return vectors


def cohort(scheme: Scheme, records: Records, rng: np.random.Generator) -> Cohort:
    """Truth for records: labelled by somebody, by silence, or not at all; of undeclared classes, too."""
    count = len(records)
    explicit = rng.random(count) < 0.7
    gains = ideal = None
    if scheme.task is Task.REGRESSION:
        actual = rng.choice([0.0, 1e-320, 9.0, 15.0, 21.5, 1e200], count)
    elif scheme.task is Task.RANKING:
        depth = records["items"].shape[1]
        actual = rng.integers(0, 6, count).astype(np.float64)
        gains = np.where(rng.random((count, depth)) < 0.4, rng.integers(1, 4, (count, depth)), 0.0)
        gains[actual == 0] = 0.0
        ideal = -np.sort(-np.where(np.arange(depth) < actual[:, None], 3.0, 0.0), axis=1)
    else:
        actual = rng.integers(0, len(scheme.classes) + 1, count).astype(np.float64)
    labelled = explicit | (rng.random(count) < 0.5)
    return Cohort(records, explicit & labelled, np.where(labelled, actual, np.nan), gains, ideal)


Totals = dict[tuple[str, frozenset[tuple[str, str]]], float]


def totals(*counters: Counters) -> Totals:
    """What a scrape of these says: by name without prefix and own labels."""
    text = exposition.render(counters, openmetrics=False).decode()
    common = {"monitor", "version", "profile"}
    return {
        (
            sample.name.removeprefix(METRIC_PREFIX),
            frozenset((label, value) for label, value in sample.labels.items() if label not in common),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """One series of `totals`; `of_class` stands for the label `class`."""
    return name, frozenset((label.replace("of_class", "class"), value) for label, value in labels.items())
