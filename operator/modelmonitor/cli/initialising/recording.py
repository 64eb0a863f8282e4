"""Learning from traffic: a port of this machine that passes requests on to a pod, and notes their rows.

What is asked there reaches the model through the API server and comes back as it is; nothing in the cluster
is changed. Rows are written into a file of this machine, which is profiled and deleted.
"""

import http.client
import http.server
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from modelmonitor.cli.reaching.address import Address
from modelmonitor.evaluator import captured
from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.ingest import Ingest

_SECONDS = 60.0
_OF_THIS_HOP = frozenset(
    {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "authorization"}
)
_IMPERSONATING = "impersonate-"
"""So begin headers by which the API server takes us for somebody else: callers have no say in that."""


@dataclass
class Recorder:
    """Reads exchanges and writes their rows as evaluators do for who reads along.

    Attributes
    ----------
    rows, lost
        How many rows were written, and how many exchanges had none that could be read.
    """

    ingest: Ingest
    file: BinaryIO
    rows: int = 0
    lost: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, exchange: Exchange) -> None:
        """Note the rows of an exchange, if it asked for predictions."""
        if not self.ingest.wants(exchange.method, exchange.target):
            return
        reading = self.ingest.read(exchange)
        lines = list(captured.lines(reading.rows)) if reading.rows else []
        with self._lock:
            self.lost += not lines
            self.rows += reading.rows.count if reading.rows else 0
            self.file.writelines(lines)


class Listener(http.server.ThreadingHTTPServer):
    """Passes requests on to an address, and tells of each exchange."""

    daemon_threads = True

    def __init__(self, at: tuple[str, int], to: Address, told: Callable[[Exchange], None]) -> None:
        super().__init__(at, _Handler)
        self.to = to
        self.told = told

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.server_address[0]!s}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep silent about callers that have gone."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        began = time.monotonic()
        if not _is_below(self.path):
            self.send_error(400, "expected a path of the model")
            return
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self.send_error(411, "expected a Content-Length: send the body in one piece")
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            status, headers, answer = _asked(self.server.to, self, body)
        except (OSError, http.client.HTTPException) as error:
            self.send_error(502, f"the model does not answer: {error}")
            return
        self._answer(status, headers, answer)
        exchange = Exchange(
            method=self.command,
            target=self.path,
            request_headers=_lowered(self.headers.items()),
            request_body=body,
            status=status,
            response_headers=_lowered(headers),
            response_body=answer,
            outcome=Outcome.OK if status < 400 else Outcome.ERROR,
            ended=time.time(),
            seconds=time.monotonic() - began,
        )
        self.server.told(exchange)

    do_GET = do_POST = do_PUT = do_HEAD = do_OPTIONS = do_DELETE = _pass  # noqa: N815 - looked up by name

    def _answer(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OF_THIS_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing of single requests."""


def _asked(
    to: Address, request: http.server.BaseHTTPRequestHandler, body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Ask what was asked of us, as ourselves."""
    parts = urllib.parse.urlsplit(to.url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=_SECONDS, context=to.tls)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
    kept = {name: value for name, value in request.headers.items() if _is_for_the_model(name.lower())}
    try:
        connection.request(request.command, parts.path + request.path, body or None, {**kept, **to.headers()})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


def _is_below(target: str) -> bool:
    """Tell whether a target stays below the pod's address, also for proxies that resolve it."""
    steps = urllib.parse.unquote(target.partition("?")[0]).replace("\\", "/").split("/")
    return target.startswith("/") and ".." not in steps


def _is_for_the_model(header: str) -> bool:
    return header not in _OF_THIS_HOP and not header.startswith(_IMPERSONATING)


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[bytes, bytes]:
    return {name.lower().encode(): value.encode() for name, value in headers}
