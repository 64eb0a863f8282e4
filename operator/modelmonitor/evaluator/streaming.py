"""A response that goes on for as long as somebody reads along: lines, ten times a second, in small pieces."""

import asyncio
import contextlib
import logging
import urllib.parse
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modelmonitor.evaluator.captured import Reader

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SECONDS = 600.0
LONGEST_SECONDS = 86_400.0
GATHER_SECONDS = 0.1
"""How long lines gather; with what may wait, this also bounds the work for a reader."""
STANDING_SECONDS = 1.0
"""How often a reader is told how it stands, so that it knows that we live."""
STALLED_SECONDS = 30.0
"""A reader that takes nothing for so long has gone."""
_HEADERS = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
logger = logging.getLogger(__name__)


def seconds(query: bytes) -> float | None:
    """Return for how long a request wants to read; None where it says no such number.

    >>> seconds(b"seconds=60"), seconds(b""), seconds(b"seconds=ten")
    (60.0, 600.0, None)
    """
    asked = urllib.parse.parse_qs(query.decode("latin-1"), keep_blank_values=True).get("seconds")
    if asked is None:
        return SECONDS
    try:
        wanted = float(asked[-1])
    except ValueError:
        return None
    return wanted if 0 < wanted <= LONGEST_SECONDS else None


async def send_all(reader: Reader, lasting: float, receive: Receive, send: Send) -> None:
    """Answer with all that is captured for so many seconds, unless the reader leaves or stalls before."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await _lines(reader, lasting, gone, lambda text: _sent(send, text, more=True))
        await _sent(send, reader.standing(), more=False)
    except TimeoutError:
        logger.info("a reader takes nothing for %s s: it is given up", STALLED_SECONDS)
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def _lines(
    reader: Reader, lasting: float, gone: "asyncio.Future[None]", send: Callable[[bytes], Awaitable[None]]
) -> None:
    clock = asyncio.get_running_loop().time
    until, stands = clock() + lasting, clock()
    while not gone.done():
        if (now := clock()) >= until:
            reader.ended = reader.ended or "over"
        ended = reader.ended
        for text in reader.waiting():
            await send(text)
        if ended:
            return
        if now >= stands:
            await send(reader.standing())
            stands = now + STANDING_SECONDS
        await asyncio.wait({gone}, timeout=min(GATHER_SECONDS, max(until - clock(), 0)))


async def _sent(send: Send, text: bytes, *, more: bool) -> None:
    async with asyncio.timeout(STALLED_SECONDS):
        await send({"type": "http.response.body", "body": text, "more_body": more})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
