"""A real Prometheus that scrapes nothing: it stores the past that it is given, and answers about it."""

import collections
import contextlib
import http.client
import json
import os
import re
import subprocess
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Series
from modelmonitor.errors import PrometheusError

_BLOCK = "100000d"
"""Nothing is ever moved out of its head: half a block is how far back it takes samples."""
_OPTIONS = (
    "--web.listen-address=127.0.0.1:0",
    "--web.enable-remote-write-receiver",
    f"--storage.tsdb.min-block-duration={_BLOCK}",
    f"--storage.tsdb.max-block-duration={_BLOCK}",
    f"--storage.tsdb.retention.time={_BLOCK}",
    "--query.max-samples=500000000",
    "--query.timeout=1h",
)
_COLLECTION = "50"
"""Percent of growth after which garbage is collected: a third less memory for a tenth more time."""
_LISTENING = re.compile(r'msg="Listening on".*address=(\S+)')
_READY = "Server is ready"
_LAST_LINES = 5


class Found(msgspec.Struct):
    """A series that a query found: its labels, and seconds with values."""

    metric: dict[str, str]
    values: list[tuple[float, float]] = []


class _Sample(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, float]


class _Data(msgspec.Struct):
    result: list[Found]


class _Answer(msgspec.Struct):
    data: _Data


class _Now(msgspec.Struct):
    result: list[_Sample]


class _AnswerNow(msgspec.Struct):
    data: _Now


class QueryRefused(PrometheusError):
    """An expression cannot be evaluated over these data; says why in the words of Prometheus."""


@dataclass(frozen=True, slots=True)
class Span:
    """Moments at equal distances, in milliseconds; both ends are among them."""

    start: int
    end: int
    step: int

    @property
    def count(self) -> int:
        """How many they are."""
        return (self.end - self.start) // self.step + 1 if self.end >= self.start else 0

    def part(self, first: int, count: int) -> "Span":
        """Return some of them, from the position `first` on."""
        start = self.start + first * self.step
        return Span(start, min(self.end, start + (count - 1) * self.step), self.step)


class Server:
    """Writes to a Prometheus and asks it."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=3600)

    def write(self, every: Iterable[Series]) -> None:
        """Store samples; those of a series must come in the order of their times."""
        content = remotewrite.body(every)
        if content:
            self._call("/api/v1/write", content, remotewrite.CONTENT)

    def over(self, query: str, span: Span) -> list[Found]:
        """Evaluate an expression at all moments of a span."""
        asked = {"query": query, "start": _seconds(span.start), "end": _seconds(span.end),
                 "step": _seconds(span.step)}  # fmt: skip
        text = self._call("/api/v1/query_range", _form(asked), _FORM)
        return msgspec.json.decode(text, type=_Answer, strict=False).data.result

    def at(self, query: str, moment: int) -> list[tuple[dict[str, str], float]]:
        """Evaluate an expression at one moment: labels and value of each series."""
        text = self._call("/api/v1/query", _form({"query": query, "time": _seconds(moment)}), _FORM)
        found = msgspec.json.decode(text, type=_AnswerNow, strict=False).data.result
        return [(one.metric, one.value[1]) for one in found]

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _call(self, path: str, content: bytes, headers: Mapping[str, str]) -> bytes:
        try:
            self._connection.request("POST", path, content, dict(headers))
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise PrometheusError(
                f"prometheus: expected an answer, got {error or type(error).__name__}"
            ) from None
        if answer.status in (http.HTTPStatus.UNPROCESSABLE_ENTITY, http.HTTPStatus.BAD_REQUEST):
            raise QueryRefused(_reason(text))
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise PrometheusError(f"prometheus: expected 200, got {answer.status}: {_reason(text)}")
        return text


@contextlib.contextmanager
def running(program: Path, folder: Path) -> Iterator[Server]:
    """Run a Prometheus whose data are in a folder, until the context ends.

    Raises
    ------
    PrometheusError
        If it does not start, with what it said last.
    """
    config = folder / "prometheus.yml"
    config.write_text("{}")
    command = [str(program), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", *_OPTIONS]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={"GOGC": _COLLECTION, **os.environ},
    ) as process:
        said = iter(process.stderr or ())
        forgetting = threading.Thread(target=collections.deque, args=(said, 0))
        try:
            address = _address(said)
            forgetting.start()
            with contextlib.closing(Server(address)) as server:
                yield server
        finally:
            process.kill()  # nothing that it holds is needed any more
            if forgetting.ident:
                forgetting.join()


def _address(said: Iterator[str]) -> str:
    """Wait until it is ready, and return where it listens; it says the two in either order."""
    last: collections.deque[str] = collections.deque(maxlen=_LAST_LINES)
    address, ready = "", False
    for line in said:
        last.append(line.strip())
        if found := _LISTENING.search(line):
            address = found[1]
        ready = ready or _READY in line
        if ready and address:
            return address
    raise PrometheusError(f"prometheus: expected it to start, got its end; it said: {' | '.join(last)}")


_FORM = {"content-type": "application/x-www-form-urlencoded"}


def _form(fields: Mapping[str, str]) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"


def _reason(text: bytes) -> str:
    """Return what is wrong, of an answer of the API or a plain one."""
    with contextlib.suppress(ValueError):
        document: Any = json.loads(text)
        if isinstance(document, dict) and "error" in document:
            return str(document["error"])
    return text.decode("utf-8", "replace").strip()[:500]
