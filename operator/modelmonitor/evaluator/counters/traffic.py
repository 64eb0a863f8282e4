"""Requests: what passes through, how it ends, how long it takes. A request costs about a microsecond."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.series.requests import BYTES_EDGES, CODES, DURATION_EDGES, ROWS_EDGES
from modelmonitor.series.series import Edges
from modelmonitor.wire import families
from modelmonitor.wire.families import Family
from modelmonitor.wire.outcome import Outcome

_OUTCOMES = {outcome: position for position, outcome in enumerate(Outcome)}
_HELD = {Outcome.OK, Outcome.TIMEOUT}


class Histogram:
    """A histogram that is added to one value at a time, until it is folded into a bank."""

    def __init__(self, edges: Edges) -> None:
        self._edges = edges
        self.sum = 0.0
        self.cells = [0] * (len(edges) + 1)

    def add(self, value: float) -> None:
        """Count a value."""
        self.cells[bisect_left(self._edges, value)] += 1
        self.sum += value

    def fold(self, bank: Bank, family: Family) -> None:
        """Move what was counted since the last time."""
        bank[family][:] += tuple(accumulate(self.cells))
        bank.sums(family)[:] += self.sum
        self.sum = 0.0
        self.cells = [0] * len(self.cells)


class Traffic:
    """Counts exchanges; `fold` brings them into the bank before anybody reads it."""

    def __init__(self, bank: Bank, limits: Iterable[float]) -> None:
        self._bank = bank
        self._limits = tuple(limits)
        self._requests = [0] * (len(CODES) * len(Outcome))
        self._passed = 0
        self._timely = [0] * (len(self._limits) + 1)
        self._late = 0
        self._seconds = Histogram(DURATION_EDGES)
        self._bytes = Histogram(BYTES_EDGES)
        self._rows = Histogram(ROWS_EDGES)

    def passed(self, exchange: Exchange, *, predicts: bool) -> None:
        """Count an exchange; one on a path that makes no predictions is only counted."""
        if not predicts:
            self._passed += 1
            return
        outcome, seconds = exchange.outcome, max(exchange.seconds, 0.0)
        code = min(max(exchange.status // 100, 0), 5)
        self._requests[code * len(_OUTCOMES) + _OUTCOMES[outcome]] += 1
        self._seconds.add(seconds)
        if self._limits and outcome in _HELD:
            self._hold(outcome, seconds)
        size = _size(exchange)
        if size is not None:
            self._bytes.add(size)

    def read(self, rows: int) -> None:
        """Count the rows of a request that could be read."""
        self._rows.add(rows)

    def fold(self) -> None:
        """Bring what was counted since the last time into the bank."""
        bank = self._bank
        bank[families.REQUESTS].reshape(-1)[:] += self._requests
        bank[families.PASSTHROUGH][0] += self._passed
        self._seconds.fold(bank, families.DURATION)
        self._bytes.fold(bank, families.REQUEST_BYTES)
        if families.BATCH_SIZE in bank:
            self._rows.fold(bank, families.BATCH_SIZE)
        if self._limits:
            bank[families.WITHIN][:] += np.cumsum(self._timely[:-1])
            bank[families.TIMED][:] += sum(self._timely) + self._late
        self._requests = [0] * len(self._requests)
        self._timely = [0] * len(self._timely)
        self._passed = self._late = 0

    def _hold(self, outcome: Outcome, seconds: float) -> None:
        """Hold good answers and timeouts against the thresholds: fast failures are availability's matter."""
        if outcome is Outcome.TIMEOUT:
            self._late += 1
        else:
            self._timely[bisect_left(self._limits, seconds)] += 1


def _size(exchange: Exchange) -> int | None:
    if exchange.request_body is not None:
        return len(exchange.request_body)
    told = exchange.request_headers.get(b"content-length", b"")
    return int(told) if told.isdigit() and len(told) < 16 else None
