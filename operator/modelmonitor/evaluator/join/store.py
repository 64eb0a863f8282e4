"""Where predictions wait for their labels: what the join asks of a store, whichever it is."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modelmonitor.errors import MonitorError
from modelmonitor.evaluator.records import Records


class LabelOutcome(enum.StrEnum):
    """What became of a label: the label `outcome` of `labels_total`."""

    JOINED = "joined"
    """It is the first one of a prediction that waits."""
    DUPLICATE = "duplicate"
    """The prediction has the same label already, or was counted with it."""
    CONFLICTING = "conflicting"
    """It replaces another label of a prediction that still waits."""
    LATE = "late"
    """The prediction was counted without it."""
    UNKNOWN = "unknown"
    """No such prediction: never seen, not yet, dropped, or counted too long ago. Send it again later."""
    UNSAMPLED = "unsampled"
    """Predictions of this id do not wait for labels: it lies outside the sample."""
    INVALID = "invalid"
    """It is no label: no id, or a truth of the wrong shape."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What records of one scheme mean, so that any replica can read them."""

    hash: str
    text: bytes
    """JSON of the config and the reference."""
    maturity_seconds: float
    """How long such records wait."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of records that were to be remembered; the others wait."""

    full: int = 0
    """Dropped, the newest first, because there was no room."""
    repeated: int = 0
    """Dropped because another prediction of this id waits, or came by the same call: the first one stays."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one layout that are due, with the label of each; None: nobody sent one."""

    layout: str
    records: bytes
    labels: list[bytes | None]


class StoreDown(MonitorError):
    """The label store did not answer in time, or not as it should."""

    reason = "LabelStoreDown"
    retry_after: float | None = 5.0

    def __init__(self, message: str, *, perhaps_done: bool = False) -> None:
        super().__init__(message)
        self.perhaps_done = perhaps_done
        """The call was sent and may have been obeyed; only its answer is missing."""


class StoreFull(MonitorError):
    """The label store has no room."""

    reason = "LabelStoreFull"
    retry_after: float | None = 30.0


def tombstone_seconds(maturity_seconds: float) -> float:
    """Say for how long it is known what was counted: a tenth of the maturity, a minute to an hour.

    So tombstones are few beside what waits.
    """
    return min(max(maturity_seconds / 10, 60.0), 3600.0)


class Store(Protocol):
    """Remembers records until they are due. Every method may raise `StoreDown`, after a second at most.

    Labels are opaque bytes, never empty; equal bytes are the same label. All times are Unix seconds by the
    callers' clocks; no step of a clock loses a record or hands it out twice.
    """

    shared: bool
    """Whether what waits outlives this process."""
    errors: int
    """Calls that failed so far."""

    async def remember(self, layout: Layout, records: Records, due: NDArray[np.float64]) -> Kept:
        """Let records wait, each until its due time.

        The very same record again, by another call, changes nothing and is no repetition, so that a call
        whose answer was lost can be repeated. An id that was counted can wait anew.
        """
        ...

    async def mark(
        self, keys: Sequence[int], labels: Sequence[bytes], now: float
    ) -> list[tuple[LabelOutcome, float]]:
        """Put labels to records that wait, in order; give each outcome, and the seconds since the prediction.

        The seconds are NaN unless the outcome is `joined`.

        Raises
        ------
        StoreFull
            If there is no room for the labels.
        """
        ...

    async def take(self, now: float, limit: int) -> list[Batch]:
        """Take records that are due, at most `limit`; nobody else is ever given them."""
        ...

    async def pending(self) -> int:
        """Count the records that wait, those of all replicas that share this store."""
        ...

    async def layout(self, hash_: str) -> bytes | None:
        """Return the text of a layout that records were remembered with, or None if it is lost."""
        ...

    async def close(self) -> None:
        """Let go of connections. Records in memory are lost."""
        ...
