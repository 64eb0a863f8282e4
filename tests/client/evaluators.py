"""A small evaluator on loopback that keeps what it gets, and behaves as badly as a test asks."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Evaluator:
    """Takes every event; a label is joined if `known` says so of its id.

    Attributes
    ----------
    answers
        What to do to the next requests instead, in order: a status, or a function of the handler.
    """

    def __init__(self) -> None:
        self._change = threading.Condition()
        self.rows: list[dict[str, Any]] = []
        self.labels: list[dict[str, Any]] = []
        self.tokens: set[str | None] = set()
        self.requests = 0
        self.answers: list[int | Callable[[Any], None]] = []
        self.known: Callable[[str], bool] = lambda _: True
        self.url = ""

    def take(self, path: str, body: bytes, token: str | None) -> tuple[int, dict[str, Any]]:
        """Keep what came and give status and answer."""
        document = json.loads(body, parse_constant=_refuse)
        with self._change:
            self.tokens.add(token)
            if path == "/v1/events":
                self.rows += document["rows"]
            else:
                self.labels += document
            self._change.notify_all()
        if path == "/v1/events":
            return 202, {}
        return 200, {
            "results": [
                {"id": it["id"], "outcome": "joined" if self.known(it["id"]) else "unknown"}
                for it in document
            ]
        }

    def next_answer(self) -> int | Callable[[Any], None] | None:
        """Count a request and give what to do to it."""
        with self._change:
            self.requests += 1
            self._change.notify_all()
            return self.answers.pop(0) if self.answers else None

    def until(self, holds: Callable[["Evaluator"], bool], seconds: float = 20.0) -> bool:
        """Wait until something is true of it."""
        with self._change:
            return self._change.wait_for(lambda: holds(self), seconds)


def _refuse(constant: str) -> Any:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(constant)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    evaluator: Evaluator

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        otherwise = self.evaluator.next_answer()
        if callable(otherwise):
            otherwise(self)
            return
        status, answer = otherwise, {}
        if status is None:
            status, answer = self.evaluator.take(self.path, body, self.headers["Authorization"])
        text = json.dumps(answer).encode()
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that go away."""


@contextmanager
def listening(evaluator: Evaluator, port: int = 0) -> Iterator[Evaluator]:
    """Serve it on loopback."""
    handler = type("Handler", (_Handler,), {"evaluator": evaluator})
    with _Server(("127.0.0.1", port), handler) as server:
        evaluator.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield evaluator
        finally:
            server.shutdown()
            thread.join()
