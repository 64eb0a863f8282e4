"""What is worth remembering of a plan while nothing changes: names and hashes, not manifests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from modelmonitor import api, plan
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.cluster import content
from modelmonitor.cluster.apply import key_of
from modelmonitor.cluster.family import ChildKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.handlers.targets import wishes
from modelmonitor.handlers.targets.wishes import Wish
from modelmonitor.plan import burnrate, evaluation, names, reference, routing, scope
from modelmonitor.report.outcome import Asked, Basis, Promise, Routing
from modelmonitor.wire.config import Mode

_PARTS = {"PodMonitor": "scrape", "Service": "labels", "AlertmanagerConfig": "routes"}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One planned child: its key, the hash of its content, and what it carries.

    Attributes
    ----------
    part
        `rules`, `dashboard`, `config` of evaluators, `scrape`, `labels` (a Service for senders), `routes`.
    """

    key: ChildKey
    hash: str
    part: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The essence of the plan of one generation of one monitor, against one profile.

    Attributes
    ----------
    groups
        Each group's name, unique in the monitor, and how many rules it has.
    selectors
        The labels that the owner of Prometheus may select rules by.
    stopped
        Why it was planned that pods get no evaluator for now.
    """

    uid: str
    generation: int
    children: tuple[Wanted, ...]
    promises: tuple[Promise, ...]
    adaptations: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    selectors: str
    output: str
    prometheus_url: str
    wanted: reference.Wanted | None = None
    asked: Asked = field(default_factory=Asked)
    wish: Wish = field(default_factory=Wish)
    routed: routing.Wanted | None = None
    stopped: str = ""

    def wanted_with(self, found: Routing) -> list[Wanted]:
        """Return the children to apply: no routes whose Secrets lack a key, or hold a broken address.

        With such a one, Alertmanager would take no configuration at all, of no team.
        """
        withheld = any(one.withholds for one in found.needs)
        return [one for one in self.children if not (withheld and one.part == "routes")]


def summarize(
    monitor: api.ModelMonitor, planned: plan.Plan, settings: plan.Settings, profile: str = ""
) -> Planned:
    """Return the essence of a plan that was made against the profile of this hash."""
    parts = [_part(monitor, one) for one in planned.manifests]
    rules = [one for one, part in zip(planned.manifests, parts, strict=True) if part == "rules"]
    essence = outline(monitor, settings)
    return replace(
        essence,
        children=tuple(
            Wanted(key_of(one), content.digest(one), part)
            for one, part in zip(planned.manifests, parts, strict=True)
        ),
        adaptations=planned.adaptations,
        groups=tuple((group["name"], len(group["rules"])) for group in _groups(rules)),
        asked=replace(essence.asked, profile=profile),
        stopped=planned.stopped,
    )


def outline(monitor: api.ModelMonitor, settings: plan.Settings) -> Planned:
    """Return what can be said of a monitor before it is planned: what it promises and asks for."""
    selectors = {**settings.rule_labels, **monitor.spec.prometheus.labels}
    wanted, capture = reference.wanted(monitor), monitor.spec.capture
    return Planned(
        uid=monitor.uid,
        generation=monitor.generation,
        children=(),
        promises=tuple(map(_promise, monitor.spec.objectives)),
        adaptations=(),
        groups=(),
        selectors=", ".join(f"{name}: {value}" for name, value in sorted(selectors.items()))
        or "no such labels",
        output=monitor.spec.prometheus.output.value,
        prometheus_url=monitor.spec.prometheus.url or "",
        wanted=wanted,
        asked=Asked(
            evaluators=evaluation.is_evaluated(monitor),
            labels=scope.is_judged(monitor),
            local_store=monitor.spec.labels is None or monitor.spec.labels.store is None,
            proxied=capture is not None and capture.mode is Mode.PROXY,
            drift=monitor.spec.drift is not None,
            reference=wanted.name if wanted else "",
        ),
        wish=wishes.wish(monitor, settings),
        routed=routing.wanted(monitor, settings.rule_labels),
    )


def _part(monitor: api.ModelMonitor, manifest: Object) -> str:
    if (part := _PARTS.get(manifest["kind"])) is not None:
        return part
    name, boards = manifest["metadata"]["name"], monitor.spec.dashboards
    if boards and name in {names.dashboard_object(monitor, kind) for kind in boards.kinds}:
        return "dashboard"
    return "config" if name == names.config_object(monitor) else "rules"


def _promise(objective: Objective) -> Promise:
    budget, window = burnrate.budget(objective), objective.window
    basis, measure = _basis(objective)
    return Promise(objective.name, float(budget), str(window), float(window.exact_seconds), basis, measure)


def _basis(objective: Objective) -> tuple[Basis, str]:
    sli = objective.sli
    if sli.quality:
        return Basis.QUALITY, sli.quality.metric
    if sli.drift:
        return Basis.DRIFT, sli.drift.on.value
    counted = (sli.availability and not sli.availability.counter) or (
        sli.latency and not sli.latency.histogram
    )
    return (Basis.REQUESTS if counted else Basis.OWN), ""


def _groups(rules: Iterable[Object]) -> Iterable[Mapping[str, Any]]:
    for one in rules:
        if "spec" in one:
            yield from one["spec"]["groups"]
        for text in one.get("data", {}).values():
            yield from yaml.load(text, Loader=_Loader)["groups"]  # noqa: S506 - a safe loader, the fast one
