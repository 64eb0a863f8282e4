"""Monitors that ask for drift, their references and their rules."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from modelmonitor import api
from modelmonitor.plan import drift, names, promql
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, Profile
from monitors import monitor
from promtool.runner import Json

Rules = Callable[[Scope], list[Json]]
LINKS = Links("https://grafana.example.org/d/mm-1", "https://example.org/runbooks")


def profile(columns: Sequence[Column]) -> Profile:
    """Give a reference of a model of two classes; `@prediction` and `@score` are what it predicts."""
    named = {column.name: dataclasses.replace(column, name=column.name.strip("@")) for column in columns}
    outputs = (FEATURE_PREDICTION, FEATURE_SCORE)
    return Profile(
        rows=10_000,
        task=Task.BINARY,
        classes=("no", "yes"),
        columns=tuple(column for name, column in named.items() if name not in outputs),
        prediction=named.get(FEATURE_PREDICTION),
        score=named.get(FEATURE_SCORE),
    )


def scope(columns: Sequence[Column], *, scrape: str = "60s", **asked: Any) -> Scope:
    """Hold a monitor that asks this of drift against a reference with these columns."""
    body = monitor(
        model={"task": "BinaryClassification", "positiveClass": "yes"},
        reference={"configMapRef": {"name": "churn-reference"}},
        prometheus={"scrapeInterval": scrape},
        drift=asked,
    )
    return Scope.of(api.parse(body), profile(columns))


def rules(of: Scope) -> list[Json]:
    """Give the groups of its rules as Prometheus reads them."""
    return [group.to_dict() for group in drift.groups(of, LINKS)]


def series(of: Scope, record: str, **labels: str) -> str:
    """Select a record over the drift window, or name one series of it."""
    assert of.monitor.spec.drift
    return promql.selector(f"{record}{of.monitor.spec.drift.window}", {**of.identity, **labels})


def alert(of: Scope, on: str) -> str:
    """Select the firing alert about predictions or features."""
    name = names.PREDICTION_DRIFT_ALERT if on == "Prediction" else names.FEATURE_DRIFT_ALERT
    return promql.selector("ALERTS", {"alertname": name, "alertstate": "firing", **of.identity})
