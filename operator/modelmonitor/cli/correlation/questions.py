"""Which series are compared: what the monitor's rules record of the model, and of the business."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from modelmonitor.api import ModelMonitor
from modelmonitor.api.drift import DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.api.quality import Direction
from modelmonitor.plan import names, promql, query, scope
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task

SUMMARY = {
    Task.BINARY: ("Accuracy", "F1", "RocAuc"),
    Task.MULTICLASS: ("Accuracy", "F1", "RocAuc"),
    Task.REGRESSION: ("MAE", "R2"),
    Task.RANKING: ("NDCG", "MRR"),
}
"""What is looked at unless something else is asked for: every further metric costs all of them power."""
_LATELY = "10m"
"""Records are made every few minutes; older ones are none of that moment."""


@dataclass(frozen=True, slots=True)
class Question:
    """A series that a query yields, one value for each step.

    Attributes
    ----------
    higher_is_better
        Which way is good.
    """

    name: str
    query: str
    higher_is_better: bool


def of_model(monitor: ModelMonitor, step: Duration, metrics: Sequence[str]) -> list[Question]:
    """Ask for quality, coverage and cost where the monitor is told of them, and for the worst drift."""
    asked: list[Question] = []
    if scope.is_judged(monitor):
        asked += _quality(monitor, step, metrics or _metrics(monitor))
    drift = monitor.spec.drift
    if drift:
        record = f"{names.DRIFT_EXCESS}{drift.window}"
        excess = {on: _selected(monitor, record, {names.ON: on.value}) for on in DriftOn}
        asked += [
            Question(f"{on.value.lower()} drift", f"max(max_over_time({it}[{step}]))", higher_is_better=False)
            for on, it in excess.items()
        ]
    return asked


def of_business(monitor: ModelMonitor, step: Duration) -> list[Question]:
    """Ask for the business metrics of the monitor."""
    return [
        Question(
            it.name,
            _whole(
                _selected(monitor, names.BUSINESS, {names.BUSINESS_NAME: it.name}),
                query.longest_range(promql.one_line(it.query)),
                step,
            ),
            higher_is_better=it.direction is Direction.HIGHER,
        )
        for it in monitor.spec.business
    ]


def _quality(monitor: ModelMonitor, step: Duration, metrics: Sequence[str]) -> Iterator[Question]:
    window = scope.quality_window(monitor)
    everything = dict.fromkeys((names.SEGMENT, names.CLASS, names.THRESHOLD, names.AVERAGE), "")
    for metric in metrics:
        series = _selected(monitor, f"{names.QUALITY}{window}", {names.METRIC: metric, **everything})
        measure = measures.measure(metric, monitor.spec.model.task)
        higher = measure is None or measure.higher_is_better
        yield Question(metric, _whole(series, window, step), higher_is_better=higher)
    coverage = _selected(monitor, f"{names.COVERAGE}{window}")
    yield Question("label coverage", _whole(coverage, window, step), higher_is_better=True)
    if monitor.spec.model.costs and monitor.spec.model.task is Task.BINARY:
        cost = _selected(monitor, f"{names.COST}{window}")
        yield Question("cost of mistakes", _whole(cost, window, step), higher_is_better=False)


def _metrics(monitor: ModelMonitor) -> tuple[str, ...]:
    """Return the metrics that are judged, or those that sum the task up."""
    degradation, model = monitor.spec.degradation, monitor.spec.model
    if degradation and degradation.metrics:
        return degradation.metrics
    depth = max(model.ranking_depths)
    return tuple(f"{name}@{depth}" if name == "NDCG" else name for name in SUMMARY[model.task])


def _selected(monitor: ModelMonitor, record: str, labels: dict[str, str] | None = None) -> str:
    own = {names.NAMESPACE: monitor.namespace, names.MONITOR: monitor.name}
    return promql.selector(record, {**own, **(labels or {})})


def _whole(series: str, covers: Duration, step: Duration) -> str:
    """Read what covers a step at its end, and average what covers less of it: no moment stands for a day."""
    if covers >= step:
        return f"max(last_over_time({series}[{_LATELY}]))"
    return f"max(avg_over_time({series}[{step}]))"
