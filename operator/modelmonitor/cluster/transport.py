"""HTTP to the Kubernetes API: one pool of at most 20 connections; whoever does not answer is Unreachable."""

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from modelmonitor import __version__, wire
from modelmonitor.cluster.connection import Connection
from modelmonitor.errors import Unreachable

MOST_CONNECTIONS = 20
SECONDS = 10.0
"""For one call, the wait for a free connection included."""
SILENCE_SECONDS = 90.0
"""After so long without a word a stream ends, to be asked for again: it may be dead. It need not be: the API
sends a bookmark once a minute, but none of a kind of which it has seen no change since its own start."""
_FAILURES = (aiohttp.ClientError, TimeoutError, OSError, ValueError)
"""A ValueError is that of a token, or of an answer, that no HTTP can be made of."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call; `what` says it in the words of its errors."""

    what: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = SECONDS

    @property
    def data(self) -> bytes | None:
        """Write the body."""
        return None if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


class Transport:
    """Calls to one API server, as one account."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Open the pool; an event loop must run."""
        connector = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ssl=self.connection.tls)
        headers = {"User-Agent": f"{wire.FIELD_MANAGER}/{__version__}", "Content-Type": "application/json"}
        jar = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(connector=connector, headers=headers, cookie_jar=jar)

    async def close(self) -> None:
        """Close all connections."""
        if self._session:
            await self._session.close()

    async def call(self, call: Call) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        try:
            async with self._request(call, aiohttp.ClientTimeout(total=call.seconds)) as answer:
                return answer.status, await answer.read()
        except _FAILURES as error:
            raise _silence(call, error) from error

    async def stream(self, call: Call) -> AsyncGenerator[tuple[int, bytes], None]:
        """Yield the status with each line of an endless answer, until that ends or falls silent.

        A refusal is one line.
        """
        patience = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS, sock_read=SILENCE_SECONDS)
        try:
            async with self._request(call, patience) as answer:
                if answer.status != 200:
                    yield answer.status, await answer.read()
                    return
                with contextlib.suppress(aiohttp.SocketTimeoutError):
                    async for line in _lines(answer.content):
                        yield 200, line
        except _FAILURES as error:
            raise _silence(call, error) from error

    def _request(self, call: Call, patience: aiohttp.ClientTimeout) -> Any:
        if self._session is None:
            raise Unreachable(f"{call.what}: expected an open pool, got none; open it first")
        url, headers = self.connection.server + call.path, {**call.headers, **self.connection.headers()}
        return self._session.request(
            call.method,
            url,
            params=call.query,
            data=call.data,
            headers=headers,
            timeout=patience,
            allow_redirects=False,
        )


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Cut a stream into lines of any length."""
    pending = bytearray()
    async for piece in content.iter_any():
        pending += piece
        while (end := pending.find(b"\n")) >= 0:
            yield bytes(pending[:end])
            del pending[: end + 1]


def _silence(call: Call, error: BaseException) -> Unreachable:
    got = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Unreachable(f"{call.what}: expected an answer of the Kubernetes API, got {got}")
