"""Pure planning: one monitor becomes the manifests of its children, or a list of what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import alerts, burnrate, names, rulefile
from modelmonitor.plan import slo as slos
from modelmonitor.plan.check import check
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.rules import Group, Rule
from modelmonitor.plan.slo import Slo

__all__ = ["Manifest", "Plan", "Settings", "check", "objectives", "plan", "rule_groups"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the platform decides once for all monitors.

    Attributes
    ----------
    grafana_url
        Address of Grafana, for the links in alerts; empty: links are relative to its root.
    runbooks
        Address under which each alert has a page of its own name.
    rule_labels
        Labels by which Prometheus selects rules; a monitor's own labels win.
    folder_annotation
        Annotation from which the dashboard sidecar reads the folder.
    """

    grafana_url: str = ""
    runbooks: str = wire.RUNBOOKS
    rule_labels: Mapping[str, str] = field(default_factory=dict)
    folder_annotation: str = "grafana_folder"


@dataclass(frozen=True)
class Plan:
    """What becomes of one monitor: the groups of each objective, dashboards, and what was adapted.

    Attributes
    ----------
    labels
        Those by which Prometheus selects rules, without the monitor's own.
    """

    monitor: ModelMonitor
    groups_by_objective: Mapping[str, Sequence[Group]]
    labels: Mapping[str, str]
    dashboards: tuple[Manifest, ...]
    adaptations: tuple[str, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of all objectives."""
        return tuple(chain.from_iterable(self.groups_by_objective.values()))

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """The children: objects that carry the rules, then dashboards."""
        if not self.groups_by_objective:
            return self.dashboards
        rules = rulefile.rule_objects(self.monitor, self.groups_by_objective, self.labels)
        return (*rules, *self.dashboards)


def plan(monitor: ModelMonitor, settings: Settings | None = None) -> Plan:
    """Plan the children of a monitor.

    Raises
    ------
    SpecInvalid
        With every reason why rules for it would be wrong or dead.
    """
    settings = settings or Settings()
    planned = objectives(monitor)
    its_links = links(monitor, settings)
    groups = {slo.objective.name: rule_groups(slo, its_links) for slo in planned}
    boards = tuple(_dashboards(monitor, planned, settings))
    return Plan(monitor, groups, settings.rule_labels, boards, tuple(adaptations(planned)))


def objectives(monitor: ModelMonitor) -> list[Slo]:
    """Return the objectives of a monitor, ready for rules and dashboards; SpecInvalid when one is not."""
    if problems := check(monitor):
        raise SpecInvalid(problems)
    return [slos.slo(monitor, objective) for objective in monitor.spec.objectives]


def _dashboards(monitor: ModelMonitor, planned: Sequence[Slo], settings: Settings) -> list[Manifest]:
    if monitor.spec.dashboards is None:
        return []
    from modelmonitor.plan import dashboards  # noqa: PLC0415 - only who asks for them waits for Grafana's types

    return dashboards.dashboards(monitor, planned, settings)


def rule_groups(slo: Slo, links: alerts.Links) -> list[Group]:
    """Return the groups of one objective: what burns now, other windows and facts, the period."""
    name = slo.objective.name
    burn: tuple[Rule, ...] = (
        *slos.recordings(slo),
        *alerts.burn_alerts(slo, links),
    )
    facts: tuple[Rule, ...] = (*slos.windows_group(slo), *slos.facts(slo), alerts.absent_alert(slo, links))
    return [
        Group(f"{name}-burn", burn, slo.indicator.interval),
        slos.period_group(slo),
        Group(f"{name}-facts", facts),
    ]


def links(monitor: ModelMonitor, settings: Settings) -> alerts.Links:
    """Return the links of a monitor's alerts."""
    dashboards = monitor.spec.dashboards
    kind = DashboardKind.TECHNICAL if dashboards and DashboardKind.TECHNICAL in dashboards.kinds else None
    kind = kind or (dashboards.kinds[0] if dashboards else None)
    address = f"{settings.grafana_url.rstrip('/')}/d/{names.dashboard_uid(monitor, kind)}" if kind else ""
    return alerts.Links(address, settings.runbooks.rstrip("/"))


def adaptations(planned: Sequence[Slo]) -> list[str]:
    """Say what was adapted in the burn-rate pairs of objectives that name none."""
    return [
        f"{slo.objective.name}: {note}"
        for slo in planned
        if slo.objective.pairs is None
        for note in burnrate.adaptations(slo.pairs)
    ]
