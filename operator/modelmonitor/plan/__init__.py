"""Pure planning: one monitor becomes the manifests of its children, or a list of what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from modelmonitor.api import ModelMonitor
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import (
    alerts,
    business,
    data_quality,
    degradation,
    drift,
    evaluation,
    fairness,
    names,
    quality,
    receiving,
    resources,
    routing,
    rulefile,
    scrape,
    traffic,
    truth,
)
from modelmonitor.plan import slo as slos
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.check import check
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.plan.rules import Group, Rule
from modelmonitor.plan.scope import A_MINUTE, Scope
from modelmonitor.plan.settings import Settings
from modelmonitor.plan.slo import Slo
from modelmonitor.wire.profile import Profile

__all__ = ["Manifest", "Plan", "Settings", "check", "objectives", "plan", "rule_groups"]


Parts = Mapping[str, Mapping[str, Sequence[Group]]]


@dataclass(frozen=True)
class Plan:
    """What becomes of one monitor: its rules, dashboards, the evaluators' config, and what was adapted.

    Attributes
    ----------
    parts
        Groups by the object that carries them (slo, drift, quality, traffic) and by what they are about.
    stopped
        Why pods get no evaluator for now; empty: they get one.
    """

    monitor: ModelMonitor
    parts: Parts
    settings: Settings
    stopped: str
    dashboards: tuple[Manifest, ...]
    adaptations: tuple[str, ...]
    routes: tuple[Manifest, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of all parts."""
        return tuple(chain.from_iterable(it for part in self.parts.values() for it in part.values()))

    @cached_property
    def manifests(self) -> tuple[Manifest, ...]:
        """The children: objects that carry the rules, dashboards, what evaluators need, then the routes."""
        monitor, settings = self.monitor, self.settings
        rules = [
            manifest
            for part, groups in self.parts.items()
            if groups
            for manifest in rulefile.rule_objects(monitor, part, groups, settings.rule_labels)
        ]
        evaluated = evaluation.is_evaluated(monitor)
        config = [evaluation.config_map(monitor, settings, self.stopped)] if evaluated else []
        access = [*scrape.pod_monitors(monitor, settings), *receiving.services(monitor)]
        return (*rules, *self.dashboards, *config, *access, *self.routes)


def plan(
    monitor: ModelMonitor,
    settings: Settings | None = None,
    profile: Profile | None = None,
    stopped: str = "",
) -> Plan:
    """Plan the children of a monitor.

    Parameters
    ----------
    profile
        The reference that the monitor names, for its rules select what was counted against it.
    stopped
        Why pods get no evaluator for now.

    Raises
    ------
    SpecInvalid
        With every reason why rules for it would be wrong or dead.
    """
    settings = settings or Settings()
    planned = objectives(monitor, profile)
    its_links = links(monitor, settings)
    groups = {slo.objective.name: rule_groups(slo, its_links) for slo in planned}
    parts: Parts = {"slo": groups}
    scope = None
    if evaluation.is_evaluated(monitor):
        scope = Scope.of(monitor, profile)
        parts = {**parts, **evaluated_parts(scope, its_links)}
    elif monitor.spec.business:  # series of the user's own, for which no evaluator is needed
        scope = Scope.of(monitor, None)
        parts = {**parts, "quality": {"business": business.groups(scope, its_links)}}
    without = Plan(monitor, parts, settings, stopped, (), tuple(adaptations(planned)))
    boards = tuple(_dashboards(without, planned, scope, settings))
    routes = routing.manifests(monitor, planned, settings.rule_labels, its_links)
    return replace(without, dashboards=boards, routes=routes)


def objectives(monitor: ModelMonitor, profile: Profile | None = None) -> list[Slo]:
    """Return the objectives of a monitor, ready for rules and dashboards; SpecInvalid when one is not."""
    if problems := check(monitor, profile):
        raise SpecInvalid(problems)
    scope = Scope.of(monitor, profile) if evaluation.is_evaluated(monitor) else None
    return [slos.slo(monitor, objective, scope) for objective in monitor.spec.objectives]


def evaluated_parts(scope: Scope, links: alerts.Links) -> Parts:
    """Return the groups about what evaluators count, by the object that carries them."""
    rooms = {
        "drift": {"drift": drift.groups, "data-quality": data_quality.groups},
        "quality": {
            "quality": quality.groups,
            "degradation": degradation.groups,
            "truth": truth.groups,
            "fairness": fairness.groups,
            "business": business.groups,
        },
        "traffic": {"traffic": traffic.groups, "resources": resources.groups},
    }
    made = {
        part: {name: room(scope, links) for name, room in its_rooms.items()}
        for part, its_rooms in rooms.items()
    }
    return {part: {name: it for name, it in groups.items() if it} for part, groups in made.items()}


def _dashboards(
    planned: Plan, objectives: Sequence[Slo], scope: Scope | None, settings: Settings
) -> list[Manifest]:
    if planned.monitor.spec.dashboards is None:
        return []
    from modelmonitor.plan import dashboards  # noqa: PLC0415 - only who asks for them waits for Grafana's types

    subject = dashboards.Subject.of_groups(planned.monitor, objectives, scope, planned.groups)
    return dashboards.dashboards(subject, settings)


def rule_groups(slo: Slo, links: alerts.Links) -> list[Group]:
    """Return the groups of one objective: its value, what burns now, the period, other windows and facts."""
    name, indicator = slo.objective.name, slo.indicator
    slow = tuple(pair for pair in slo.pairs if slos.is_long(slo, pair.long))
    quick = tuple(pair for pair in slo.pairs if pair not in slow)
    burning = {
        f"{name}-burn": (quick, (), indicator.interval),
        f"{name}-burn-slow": (slow, quick, indicator.long_interval),
    }
    burns = [
        Group(group, _burn(slo, links, pairs, recorded), interval)
        for group, (pairs, recorded, interval) in burning.items()
        if pairs
    ]
    other = slos.other_windows(slo, long=False)
    facts: tuple[Rule, ...] = (*other, *slos.facts(slo), alerts.absent_alert(slo, links))
    return [*slos.value_groups(slo), *burns, slos.period_group(slo), Group(f"{name}-facts", facts, A_MINUTE)]


def _burn(slo: Slo, links: alerts.Links, pairs: Sequence[Pair], recorded: Sequence[Pair]) -> tuple[Rule, ...]:
    return (*slos.recordings(slo, pairs, recorded), *alerts.burn_alerts(slo, links, pairs))


def links(monitor: ModelMonitor, settings: Settings) -> alerts.Links:
    """Return the links of a monitor's alerts."""
    dashboards = monitor.spec.dashboards
    kind = DashboardKind.TECHNICAL if dashboards and DashboardKind.TECHNICAL in dashboards.kinds else None
    kind = kind or (dashboards.kinds[0] if dashboards else None)
    address = f"{settings.grafana_url.rstrip('/')}/d/{names.dashboard_uid(monitor, kind)}" if kind else ""
    return alerts.Links(address, settings.runbooks.rstrip("/"))


def adaptations(planned: Sequence[Slo]) -> list[str]:
    """Say what was adapted in the burn-rate pairs of objectives that name none."""
    return [f"{slo.objective.name}: {note}" for slo in planned for note in slos.adaptations(slo)]
