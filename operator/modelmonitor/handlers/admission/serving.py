"""The webhook of one replica, in a thread of its own: plans that are computed meanwhile delay no pod."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from modelmonitor import listening
from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import Connection
from modelmonitor.handlers.admission.injecting import Evaluator
from modelmonitor.handlers.admission.loading import Loading
from modelmonitor.handlers.admission.server import Answering
from modelmonitor.handlers.metrics import Metrics

SECONDS_TO_CLOSE = 0.25
"""In which both sides of a TLS connection say that it ends; nothing tells when they have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a replica listens, and where its certificate is.

    Attributes
    ----------
    namespace
        That of the certificate's Secret.
    linger
        Seconds for which a replica that stops goes on to answer: a Service leads to it for a while yet.
    look
        Seconds between two looks at the Secret.
    """

    host: str
    port: int
    namespace: str
    linger: float = 0.0
    look: float = 5.0


class Serving:
    """Serves from `run` until `stop`."""

    def __init__(self, connection: Connection, place: Place, evaluator: Evaluator, metrics: Metrics) -> None:
        self._connection = connection
        self._evaluator = evaluator
        self._place = place
        self._metrics = metrics
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._loading: Loading | None = None

    @property
    def looked(self) -> bool:
        """Tell whether the certificate that is there, if one is, has been loaded."""
        return self._loading is not None and self._loading.looked

    async def run(self) -> None:
        """Serve until stopped.

        Raises
        ------
        OSError
            If the port is taken.
        """
        await asyncio.to_thread(asyncio.run, self._serve())

    def stop(self) -> None:
        """Say that it is time to stop."""
        if self._loop is None:
            self._stop.set()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        with listening.bound(self._place.host, self._place.port) as bound:
            async with Client(self._connection, lambda: 0.0) as client, asyncio.TaskGroup() as group:
                answering = Answering(client, self._evaluator, self._metrics)
                runner = web.AppRunner(answering.application, access_log=None)
                await runner.setup()
                self._loading = Loading(client, self._place.namespace, runner, bound)
                loading = group.create_task(self._loading.run(self._place.look), name="certificate")
                await self._stop.wait()
                answering.leaving = True
                await asyncio.sleep(self._place.linger)
                loading.cancel()
                await runner.cleanup()
                await asyncio.sleep(SECONDS_TO_CLOSE)
