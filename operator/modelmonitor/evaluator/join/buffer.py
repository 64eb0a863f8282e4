"""Records on their way to the store: they wait here for the next call, or until the store is back."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator.join.store import Layout
from modelmonitor.evaluator.records import Records

ROWS = 1024
BLOCK_BYTES = 128 << 10
BLOCKS = 4
"""So many fit into the bound, or more."""


@dataclass(slots=True)
class Block:
    """Records that are remembered in one call."""

    layout: Layout
    room: Records
    used: int = 0
    perhaps_done: bool = False
    """A call failed that the store may have obeyed."""

    @property
    def records(self) -> Records:
        """Those that are there."""
        return self.room[: self.used]


class Buffer:
    """A queue of records, bounded in bytes; over the bound the newest are refused."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._blocks: deque[Block] = deque()
        self._sealed = 0
        """1 if the first block takes no more records."""
        self.nbytes = 0

    def __len__(self) -> int:
        return sum(block.used for block in self._blocks)

    @property
    def blocks(self) -> int:
        """How many calls it takes to empty it."""
        return len(self._blocks)

    def add(self, layout: Layout, records: Records) -> int:
        """Copy records to the end; return how many were refused."""
        while len(records):
            block = self._last(layout, records.dtype)
            if block is None:
                return len(records)
            count = min(len(records), len(block.room) - block.used)
            block.room[block.used : block.used + count] = records[:count]
            block.used += count
            records = records[count:]
        return 0

    def first(self) -> Block:
        """Return the oldest records, of which there must be some; no others join them from now on."""
        self._sealed = 1
        return self._blocks[0]

    def drop_first(self) -> None:
        """Let go of what `first` returned."""
        self.nbytes -= self._blocks.popleft().room.nbytes
        self._sealed = 0

    def _last(self, layout: Layout, kind: np.dtype[np.void]) -> Block | None:
        if len(self._blocks) > self._sealed:
            block = self._blocks[-1]
            if block.used < len(block.room) and block.layout is layout:
                return block
        rows = min(ROWS, min(BLOCK_BYTES, self.limit // BLOCKS) // kind.itemsize)
        room = np.empty(max(1, rows), kind)
        if self.nbytes + room.nbytes > self.limit:
            return None
        self._blocks.append(Block(layout, room))
        self.nbytes += room.nbytes
        return self._blocks[-1]
