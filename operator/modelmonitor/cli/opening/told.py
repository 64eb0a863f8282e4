"""What stands above the panels: how objectives stand, which alerts fire, what the operator has to say."""

import time
from collections.abc import Iterator, Sequence
from html import escape

from modelmonitor.api import ModelMonitor
from modelmonitor.cli.opening import look
from modelmonitor.cli.opening.answers import Asking
from modelmonitor.cli.reaching.prometheus import NotAnswered
from modelmonitor.cli.standing import alerts
from modelmonitor.cli.standing.alerts import Alert
from modelmonitor.cli.standing.conditions import Trouble
from modelmonitor.plan import names
from modelmonitor.plan.dashboards import style
from modelmonitor.plan.dashboards.queries import OfMonitor

_STATES = ("met", "at risk", "breached", "no data")
_TINTS = (style.GOOD, style.WARNING, style.BAD, style.UNKNOWN)
_OF_SEVERITY = {"critical": "red", "warning": "orange", "info": "blue"}


def told(
    monitor: ModelMonitor, prometheus: Asking, at: int, troubles: Sequence[Trouble], runbooks: str
) -> str:
    """Write it; where Prometheus does not answer, that alone."""
    try:
        raised = alerts.raised(monitor.namespace, monitor.name, prometheus, at)
        parts = [*_states(monitor, prometheus, at), *_alerts(raised, runbooks)]
    except NotAnswered as error:
        parts = [_box("red", "Prometheus does not answer", str(error))]
    return "".join([*parts, *_troubles(troubles)])


def states(monitor: ModelMonitor, prometheus: Asking, at: int) -> dict[str, int]:
    """Return how each objective stands, by the dashboards' own query; unknown ones are absent."""
    if not monitor.spec.objectives:
        return {}
    found = prometheus.instant(OfMonitor(monitor).state(), at)
    return {one["metric"].get(names.SLO_NAME, ""): int(float(one["value"][1])) for one in found}


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
        about = escape(" ".join(filter(None, (one.subject, one.pair))))
        yield f'<span class="told t-{tint}"><b>{escape(state)}</b> {name} {about} since {began} UTC</span>'
    if not found:
        yield '<span class="told t-green"><b>no alert</b> fires</span>'


def _troubles(troubles: Sequence[Trouble]) -> Iterator[str]:
    for one in troubles:
        yield _box("red" if one.is_bad else "yellow", f"{one.type} {one.status}: {one.reason}", one.message)


def _box(tint: str, head: str, text: str) -> str:
    return f'<span class="told t-{tint}"><b>{escape(head)}</b><small>{escape(text)}</small></span>'
