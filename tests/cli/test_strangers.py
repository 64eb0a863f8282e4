"""Whoever answers at an address may be anybody: commands say so in a line, and write no page of failures."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.running import Program

EXAMPLES = Path(__file__).parents[2] / "manifests/examples"
BODIES = (b"[" * 100_000, b'{"traffic": {}}', b'{"data": {"result": [{}]}}')


class Stranger(http.server.ThreadingHTTPServer):
    """Answers everything with one body."""

    body = b""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Stranger

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET  # noqa: N815 - looked up by name

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("stats {url}", "expected statistics"),
        ("correlate {examples}/complete.yaml --prometheus {url}", "expected series of Prometheus"),
        ("labels push l.csv --wait 0 --url {url}", "is this an evaluator?"),
        (
            "open -f {examples}/smallest.yaml --prometheus {url} --export o.html",
            "expected data of Prometheus",
        ),
    ],
)
def test_a_stranger_is_told_from_who_was_meant(
    modelmonitor: Program, stranger: Stranger, command: str, said: str
) -> None:
    (modelmonitor.folder / "l.csv").write_text("id,actual\na,1\n")
    url = f"http://127.0.0.1:{stranger.server_port}"
    for stranger.body in BODIES:
        answer = modelmonitor(*command.format(url=url, examples=EXAMPLES).split())
        assert (answer.returncode, answer.stdout) == (1, ""), stranger.body[:40]
        assert said in answer.stderr
    assert not (modelmonitor.folder / "o.html").exists()
