"""The label store of one replica: in this process, bounded in bytes.

Records lie in chunks, in the order in which they came; an index leads from a key to its row. Beside its
record, a prediction that waits costs about 45 bytes, and a label 60 more. A record that was counted leaves
a tombstone of about 50 bytes. Over the bound, the oldest tombstones go first; then the newest records are
dropped.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.join.chunk import BESIDE, ROWS, Chunk
from modelmonitor.evaluator.join.index import NOWHERE, Index
from modelmonitor.evaluator.join.store import Batch, Kept, LabelOutcome, Layout, StoreFull
from modelmonitor.evaluator.records import Records

NUMBERS = 1 << 22
"""Of chunks, so that row numbers have 32 bits."""
CHUNK_BYTES = 128 << 10
CHUNKS = 16
"""So many make up the bound, or more."""
INDEX_SHARE = 8
INDEX_KEYS = 1 << 16
"""The index begins with room for so many, or a fraction of the bound, so that it seldom has to grow."""
LABEL_BYTES = 49
"""What a label weighs beyond its own bytes; counted for each, also where callers share the same object."""


class MemoryStore:
    """Holds records in this process; see `Store`."""

    shared = False
    errors = 0

    def __init__(self, limit: int, tombstone_seconds: float) -> None:
        """Hold at most `limit` bytes; know for so many seconds what was counted, if there is room."""
        self._limit = limit
        self._tombstone_seconds = tombstone_seconds
        self._index = Index(min(limit // INDEX_SHARE // 24, INDEX_KEYS))
        self._chunks: dict[int, Chunk] = {}
        self._open: Chunk | None = None
        self._number = 0
        self._texts: dict[str, bytes] = {}
        self._held = 0

    @property
    def nbytes(self) -> int:
        """What waits weighs now; at most the limit."""
        return self._held + self._index.nbytes

    async def remember(self, layout: Layout, records: Records, due: NDArray[np.float64]) -> Kept:
        """Let records wait; see `Store`."""
        chosen, repeated = self._choose(records, due)
        if len(chosen) < len(records):
            records, due = records[chosen], due[chosen]
        full = self._append(layout, records, due)
        self._texts[layout.hash] = layout.text  # now: to make room may have been to forget all others of it
        return Kept(full=full, repeated=repeated)

    async def mark(
        self, keys: Sequence[int], labels: Sequence[bytes], now: float
    ) -> list[tuple[LabelOutcome, float]]:
        """Put labels to records that wait; see `Store`."""
        rows = self._index.find(np.array(keys, np.uint64)).tolist()
        return [self._mark(row, label, now) for row, label in zip(rows, labels, strict=True)]

    async def take(self, now: float, limit: int) -> list[Batch]:
        """Take records that are due; see `Store`."""
        batches = []
        for chunk in [chunk for chunk in self._chunks.values() if chunk.earliest <= now]:
            if not limit:
                break
            batches.append(chunk.take(now, limit, now + self._tombstone_seconds))
            limit -= len(batches[-1].labels)
            if not chunk.waiting and chunk is not self._open:
                self._release(chunk)
        for chunk in [chunk for chunk in self._chunks.values() if not chunk.waiting and chunk.expires <= now]:
            self._forget(chunk)
        return batches

    async def pending(self) -> int:
        """Count the records that wait."""
        return sum(chunk.waiting for chunk in self._chunks.values())

    async def layout(self, hash_: str) -> bytes | None:
        """Return the text of a layout."""
        return self._texts.get(hash_)

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def _choose(self, records: Records, due: NDArray[np.float64]) -> tuple[NDArray[np.intp], int]:
        """Choose the records of ids that do not wait, and count those that repeat an id."""
        keys = np.ascontiguousarray(records["key"])
        _, firsts = np.unique(keys, return_index=True)
        firsts.sort()
        repeated = len(keys) - len(firsts)
        rows = self._index.find(keys[firsts])
        chosen = rows == NOWHERE
        for number in np.flatnonzero(~chosen).tolist():
            chunk, place = self._chunks[rows[number] // ROWS], rows[number] % ROWS
            if not chunk.same(place, records[firsts[number]], due[firsts[number]]):
                chosen[number] = chunk.counted[place]
                repeated += not chunk.counted[place]
        self._index.remove(keys[firsts[chosen & (rows != NOWHERE)]])
        return firsts[chosen], int(repeated)

    def _append(self, layout: Layout, records: Records, due: NDArray[np.float64]) -> int:
        """Add records of new ids; return how many there was no room for."""
        while len(records):
            chunk = self._with_room(layout, records.dtype)
            if chunk is None or not self._fits(keys=min(len(records), ROWS)):
                return len(records)
            rows = chunk.append(records, due)
            self._index.add(np.ascontiguousarray(records["key"][: len(rows)]), rows)
            records, due = records[len(rows) :], due[len(rows) :]
        return 0

    def _with_room(self, layout: Layout, kind: np.dtype[np.void]) -> Chunk | None:
        """Return the chunk that is being filled, or a new one if there is room for it."""
        chunk = self._open
        if chunk and chunk.layout == layout.hash and chunk.used < chunk.size:
            return chunk
        self._open = None
        if chunk and not chunk.waiting:
            self._release(chunk)
        beside = kind.itemsize + BESIDE
        size = max(1, min(ROWS, CHUNK_BYTES // beside, self._limit // CHUNKS // beside))
        if not self._fits(size * beside):
            return None
        while self._number in self._chunks:
            self._number = (self._number + 1) % NUMBERS
        self._open = self._chunks[self._number] = Chunk(self._number, layout.hash, kind, size)
        self._held += self._open.nbytes
        return self._open

    def _fits(self, more: int = 0, *, keys: int = 0) -> bool:
        """Say whether there is room for so many bytes or keys, once the oldest tombstones have made way."""
        while self.nbytes + more + self._index.growth(keys) > self._limit:
            counted = [
                chunk for chunk in self._chunks.values() if not chunk.waiting and chunk is not self._open
            ]
            if not counted:
                return False
            self._forget(min(counted, key=lambda chunk: chunk.expires))
        return True

    def _mark(self, row: int, label: bytes, now: float) -> tuple[LabelOutcome, float]:
        chunk, place = self._chunks.get(row // ROWS), row % ROWS
        if row == NOWHERE or chunk is None:  # a label before this one may have pushed out tombstones
            return LabelOutcome.UNKNOWN, np.nan
        outcome = chunk.outcome(place, label)
        if outcome in (LabelOutcome.JOINED, LabelOutcome.CONFLICTING):
            self._put(chunk, place, label)
        return outcome, now - chunk.served(place) if outcome is LabelOutcome.JOINED else np.nan

    def _put(self, chunk: Chunk, place: int, label: bytes) -> None:
        more = _weight(label) - _weight(chunk.labels[place])
        if not self._fits(more):
            raise StoreFull(f"label store: expected room for a label, got {self._limit} bytes in use")
        chunk.labels[place] = label
        self._held += more

    def _release(self, chunk: Chunk) -> None:
        self._held -= chunk.nbytes
        chunk.release()
        self._held += chunk.nbytes

    def _forget(self, chunk: Chunk) -> None:
        """Let go of a chunk whose records are all counted."""
        keys = chunk.keys
        self._index.remove(keys[self._index.find(keys) == chunk.rows])
        self._held -= chunk.nbytes + sum(map(_weight, chunk.labels))
        del self._chunks[chunk.number]
        if all(one.layout != chunk.layout for one in self._chunks.values()):
            self._texts.pop(chunk.layout, None)
        if chunk is self._open:
            self._open = None


def _weight(label: bytes | None) -> int:
    return 0 if label is None else len(label) + LABEL_BYTES
