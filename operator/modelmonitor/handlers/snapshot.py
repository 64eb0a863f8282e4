"""What one Prometheus says of all monitors at one moment, asked for in a few questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.prometheus import Prometheus, Sample
from modelmonitor.handlers import counted
from modelmonitor.plan import names
from modelmonitor.report.sights import NOTHING_COUNTED, Counted, Sight

Name = tuple[str, str, str]
"""Namespace, monitor, objective."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one Prometheus says of all objectives and evaluators, at one moment."""

    remaining: Mapping[Name, float]
    burning: frozenset[Name]
    absent: frozenset[Name]
    flowing: frozenset[Name]
    counted: Mapping[MonitorKey, Counted]
    retention: str

    def sight(self, name: Name) -> Sight:
        """Return what is known of one objective."""
        return Sight(
            self.remaining.get(name), name in self.burning, name in self.absent, name in self.flowing
        )

    def counted_by(self, key: MonitorKey) -> Counted:
        """Return what is known of what the evaluators of one monitor count."""
        strangers = self.counted.get((key[0], ""), NOTHING_COUNTED).evaluators
        return replace(self.counted.get(key, NOTHING_COUNTED), strangers=sum(one.number for one in strangers))


async def take(prometheus: Prometheus) -> Snapshot:
    """Ask for everything; PrometheusError when one of the questions is not answered."""
    budgets = await prometheus.query(names.BUDGET_REMAINING)
    alerts = f'ALERTS{{alertname=~"{names.BURN_ALERT}|{names.ABSENT_ALERT}"}}'
    pending = await prometheus.query(f"max by (alertname, {_BY}) ({alerts})")
    current = await prometheus.query(f"max by ({_BY}) ({names.CURRENT_BURN})")
    return Snapshot(
        remaining=_worst(budgets),
        burning=_named(pending, names.BURN_ALERT),
        absent=_named(pending, names.ABSENT_ALERT),
        flowing=frozenset(_name(sample) for sample in current),
        counted=await counted.ask(prometheus),
        retention=await prometheus.retention(),
    )


_BY = f"{names.NAMESPACE}, {names.MONITOR}, {names.SLO_NAME}"


def _name(sample: Sample) -> Name:
    label = sample.labels.get
    return (label(names.NAMESPACE, ""), label(names.MONITOR, ""), label(names.SLO_NAME, ""))


def _worst(samples: Iterable[Sample]) -> dict[Name, float]:
    worst: dict[Name, float] = {}
    for sample in samples:
        worst[_name(sample)] = min(sample.value, worst.get(_name(sample), float("inf")))
    return worst


def _named(samples: Iterable[Sample], alert: str) -> frozenset[Name]:
    return frozenset(_name(sample) for sample in samples if sample.labels.get("alertname") == alert)
