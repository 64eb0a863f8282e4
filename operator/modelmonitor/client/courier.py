"""A bounded queue that a background thread empties; it survives forks and ends with the interpreter."""

import atexit
import math
import os
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from modelmonitor.client.endpoint import NotReached
from modelmonitor.client.losses import Losses

SECONDS_GATHERED = 0.1
"""How long the first thing waits for others to travel with it."""
GATHERED = 500
"""So many go at once, without waiting for more."""
SECONDS_AT_EXIT = 1.0
_SECONDS_FIRST_PAUSE, _SECONDS_LONGEST_PAUSE = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent in one request: of how many things it is made, and when, on the monotonic clock."""

    content: Any
    count: int
    due: float = 0.0
    tries: int = 0

    def delayed(self, at_least: float = 0.0) -> "Parcel":
        """Give it again, due after a pause that doubles with every try."""
        pause = max(at_least, min(_SECONDS_LONGEST_PAUSE, _SECONDS_FIRST_PAUSE * 2.0**self.tries))
        return Parcel(self.content, self.count, time.monotonic() + pause, self.tries + 1)


class Carrier(Protocol):
    """Knows how to send things; belongs to the courier's thread."""

    losses: Losses

    def pack(self, things: Sequence[Any]) -> list[Parcel]:
        """Make parcels of what was queued; counts as lost what cannot be packed."""
        ...

    def deliver(self, parcel: Parcel) -> Parcel | None:
        """Send one; give what of it has to be sent again, and count what is lost.

        Any error but `NotReached` loses the whole parcel.
        """
        ...

    def forget(self) -> None:
        """Begin anew, as a forked process does, without the connection of its parent."""
        ...


class Courier:
    """Takes things without waiting and hands them to its carrier, in a thread that starts when needed."""

    def __init__(self, carrier: Carrier, limit: int) -> None:
        self._carrier = carrier
        self._limit = limit
        self.forget()
        _EVERY.add(self)

    def forget(self) -> None:
        """Begin with an empty queue and no thread: whatever waits at a fork is the parent's to send."""
        self._change = threading.Condition()  # reentrant: the handler of a signal may call a model too
        self._thread: threading.Thread | None = None
        self._wakes_at = math.inf
        self._hurried = self._ending = False
        self._queue: list[Any] = []
        self._queued = self._waiting = 0
        self._later: list[Parcel] = []
        self._carrier.forget()

    def put(self, thing: Any, count: int = 1) -> None:
        """Queue what counts as so many; over the limit it is lost."""
        with self._change:
            if self._waiting + count > self._limit:
                self._lose(count, f"more than {self._limit} were waiting to be sent")
                return
            self._queue.append(thing)
            self._queued += count
            self._waiting += count
            if self._queued >= self._wakes_at:
                self._wake()
            if self._thread is None:
                self._start()

    def lose(self, count: int, reason: str) -> None:
        """Count what could not even be queued, and have it said."""
        with self._change:
            self._lose(count, reason)

    def flush(self, seconds: float) -> bool:
        """Wait until nothing is waiting, at most so long; say whether nothing is."""
        with self._change:
            self._hurried = True
            self._wake()
            return self._change.wait_for(lambda: not self._waiting, max(0.0, seconds))

    def end(self, seconds: float) -> None:
        """Try everything once more, for at most so long; nothing is tried again after that."""
        with self._change:
            self._ending = True
        self.flush(seconds)

    def _lose(self, count: int, reason: str) -> None:
        self._carrier.losses.add(count, reason)
        if self._thread is None:
            self._start()
        if self._carrier.losses.to_tell():
            self._wake()

    def _wake(self) -> None:
        self._wakes_at = math.inf
        self._change.notify_all()

    def _start(self) -> None:
        """Start the thread; set it before, as the handler of a signal may come here while it starts."""
        self._thread = threading.Thread(target=self._run, name="modelmonitor-client", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # no more threads here, or the interpreter is ending
            self._thread = None

    def _run(self) -> None:
        while True:
            things, count, parcels = self._taken()
            self._send([*parcels, *self._packed(things, count)])
            self._carrier.losses.tell()

    def _taken(self) -> tuple[list[Any], int, list[Parcel]]:
        """Wait for something to do, then a little for more of it; give all that is queued and due."""
        with self._change:
            while not (self._queue or self._due() or self._carrier.losses.to_tell()):
                self._wait(1, min((it.due for it in self._later), default=math.inf) - time.monotonic())
            if self._queued < GATHERED and not self._hurried:
                self._wait(GATHERED, SECONDS_GATHERED)
            things, count, parcels = self._queue, self._queued, self._due()
            self._queue, self._queued, self._hurried = [], 0, False
            sent = set(map(id, parcels))
            self._later = [it for it in self._later if id(it) not in sent]
            return things, count, parcels

    def _packed(self, things: Sequence[Any], count: int) -> list[Parcel]:
        packed: list[Parcel] = []
        try:
            packed = self._carrier.pack(things)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever a model hands over
            self._carrier.losses.add(count, f"{type(error).__name__}: {error}")
        self._settle(count - sum(parcel.count for parcel in packed))
        return packed

    def _wait(self, for_count: int, seconds: float) -> None:
        self._wakes_at = for_count
        self._change.wait(None if math.isinf(seconds) else max(0.0, seconds))
        self._wakes_at = math.inf

    def _due(self) -> list[Parcel]:
        now = math.inf if self._ending else time.monotonic()
        return [it for it in self._later if it.due <= now]

    def _send(self, parcels: Sequence[Parcel]) -> None:
        """Deliver one after the other; when one finds nobody, the others need not go."""
        for number, parcel in enumerate(parcels):
            again = None
            try:
                again = self._carrier.deliver(parcel)
            except NotReached as error:
                for one in parcels[number:]:
                    self._keep(one, one.delayed())
                self._carrier.losses.add(0, str(error))
                return
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever answers
                self._carrier.losses.add(parcel.count, f"{type(error).__name__}: {error}")
            self._keep(parcel, again)

    def _keep(self, parcel: Parcel, again: Parcel | None) -> None:
        """Put what is to be sent again aside; at the end of the process there is no later."""
        with self._change:
            if again and self._ending:
                self._carrier.losses.add(again.count, "the process ended")
            elif again:
                self._later.append(again)
        kept = again.count if again and not self._ending else 0
        self._settle(parcel.count - kept)

    def _settle(self, count: int) -> None:
        with self._change:
            self._waiting -= count
            if not self._waiting:
                self._change.notify_all()


_EVERY: "weakref.WeakSet[Courier]" = weakref.WeakSet()


def _forget_all() -> None:
    for courier in list(_EVERY):
        courier.forget()


def _end_all() -> None:
    until = time.monotonic() + SECONDS_AT_EXIT
    for courier in list(_EVERY):
        courier.end(until - time.monotonic())


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
