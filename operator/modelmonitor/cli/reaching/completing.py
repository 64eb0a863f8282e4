"""Names from the cluster for completion on Tab: quick or not at all, and never an error."""

import click
from click.shell_completion import CompletionItem

SECONDS = 2.0
"""Whoever presses Tab does not wait longer."""
_MOST = 200


def monitors(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the monitors of the namespace whose names begin so."""
    from modelmonitor.cluster import kinds

    names = _names(context, kinds.MODEL_MONITOR)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)][:_MOST]


def namespaces(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the namespaces whose names begin so."""
    from modelmonitor.cluster.kinds import Kind

    names = _names(context, Kind("v1", "Namespace", "namespaces"), everywhere=True)
    return [CompletionItem(name) for name in names if name.startswith(incomplete)][:_MOST]


def targets(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the workloads whose names begin so, as kind/name."""
    from modelmonitor.cli.reaching.objects import WORKLOADS

    before, slash = incomplete.partition("/")[:2]
    found = [f"{kind.lower()}/" for kind in WORKLOADS if kind != "ReplicaSet"]
    if slash:
        kinds = [kind for name, kind in WORKLOADS.items() if name.lower() == before.lower()]
        found = [f"{before}/{name}" for kind in kinds for name in _names(context, kind)]
    return [CompletionItem(name) for name in found if name.startswith(incomplete)][:_MOST]


def _names(context: click.Context, kind: object, *, everywhere: bool = False) -> list[str]:
    import asyncio

    from modelmonitor.cli.reaching import objects
    from modelmonitor.cli.reaching.clusters import Cluster
    from modelmonitor.cluster.client import Client

    given = context.params
    try:
        cluster = Cluster(given.get("kubeconfig"), given.get("context"), given.get("namespace") or "")
        reached = cluster.connected()

        async def asked() -> list[str]:
            async with Client(reached.connection) as client:
                found = await objects.listed(client, kind, None if everywhere else reached.namespace)  # type: ignore[arg-type]
            return sorted(one["metadata"]["name"] for one in found)

        return asyncio.run(asyncio.wait_for(asked(), SECONDS))
    except Exception:  # noqa: BLE001 - a prompt is no place for errors
        return []
