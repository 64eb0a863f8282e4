"""The HTTP server for probes and metrics."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from modelmonitor import listening

BACKLOG = 128
Complaint = Callable[[], str]
"""Returns what is wrong; empty when nothing is."""


async def serve(address: tuple[str, int], registry: CollectorRegistry, health: Complaint,
                ready: Complaint) -> web.AppRunner:  # fmt: skip
    """Serve /metrics, /healthz and /readyz until the runner is cleaned up.

    Raises
    ------
    OSError
        If the port is taken.
    """

    async def metrics(_: web.Request) -> web.Response:
        body = generate_latest(registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    application = web.Application()
    application.router.add_get("/metrics", metrics)
    application.router.add_get("/healthz", _probe(health))
    application.router.add_get("/readyz", _probe(ready))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listening.listener(*address, BACKLOG)).start()
    return runner


def _probe(complaint: Complaint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(_: web.Request) -> web.Response:
        wrong = complaint()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    return answer
