"""The evaluators that labels go to: at an address, or those of a monitor behind the API server."""

from typing import TYPE_CHECKING

import click

from modelmonitor import wire
from modelmonitor.cli.labelling.request import Request
from modelmonitor.cli.reaching.address import Service
from modelmonitor.client.endpoint import Endpoint, Way

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

_SECONDS_TO_ANSWER = 30.0


def endpoint(request: Request) -> Endpoint:
    """Return where to post labels; nothing is posted yet.

    The API server knows us by the header that usually carries the token of the monitor, which therefore
    takes another one.

    Raises
    ------
    click.ClickException
        If a monitor is meant and the cluster cannot be reached, or its evaluators have no Service.
    """
    if not request.monitor:
        return Endpoint(request.url, token=request.token, timeout=_SECONDS_TO_ANSWER)
    reached = request.cluster.connected()
    service = reached.ask(lambda client: _service(client, reached.namespace, request.monitor))
    address = service.address(reached.connection)
    headers = {**address.headers(), **({wire.HEADER_OF_SENDERS: request.token} if request.token else {})}
    found = Endpoint(address.url, timeout=_SECONDS_TO_ANSWER, way=Way(headers, address.tls))
    found.name = address.through
    return found


async def _service(client: "Client", namespace: str, monitor: str) -> Service:
    from modelmonitor.cli.reaching import objects
    from modelmonitor.cluster import kinds

    await objects.monitor(client, namespace, monitor)
    own = f"{wire.LABEL_MONITOR}={monitor}"
    for found in await objects.listed(client, kinds.SERVICE, namespace, own):
        if any(port.get("name") == wire.PORT_NAME_HTTP for port in found["spec"].get("ports", ())):
            return Service(namespace, found["metadata"]["name"], wire.PORT_NAME_HTTP)
    raise click.ClickException(
        f"{namespace}/{monitor}: expected a Service of its evaluators, got none; the spec needs capture, and "
        "quality, degradation or fairness that waits for labels"
    )
