"""Alerts of a monitor as a whole: the labels and links that all of them carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import AT_ONCE, Alert
from modelmonitor.plan.scope import Scope


@dataclass(frozen=True, slots=True)
class Alarm:
    """What differs between alerts.

    Attributes
    ----------
    labels
        Further labels, static ones; numbers belong into the annotations, for a changed label ends an alert.
    """

    alert: str
    severity: Severity
    expr: str
    summary: str
    description: str
    hold: Duration = AT_ONCE
    keep: Duration = AT_ONCE
    labels: Mapping[str, str] = field(default_factory=dict)


def alert(scope: Scope, links: Links, alarm: Alarm) -> Alert:
    """Make the alert; its summary begins with the monitor's name."""
    who = f"{scope.monitor.namespace}/{scope.monitor.name}"
    texts = {"summary": f"{who}: {alarm.summary}", "description": alarm.description}
    return Alert(
        alarm.alert,
        alarm.expr,
        alarm.hold,
        {names.SEVERITY: alarm.severity.value, **scope.identity, **alarm.labels},
        {**texts, **links.annotations(alarm.alert)},
        alarm.keep,
    )
