"""The label store of many replicas: a Redis or Valkey server, version 6 or later.

Under `modelmonitor:{namespace/monitor}:` lie the hashes `records` (key → layout's hash and record), `labels`
and `counted` (tombstones), the sorted sets `due` and `expiry` (of tombstones), `layout:…` (configs) and
`taken:…` (what each replica took last). All of it expires a week after the last record was due. The server
must not evict keys (`maxmemory-policy noeviction`); what its own restart loses is lost. It is one server, or
an address that stands for one: neither Sentinel nor Cluster is spoken.
"""

import asyncio
import contextlib
import hashlib
import logging
import secrets
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from modelmonitor.evaluator.join.store import Batch, Kept, LabelOutcome, Layout, StoreDown, StoreFull
from modelmonitor.evaluator.records import Records

SECONDS = 1.0
"""A call that takes longer has failed."""
CONNECTIONS = 4
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds without calls after one that failed; they double with each that follows."""
KEEP_SECONDS = 7 * 86_400
MOST_TAKEN = 1024
"""Records of one script: it holds up all other clients of the server."""
OUTCOMES = {
    b"j": LabelOutcome.JOINED,
    b"d": LabelOutcome.DUPLICATE,
    b"c": LabelOutcome.CONFLICTING,
    b"l": LabelOutcome.LATE,
    b"u": LabelOutcome.UNKNOWN,
}
logger = logging.getLogger(__name__)
Argument = str | bytes | int | float


class Script:
    """A Lua script beside this module."""

    def __init__(self, name: str) -> None:
        self.text = Path(__file__).with_name(f"{name}.lua").read_bytes()
        self.sha = hashlib.sha1(self.text, usedforsecurity=False).hexdigest()


REMEMBER, MARK, TAKE = Script("remember"), Script("mark"), Script("take")


class RedisStore:
    """Holds records in a server that replicas share; see `Store`."""

    shared = True

    def __init__(
        self, url: str, name: str, tombstone_seconds: float, address: Callable[[], str] | None = None
    ) -> None:
        """Use the server at `url` (redis://, rediss:// or unix://) for the monitor `name`; connect later.

        While calls fail, `address` is asked whether the server, or the password, is another one by now.
        """
        self.errors = 0
        self._url, self._address = url, address
        self._pool = _pool(url)
        self._prefix = f"modelmonitor:{{{name}}}:"
        self._tombstone_seconds = tombstone_seconds
        self._replica = secrets.token_hex(8)
        self._takes = 1
        self._pause = 0.0
        self._quiet_until = 0.0

    async def remember(self, layout: Layout, records: Records, due: NDArray[np.float64]) -> Kept:
        """Let records wait; see `Store`."""
        keep = int(layout.maturity_seconds + KEEP_SECONDS)
        keys = ("records", "due", "counted", f"layout:{layout.hash}")
        arguments = (layout.hash, records.dtype.itemsize, keep, records.tobytes(), due.tobytes())
        repeated = await self._run(REMEMBER, keys, *arguments)
        if repeated is None:
            text = zlib.compress(layout.text)
            await self._call("SET", f"{self._prefix}layout:{layout.hash}", text, "EX", keep)
            repeated = await self._run(REMEMBER, keys, *arguments)
        return Kept(repeated=cast("int", repeated))

    async def mark(
        self, keys: Sequence[int], labels: Sequence[bytes], now: float
    ) -> list[tuple[LabelOutcome, float]]:
        """Put labels to records that wait; see `Store`."""
        pairs = [(key.to_bytes(8, "little"), label) for key, label in zip(keys, labels, strict=True)]
        arguments = [argument for pair in pairs for argument in pair]
        answer = cast("bytes", await self._run(MARK, ("records", "labels", "counted"), *arguments))
        found = []
        for letter, served in struct.iter_unpack("<cd", answer):
            outcome = OUTCOMES[letter]
            found.append((outcome, now - served if outcome is LabelOutcome.JOINED else np.nan))
        return found

    async def take(self, now: float, limit: int) -> list[Batch]:
        """Take records that are due; see `Store`. A call that failed is repeated by the next one."""
        number = f"{self._takes:016x}"
        keys = ("records", "labels", "due", "counted", "expiry", f"taken:{self._replica}")
        arguments = (now, min(limit, MOST_TAKEN), number, now + self._tombstone_seconds, KEEP_SECONDS)
        answer = cast("bytes", await self._run(TAKE, keys, *arguments))
        self._takes += 1
        return _batches(answer[len(number) :])

    async def pending(self) -> int:
        """Count the records that wait, of all replicas."""
        return cast("int", await self._call("ZCARD", f"{self._prefix}due"))

    async def layout(self, hash_: str) -> bytes | None:
        """Return the text of a layout."""
        text = cast("bytes | None", await self._call("GET", f"{self._prefix}layout:{hash_}"))
        try:
            return None if text is None else zlib.decompress(text)
        except zlib.error:  # others can write there, too
            return None

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> object:
        names = [self._prefix + key for key in keys]
        try:
            return await self._call("EVALSHA", script.sha, len(names), *names, *arguments)
        except _ScriptAbsent:
            return await self._call("EVAL", script.text, len(names), *names, *arguments)

    async def _call(self, *command: Argument) -> object:
        clock = asyncio.get_running_loop().time
        if clock() < self._quiet_until:
            raise StoreDown("label store: expected an answer, got none a moment ago")
        if self._pause:
            await self._look()
        sent, pool = False, self._pool
        try:
            async with asyncio.timeout(SECONDS):
                connection = await pool.get_connection()  # type: ignore[no-untyped-call]
                try:
                    sent = True
                    await connection.send_command(*command)
                    answer = await connection.read_response()
                finally:
                    await pool.release(connection)
        except NoScriptError as error:
            raise _ScriptAbsent from error
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            raise self._failure(error, sent=sent) from error
        if self._pause:
            logger.info("label store: it answers again")
        self._pause = 0.0
        return answer

    async def _look(self) -> None:
        """Move to another address, if there is one that is good."""
        url = self._address() if self._address else ""
        if url and url != self._url:
            with contextlib.suppress(ValueError):
                before, self._pool, self._url = self._pool, _pool(url), url
                await before.aclose()

    def _failure(self, error: Exception, *, sent: bool) -> StoreDown | StoreFull:
        self.errors += 1
        if "maxmemory" in str(error):
            return StoreFull("label store: expected room, got a server that is full; give it more maxmemory")
        text = f"label store: expected an answer within {SECONDS} s, got {str(error) or 'none'}"
        if not self._pause:
            logger.warning("%s; what is to be remembered waits here meanwhile", text)
        self._pause = min(max(FIRST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
        self._quiet_until = asyncio.get_running_loop().time() + self._pause
        return StoreDown(text, perhaps_done=sent and not isinstance(error, ResponseError))


def _pool(url: str) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url, max_connections=CONNECTIONS, timeout=None, retry=Retry(NoBackoff(), 0), protocol=2
    )


class _ScriptAbsent(Exception):
    """The server does not have the script (any more)."""


def _batches(answer: bytes) -> list[Batch]:
    """Read what `take.lua` packed: records of one layout together."""
    records: dict[str, list[bytes]] = {}
    labels: dict[str, list[bytes | None]] = {}
    at = 0
    while at < len(answer):
        size, label_size = struct.unpack_from("<II", answer, at)
        start, end = at + 9, at + 8 + size
        layout = answer[start : start + answer[start - 1]].decode()
        records.setdefault(layout, []).append(answer[start + len(layout) : end])
        labels.setdefault(layout, []).append(answer[end : end + label_size] or None)
        at = end + label_size
    return [Batch(layout, b"".join(parts), labels[layout]) for layout, parts in records.items()]
