"""A tee between a test's client and a model that is written byte by byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.tee.limits import Limits
from modelmonitor.evaluator.tee.server import Tee

Model = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 20
"""Seconds after which a test that waits in vain fails."""


@dataclass
class Recorder:
    """An observer that keeps what it is told."""

    wanted: bool = True
    exchanges: list[Exchange] = field(default_factory=list)
    opaques: int = 0
    encrypted: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def copies(self, method: str, target: str) -> bool:
        return self.wanted and bool(method) and target is not None

    def exchanged(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.changed.set()

    def opaque(self, *, encrypted: bool) -> None:
        self.opaques += 1
        self.encrypted += encrypted
        self.changed.set()

    async def told(self, exchanges: int = 1, opaques: int = 0) -> list[Exchange]:
        """Wait until so much was told, and no more."""
        async with asyncio.timeout(PATIENCE):
            while len(self.exchanges) < exchanges or self.opaques < opaques:
                self.changed.clear()
                await self.changed.wait()
        assert (len(self.exchanges), self.opaques) == (exchanges, opaques)
        return self.exchanges


@dataclass
class Scene:
    """What a test has at hand."""

    tee: Tee
    seen: Recorder
    clients: list[asyncio.StreamWriter] = field(default_factory=list)
    models: list[asyncio.Task[None]] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect a client, which is closed at the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.tee.port)
        self.clients.append(writer)
        return reader, writer

    async def say(self, request: bytes, length: int) -> bytes:
        """Connect, send bytes, and return so many of those that come back."""
        reader, writer = await self.connect()
        writer.write(request)
        answer = await reader.readexactly(length)
        writer.close()
        return answer

    async def alone(self) -> None:
        """Wait until no connection is left; then nothing may be held for any."""
        await until(lambda: not self.tee.connections)
        assert self.tee.budget.held == 0

    async def end(self) -> None:
        """Close what the test has left open; raise what a model has raised."""
        for writer in self.clients:
            writer.transport.abort()
        await self.tee.drain(0)
        for model in self.models:
            model.cancel()
        raised = await asyncio.gather(*self.models, return_exceptions=True)
        for error in raised:
            if isinstance(error, AssertionError):
                raise error
        await asyncio.sleep(0.001)  # closed transports are gone one round later


@asynccontextmanager
async def scene(model: Model, limits: Limits | None = None, *, wanted: bool = True) -> AsyncIterator[Scene]:
    """Start a model and a tee before it; at the end both are gone and nothing is held."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await model(reader, writer)
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        it.models.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=4096)
    seen = Recorder(wanted)
    it = Scene(Tee(server.sockets[0].getsockname()[:2], seen, limits), seen)
    await it.tee.start("127.0.0.1", 0)
    defects: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: defects.append(context))
    try:
        async with asyncio.timeout(PATIENCE * 3):
            yield it
    finally:
        server.close()
        await it.end()
    assert not defects
    assert it.tee.budget.held == 0


@asynccontextmanager
async def tee_before(
    upstream: tuple[str, int], listen: str = "127.0.0.1"
) -> AsyncIterator[tuple[Tee, Recorder]]:
    """Start a tee before what a test serves itself, or does not."""
    seen = Recorder()
    tee = Tee(upstream, seen)
    await tee.start(listen, 0)
    async with asyncio.timeout(PATIENCE):
        try:
            yield tee, seen
        finally:
            await tee.drain(0)


async def until(fact: Callable[[], bool]) -> None:
    """Wait until something is so that nobody tells."""
    async with asyncio.timeout(PATIENCE):
        while not fact():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def closed_port() -> int:
    """Return a port at which nobody listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def head(reader: asyncio.StreamReader) -> bytes:
    """Read a head up to its blank line; b"" at the end of the stream."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        return end.partial


def saying(*answers: bytes, length: int = 0) -> Model:
    """Return a model that answers each request in turn, after reading so many bytes of body, then closes."""

    async def model(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await head(reader)
            await reader.readexactly(length)
            writer.write(answer)
        await reader.read()

    return model
