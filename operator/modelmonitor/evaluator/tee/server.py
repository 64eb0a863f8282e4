"""The tee as a server: listens within what the process may open, and ends without losing requests."""

import asyncio
import contextlib
import gc
import resource
import socket

from modelmonitor import listening
from modelmonitor.evaluator.exchange import Observer
from modelmonitor.evaluator.tee.careful import Careful
from modelmonitor.evaluator.tee.connection import ClientSide
from modelmonitor.evaluator.tee.limits import Budget, Limits
from modelmonitor.evaluator.tee.upstream import Upstream

_BACKLOG = 4096
_OTHER_DESCRIPTORS = 256
_GARBAGE = 500
"""Closed connections, each a cycle of some 10 KiB, after which the garbage collector is asked to look."""
_BREATH = 0.1


class Tee:
    """Passes the bytes of every client to the model and back, and tells the observer what passed.

    Parameters
    ----------
    upstream
        Host and port of the model; on this machine it may listen at another address than the one said.
    observer
        Is told every exchange, from the event loop's thread.
    limits
        Bounds of the copies and of the number of clients.
    """

    def __init__(self, upstream: tuple[str, int], observer: Observer, limits: Limits | None = None) -> None:
        self.upstream = Upstream(*upstream)
        self.observer = Careful(observer)
        self.limits = limits or Limits()
        self.budget = Budget(self.limits.copy_bytes)
        self.draining = False
        self.port = 0
        self._clients: set[ClientSide] = set()
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._most = 0
        self._gone = 0
        self._resuming: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    async def start(self, host: str, port: int) -> None:
        """Listen, on any free port if it is 0.

        Raises
        ------
        OSError
            The address is taken, or not of this machine.
        """
        descriptors = _raised_descriptors()
        allowed = (descriptors - min(_OTHER_DESCRIPTORS, descriptors // 2)) // 2
        self._most = min(self.limits.connections or allowed, allowed)
        self._listener = listening.listener(host, port, _BACKLOG)
        self.port = self._listener.getsockname()[1]
        await self._accept()

    async def drain(self, seconds: float) -> None:
        """Accept no more, let requests under way be answered, and reset those that are not in time."""
        self.draining = True
        if self._resuming is not None:
            await self._resuming
        self._pause()
        if self._listener is not None:
            self._listener.close()
        for client in tuple(self._clients):
            client.retire()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._emptied()
        for client in tuple(self._clients):
            client.reset()
        await self._emptied()

    def opened(self, client: ClientSide) -> None:
        """Take note of a new client; accept no more of them than can be served."""
        self._clients.add(client)
        if len(self._clients) >= self._most:
            self._pause()

    def closed(self, client: ClientSide) -> None:
        """Take note that a client is gone; another may have its place."""
        self._clients.discard(client)
        if not self._clients:
            self._empty.set()
        self._gone += 1
        if self._gone % _GARBAGE == 0:
            gc.collect()
        paused = self._server is None and self._resuming is None and not self.draining
        if paused and len(self._clients) < self._most:
            self._resuming = asyncio.get_running_loop().create_task(self._resume())

    async def _accept(self) -> None:
        """Accept from a duplicate of the listening socket; while it is closed, clients wait in the queue."""
        if self._listener is not None:
            listening = self._listener.dup()
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: ClientSide(self), sock=listening, backlog=_BACKLOG
            )

    async def _resume(self) -> None:
        while self._server is None and not self.draining:
            try:
                await self._accept()
            except OSError:  # others have the last descriptors
                await asyncio.sleep(_BREATH)
        self._resuming = None

    def _pause(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _emptied(self) -> None:
        while self._clients:
            self._empty.clear()
            await self._empty.wait()


def _raised_descriptors() -> int:
    """Raise the number of file descriptors that the process may open as far as it may, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 20
