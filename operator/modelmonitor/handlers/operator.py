"""The operator as a whole: its parts, how they are put together, how they start and end."""

import asyncio
import logging
import signal
import time
from datetime import UTC, datetime

import aiohttp

from modelmonitor import __version__, wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.apply import Applier
from modelmonitor.cluster.client import Client
from modelmonitor.cluster.connection import connect
from modelmonitor.cluster.family import ChildKey, Family, MonitorKey
from modelmonitor.cluster.lease import Candidate, Election
from modelmonitor.cluster.webhooks import Webhook
from modelmonitor.errors import ClusterError
from modelmonitor.handlers.acting import Acting
from modelmonitor.handlers.admission.health import Health
from modelmonitor.handlers.admission.injecting import Evaluator
from modelmonitor.handlers.admission.keeping import Keeping, Pace
from modelmonitor.handlers.admission.serving import Place, Serving
from modelmonitor.handlers.metrics import Metrics
from modelmonitor.handlers.observe import Sources
from modelmonitor.handlers.options import Options
from modelmonitor.handlers.patience import Patience
from modelmonitor.handlers.queue import Queue
from modelmonitor.handlers.reconcile import Reconciler, World
from modelmonitor.handlers.references import References
from modelmonitor.handlers.registry import Monitors
from modelmonitor.handlers.routes import Routes
from modelmonitor.handlers.seeing import SECONDS_TO_CRD, Seeing
from modelmonitor.handlers.serve import serve
from modelmonitor.handlers.targets.steady import Steady
from modelmonitor.handlers.targets.targets import Targets

SECONDS_TO_LINGER = 5.0
"""For which the webhook answers after the end has begun, until surely no Service leads to it any more."""

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
        self._metrics = Metrics(lambda: len(monitors), self._leads)
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
                targets=self._targets(),
                routes=Routes(client, time.monotonic),
                unseen=self._seeing.unseen,
                settings=options.plan_settings,
            )
        )
        self._health = Health(options.injects_nothing)
        webhook = Webhook(
            namespace, options.webhook_service, options.webhook_url, options.namespaces, options.webhook_port
        )
        self._keeping = Keeping(client, webhook, Pace(resync=options.resync), self._health)
        linger = 0.0 if options.webhook_url else SECONDS_TO_LINGER
        place = Place(options.host, options.webhook_port, namespace, linger)
        evaluator = Evaluator(options.evaluator_image, options.evaluator_pull_policy)
        serving = Serving(client.connection, place, evaluator, self._metrics)
        self._serving = None if self._health.off else serving
        self._won = asyncio.Event()
        self._crd_found = False
        self._stop = asyncio.Event()

    def _targets(self) -> Targets:
        return Targets(
            cluster=self._client,
            workloads=self._seeing.workloads,
            pods=self._seeing.pods,
            most=self._options.most_rollouts,
            webhook=Steady(lambda: self._health.complaint, time.monotonic),
            unseen=self._seeing.unseen_targets,
            now=lambda: datetime.now(UTC),
        )

    async def run(self) -> None:
        """Run until told to stop, or until a part fails, whose error is raised."""
        self._listen_to_signals()
        address = (self._options.host, self._options.port)
        server = await serve(address, self._metrics.registry, self._seeing.complaint, self._not_ready)
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        work = asyncio.create_task(self._work(), name="work")
        webhook = asyncio.create_task(self._serving.run() if self._serving else self._stop.wait())
        try:
            await asyncio.wait({stop, work, webhook}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._seeing.stopping.set()
            stop.cancel()
            work.cancel()
            await asyncio.wait({work}, timeout=5)
            await self._election.release()
            if self._serving:
                self._serving.stop()
                await asyncio.wait({webhook})
            webhook.cancel()
            await server.cleanup()
        for part in (work, webhook):
            if part.done() and not part.cancelled():
                part.result()

    async def _work(self) -> None:
        await self._await_crd()
        async with asyncio.TaskGroup() as group:
            acting = Acting(self._election, self._seeing, self._reconciler, self._metrics, self._won)
            group.create_task(acting.run(), name="acting")
            if self._serving:
                group.create_task(self._keeping.run(self._leads), name="webhook")
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

    def _leads(self) -> bool:
        return self._election.seconds_left() > 0

    def _wrote(self, monitor: MonitorKey, child: ChildKey, verb: str) -> None:
        """Count a write; rest if it is one too many of the same child."""
        self._metrics.wrote(child[0], verb)
        self._queue.rest(monitor, self._patience.after_write(child))

    def _not_ready(self) -> str:
        if not self._crd_found:
            return f"waiting for the API to serve {kinds.MODEL_MONITOR.resource}"
        if self._serving and not self._serving.looked:
            return "waiting for a first look at the webhook's certificate"
        seen = self._seeing.ready.is_set() or not self._won.is_set()
        return "" if seen else "waiting for the first list of monitors"

    def _listen_to_signals(self) -> None:
        """Stop at SIGTERM and SIGINT; again after kopf has begun, which listens to them for itself."""
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, self._stop.set)
