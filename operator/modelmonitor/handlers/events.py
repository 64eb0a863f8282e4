"""kopf's part: it watches the monitors and tells of each event. It writes nothing, and adds no finalizer."""

import asyncio
import contextlib
import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import aiohttp

from modelmonitor import wire
from modelmonitor.cluster import answers
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import ClusterError


@contextlib.contextmanager
def _without(package: str) -> Iterator[None]:
    """Let an optional package look as if it were not installed, unless it is loaded already."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]  # so an import fails
    try:
        yield
    finally:
        del sys.modules[package]


with _without("kubernetes"):  # kopf would load it to know its classes, which we never pass: 10 MiB
    import kopf

Seen = Callable[[str | None, Mapping[str, Any]], None]
"""Called with the type of an event (None: from a list) and the object."""


class Light(aiohttp.ClientResponse):
    """An answer to kopf, which holds all objects of a list until its handlers have seen them."""

    async def json(self, **options: Any) -> Any:
        """Read it without the trees of managed fields."""
        loads = functools.partial(json.loads, object_hook=answers.light)
        return await super().json(**{**options, "loads": loads})


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings: few workers that do not linger, small pages, no posting, no scanning."""
    chosen = kopf.OperatorSettings()
    chosen.peering.standalone = True
    chosen.posting.enabled = False
    chosen.posting.loggers = False
    chosen.process.ultimate_exiting_timeout = None
    chosen.queueing.worker_limit = 50
    chosen.queueing.idle_timeout = 0.01
    chosen.scanning.disabled = True
    chosen.watching.chunk_size = 50
    chosen.watching.connect_timeout = 10
    chosen.watching.server_timeout = 300
    chosen.networking.request_timeout = 30
    return chosen


def registry(connection: Connection, seen: Seen) -> kopf.OperatorRegistry:
    """Return the handlers: how to log in, and what to do with an event."""
    handlers = kopf.OperatorRegistry()

    async def login(**_: Any) -> kopf.AiohttpSession:
        connector = aiohttp.TCPConnector(limit=0, ssl=connection.tls)
        headers = connection.headers()
        session = aiohttp.ClientSession(connector=connector, headers=headers, response_class=Light)
        return kopf.AiohttpSession(server=connection.server, aiohttp_session=session)

    async def event(type: str | None, event: Mapping[str, Any], **_: Any) -> None:  # noqa: A002 - kopf's name
        seen(type, event["object"])

    kopf.on.login(registry=handlers)(login)
    kopf.on.event(wire.GROUP, wire.VERSION, wire.PLURAL, registry=handlers)(event)
    return handlers


async def watch(handlers: kopf.OperatorRegistry, namespaces: Sequence[str], stop: asyncio.Event,
                spawned: Callable[[], None]) -> None:  # fmt: skip
    """Watch until stopped.

    Parameters
    ----------
    spawned
        Called when kopf has begun, and has taken the signals of the process for itself.

    Raises
    ------
    ClusterError
        If kopf ends, as it does at an error event of a watch: the process must begin anew.
    """
    existing = asyncio.all_tasks()
    tasks = await kopf.spawn_tasks(
        registry=handlers,
        settings=settings(),
        clusterwide=not namespaces,
        namespaces=list(namespaces),
        standalone=True,
        identity=wire.FIELD_MANAGER,  # type: ignore[arg-type]  # else kopf asks for the user's name: a pod has none
        stop_flag=stop,
    )
    spawned()
    reason = "kopf ended"
    try:
        await kopf.run_tasks(tasks, ignored=existing)
    except Exception as error:  # noqa: BLE001 - kopf says in no class of its own that it gives up
        reason = str(error)
    if not stop.is_set():
        resource = f"{wire.PLURAL}.{wire.GROUP}"
        raise ClusterError(f"watch {resource}: expected events, got: {reason}; is its CRD installed?")
