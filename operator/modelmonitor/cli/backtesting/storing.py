"""What every scrape would have shown, on its way to Prometheus, many scrapes at a time."""

import numpy as np

from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Series
from modelmonitor.cli.backtesting.scraped import Scrape
from modelmonitor.cli.backtesting.server import Server

_SAMPLES = 400_000
"""Of one request; a sample takes 18 bytes."""


class Storing:
    """Takes scrapes in their order."""

    def __init__(self, server: Server, scrape: Scrape) -> None:
        self._server, self._scrape = server, scrape
        self._heads = [remotewrite.series_head(labels) for labels in scrape.labels]
        rows = max(_SAMPLES // max(len(self._heads), 1), 1)
        self._values = np.empty((rows, len(self._heads)))
        self._times = np.empty(rows, np.int64)
        self._used = 0
        self._last = np.full(len(self._heads), np.nan)
        self.samples = 0

    def take(self, moment: int) -> None:
        """Take what the counters say at a moment."""
        self._times[self._used] = moment
        self._values[self._used] = self._scrape.values()
        self._used += 1
        if self._used == self._times.size:
            self.flush()

    def flush(self) -> None:
        """Write what waits; a gauge that is told no more ends."""
        times, values = self._times[: self._used], self._values[: self._used]
        absent = np.isnan(values)
        before = np.vstack([self._last, values[:-1]])
        ends = absent & ~np.isnan(before)
        values = np.where(ends, remotewrite.STALE, values)
        kept = ~absent | ends
        every = [
            Series(head, times, values[:, at]) if kept[:, at].all()
            else Series(head, times[kept[:, at]], values[kept[:, at], at])
            for at, head in enumerate(self._heads)
        ]  # fmt: skip
        if self._used:
            self._server.write(every)
            self._last = self._values[self._used - 1].copy()
            self.samples += int(kept.sum())
        self._used = 0
