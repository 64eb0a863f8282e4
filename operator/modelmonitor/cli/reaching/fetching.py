"""Pages of pods, fetched through the API server; whatever does not come is nothing."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from modelmonitor.cli.reaching import opener
from modelmonitor.cli.reaching.address import Address
from modelmonitor.cluster.connection import Connection

_SECONDS = 5.0
_LARGEST = 8 << 20
_MOVED = (301, 302, 303, 307, 308)


def of_pod(connection: Connection, namespace: str, pod: str, port: int) -> Address:
    """Return the address under which the API server passes requests on to a port of a pod."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}:{port}/proxy"
    words = f"Pod {namespace}/{pod}:{port} through the API server"
    return Address(connection.server + path, connection.tls, connection.headers, words)


def page(address: Address, path: str) -> str:
    """Return a page; empty where it cannot be had.

    Many servers send on from /metrics to /metrics/: that is asked for instead, wherever they send us.
    """
    request = urllib.request.Request(address.url + path, headers=dict(address.headers()))  # noqa: S310
    try:
        with opener.opened(request, _SECONDS, address.tls) as answer:
            return str(answer.read(_LARGEST).decode(errors="replace"))
    except urllib.error.HTTPError as error:
        error.close()
        moved = error.code in _MOVED and not path.endswith("/")
        return page(address, f"{path}/") if moved else ""
    except (OSError, http.client.HTTPException):
        return ""


def document(address: Address, path: str) -> dict[str, Any] | None:
    """Return an object of JSON; None where there is none."""
    try:
        found = json.loads(page(address, path))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
