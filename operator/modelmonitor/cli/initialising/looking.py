"""A workload of the cluster with all that is around it: Services, pods, evaluators, monitors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from modelmonitor.cli.initialising import evaluators, exposed, servers, target
from modelmonitor.cli.initialising.evaluators import Evaluators
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.initialising.target import Target
from modelmonitor.cli.reaching import fetching, objects
from modelmonitor.cli.reaching.clusters import Reached
from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import MonitorError

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client


@dataclass(frozen=True, slots=True)
class Found:
    """A workload and what is around it.

    Attributes
    ----------
    pod
        One that runs; empty if none does.
    monitors
        Names of those that watch it already.
    """

    target: Target
    pod: str
    monitors: Sequence[str]
    evaluators: Evaluators


async def look(client: "Client", namespace: str, kind: str, name: str) -> Found:
    """Look at a workload.

    Raises
    ------
    click.ClickException
        If there is none of this name.
    """
    workload = await client.get(objects.WORKLOADS[kind], namespace, name)
    if workload is None:
        raise click.ClickException(
            f"expected a {kind} {name!r} in namespace {namespace}, got none; "
            f"kubectl get {kind.lower()}s -n {namespace} lists them"
        )
    services = await objects.listed(client, kinds.SERVICE, namespace)
    read = target.read({**workload, "apiVersion": "apps/v1", "kind": kind}, services)
    label = objects.label_selector(workload["spec"]["selector"])
    pods = await objects.listed(client, objects.POD, namespace, label)
    monitors = await _monitors(client, namespace, name)
    names = [it["metadata"]["name"] for it in monitors]
    return Found(read, _running(pods), names, evaluators.of(pods, monitors))


async def _monitors(client: "Client", namespace: str, target: str) -> list[Object]:
    """Return the monitors that watch this target already."""
    try:
        bodies = await objects.listed(client, kinds.MODEL_MONITOR, namespace)
    except MonitorError:  # the CRD may not be there yet, and a first monitor is written all the same
        return []
    return [it for it in bodies if it["spec"].get("targetRef", {}).get("name") == target]


def _running(pods: Sequence[Object]) -> str:
    """Return a pod that runs; empty if none does."""
    alive = (it for it in pods if it.get("status", {}).get("phase") == "Running")
    return next((str(it["metadata"]["name"]) for it in alive), "")


def probed(found: Found, reached: Reached) -> tuple[Server, Exposed]:
    """Ask a pod what it is and what it exposes, as far as the API server lets us."""
    port = found.target.port
    if not found.pod or port is None:
        return servers.recognised(found.target.words, found.target.probed, None), Exposed()
    address = fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
    index = fetching.document(address, "/v2")
    pages = [fetching.page(address, "/metrics"), *_metrics(found, reached, port.number)]
    server = servers.recognised(found.target.words, found.target.probed, index)
    return server, next((it for it in map(exposed.read, pages) if it.counter or it.histogram), Exposed())


def _metrics(found: Found, reached: Reached, asked: int) -> Iterator[str]:
    """Yield the pages of ports that are named after metrics."""
    for port in found.target.ports:
        if "metric" in port.name and port.number != asked:
            own = fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
            yield fetching.page(own, "/metrics")
