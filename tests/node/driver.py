"""Callers of a model in a process of their own, which know what they asked and what was answered.

python driver.py ADDRESS:PORT OUTPUT [--rate R] [--number N] [--clients C] [--each E] [--prefix P]

Request n, of id `<prefix><n>`, asks about age n mod 100. They go on until so many are answered, or until
SIGTERM; each connection is used for E requests. OUTPUT is JSON: how many were sent, the failures, answers by
version, milliseconds.
"""

import argparse
import asyncio
import contextlib
import json
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import uvloop

PATIENCE = 10.0
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_VERSION = re.compile(rb"x-model-version: (\S+)", re.IGNORECASE)


def request(id_: str, number: int) -> bytes:
    """Write the request of a number."""
    tensors = [
        {"name": "age", "shape": [1], "datatype": "FP64", "data": [number % 100]},
        {"name": "plan", "shape": [1], "datatype": "BYTES", "data": ["pro" if number % 3 else "free"]},
    ]
    body = json.dumps({"inputs": tensors}).encode()
    head = (
        f"POST /v2/models/churn/infer HTTP/1.1\r\nhost: churn\r\nx-request-id: {id_}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Driver:
    """All callers together keep the rate."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._host, _, port = options.address.partition(":")
        self._port = int(port)
        self._stop = asyncio.Event()
        self._next = 0
        self._began = 0.0
        self.versions: Counter[str] = Counter()
        self.failed: list[tuple[int, str]] = []
        self.milliseconds: list[float] = []

    async def run(self) -> None:
        """Ask until the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        self._began = time.perf_counter()
        await asyncio.gather(*(self._caller() for _ in range(self._options.clients)))

    def told(self) -> dict[str, object]:
        """Return what they have seen."""
        return {
            "sent": self._next,
            "failed": self.failed,
            "versions": self.versions,
            "milliseconds": sorted(self.milliseconds),
            "seconds": time.perf_counter() - self._began,
        }

    async def _caller(self) -> None:
        first: int | None = None
        while first is not None or (first := await self._due()) is not None:
            number, first = first, None
            try:
                async with asyncio.timeout(PATIENCE):
                    reader, writer = await asyncio.open_connection(self._host, self._port)
            except (OSError, TimeoutError) as error:
                self.failed.append((number, f"connect: {type(error).__name__}"))
                continue
            with contextlib.closing(writer):
                first = await self._talk(number, reader, writer)

    async def _talk(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> int | None:
        """Ask over one connection; return the number of a request that needs another one."""
        for _ in range(self._options.each):
            try:
                async with asyncio.timeout(PATIENCE):
                    closing = await self._ask(number, reader, writer)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                self.failed.append((number, type(error).__name__))
                return None
            due = await self._due()
            if due is None or closing or reader.at_eof():
                return due
            number = due
        return number

    async def _ask(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        due = self._began + number / self._options.rate
        writer.write(request(f"{self._options.prefix}{number}", number))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        await reader.readexactly(int(length[1]) if length else 0)
        self.milliseconds.append((time.perf_counter() - due) * 1000)
        version = _VERSION.search(head)
        if head.split()[1] == b"200":
            self.versions[version[1].decode() if version else ""] += 1
        else:
            self.failed.append((number, head.split()[1].decode()))
        return b"connection: close" in head.lower()

    async def _due(self) -> int | None:
        """Wait until the next request is due; None: there is none."""
        if self._stop.is_set() or self._next >= self._options.number:
            return None
        self._next += 1
        number = self._next - 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(
                max(0.0, self._began + number / self._options.rate - time.perf_counter())
            ):
                await self._stop.wait()
                self._next -= 1
                return None
        return number


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("output", type=Path)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--number", type=int, default=sys.maxsize)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--prefix", default="p-")
    given = parser.parse_args()
    driver = Driver(given)
    uvloop.run(driver.run())
    given.output.write_text(json.dumps(driver.told()))
