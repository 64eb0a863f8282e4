"""What is worth remembering of a plan while nothing changes: names and hashes, not manifests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from modelmonitor import api, plan
from modelmonitor.cluster import content
from modelmonitor.cluster.apply import key_of
from modelmonitor.cluster.family import ChildKey
from modelmonitor.cluster.kinds import Object
from modelmonitor.plan import burnrate, names
from modelmonitor.report.outcome import Promise

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One planned child: its key, the hash of its content, and what it carries (rules or a dashboard)."""

    key: ChildKey
    hash: str
    part: str


@dataclass(frozen=True, slots=True)
class Planned:
    """The essence of the plan of one generation of one monitor.

    Attributes
    ----------
    groups
        How many rules each group has, by its name.
    selectors
        The labels that the owner of Prometheus may select rules by.
    """

    uid: str
    generation: int
    children: tuple[Wanted, ...]
    promises: tuple[Promise, ...]
    adaptations: tuple[str, ...]
    groups: Mapping[str, int]
    selectors: str
    output: str
    prometheus_url: str


def summarize(monitor: api.ModelMonitor, planned: plan.Plan, settings: plan.Settings) -> Planned:
    """Return the essence of a plan."""
    dashboards = {names.dashboard_object(monitor, kind) for kind in _dashboards(monitor)}
    parts = ["dashboard" if one["metadata"]["name"] in dashboards else "rules" for one in planned.manifests]
    rules = [one for one, part in zip(planned.manifests, parts, strict=True) if part == "rules"]
    selectors = {**settings.rule_labels, **monitor.spec.prometheus.labels}
    return Planned(
        uid=monitor.uid,
        generation=monitor.generation,
        children=tuple(
            Wanted(key_of(one), content.digest(one), part)
            for one, part in zip(planned.manifests, parts, strict=True)
        ),
        promises=tuple(map(_promise, monitor.spec.objectives)),
        adaptations=planned.adaptations,
        groups={group["name"]: len(group["rules"]) for group in _groups(rules)},
        selectors=", ".join(f"{name}: {value}" for name, value in sorted(selectors.items()))
        or "no such labels",
        output=monitor.spec.prometheus.output.value,
        prometheus_url=monitor.spec.prometheus.url or "",
    )


def _dashboards(monitor: api.ModelMonitor) -> Iterable[Any]:
    return monitor.spec.dashboards.kinds if monitor.spec.dashboards else ()


def _promise(objective: Any) -> Promise:
    budget, window = burnrate.budget(objective), objective.window
    return Promise(objective.name, float(budget), str(window), float(window.exact_seconds))


def _groups(rules: Iterable[Object]) -> Iterable[Mapping[str, Any]]:
    for one in rules:
        if "spec" in one:
            yield from one["spec"]["groups"]
        for text in one.get("data", {}).values():
            yield from yaml.load(text, Loader=_Loader)["groups"]  # noqa: S506 - a safe loader, the fast one
