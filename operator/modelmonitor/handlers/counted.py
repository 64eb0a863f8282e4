"""What Prometheus shows of what evaluators count: six questions, whatever the number of monitors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from modelmonitor.api.status import MOST_DRIFTS
from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.prometheus import Prometheus, Sample
from modelmonitor.plan import names
from modelmonitor.report.sights import Counted, Distance, Evaluators, Verdicts
from modelmonitor.wire import families

_OF_THE_OTHERS = 3
"""Columns that are told where fewer drift, and of those without a verdict: quiet times have short answers."""
_OWN = f"{names.NAMESPACE}, {names.MONITOR}"
_COLUMN = f"{_OWN}, {names.FEATURE}"


def _windowed(record: str, more: str = "") -> str:
    """Select a record of all monitors, whatever its window, which follows the name."""
    return f'{{__name__=~"{record}[0-9].*"{more}}}'


_EXCESS, _STARVED = _windowed(names.DRIFT_EXCESS), _windowed(names.DRIFT_INSUFFICIENT)
_WORST = (
    f"(topk by ({_OWN}) ({MOST_DRIFTS}, {_EXCESS} > 1) or topk by ({_OWN}) ({_OF_THE_OTHERS}, {_EXCESS}))"
)
_SOME_STARVED = f"topk by ({_OWN}) ({_OF_THE_OTHERS}, {_STARVED})"
_EXCESSES = f"max by ({_COLUMN}, {names.STATISTIC}) ({_WORST})"
"""By what tells them apart: of tens of thousands, labels that say nothing are half of the answer."""
_CRITICAL = (
    f"max by ({_COLUMN}, {names.STATISTIC}) "
    f"({_windowed(names.DRIFT_CRITICAL)} and on ({_COLUMN}, {names.STATISTIC}) {_WORST})"
)
_ROWS = f"max by ({_COLUMN}) ({_windowed(names.DRIFT_ROWS)} and on ({_COLUMN}) ({_WORST} or {_SOME_STARVED}))"
_MEDIAN_LAG = _windowed(names.LABEL_LAG, ',quantile="0.5"')
_FIGURE = "figure"
_JUDGED, _DRIFTING, _INSUFFICIENT, _COVERAGE, _LAG, _METRIC, _ENCRYPTED = (
    "judged", "drifting", "insufficient", "coverage", "lag", "metric", "encrypted"
)  # fmt: skip
_OVER_TLS = f'increase({families.DROPPED.name}{{reason="encrypted"}}[15m])'
_FIGURES = " or ".join(
    f'label_replace({expression}, "{_FIGURE}", "{figure}", "", "")'
    for figure, expression in {
        _JUDGED: f"count by ({_OWN}, {names.ON}) ({_EXCESS})",
        _DRIFTING: f"count by ({_OWN}, {names.ON}) ({_EXCESS} > 1)",
        _INSUFFICIENT: f"count by ({_OWN}, {names.ON}) ({_STARVED})",
        _COVERAGE: f"min by ({_OWN}) ({_windowed(names.COVERAGE)})",
        _LAG: f"max by ({_OWN}) ({_MEDIAN_LAG})",
        _METRIC: f"max by ({_OWN}, {names.METRIC}) ({_windowed(names.QUALITY_INSUFFICIENT)})",
        _ENCRYPTED: f"sum by ({_OWN}) ({_OVER_TLS}) > 0",
    }.items()
)
_EVALUATORS = (
    f"count by ({_OWN}, state, profile) "
    f"(max by ({_OWN}, state, profile, pod, instance) ({families.INFO.name}))"
)
_Values = Mapping[tuple[str, ...], float]


async def ask(prometheus: Prometheus) -> dict[MonitorKey, Counted]:
    """Return what is shown of every monitor that has evaluators, or records of what they count.

    Evaluators that do not know their monitor are told under the empty name of their namespace.

    Raises
    ------
    PrometheusError
        If one of the questions is not answered.
    """
    critical, rows = _values(await prometheus.query(_CRITICAL)), _values(await prometheus.query(_ROWS))
    figures = _by_monitor(await prometheus.query(_FIGURES))
    worst = _by_monitor(await prometheus.query(_EXCESSES))
    starved = _by_monitor(await prometheus.query(_SOME_STARVED))
    evaluators = _by_monitor(await prometheus.query(_EVALUATORS))
    return {
        key: _counted(
            figures.get(key, ()),
            {
                **{_feature(one): _without_verdict(key, one, rows) for one in starved.get(key, ())},
                **{_feature(one): _distance(key, one, critical, rows) for one in worst.get(key, ())},
            },
            evaluators.get(key, ()),
        )
        for key in {*figures, *worst, *starved, *evaluators}
    }


def _counted(
    figures: Sequence[Sample], distances: Mapping[str, Distance], evaluators: Sequence[Sample]
) -> Counted:
    by_figure = defaultdict(list)
    for one in figures:
        by_figure[one.labels.get(_FIGURE)].append(one)
    drifting = {one.labels.get(names.ON, "") for one in figures} - {""}
    return Counted(
        distances=tuple(distances.values()),
        verdicts={on: _verdicts(by_figure, on) for on in drifting},
        coverage=next((one.value for one in by_figure[_COVERAGE]), None),
        lag=next((one.value for one in by_figure[_LAG]), None),
        starved=frozenset(one.labels.get(names.METRIC, "") for one in by_figure[_METRIC]),
        evaluators=tuple(map(_evaluators, evaluators)),
        encrypted=bool(by_figure[_ENCRYPTED]),
    )


def _verdicts(figures: Mapping[str | None, Sequence[Sample]], on: str) -> Verdicts:
    counts = [
        sum(int(one.value) for one in figures.get(figure, ()) if one.labels.get(names.ON) == on)
        for figure in (_JUDGED, _DRIFTING, _INSUFFICIENT)
    ]
    return Verdicts(*counts)


def _distance(key: MonitorKey, sample: Sample, critical: _Values, rows: _Values) -> Distance:
    feature, statistic = _feature(sample), sample.labels.get(names.STATISTIC, "")
    limit, number = critical.get((*key, feature, statistic)), rows.get((*key, feature, ""))
    return Distance(feature, statistic, sample.value, limit, number)


def _without_verdict(key: MonitorKey, sample: Sample, rows: _Values) -> Distance:
    feature = _feature(sample)
    return Distance(feature, rows=rows.get((*key, feature, "")))


def _feature(sample: Sample) -> str:
    return sample.labels.get(names.FEATURE, "")


def _evaluators(sample: Sample) -> Evaluators:
    return Evaluators(sample.labels.get("state", ""), sample.labels.get("profile", ""), int(sample.value))


def _by_monitor(samples: Iterable[Sample]) -> dict[MonitorKey, list[Sample]]:
    found: dict[MonitorKey, list[Sample]] = {}
    for one in samples:
        key = (one.labels.get(names.NAMESPACE, ""), one.labels.get(names.MONITOR, ""))
        found.setdefault(key, []).append(one)
    return found


def _values(samples: Iterable[Sample]) -> dict[tuple[str, ...], float]:
    """Return values by namespace, monitor, feature and statistic."""
    labels = (names.NAMESPACE, names.MONITOR, names.FEATURE, names.STATISTIC)
    return {tuple(one.labels.get(label, "") for label in labels): one.value for one in samples}
