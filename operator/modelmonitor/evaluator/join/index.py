"""From 64-bit keys to rows: a hash table in numpy arrays, since a dict of a million keys weighs 130 MB.

24 bytes a key at the most full. Keys are hashes already, so their low bits choose one of many buckets of 8
places; the few keys whose bucket is full (below 1 % at half load) are kept in a dict.
"""

import numpy as np
from numpy.typing import NDArray

PLACES = 8
LOAD = 0.5
"""Of the places; above it the table doubles."""
PIECE = 4096
"""Keys that are moved at once when it does."""
SMALLEST = 64

Keys = NDArray[np.uint64]
Rows = NDArray[np.int64]
NOWHERE = -1


class Index:
    """A map from keys (never 0) to row numbers below 2³²; for arrays of them, not for one at a time."""

    def __init__(self, keys: int = 0) -> None:
        """Make room for so many keys."""
        self._count = 0
        self._clear(keys)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """What the arrays weigh."""
        return int(self._keys.nbytes + self._rows.nbytes)

    def growth(self, more: int) -> int:
        """Tell by how many bytes the table would grow for so many more keys."""
        places, needed = self._keys.size, (self._count + more) / LOAD
        while places < needed:
            places *= 2
        return int(places // self._keys.size - 1) * self.nbytes

    def find(self, keys: Keys) -> Rows:
        """Return the row of each key, or `NOWHERE`."""
        buckets = self._buckets(keys)
        hits = self._keys[buckets] == keys[:, None]
        places = hits.argmax(axis=1)
        rows: Rows = self._rows[buckets, places].astype(np.int64)
        rows[~hits[np.arange(len(keys)), places]] = NOWHERE
        if self._spilled:
            for number in np.flatnonzero(rows == NOWHERE).tolist():
                rows[number] = self._spilled.get(int(keys[number]), NOWHERE)
        return rows

    def add(self, keys: Keys, rows: Rows) -> None:
        """Add keys that differ from each other and from all that are there."""
        if self.growth(len(keys)):
            self._grow(len(keys))
        self._count += len(keys)
        self._put(keys, rows)

    def remove(self, keys: Keys) -> None:
        """Remove keys; those that are not there are left alone."""
        keys = np.unique(keys)
        buckets = self._buckets(keys)
        hits = self._keys[buckets] == keys[:, None]
        numbers, places = np.nonzero(hits)
        self._keys[buckets[numbers], places] = 0
        self._count -= len(numbers)
        if self._spilled:
            for key in keys.tolist():
                self._count -= self._spilled.pop(key, None) is not None

    def _clear(self, keys: int) -> None:
        buckets = SMALLEST // PLACES
        while buckets * PLACES * LOAD < keys:
            buckets *= 2
        self._mask = np.uint64(buckets - 1)
        self._keys = np.zeros((buckets, PLACES), np.uint64)
        self._rows = np.zeros((buckets, PLACES), np.uint32)
        self._spilled: dict[int, int] = {}

    def _buckets(self, keys: Keys) -> NDArray[np.intp]:
        return (keys & self._mask).astype(np.intp)

    def _put(self, keys: Keys, rows: Rows) -> None:
        """Put each key at the first free place of its bucket; of two that want the same, one tries again."""
        while len(keys):
            buckets = self._buckets(keys)
            free = self._keys[buckets] == 0
            places = free.argmax(axis=1)
            fits = free[np.arange(len(keys)), places]
            if not fits.all():
                self._spilled.update(zip(keys[~fits].tolist(), rows[~fits].tolist(), strict=True))
                keys, rows, buckets, places = keys[fits], rows[fits], buckets[fits], places[fits]
            self._keys[buckets, places] = keys
            lost = self._keys[buckets, places] != keys
            self._rows[buckets[~lost], places[~lost]] = rows[~lost]
            keys, rows = keys[lost], rows[lost]

    def _grow(self, more: int) -> None:
        taken = self._keys != 0
        keys = np.concatenate([self._keys[taken], np.fromiter(self._spilled.keys(), np.uint64)])
        rows = np.concatenate([self._rows[taken], np.fromiter(self._spilled.values(), np.uint32)])
        self._clear(self._count + more)
        for start in range(0, len(keys), PIECE):
            self._put(keys[start : start + PIECE], rows[start : start + PIECE].astype(np.int64))
