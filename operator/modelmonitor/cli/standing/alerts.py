"""Alerts of a monitor that fire, or are about to, as Prometheus tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from modelmonitor.plan import names, promql

_SEVERITIES = ("critical", "warning", "info")


class Instant(Protocol):
    """Whoever evaluates queries at one time."""

    def instant(self, query: str, at: float) -> list[dict[str, Any]]:
        """Evaluate a query at one time."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that fires, or is about to; `subject` is its objective, if it is about one."""

    name: str
    severity: str
    subject: str
    pair: str
    firing: bool
    since: float

    @property
    def order(self) -> tuple[bool, int, str, str]:
        """Worst first."""
        loud = _SEVERITIES.index(self.severity) if self.severity in _SEVERITIES else len(_SEVERITIES)
        return (not self.firing, loud, self.name, self.subject)


def raised(namespace: str, monitor: str, prometheus: Instant, at: float) -> list[Alert]:
    """Return the alerts of a monitor that fire or are pending, worst first."""
    own = ",".join(
        f"{name}={promql.string(value)}"
        for name, value in ((names.NAMESPACE, namespace), (names.MONITOR, monitor))
    )
    by = f"alertname, {names.SEVERITY}, {names.SLO_NAME}, {names.PAIR}"
    states = prometheus.instant(f"max by ({by}, alertstate) (ALERTS{{{own}}})", at)
    began = {
        _key(one["metric"]): float(one["value"][1])
        for one in prometheus.instant(f"min by ({by}) (ALERTS_FOR_STATE{{{own}}})", at)
    }
    loud = {_key(one["metric"]) for one in states if one["metric"].get("alertstate") == "firing"}
    every = dict.fromkeys(_key(one["metric"]) for one in states)
    found = [Alert(*key, key in loud, began.get(key, at)) for key in every]
    return sorted(found, key=lambda one: one.order)


def _key(labels: Mapping[str, Any]) -> tuple[str, str, str, str]:
    words = ("alertname", names.SEVERITY, names.SLO_NAME, names.PAIR)
    name, severity, subject, pair = (str(labels.get(word, "")) for word in words)
    return name, severity, subject, pair
