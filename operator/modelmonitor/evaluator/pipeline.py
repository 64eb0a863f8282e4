"""From what passed the tee to counters: off the path of the bytes, in small batches, within a bound."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator import rows as rows_
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.defects import Defects
from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.records import waiting
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Mode
from modelmonitor.wire.loss import Loss

QUEUE_BYTES = 6 << 20
"""Copies that may wait to be counted, or one exchange; more are dropped and counted as lost."""
EXCHANGE_BYTES = 3000
"""About what an exchange weighs beside its bodies."""
BATCH_ROWS = 128
PIECE_ROWS = 1024
"""How many rows of a large batch are counted in one go."""
WAIT_SECONDS = 0.005
"""How long a single row waits for others."""
TURN_SECONDS = 0.002
"""How long one turn may count before bytes pass again."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    content: Exchange | Rows
    """Rows, once a large exchange was read."""
    weight: int
    start: int = 0
    """Of the rows that are not counted yet."""


class Pipeline:
    """Counts exchanges and rows under one scheme, or requests only where there is none.

    It is the `Observer` of the tee: `exchanged` notes what the exchange was and returns; the bodies are read
    later, `BATCH_ROWS` at a time or after `WAIT_SECONDS`, never longer than `TURN_SECONDS` in one go. Where
    another mode is configured, predictions come by that, and what passes the tee counts for nothing.
    """

    def __init__(
        self,
        counters: Counters,
        ingest: Ingest | None,
        join: Join | None,
        told: Callable[[Rows], None] = lambda _: None,
    ) -> None:
        """Count by these; `told` is called with all rows once they are counted, and must not raise."""
        self._set(counters, ingest, join)
        self._told = told
        self._defects = Defects(logger)
        self._queue: deque[_Waiting] = deque()
        self._planned: asyncio.Handle | None = None
        self.waiting_bytes = 0

    def use(self, counters: Counters, ingest: Ingest | None, join: Join | None) -> None:
        """Count under another scheme from now on; what waits is counted under the old one."""
        self.finish()
        self._set(counters, ingest, join)

    # The tee's observer.

    def copies(self, method: str, target: str) -> bool:
        """Say whether the bodies of such a request are wanted."""
        return self._observes and self._ingest is not None and self._ingest.wants(method, target)

    def exchanged(self, exchange: Exchange) -> None:
        """Count an exchange and keep its bodies for the next turn."""
        if not self._observes:
            return
        if self._ingest is None or not self._ingest.wants(exchange.method, exchange.target):
            self._counters.traffic.passed(exchange, predicts=self._ingest is None)
            return
        self._counters.traffic.passed(exchange, predicts=True)
        if 200 <= exchange.status < 300:
            self.offer(exchange)

    def opaque(self, *, encrypted: bool) -> None:
        """Count a connection that cannot be read."""
        if self._observes:
            self._counters.lost(Loss.ENCRYPTED if encrypted else Loss.UNPARSED)

    # What comes by other ways.

    def offer(self, exchange: Exchange) -> None:
        """Keep an exchange for the next turn, or count it as lost."""
        if exchange.request_body is None or exchange.response_body is None:
            self._counters.lost(Loss.BODY_TOO_LARGE if exchange.too_large else Loss.INCOMPLETE)
            return
        size = _weight(exchange)
        if self.waiting_bytes + size > self.limit:
            self._counters.lost(Loss.QUEUE_FULL)
            return
        self.waiting_bytes += size
        self._queue.append(_Waiting(exchange, size))
        self._plan()

    def count(self, rows: Rows) -> None:
        """Count rows and remember those that have an id until their truth is known."""
        records = self._counters.predicted(rows)
        if self._join is not None:
            self._join.remember(records)
        elif self._counters.config is not None:
            waits = waiting(records, self._counters.config.labels.sampling)
            self._counters.lost(Loss.STORE_DOWN, int(np.count_nonzero(waits)))
        self._told(rows)

    def finish(self) -> None:
        """Count all that waits."""
        while self._queue:
            self._guarded(self._batch)

    def _set(self, counters: Counters, ingest: Ingest | None, join: Join | None) -> None:
        self._counters, self._ingest, self._join = counters, ingest, join
        self._observes = counters.config is None or counters.config.capture.mode is Mode.PROXY
        largest = 2 * counters.config.capture.max_body_bytes if counters.config else 0
        self.limit = max(QUEUE_BYTES, largest + EXCHANGE_BYTES)

    def _plan(self) -> None:
        if self._planned is None:
            self._planned = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._turn)
        elif len(self._queue) == BATCH_ROWS:
            self._planned.cancel()
            self._planned = asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + TURN_SECONDS
        while self._queue and loop.time() < until:
            self._guarded(self._batch)
        self._planned = loop.call_soon(self._turn) if self._queue else None

    def _batch(self) -> None:
        parts: list[Rows] = []
        room = BATCH_ROWS
        while self._queue and room > 0:
            rows = self._next()
            if rows is not None:
                parts.append(rows)
                room -= rows.count
        if parts:
            self._guarded(lambda: self.count(rows_.merge(parts)), sum(part.count for part in parts))

    def _next(self) -> Rows | None:
        """Take the rows of the next exchange, or the next of them if there are many; None if it has none."""
        first = self._queue.popleft()
        rows = self._read(first.content) if isinstance(first.content, Exchange) else first.content
        if rows is None or first.start + PIECE_ROWS >= rows.count:
            self.waiting_bytes -= first.weight
        else:
            self._queue.appendleft(_Waiting(rows, first.weight, first.start + PIECE_ROWS))
        if rows is None or rows.count <= PIECE_ROWS:
            return rows
        return rows_.part(rows, first.start, first.start + PIECE_ROWS)

    def _read(self, exchange: Exchange) -> Rows | None:
        if self._ingest is None:
            return None
        reading = self._ingest.read(exchange)
        for reason, number in reading.losses:
            self._counters.lost(reason, number)
        if reading.rows is not None:
            self._counters.traffic.read(reading.rows.count)
        return reading.rows

    def _guarded(self, step: Callable[[], None], predictions: int = 1) -> None:
        """Take a step that may fail by a defect of ours, which costs so many predictions."""
        try:
            step()
        except Exception:  # noqa: BLE001 - a defect of ours must not harm what it watches
            self._counters.lost(Loss.INTERNAL, predictions)
            self._defects.log("predictions could not be counted")


def _weight(exchange: Exchange) -> int:
    return len(exchange.request_body or b"") + len(exchange.response_body or b"") + EXCHANGE_BYTES
