"""Who is told of a monitor's alerts: one AlertmanagerConfig, from `spec.alerts`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.routing import Alerts, Route
from modelmonitor.api.severity import Severity
from modelmonitor.plan import names, rulefile
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.routing import inhibition, mute, receivers
from modelmonitor.plan.routing.secrets import Form
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.slo import Slo

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pace:
    """How alerts of a severity are gathered and how often they are told."""

    by: tuple[str, ...]
    wait: Duration
    interval: Duration
    repeat: Duration


_MONITOR = (names.NAMESPACE, names.MONITOR)
_OBJECTIVE = (*_MONITOR, names.SLO_NAME)
_PACE = {
    Severity.CRITICAL: Pace((*_OBJECTIVE, names.ALERT_NAME), *map(Duration.parse, ("30s", "5m", "4h"))),
    Severity.WARNING: Pace(_OBJECTIVE, *map(Duration.parse, ("1m", "15m", "1d"))),
}
"""A page that joins an incident that somebody has acknowledged wakes nobody: each alert is one of its own."""
_LONGEST_WAIT = Duration.parse("30m")
"""For the first info alert of a digest, so that what belongs together comes together."""


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One key of a Secret that a route needs.

    Attributes
    ----------
    path
        The field of the spec that names it.
    """

    path: str
    name: str
    key: str
    form: Form = Form.KEY


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the routes of a monitor need of the cluster: Secrets, and an Alertmanager that selects labels."""

    namespace: str
    labels: Mapping[str, str]
    secrets: tuple[SecretUse, ...]


def manifests(
    monitor: ModelMonitor, objectives: Sequence[Slo], labels: Mapping[str, str], links: Links
) -> tuple[Manifest, ...]:
    """Return the AlertmanagerConfig of a monitor; none where it routes nothing.

    Parameters
    ----------
    labels
        Those by which the owner of the cluster selects rules, and this; the monitor's own win.
    """
    alerts = monitor.spec.alerts
    if alerts is None:
        return ()
    about = rulefile.metadata(monitor, names.routes_object(monitor)) | {
        "labels": _labels(monitor, alerts, labels)
    }
    ours = [_equal(names.NAMESPACE, monitor.namespace), _equal(names.MONITOR, monitor.name)]
    groupings = {slo.objective.name: slo.indicator.grouping for slo in objectives}
    muted = mute.intervals(alerts.mute_times)
    spec = {
        "route": _root(alerts, ours),
        "receivers": _receivers(monitor, alerts, links),
        "inhibitRules": inhibition.rules(ours, groupings),
        **({"muteTimeIntervals": muted} if muted else {}),
    }
    return (
        {
            "apiVersion": "monitoring.coreos.com/v1alpha1",
            "kind": "AlertmanagerConfig",
            "metadata": about,
            "spec": spec,
        },
    )


def wanted(monitor: ModelMonitor, labels: Mapping[str, str]) -> Wanted | None:
    """Return what the routes of a monitor need, None where it routes nothing; labels as in `manifests`."""
    alerts = monitor.spec.alerts
    if alerts is None:
        return None
    secrets = tuple(
        SecretUse(f"spec.alerts.routes.{severity.value}.{field}", secret.name, secret.key, form)
        for severity, route in _routes(alerts)
        for field, secret, form in receivers.secrets(route)
    )
    return Wanted(monitor.namespace, _labels(monitor, alerts, labels), secrets)


def _labels(monitor: ModelMonitor, alerts: Alerts, labels: Mapping[str, str]) -> dict[str, str]:
    own = rulefile.metadata(monitor, names.routes_object(monitor))["labels"]
    return {**labels, **monitor.spec.prometheus.labels, **alerts.labels, **own}


def _routes(alerts: Alerts) -> list[tuple[Severity, Route]]:
    found = [(severity, getattr(alerts.routes, severity.value)) for severity in Severity]
    return [(severity, route) for severity, route in found if route is not None]


def _root(alerts: Alerts, ours: list[Json]) -> Json:
    """Take alerts of the severities that are routed, and no others: these go on to sibling routes alone.

    The default receiver of an Alertmanager, which is that of its root, gets what no child of the root takes.
    """
    taken = [severity.value for severity, _ in _routes(alerts)]
    return {
        "receiver": taken[0],
        "matchers": [*ours, {"name": names.SEVERITY, "matchType": "=~", "value": "|".join(taken)}],
        "continue": True,
        "routes": [_route(alerts, severity) for severity, _ in _routes(alerts)],
    }


def _route(alerts: Alerts, severity: Severity) -> Json:
    muting = [one for one in alerts.mute_times if severity in one.severities]
    pace = _PACE.get(severity) or _digest(alerts.digest, mute.open_stretch(muting))
    muted = [one.name for one in muting]
    return {
        "receiver": severity.value,
        "matchers": [_equal(names.SEVERITY, severity.value)],
        "groupBy": list(pace.by),
        "groupWait": str(pace.wait),
        "groupInterval": str(pace.interval),
        "repeatInterval": str(pace.repeat),
        **({"muteTimeIntervals": muted} if muted else {}),
    }


def _digest(interval: Duration, open_stretch: Duration) -> Pace:
    """Pace a digest: each is sent, and at least one of those of a day is not muted.

    Alertmanager repeats what it told longer ago than the repeat interval. It notes the time after it has
    sent, so at the very next interval the same time would not have passed yet. And it sends at the same times
    of every day if these divide it: at night, say, when it is muted, and so never.
    """
    times = max(1, -(-interval.milliseconds // open_stretch.milliseconds))
    repeat = Duration.of(interval.exact_seconds * 9 / 10)
    return Pace(_MONITOR, _LONGEST_WAIT, Duration.of(int(interval.exact_seconds / times)), repeat)


def _receivers(monitor: ModelMonitor, alerts: Alerts, links: Links) -> list[Json]:
    def told(severity: Severity) -> receivers.Told:
        return receivers.Told(severity, monitor.namespace, monitor.name, links)

    return [receivers.receiver(severity.value, route, told(severity)) for severity, route in _routes(alerts)]


def _equal(label: str, value: str) -> Json:
    return {"name": label, "matchType": "=", "value": value}
