"""Who has to be visited, and when: each monitor at most once at a time, bursts of events as one visit."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from typing import Protocol

from modelmonitor.cluster.family import MonitorKey

SETTLE = 0.2
"""Seconds that an event waits for others of the same monitor."""


class Visit(Protocol):
    """Visit a monitor; return after how many seconds to come again (None: at the next event)."""

    def __call__(self, key: MonitorKey) -> Awaitable[float | None]:
        """Visit."""


class Queue:
    """Monitors that wait for a visit, each with its time; an earlier time replaces a later one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._due: dict[MonitorKey, float] = {}
        self._heap: list[tuple[float, MonitorKey]] = []
        self._busy: set[MonitorKey] = set()
        self._rests: dict[MonitorKey, float] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """Count who waits."""
        return len(self._due)

    def add(self, key: MonitorKey, after: float = SETTLE) -> None:
        """Ask for a visit, after so many seconds at the latest, but not before the monitor's rest is over."""
        when = max(self._clock() + after, self._rests.get(key, 0.0))
        if when < self._due.get(key, float("inf")):
            self._due[key] = when
            heapq.heappush(self._heap, (when, key))
            self._changed.set()

    def rest(self, key: MonitorKey, seconds: float) -> None:
        """Visit a monitor no sooner than in so many seconds; 0: lift the rest."""
        if seconds > 0:
            self._rests[key] = self._clock() + seconds
        else:
            self._rests.pop(key, None)

    async def take(self) -> MonitorKey:
        """Return the next monitor that is due and not being visited; wait for it."""
        while True:
            self._changed.clear()
            key, wait = self._next()
            if key is not None:
                del self._due[key]
                if self._rests.get(key, 0.0) <= self._clock():
                    self._rests.pop(key, None)
                self._busy.add(key)
                return key
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def done(self, key: MonitorKey) -> None:
        """Say that a visit is over: what happened meanwhile may lead to the next one."""
        self._busy.discard(key)
        if key in self._due:
            heapq.heappush(self._heap, (self._due[key], key))
        self._changed.set()

    async def work(self, visit: Visit) -> None:
        """Visit whoever is due, until cancelled."""
        while True:
            key = await self.take()
            try:
                after = await visit(key)
            finally:
                self.done(key)
            if after is not None:
                self.add(key, after)

    def _next(self) -> tuple[MonitorKey | None, float | None]:
        while self._heap:
            when, key = self._heap[0]
            if self._due.get(key) != when or key in self._busy:
                heapq.heappop(self._heap)
            elif when <= self._clock():
                heapq.heappop(self._heap)
                return key, None
            else:
                return None, when - self._clock()
        return None, None
