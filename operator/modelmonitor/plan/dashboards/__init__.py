"""Grafana dashboards of one monitor, as ConfigMaps for the dashboard sidecar."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.plan import names, rulefile
from modelmonitor.plan.dashboards import executive, technical
from modelmonitor.plan.dashboards.frame import Frame, framed
from modelmonitor.plan.dashboards.grafana import JSONEncoder
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.slo import Slo

if TYPE_CHECKING:
    from modelmonitor.plan import Settings

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


def dashboards(monitor: ModelMonitor, slos: Sequence[Slo], settings: "Settings") -> list[Manifest]:
    """Return a ConfigMap for each kind of dashboard that the monitor asks for; none without objectives."""
    asked = monitor.spec.dashboards
    if asked is None or not slos:
        return []
    annotations = {settings.folder_annotation: asked.folder} if asked.folder else {}
    return [
        _config_map(monitor, kind, document(monitor, kind, slos, settings), annotations)
        for kind in asked.kinds
    ]


def document(monitor: ModelMonitor, kind: DashboardKind, slos: Sequence[Slo], settings: "Settings") -> str:
    """Return a dashboard as Grafana reads it, the same bytes for the same monitor.

    Where not everything fits, the last objectives have no details of their own, and the description says so.
    """
    detailed = len(slos)
    text = to_json(_dashboard(monitor, kind, slos, detailed, settings.runbooks))
    while (size := len(text.encode())) > MOST_BYTES and detailed:
        detailed = min(detailed - 1, detailed * MOST_BYTES // size)
        text = to_json(_dashboard(monitor, kind, slos, detailed, settings.runbooks))
    return text


def to_json(dashboard: Any) -> str:
    """Write a dashboard without spaces, its keys in order."""
    return json.dumps(dashboard, cls=JSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _dashboard(
    monitor: ModelMonitor, kind: DashboardKind, slos: Sequence[Slo], detailed: int, runbooks: str
) -> Any:
    others = {
        other: f"/d/{names.dashboard_uid(monitor, other)}" for other in _kinds(monitor) if other is not kind
    }
    links = [(f"{other.value} view", address) for other, address in others.items()]
    links.append(("Runbook", f"{runbooks.rstrip('/')}/{names.BURN_ALERT}"))
    if kind is DashboardKind.EXECUTIVE:
        frame = _frame(monitor, kind, executive.since(slos), "5m")
        sections = executive.sections(monitor, slos, others.get(DashboardKind.TECHNICAL, ""))
    else:
        frame = _frame(monitor, kind, "now-6h", "1m")
        frame = replace(frame, objectives=tuple(slo.objective.name for slo in slos))
        sections = technical.sections(monitor, slos, detailed)
        if left_out := len(slos) - detailed:
            note = f"{frame.description} The last {left_out} objectives have no details: they do not fit."
            frame = replace(frame, description=note)
    return framed(replace(frame, links=tuple(links)), sections)


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


def _kinds(monitor: ModelMonitor) -> tuple[DashboardKind, ...]:
    return monitor.spec.dashboards.kinds if monitor.spec.dashboards else ()
