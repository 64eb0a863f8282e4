"""The operator as a whole: its parts, how they are put together, how they start and end."""

import asyncio
import logging
import signal
import time

import aiohttp

from modelmonitor import __version__, wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.apply import Applier
from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import connect
from modelmonitor.cluster.family import ChildKey, Family, MonitorKey
from modelmonitor.cluster.lease import Candidate, Election
from modelmonitor.errors import ClusterError
from modelmonitor.handlers.acting import Acting
from modelmonitor.handlers.metrics import Metrics
from modelmonitor.handlers.observe import Sources
from modelmonitor.handlers.options import Options
from modelmonitor.handlers.patience import Patience
from modelmonitor.handlers.queue import Queue
from modelmonitor.handlers.reconcile import Reconciler, World
from modelmonitor.handlers.references import References
from modelmonitor.handlers.registry import Monitors
from modelmonitor.handlers.seeing import SECONDS_TO_CRD, Seeing
from modelmonitor.handlers.serve import serve

logger = logging.getLogger(__name__)


async def run(options: Options) -> None:
    """Run one replica until SIGTERM or SIGINT.

    Raises
    ------
    Exception
        When a part of it failed for good: the process must end, so that Kubernetes starts a new one.
    """
    connection = connect(options.kubeconfig, options.context)
    async with (
        Client(connection) as client,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as web,
    ):
        operator = Operator(options, client, web)
        logger.info("modelmonitor %s at %s", __version__, connection.server)
        await operator.run()


class Operator:
    """One replica, put together."""

    def __init__(self, options: Options, client: Client, web: aiohttp.ClientSession) -> None:
        self._options = options
        self._client = client
        namespace = options.lease_namespace or client.connection.namespace
        candidate = Candidate(namespace, wire.LEASE, options.identity, options.lease_seconds)
        self._election = Election(client, candidate)
        client.fence = self._election.seconds_left
        self._metrics = Metrics(lambda: len(monitors), lambda: self._election.seconds_left() > 0)
        monitors, family = Monitors(), Family()
        self._queue, self._patience = Queue(time.monotonic), Patience(time.monotonic)
        self._seeing = Seeing(client, options, monitors, family, self._queue)
        self._reconciler = Reconciler(
            World(
                monitors=monitors,
                cluster=client,
                applier=Applier(client, family, self._wrote),
                references=References(client, self._seeing.version),
                observer=Sources(
                    web, options.prometheus_url, options.resync / 2, self._metrics.prometheus_errors.inc
                ),
                unseen=self._seeing.unseen,
                settings=options.plan_settings,
            )
        )
        self._won = asyncio.Event()
        self._crd_found = False
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until told to stop, or until a part fails, whose error is raised."""
        self._listen_to_signals()
        address = (self._options.host, self._options.port)
        server = await serve(address, self._metrics.registry, self._seeing.complaint, self._not_ready)
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        work = asyncio.create_task(self._work(), name="work")
        try:
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._seeing.stopping.set()
            stop.cancel()
            work.cancel()
            await asyncio.wait({work}, timeout=5)
            await self._election.release()
            await server.cleanup()
        if work.done() and not work.cancelled():
            work.result()

    async def _work(self) -> None:
        await self._await_crd()
        async with asyncio.TaskGroup() as group:
            acting = Acting(self._election, self._seeing, self._reconciler, self._metrics, self._won)
            group.create_task(acting.run(), name="acting")
            await self._won.wait()
            group.create_task(self._seeing.run(self._listen_to_signals), name="seeing")

    async def _await_crd(self) -> None:
        """Wait until the API serves our kind; say once what is missing."""
        said = ""
        while not self._crd_found:
            try:
                self._crd_found = await self._client.serves(kinds.MODEL_MONITOR)
                problem = f"the API does not serve {kinds.MODEL_MONITOR.resource}; install our CRDs"
            except ClusterError as error:
                problem = str(error)
            if not self._crd_found:
                logger.log(logging.DEBUG if problem == said else logging.WARNING, "waiting: %s", problem)
                said = problem
                await asyncio.sleep(SECONDS_TO_CRD)

    def _wrote(self, monitor: MonitorKey, child: ChildKey, verb: str) -> None:
        """Count a write; rest if it is one too many of the same child."""
        self._metrics.wrote(child[0], verb)
        self._queue.rest(monitor, self._patience.after_write(child))

    def _not_ready(self) -> str:
        if not self._crd_found:
            return f"waiting for the API to serve {kinds.MODEL_MONITOR.resource}"
        seen = self._seeing.ready.is_set() or not self._won.is_set()
        return "" if seen else "waiting for the first list of monitors"

    def _listen_to_signals(self) -> None:
        """Stop at SIGTERM and SIGINT; again after kopf has begun, which listens to them for itself."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._stop.set)
