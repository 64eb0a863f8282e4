"""The acting replica: holds the lease, and visits the monitors for as long as it does."""

import asyncio
import logging
import time
from dataclasses import dataclass

from modelmonitor.cluster.family import MonitorKey
from modelmonitor.cluster.lease import Election
from modelmonitor.errors import ClusterError, InternalError, NotLeading, Unreachable
from modelmonitor.handlers import logs
from modelmonitor.handlers.metrics import Metrics
from modelmonitor.handlers.reconcile import Reconciler
from modelmonitor.handlers.seeing import Seeing

WORKERS = 10

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Acting:
    """Wins the lease, visits, stops when it is lost, and tries again."""

    election: Election
    seeing: Seeing
    reconciler: Reconciler
    metrics: Metrics
    won: asyncio.Event
    _unreachable: bool = False

    async def run(self) -> None:
        """Act whenever the lease is ours, until cancelled."""
        while True:
            await self.election.win()
            logger.info("this replica holds the lease: it acts")
            self.reconciler.begin()
            self.won.set()
            self.seeing.enqueue_all()
            await self._act()
            logger.warning("the lease is lost: this replica stands by")

    async def _act(self) -> None:
        workers = [asyncio.create_task(self._work(), name=f"worker {number}") for number in range(WORKERS)]
        try:
            await self.election.keep()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)

    async def _work(self) -> None:
        await self.seeing.ready.wait()
        await self.seeing.queue.work(self._visit)

    async def _visit(self, key: MonitorKey) -> float | None:
        """Visit a monitor; whatever goes wrong concerns this visit alone."""
        began, result, after = time.monotonic(), "ok", None
        try:
            after = await self.reconciler.reconcile(key)
            self._unreachable = False
        except NotLeading:
            result = "standby"
        except ClusterError as error:
            result, after = error.reason, error.retry_after
            self._say(key, error)
        except Exception:
            result, after = InternalError.reason, InternalError.retry_after
            logger.exception("the visit failed for a reason that nobody foresaw", extra=logs.about(key))
        self.metrics.reconciles.labels(result).inc()
        self.metrics.duration.observe(time.monotonic() - began)
        return after

    def _say(self, key: MonitorKey, error: ClusterError) -> None:
        """Say once, not for every monitor, that the API is out of reach."""
        quiet = isinstance(error, Unreachable) and self._unreachable
        self._unreachable = isinstance(error, Unreachable)
        logger.log(logging.DEBUG if quiet else logging.WARNING, "%s", error, extra=logs.about(key))
