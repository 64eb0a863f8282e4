"""The example of the API with all that it can ask for, but what needs a cluster, and its reference."""

from typing import Any

import numpy as np

from modelmonitor.stats import scores
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Metric, Profile, Slice

NAMESPACE, PATTERN, SCRAPE = "ml", "model-0000", "30s"
ROWS, CELLS, CATEGORIES = 20_000, 10, 8
CATEGORICAL_EVERY = 5


def document(features: int) -> dict[str, Any]:
    """Write the monitor: the example of the API, without what needs a cluster."""
    slis: dict[str, tuple[float, dict[str, Any]]] = {
        "availability": (99.9, {"availability": {}}),
        "fast": (99, {"latency": {"below": "100ms"}}),
        "accurate": (85, {"quality": {"metric": "Accuracy"}}),
        "ranks-well": (95, {"quality": {"metric": "RocAuc", "atLeast": 0.8, "window": "6h"}}),
        "inputs-stable": (95, {"drift": {"of": "Prediction"}}),
    }
    override = {"feature": "@score", "statistic": "KS", "tolerate": 0.1}
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": PATTERN, "namespace": NAMESPACE},
        "spec": {
            "targetRef": {"name": PATTERN},
            "model": {
                "task": Task.BINARY.value,
                "positiveClass": "yes",
                "thresholds": [0.3, 0.5, 0.7],
                "costs": {"falsePositive": 1, "falseNegative": 5},
                "segments": ["plan"],
                "protectedAttributes": ["sex"],
            },
            "capture": {"maxSeries": 100_000},
            "reference": {"configMapRef": {"name": "reference"}},
            "labels": {"maturity": "24h"},
            "objectives": [
                {"name": name, "objective": objective, "sli": sli} for name, (objective, sli) in slis.items()
            ],
            "drift": {"window": "1h", "overrides": [override]},
            "degradation": {},
            "dataQuality": {},
            "fairness": [{"attribute": "sex", "metric": "DisparateImpactRatio", "atLeast": 0.8}],
            "business": [{"name": "revenue", "query": "sum(increase(revenue_total[1d]))"}],
            "prometheus": {"scrapeInterval": SCRAPE},
        },
    }


def reference(features: int) -> Profile:
    """Give a reference: of five features four are numbers in ten cells, one has eight categories."""
    chosen = [_categorical(f"f{at}") if is_categorical(at) else _numeric(f"f{at}") for at in range(features)]
    values = np.random.default_rng(3).beta(2, 2, ROWS)
    metrics = {"Accuracy": 0.75, "F1": 0.75, "RocAuc": 0.8, "Precision": 0.75, "Recall": 0.75}
    return Profile(
        rows=ROWS,
        task=Task.BINARY,
        columns=tuple(chosen),
        prediction=_classes(),
        score=_numeric("score"),
        classes=("no", "yes"),
        score_edges=scores.reference_edges(values, np.random.default_rng(4).random(ROWS) < values),
        segments=(Slice(column="plan", values=("basic", "gold", "team"), counts=(ROWS,) * 3),),
        groups=(Slice(column="sex", values=("f", "m"), counts=(ROWS,) * 2),),
        metrics=tuple(Metric(name=name, value=value, rows=ROWS) for name, value in metrics.items()),
    )


def is_categorical(feature: int) -> bool:
    """Tell whether a feature has categories."""
    return feature % CATEGORICAL_EVERY == CATEGORICAL_EVERY - 1


def _numeric(name: str) -> Column:
    edges = tuple(np.linspace(0, 1, CELLS + 1)[1:-1].round(4).tolist())
    return Column(
        name=name, type=ColumnType.NUMERIC, edges=edges, counts=(ROWS // CELLS,) * CELLS, minimum=0, maximum=1
    )


def _categorical(name: str) -> Column:
    categories = tuple(f"category-{at}" for at in range(CATEGORIES))
    return Column(
        name=name, type=ColumnType.CATEGORICAL, categories=categories, counts=(ROWS // 8,) * CATEGORIES + (0,)
    )


def _classes() -> Column:
    counts = (ROWS // 2, ROWS // 2, 0)
    return Column(name="predicted", type=ColumnType.CATEGORICAL, categories=("no", "yes"), counts=counts)
