"""Objects that commands read beside those that the operator works with."""

import contextlib
from typing import TYPE_CHECKING

import click

from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

POD = Kind("v1", "Pod", "pods")
WORKLOADS = {
    kind.kind: kind
    for kind in (
        Kind("apps/v1", "Deployment", "deployments"),
        Kind("apps/v1", "StatefulSet", "statefulsets"),
        Kind("apps/v1", "DaemonSet", "daemonsets"),
        Kind("apps/v1", "ReplicaSet", "replicasets"),
    )
}


async def listed(client: "Client", kind: Kind, namespace: str | None, label: str = "") -> list[Object]:
    """Return all objects of a kind in a namespace (None: in all)."""
    from modelmonitor.cluster.client import Scope

    found: list[Object] = []
    async with contextlib.aclosing(client.pages(Scope(kind, namespace, label))) as pages:
        async for page, _ in pages:
            found += page
    return found


async def monitor(client: "Client", namespace: str, name: str) -> Object:
    """Return a monitor.

    Raises
    ------
    click.ClickException
        If there is none of this name.
    """
    found = await client.get(kinds.MODEL_MONITOR, namespace, name)
    if found is None:
        raise click.ClickException(
            f"expected a ModelMonitor {name!r} in namespace {namespace}, got none; "
            "kubectl modelmonitor status -A lists all"
        )
    return found


def label_selector(selector: Object) -> str:
    """Write a selector of labels as a query has it; expressions are left out."""
    return ",".join(f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))
