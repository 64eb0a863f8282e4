"""Where dashboards come from: of a cluster's monitor those that Grafana shows, of a file its plan's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import click

from modelmonitor import plan, wire
from modelmonitor.api import ModelMonitor, parse
from modelmonitor.api.v1alpha1 import DashboardKind, Dashboards
from modelmonitor.cli.opening import answers
from modelmonitor.cli.standing.conditions import Trouble, troubles
from modelmonitor.cluster import kinds
from modelmonitor.errors import MonitorError, SpecInvalid
from modelmonitor.plan import names
from modelmonitor.wire.profile import Profile

if TYPE_CHECKING:
    from modelmonitor.cli.reaching.clusters import Reached
    from modelmonitor.cluster.client import Client

Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A monitor with its dashboards, by their kind, and what its operator has to say."""

    monitor: ModelMonitor
    dashboards: Mapping[DashboardKind, dict[str, Any]]
    troubles: Sequence[Trouble] = ()

    @property
    def prometheus(self) -> str:
        """The address of Prometheus that the monitor names; empty if none."""
        return self.monitor.spec.prometheus.url or ""


class Source(Protocol):
    """Whoever has monitors."""

    def keys(self) -> Sequence[Key]:
        """Return which there are."""

    def opened(self, key: Key) -> Opened:
        """Return one of them as it is now.

        Raises
        ------
        click.ClickException
            If it has no dashboards, with the reason.
        """


@dataclass(frozen=True, slots=True)
class FromFile:
    """One monitor of a file, with the reference that it names."""

    monitor: ModelMonitor
    profile: Profile | None

    def keys(self) -> Sequence[Key]:
        """Return which there are."""
        return [(self.monitor.namespace, self.monitor.name)]

    def opened(self, key: Key) -> Opened:  # noqa: ARG002 - it has one
        """Return it."""
        return Opened(self.monitor, planned(self.monitor, self.profile))


@dataclass(frozen=True, slots=True)
class FromCluster:
    """The monitors of a cluster that were named."""

    reached: "Reached"
    known: tuple[Key, ...]

    def keys(self) -> Sequence[Key]:
        """Return which there are."""
        return self.known

    def opened(self, key: Key) -> Opened:
        """Return one of them as it is now."""
        return self.reached.ask(lambda client: _read(client, key))


async def _read(client: "Client", key: Key) -> Opened:
    from modelmonitor.cli.reaching import objects, references

    body = await objects.monitor(client, *key)
    try:
        monitor = parse({**body, "status": {}})
    except SpecInvalid as error:
        raise click.ClickException(f"{'/'.join(key)}: {error}") from error
    dashboards = await _generated(client, monitor)
    if not dashboards:
        dashboards = planned(monitor, await references.profile(client, monitor))
    return Opened(monitor, dashboards, troubles(body.get("status") or {}))


async def _generated(client: "Client", monitor: ModelMonitor) -> dict[DashboardKind, dict[str, Any]]:
    """Return the dashboards that the operator made."""
    asked = monitor.spec.dashboards
    found = {}
    for kind in asked.kinds if asked else ():
        body = await client.get(kinds.CONFIG_MAP, monitor.namespace, names.dashboard_object(monitor, kind))
        if body is not None and body["metadata"].get("labels", {}).get(wire.LABEL_MONITOR) == monitor.name:
            found[kind] = answers.read(body)
    return found


def planned(monitor: ModelMonitor, profile: Profile | None) -> dict[DashboardKind, dict[str, Any]]:
    """Return the dashboards that the operator would make; all of them where the spec asks for none.

    Raises
    ------
    click.ClickException
        If nothing can be planned, or there is nothing to show.
    """
    asked = monitor.spec.dashboards or Dashboards()
    whole = replace(monitor, spec=monitor.spec.model_copy(update={"dashboards": asked}))
    try:
        made = {it["metadata"]["name"]: it for it in plan.plan(whole, profile=profile).dashboards}
    except MonitorError as error:
        raise click.ClickException(f"{monitor.namespace}/{monitor.name}: {error}") from error
    named = {kind: names.dashboard_object(monitor, kind) for kind in asked.kinds}
    found = {kind: answers.read(made[name]) for kind, name in named.items() if name in made}
    if not found:
        raise click.ClickException(
            f"{monitor.namespace}/{monitor.name}: expected objectives or what evaluators count, got neither; "
            "there is nothing to show"
        )
    return found
