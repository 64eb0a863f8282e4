"""Grafana dashboards of one monitor, as ConfigMaps for the dashboard sidecar."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.plan import names, rulefile
from modelmonitor.plan.dashboards import executive, science, technical
from modelmonitor.plan.dashboards.frame import Frame, framed
from modelmonitor.plan.dashboards.grafana import JSONEncoder
from modelmonitor.plan.dashboards.subject import Subject
from modelmonitor.plan.rulefile import Manifest

if TYPE_CHECKING:
    from modelmonitor.plan import Settings

__all__ = ["Subject", "dashboards", "document", "to_json"]

SIDECAR_LABEL = {"grafana_dashboard": "1"}
MOST_BYTES = 1024 * 1024 - 48 * 1024
"""Of one dashboard: a ConfigMap ends at 1 MiB, and what surrounds it needs room."""
_ABOUT = {
    DashboardKind.EXECUTIVE: "Are the objectives of this model met, and how much may still go wrong? "
    "For those who decide.",
    DashboardKind.TECHNICAL: "Objectives, budgets, burn rates and alerts of this model. "
    "For those who find out what is wrong.",
    DashboardKind.DATA_SCIENCE: "What this model is asked, and how good its answers are. "
    "For those who make it better.",
}


def dashboards(subject: Subject, settings: "Settings") -> list[Manifest]:
    """Return a ConfigMap for each kind of dashboard that is asked for and has something to show."""
    monitor = subject.monitor
    asked = monitor.spec.dashboards
    if asked is None:
        return []
    annotations = {settings.folder_annotation: asked.folder} if asked.folder else {}
    return [
        _config_map(monitor, kind, document(subject, kind, settings), annotations) for kind in _kinds(subject)
    ]


def document(subject: Subject, kind: DashboardKind, settings: "Settings") -> str:
    """Return a dashboard as Grafana reads it, the same bytes for the same monitor.

    Where not everything fits, the last objectives have no details of their own, and the description says so.
    """
    detailed = len(subject.slos)
    text = to_json(_dashboard(subject, kind, detailed, settings.runbooks))
    while (size := len(text.encode())) > MOST_BYTES and detailed:
        detailed = min(detailed - 1, detailed * MOST_BYTES // size)
        text = to_json(_dashboard(subject, kind, detailed, settings.runbooks))
    return text


def to_json(dashboard: Any) -> str:
    """Write a dashboard without spaces, its keys in order."""
    return json.dumps(dashboard, cls=JSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _dashboard(subject: Subject, kind: DashboardKind, detailed: int, runbooks: str) -> Any:
    monitor = subject.monitor
    others = {
        other: f"/d/{names.dashboard_uid(monitor, other)}" for other in _kinds(subject) if other is not kind
    }
    if kind is DashboardKind.EXECUTIVE:
        frame = _frame(monitor, kind, executive.since(subject.slos), "5m")
        sections = executive.sections(subject, others.get(DashboardKind.TECHNICAL, ""))
    elif kind is DashboardKind.TECHNICAL:
        frame = replace(_frame(monitor, kind, "now-6h", "1m"), choices=technical.choices(subject))
        sections = technical.sections(subject, detailed)
        if left_out := len(subject.slos) - detailed:
            note = f"{frame.description} The last {left_out} objectives have no details: they do not fit."
            frame = replace(frame, description=note)
    else:
        frame = _frame(monitor, kind, "now-7d", "5m")
        sections = science.sections(subject.records) if subject.records else []
        frame = replace(frame, choices=science.choices(subject.records)) if subject.records else frame
    return framed(
        replace(frame, links=_links(others, f"{runbooks.rstrip('/')}/{_alert(subject, kind)}")), sections
    )


def _links(others: Mapping[DashboardKind, str], runbook: str) -> tuple[tuple[str, str], ...]:
    views = ((f"{other.value} view", address) for other, address in others.items())
    return (*views, ("Runbook", runbook))


def _alert(subject: Subject, kind: DashboardKind) -> str:
    """Return the alert whose runbook is at hand: of a budget, or the first of the model's."""
    of_model = subject.records.alerts if subject.records else ()
    if of_model and (kind is DashboardKind.DATA_SCIENCE or not subject.slos):
        return of_model[0]
    return names.BURN_ALERT


def _frame(monitor: ModelMonitor, kind: DashboardKind, since: str, refresh: str) -> Frame:
    return Frame(
        uid=names.dashboard_uid(monitor, kind),
        title=f"{monitor.name} ({monitor.namespace}) · {kind.value}",
        description=_ABOUT[kind],
        tags=("modelmonitor", f"namespace:{monitor.namespace}", f"monitor:{monitor.name}"),
        since=since,
        refresh=refresh,
    )


def _config_map(
    monitor: ModelMonitor, kind: DashboardKind, text: str, annotations: dict[str, str]
) -> Manifest:
    about = rulefile.metadata(monitor, names.dashboard_object(monitor, kind))
    about["labels"] = {**about["labels"], **SIDECAR_LABEL}
    if annotations:
        about["annotations"] = annotations
    digest = names.dashboard_uid(monitor, kind).removeprefix("mm-")[:8]
    key = f"{monitor.namespace}-{monitor.name}-{kind.value.lower()}-{digest}.json"
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": {key: text}}


def _kinds(subject: Subject) -> list[DashboardKind]:
    """Return the kinds that are asked for and have something to show."""
    asked, records = subject.monitor.spec.dashboards, subject.records
    counted = records is not None and records.is_counted
    fed = {
        DashboardKind.EXECUTIVE: bool(subject.slos) or records is not None,
        DashboardKind.TECHNICAL: bool(subject.slos) or counted,
        DashboardKind.DATA_SCIENCE: counted,
    }
    return [kind for kind in asked.kinds if fed[kind]] if asked else []
