"""Requests: what passes through, how it ends, how long it takes. A request costs about a microsecond."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.counters.series import Axis, Edges, Series
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.loss import Loss
from modelmonitor.wire import families
from modelmonitor.wire.config import EvaluatorConfig, Mode
from modelmonitor.wire.families import Family
from modelmonitor.wire.numbers import label_number

CODES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")
"""Classes of status; `none`: no status line came."""
DURATION_EDGES: Edges = (
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4,
    0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip
"""Seconds; dense where latency objectives usually lie: 50, 100, 200, 500 ms and 1 s."""
ROWS_EDGES: Edges = tuple(float(2**power) for power in range(17))
BYTES_EDGES: Edges = tuple(float(4**power) for power in range(3, 13))
_OUTCOMES = {outcome: position for position, outcome in enumerate(Outcome)}
_HELD = {Outcome.OK, Outcome.TIMEOUT}


def thresholds(config: EvaluatorConfig | None) -> tuple[float, ...]:
    """Return the latency thresholds, each once, ascending."""
    return tuple(sorted(set(config.latency_thresholds))) if config else ()


def declared(config: EvaluatorConfig | None) -> Iterator[Series]:
    """List what is counted about requests and losses; without a config, all that there is."""
    outcomes = tuple(outcome.value for outcome in Outcome)
    yield Series(
        families.REQUESTS, (Axis.of("code", CODES, "codes"), Axis.of("outcome", outcomes, "outcomes"))
    )
    yield Series(families.PASSTHROUGH)
    if config is None or config.capture.mode is Mode.PROXY:
        yield Series(families.MODEL_UP)
    yield Series(families.DURATION, edges=(DURATION_EDGES,), summed=True)
    if limits := tuple(map(label_number, thresholds(config))):
        axis = Axis.of("threshold", limits, "thresholds")
        yield Series(families.WITHIN, (axis,))
        yield Series(families.TIMED, (axis,))
    yield Series(families.REQUEST_BYTES, edges=(BYTES_EDGES,), summed=True)
    yield Series(families.DROPPED, (Axis.of("reason", tuple(loss.value for loss in Loss), "reasons"),))
    yield Series(families.QUEUE_BYTES)
    yield Series(families.QUEUE_LIMIT)


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
