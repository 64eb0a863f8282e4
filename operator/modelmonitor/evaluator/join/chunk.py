"""A run of records of one layout in the memory store: they wait, are counted, and leave tombstones."""

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.join.store import Batch, LabelOutcome
from modelmonitor.evaluator.records import Records

ROWS = 1024
"""Row numbers of a chunk; chunks of large records use fewer."""
BESIDE = 8 + 1 + 8
"""Bytes beside a record: due time, whether it was counted, a reference to its label."""
NEVER = float("inf")


class Chunk:
    """Records in the order in which they came, and what became of each."""

    def __init__(self, number: int, layout: str, kind: np.dtype[np.void], size: int) -> None:
        self.number, self.layout, self.size = number, layout, size
        self.used = self.waiting = 0
        self.earliest = NEVER
        """The first due time of those that wait."""
        self.expires = -NEVER
        """When the youngest tombstone may go."""
        self.labels: list[bytes | None] = [None] * size
        self.due = np.empty(size)
        self.counted = np.zeros(size, np.bool_)
        self._records: Records = np.empty(size, kind)
        self._keys = np.empty(0, np.uint64)

    @property
    def nbytes(self) -> int:
        """What the chunk weighs, its labels' own bytes apart."""
        return self._records.nbytes + self._keys.nbytes + self.size * BESIDE

    @property
    def keys(self) -> NDArray[np.uint64]:
        """The keys of all rows in use."""
        return self._keys if len(self._keys) else np.ascontiguousarray(self._records["key"][: self.used])

    @property
    def rows(self) -> NDArray[np.int64]:
        """The numbers of all rows in use."""
        return np.arange(self.used) + self.number * ROWS

    def append(self, records: Records, due: NDArray[np.float64]) -> NDArray[np.int64]:
        """Add as many records as there is room for; return the numbers of their rows."""
        count = min(len(records), self.size - self.used)
        span = slice(self.used, self.used + count)
        self._records[span], self.due[span] = records[:count], due[:count]
        self.used += count
        self.waiting += count
        self.earliest = min(self.earliest, float(due[:count].min()))
        return np.arange(span.start, span.stop) + self.number * ROWS

    def same(self, place: int, record: np.void, due: float) -> bool:
        """Say whether this very record lies at a place, or lay there until it was counted."""
        if self.counted[place]:
            return bool(self.due[place] == due)
        return bool(self._records[place].tobytes() == record.tobytes())

    def outcome(self, place: int, label: bytes) -> LabelOutcome:
        """Say what a label would be to the record of a place."""
        there = self.labels[place]
        if there == label:
            return LabelOutcome.DUPLICATE
        if self.counted[place]:
            return LabelOutcome.LATE
        return LabelOutcome.JOINED if there is None else LabelOutcome.CONFLICTING

    def served(self, place: int) -> float:
        """Return when the prediction of a record that waits was served."""
        return float(self._records["served"][place])

    def take(self, now: float, limit: int, expires: float) -> Batch:
        """Count records that are due, at most `limit`; their tombstones may go when they expire."""
        waits = ~self.counted[: self.used]
        places = np.flatnonzero(waits & (self.due[: self.used] <= now))[:limit]
        self.counted[places] = True
        waits[places] = False
        self.waiting -= len(places)
        self.earliest = float(self.due[: self.used][waits].min()) if self.waiting else NEVER
        self.expires = max(self.expires, expires)
        labels = [self.labels[place] for place in places.tolist()]
        return Batch(self.layout, self._records[places].tobytes(), labels)

    def release(self) -> None:
        """Let go of the records once all are counted; the tombstones stay."""
        self._keys = self.keys.copy()
        self._records = self._records[:0].copy()
