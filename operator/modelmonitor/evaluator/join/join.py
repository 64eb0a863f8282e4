"""The join of predictions with their truth: what comes in, what waits, what has matured."""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from modelmonitor.evaluator.join import cohort, labels, layouts
from modelmonitor.evaluator.join.buffer import Block, Buffer
from modelmonitor.evaluator.join.labels import Label, LabelAnswer, LabelsUnreadable
from modelmonitor.evaluator.join.store import (
    Batch,
    Kept,
    LabelOutcome,
    Store,
    StoreDown,
    StoreFull,
    tombstone_seconds,
)
from modelmonitor.evaluator.records import Cohort, Records, record_type, sampled, waiting
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

GATHER_SECONDS = 0.02
"""How long records gather before they go to the store in one call."""
RETRY_SECONDS = 1.0
"""Until records go again to a store that was down."""
LABELS = 256
"""Of one call to the store; between two calls others have their turn."""
BEHIND = 4
"""Blocks on their way to the store, at which labels are not taken: their predictions may be among these."""
TAKEN_BYTES = 256 << 10
TAKEN_ROWS = 4096
"""What is taken in one call at the most."""
SCHEMES = 8
"""Kept ready; others are read from the store again."""
MATURE_BYTES = 1 << 19
"""Of records that `mature` returns, about; what is left is due at the next call."""


class Join:
    """Remembers predictions in a store, puts labels to them, and gives back what has matured.

    What is lost on the way is in `lost`, by reason; it only grows.
    """

    def __init__(self, store: Store, scheme: Scheme, now: Callable[[], float] = time.time) -> None:
        """Join under this scheme; `now` is the wall clock."""
        self.lost: Counter[Loss] = Counter()
        self._schemes: dict[str, Scheme] = {}
        """The last ones that were used or asked for, by hash."""
        self._store, self._now = store, now
        self._buffer = Buffer(scheme.config.labels.max_bytes)
        self._flushing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._maturing = asyncio.Lock()
        self._taken: list[Batch] = []
        self._ready: list[tuple[Scheme, Cohort]] = []
        self.use(scheme)

    def use(self, scheme: Scheme) -> None:
        """Join under another scheme from now on; what waits keeps its own."""
        self._scheme, self._layout = scheme, layouts.write(scheme)
        self._limit = max(1, min(TAKEN_ROWS, TAKEN_BYTES // record_type(scheme).itemsize))
        self._buffer.limit = scheme.config.labels.max_bytes
        self._know(scheme)

    def remember(self, records: Records) -> None:
        """Let predictions wait for their labels; needs a running loop, never blocks, never raises.

        Those without an id, or whose id is outside the sample, do not wait. A prediction that was served in
        the future, by a clock that is ahead, was served now.
        """
        records = records[waiting(records, self._scheme.config.labels.sampling)]
        records["served"] = np.fmin(records["served"], self._now())
        refused = self._buffer.add(self._layout, records)
        self._lose(Loss.STORE_DOWN if self._store.shared else Loss.STORE_FULL, refused)
        if len(records) and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def labels(self, body: bytes, content_type: str = "") -> LabelAnswer:
        """Take the labels of a request; see `labels.items` for its forms."""
        try:
            items = labels.items(body, content_type)
        except LabelsUnreadable as error:
            return LabelAnswer(status=400, error=str(error))
        return await self._answer(items)

    async def label(self, id_: str, body: bytes) -> LabelAnswer:
        """Take the label of one prediction: a JSON value, or an object with `actual` and perhaps `time`.

        The status is 404 where it is unknown, 400 where it is invalid.
        """
        try:
            value = labels.decode(body)
        except LabelsUnreadable as error:
            return LabelAnswer(status=400, error=str(error))
        item = value if isinstance(value, Mapping) and "actual" in value else {"actual": value}
        answer = await self._answer([{**item, "id": id_}])
        if answer.status == 200:
            statuses = {LabelOutcome.UNKNOWN: 404, LabelOutcome.INVALID: 400}
            answer.status = statuses.get(answer.results[0][1], 200)
        return answer

    async def mature(self, now: float) -> list[tuple[Scheme, Cohort]]:
        """Take what is due, each record once among all replicas: cohorts with their schemes.

        Count all that it returns, and call it again until it returns nothing, about once a second. It returns
        nothing while the store is down.
        """
        async with self._maturing:
            await self.flush()
            with contextlib.suppress(StoreDown):
                await self._take(now)
            ready, self._ready = self._ready, []
            return ready

    async def flush(self) -> bool:
        """Bring to the store what is on its way to it; say whether all of it arrived."""
        async with self._flushing:
            for _ in range(self._buffer.blocks):
                if not await self._flush(self._buffer.first()):
                    return False
                self._buffer.drop_first()
                await asyncio.sleep(0)
            return True

    async def pending(self) -> int:
        """Count what waits: in the store, of all its replicas, and on the way to it."""
        return len(self._buffer) + await self._store.pending()

    async def abandon(self) -> int:
        """End: give up what could not reach the store and what does not outlive this process; count it."""
        if self._task:
            self._task.cancel()
        await self.flush()
        given_up = len(self._buffer) + (0 if self._store.shared else await self._store.pending())
        self._lose(Loss.ABANDONED, given_up)
        await self._store.close()
        return given_up

    async def _send(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        while self._buffer.blocks:
            if not await self.flush():
                await asyncio.sleep(RETRY_SECONDS)

    async def _flush(self, block: Block) -> bool:
        records, due = block.records, block.records["served"] + block.layout.maturity_seconds
        if block.perhaps_done:
            known = due + tombstone_seconds(block.layout.maturity_seconds) > self._now()
            records, due = records[known], due[known]
        try:
            kept = await self._store.remember(block.layout, records, due)
        except StoreFull:
            kept = Kept(full=len(records))
        except StoreDown as error:
            block.perhaps_done |= error.perhaps_done
            return False
        self._lose(Loss.STORE_DOWN, block.used - len(records))
        self._lose(Loss.STORE_FULL, kept.full)
        self._lose(Loss.REPEATED_ID, kept.repeated)
        return True

    async def _answer(self, items: list[object]) -> LabelAnswer:
        answer = LabelAnswer()
        try:
            if self._buffer.blocks > BEHIND and self._flushing.locked():
                raise StoreDown("label store: expected all predictions, got some that are still on their way")
            if not await self.flush():
                raise StoreDown("label store: expected an answer, got none")
            for start in range(0, len(items), LABELS):
                await self._mark(answer, items[start : start + LABELS])
                await asyncio.sleep(0)
        except (StoreDown, StoreFull) as error:
            answer.status, answer.retry_after = 503, math.ceil(error.retry_after or 1)
            answer.error = f"{error}; send these labels again"
        return answer

    async def _mark(self, answer: LabelAnswer, items: list[object]) -> None:
        now = self._now()
        read = [labels.label(self._scheme.task, item) for item in items]
        keys = np.array([one.key for one in read], np.uint64)
        waits = sampled(keys, self._scheme.config.labels.sampling) & (keys != 0)
        sent = [one for one, good in zip(read, waits, strict=True) if good]
        marked = await self._store.mark([one.key for one in sent], [one.truth for one in sent], now)
        outcomes = iter(marked)
        for one, good in zip(read, waits, strict=True):
            outcome, lag = next(outcomes) if good else (_unmarked(one), math.nan)
            answer.results.append((one.id, outcome))
            answer.actuals.append(one.actual)
            if outcome is LabelOutcome.JOINED:
                answer.lags.append(max(0.0, lag + (0.0 if one.time is None else min(one.time - now, 0.0))))

    async def _take(self, now: float) -> None:
        """Take what is due and make it ready; whenever this ends early, nothing is lost."""
        taken = 0
        while taken < MATURE_BYTES:
            self._taken = self._taken or await self._store.take(now, self._limit)
            if not self._taken:
                return
            batch = self._taken[0]
            scheme = await self._scheme_of(batch.layout)
            self._ready += self._cohorts(batch, scheme)
            del self._taken[0]
            taken += len(batch.records)
            await asyncio.sleep(0)

    async def _scheme_of(self, layout: str) -> Scheme | None:
        if layout not in self._schemes:
            text = await self._store.layout(layout)
            scheme = layouts.read(text) if text else None
            if scheme is None or scheme.hash != layout:
                return None
            self._know(scheme)
        return self._schemes[layout]

    def _know(self, scheme: Scheme) -> None:
        self._schemes.pop(scheme.hash, None)
        self._schemes[scheme.hash] = scheme
        if len(self._schemes) > SCHEMES:
            del self._schemes[next(iter(self._schemes))]

    def _cohorts(self, batch: Batch, scheme: Scheme | None) -> list[tuple[Scheme, Cohort]]:
        with contextlib.suppress(ValueError):
            if scheme:
                return [(scheme, cohort.cohort(scheme, batch.records, batch.labels))]
        self._lose(Loss.UNREADABLE, len(batch.labels))
        return []

    def _lose(self, reason: Loss, count: int) -> None:
        if count:
            self.lost[reason] += count


def _unmarked(label: Label) -> LabelOutcome:
    return LabelOutcome.UNSAMPLED if label.key else LabelOutcome.INVALID
