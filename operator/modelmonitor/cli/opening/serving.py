"""A server for this machine's browser alone: no other host, no other method, no other name."""

import http.server
from collections.abc import Callable
from typing import Any

from modelmonitor.cli.opening.site import Answer

HOST = "127.0.0.1"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Type": "text/html; charset=utf-8",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(http.server.ThreadingHTTPServer):
    """Serves what `get` answers to paths, on 127.0.0.1; port 0 is any free one."""

    daemon_threads = True

    def __init__(self, port: int, get: Callable[[str], Answer]) -> None:
        super().__init__((HOST, port), _Handler)
        self.get = get

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_port}"

    @property
    def names(self) -> set[str]:
        """Under which a browser may ask: a page elsewhere whose name leads here (DNS rebinding) may not."""
        return {f"{host}:{self.server_port}" for host in (HOST, "localhost")}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep silent about browsers that have gone."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.headers.get("Host") not in self.server.names:
            self._send(Answer(421, "expected to be asked as 127.0.0.1 or localhost\n"))
            return
        self._send(self.server.get(self.path))

    def log_message(self, *_: Any) -> None:
        """Say nothing of single requests."""

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
