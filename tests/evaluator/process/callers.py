"""Callers of a model, in a process of their own: python callers.py PORT REQUEST_FILE OPTIONS; prints JSON.

Each request has an id of its own, in place of `@ID@` in the request, which has to leave room for it. They
go on until so many are answered, or until SIGTERM: then those that are under way are awaited.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

ID = b"@ID@........"
"""Where the id goes; ids are as long."""
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass
class Told:
    """What the callers have seen."""

    answered: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    """How many answers had a body of so many bytes."""
    broken: list[str] = field(default_factory=list)
    """Connections that ended while an answer was awaited."""
    refused: int = 0
    """Connections that were not made; the callers end with the first."""
    milliseconds: list[float] = field(default_factory=list)
    """From when each was due, if there is a rate, else from when it was sent."""

    def quantile(self, share: float) -> float:
        """Return the time that this share of requests took at most."""
        return sorted(self.milliseconds)[int(share * (len(self.milliseconds) - 1))]


class Callers:
    """Ask over so many connections, all together at a rate, or as fast as answers come."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._request = Path(options.request).read_bytes()
        self._next = 0
        self._began = 0.0
        self._stop = asyncio.Event()
        self.told = Told()

    async def run(self) -> None:
        """Ask until all is answered, or until SIGTERM."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop.set)
        self._began = time.perf_counter()
        await asyncio.gather(*(self._client() for _ in range(self._options.clients)))

    async def _client(self) -> None:
        while not self._done():
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._options.port)
            except OSError:
                self.told.refused += 1
                return
            with contextlib.closing(writer):
                await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask over one connection until it ends."""
        while (number := self._take()) is not None:
            if not (due := await self._due(number)):
                return
            id_ = f"{self._options.prefix}{number:0{len(ID) - len(self._options.prefix)}}"
            try:
                writer.write(self._request.replace(ID, id_.encode()))
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.told.broken.append(f"{id_}: {error!r}")
                return
            self.told.milliseconds.append((time.perf_counter() - due) * 1000)
            self._count(head.split()[1].decode(), str(len(body)))

    def _count(self, status: str, size: str) -> None:
        self.told.answered += 1
        self.told.statuses[status] = self.told.statuses.get(status, 0) + 1
        self.told.sizes[size] = self.told.sizes.get(size, 0) + 1

    async def _due(self, number: int) -> float:
        """Wait until a request is due, and return when that was; 0 if it need not be sent any more."""
        if not self._options.rate:
            return time.perf_counter()
        due = self._began + number / self._options.rate
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, due - time.perf_counter())):
                await self._stop.wait()
                return 0.0
        return due

    def _take(self) -> int | None:
        if self._done():
            return None
        self._next += 1
        return self._next - 1

    def _done(self) -> bool:
        return self._stop.is_set() or self._next >= self._options.number


class Calling:
    """Callers under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def told(self) -> Told:
        """Wait until all is answered, and return what they saw."""
        output, _ = self._process.communicate(timeout=1200)
        assert self._process.returncode == 0, f"callers ended with {self._process.returncode}"
        return Told(**json.loads(output))

    def stop(self) -> Told:
        """Let them end, and return what they saw."""
        self._process.terminate()
        return self.told()


@contextlib.contextmanager
def calling(port: int, request: Path, *options: str) -> Iterator[Calling]:
    """Ask in the background until the end of the block, with options as on the command line."""
    command = [sys.executable, __file__, str(port), str(request), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Calling(process)
    finally:
        process.kill()
        process.communicate()


def call(port: int, request: Path, *options: str) -> Told:
    """Ask until all is answered."""
    with calling(port, request, *options) as under_way:
        return under_way.told()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("request")
    parser.add_argument("--number", type=int, default=sys.maxsize)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--prefix", default="r")
    callers = Callers(parser.parse_args())
    uvloop.run(callers.run())
    sys.stdout.write(json.dumps(dataclasses.asdict(callers.told)))
