"""What stands above the panels: how objectives stand, which alerts fire, what the operator has to say."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.cli.opening import look
from modelmonitor.cli.opening.answers import Asking
from modelmonitor.cli.reaching.prometheus import NotAnswered
from modelmonitor.cli.standing.conditions import Trouble
from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import style
from modelmonitor.plan.dashboards.queries import OfMonitor

_STATES = ("met", "at risk", "breached", "no data")
_TINTS = (style.GOOD, style.WARNING, style.BAD, style.UNKNOWN)
_SEVERITIES = ("critical", "warning", "info")
_OF_SEVERITY = {"critical": "red", "warning": "orange", "info": "blue"}


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that fires, or is about to; `subject` is its objective, if it is about one."""

    name: str
    severity: str
    subject: str
    firing: bool
    since: float

    @property
    def order(self) -> tuple[bool, int, str, str]:
        """Worst first."""
        loud = _SEVERITIES.index(self.severity) if self.severity in _SEVERITIES else len(_SEVERITIES)
        return (not self.firing, loud, self.name, self.subject)


def told(
    monitor: ModelMonitor, prometheus: Asking, at: int, troubles: Sequence[Trouble], runbooks: str
) -> str:
    """Write it; where Prometheus does not answer, that alone."""
    try:
        parts = [*_states(monitor, prometheus, at), *_alerts(alerts(monitor, prometheus, at), runbooks)]
    except NotAnswered as error:
        parts = [_box("red", "Prometheus does not answer", str(error))]
    return "".join([*parts, *_troubles(troubles)])


def alerts(monitor: ModelMonitor, prometheus: Asking, at: int) -> list[Alert]:
    """Return the alerts of a monitor that fire or are pending, worst first."""
    own = ",".join(
        f"{name}={promql.string(value)}"
        for name, value in ((names.NAMESPACE, monitor.namespace), (names.MONITOR, monitor.name))
    )
    by = f"alertname, {names.SEVERITY}, {names.SLO_NAME}"
    firing = prometheus.instant(f'max by ({by}) (ALERTS{{{own},alertstate="firing"}})', at)
    since = {
        _key(one["metric"]): float(one["value"][1])
        for one in prometheus.instant(f"min by ({by}) (ALERTS_FOR_STATE{{{own}}})", at)
    }
    loud = {_key(one["metric"]) for one in firing}
    found = [Alert(*key, key in loud, since.get(key, float(at))) for key in loud | since.keys()]
    return sorted(found, key=lambda one: one.order)


def states(monitor: ModelMonitor, prometheus: Asking, at: int) -> dict[str, int]:
    """Return how each objective stands, by the dashboards' own query; unknown ones are absent."""
    if not monitor.spec.objectives:
        return {}
    found = prometheus.instant(OfMonitor(monitor).state(), at)
    return {one["metric"].get(names.SLO_NAME, ""): int(float(one["value"][1])) for one in found}


def _key(labels: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        labels.get("alertname", ""), labels.get(names.SEVERITY, ""), labels.get(names.SLO_NAME, "")
    )  # fmt: skip


def _states(monitor: ModelMonitor, prometheus: Asking, at: int) -> Iterator[str]:
    known = states(monitor, prometheus, at)
    for objective in monitor.spec.objectives:
        state = known.get(objective.name, style.NOT_MEASURED)
        name = f'<b class="{look.tint(_TINTS[state])}">{_STATES[state]}</b> {escape(objective.name)}'
        yield f'<span class="told {look.tint(_TINTS[state])}">{name}</span>'


def _alerts(found: Sequence[Alert], runbooks: str) -> Iterator[str]:
    for one in found:
        tint = _OF_SEVERITY.get(one.severity, "faint") if one.firing else "yellow"
        state = f"{one.severity} alert" if one.firing else f"pending {one.severity} alert"
        began = time.strftime("%d %b %H:%M", time.gmtime(one.since))
        name = f'<a href="{escape(runbooks)}/{escape(one.name)}" rel="noreferrer">{escape(one.name)}</a>'
        about = f" of {escape(one.subject)}" if one.subject else ""
        yield f'<span class="told t-{tint}"><b>{escape(state)}</b> {name}{about} since {began} UTC</span>'
    if not found:
        yield '<span class="told t-green"><b>no alert</b> fires</span>'


def _troubles(troubles: Sequence[Trouble]) -> Iterator[str]:
    for one in troubles:
        yield _box("red" if one.is_bad else "yellow", f"{one.type} {one.status}: {one.reason}", one.message)


def _box(tint: str, head: str, text: str) -> str:
    return f'<span class="told t-{tint}"><b>{escape(head)}</b><small>{escape(text)}</small></span>'
