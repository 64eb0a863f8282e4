"""An evaluator on a simulated clock: predictions and labels in, and what every scrape would have shown."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
import numpy as np

from modelmonitor import __version__
from modelmonitor.cli.backtesting.recording import Label, Recording, Watch
from modelmonitor.cli.backtesting.server import Span
from modelmonitor.cli.profiling.cells import Floats
from modelmonitor.evaluator import rows as rows_
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import tombstone_seconds
from modelmonitor.evaluator.records import waiting
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire import families
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

VERSION = "recorded"
"""The label `version` of what is counted."""
_STORE_BYTES = 4 << 30
_Piece = TypeVar("_Piece")


@dataclass
class Simulation:
    """One evaluator that counts a recording, scrape by scrape."""

    scheme: Scheme
    recording: Recording
    span: Span
    """Of the scrapes; what happens after one is seen by the next."""
    counters: Counters = field(init=False)
    waits: int = field(init=False, default=0)
    """Predictions that still wait for their maturity."""

    def __post_init__(self) -> None:
        self.counters = Counters(self.scheme, VERSION, __version__)
        store = MemoryStore(_STORE_BYTES, tombstone_seconds(self.scheme.config.labels.maturity_seconds))
        self._now = self.span.start / 1000
        self._join = Join(store, self.scheme, lambda: self._now)
        self._told: Counter[Loss] = Counter()

    async def scrapes(self, watch: Watch) -> AsyncIterator[int]:
        """Yield the moment of each scrape, in milliseconds, when all that came before has been counted."""
        predictions = _by_scrape(self.recording.predictions(watch), rows_.part, self.span)
        labels = _by_scrape(self.recording.truth(), _part, self.span)
        prediction, label = next(predictions, None), next(labels, None)
        for number in range(self.span.count):
            moment = self.span.start + number * self.span.step
            self._now = moment / 1000
            while prediction and prediction[0] <= number:
                await self._predicted(*prediction[1:])
                prediction = next(predictions, None)
            while label and label[0] <= number:
                await self._labelled(label[2])
                label = next(labels, None)
            await self._mature()
            yield moment
            self.counters.scraped()

    async def _predicted(self, times: Floats, rows: Rows) -> None:
        rows.time = float(times[0])
        records = self.counters.predicted(rows)
        records["served"] = times
        self.waits += int(np.count_nonzero(waiting(records, self.scheme.config.labels.sampling)))
        self._join.remember(records)
        await self._join.flush()

    async def _labelled(self, labels: list[Label]) -> None:
        answer = await self._join.labels(msgspec.json.encode(labels))
        for outcome, number in answer.counts.items():
            self.counters.labelled(outcome.value, number)
        if answer.lags:
            self.counters.lag(answer.lags)

    async def _mature(self) -> None:
        if self.waits:
            while matured := await self._join.mature(self._now):
                for _, cohort in matured:
                    self.counters.matured(cohort)
            for reason, number in (self._join.lost - self._told).items():
                self.counters.lost(reason, number)
            self._told = self._join.lost.copy()
            self.waits = await self._join.pending()
        self.counters.gauge(families.PENDING, self.waits)

    @property
    def lost(self) -> Counter[Loss]:
        """Predictions that could not be remembered, by reason."""
        return self._join.lost


def _by_scrape(
    pieces: Iterator[tuple[Floats, _Piece]], cut: Callable[[_Piece, int, int], _Piece], span: Span
) -> Iterator[tuple[int, Floats, _Piece]]:
    """Cut pieces so that each belongs to one scrape, and yield its number."""
    for times, piece in pieces:
        numbers = np.ceil((times * 1000 - span.start) / span.step).astype(np.int64)
        ends = [*np.flatnonzero(np.diff(numbers)) + 1, times.size]
        for start, end in itertools.pairwise([0, *ends]):
            if end > start:
                yield int(numbers[start]), times[start:end], cut(piece, start, end)


def _part(items: list[Label], start: int, end: int) -> list[Label]:
    return items[start:end]
