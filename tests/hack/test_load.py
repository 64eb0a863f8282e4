"""The demo's load and its fault switch, as files of the model server's image, run as it runs them."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from images.recipes import MODEL_SERVER

ROW = [1.5, 2.5]


class Answers(http.server.BaseHTTPRequestHandler):
    """A model server that keeps what it was sent; every other prediction fails, unless told otherwise."""

    protocol_version = "HTTP/1.1"
    bodies: list[dict[str, object]]
    connections: set[int]
    hangs_up_after = 0
    errors = True

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/v2/health/ready" else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.bodies.append(json.loads(body))
        self.connections.add(self.client_address[1])
        self.answer(500 if self.errors and len(self.bodies) % 2 == 0 else 200)
        if self.hangs_up_after and len(self.bodies) % self.hangs_up_after == 0:
            self.close_connection = True

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    """Give a model server on the loopback interface."""
    Answers.bodies, Answers.connections = [], set()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def load(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the load generator with one row to send."""
    (folder / "rows.json").write_text(json.dumps([ROW]))
    return subprocess.run(
        [sys.executable, MODEL_SERVER / "load.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_load_keeps_its_rate_reuses_connections_and_ends_by_itself(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    ended = load(tmp_path, f"http://127.0.0.1:{server.server_port}", "--rate=20", "--duration=3")
    assert ended.returncode == 0, ended.stderr
    # a busy machine may make it later, never faster
    assert 30 <= len(Answers.bodies) <= 61
    assert len(Answers.connections) <= 32
    assert Answers.bodies[0]["inputs"] == [
        {"name": "features", "shape": [1, 2], "datatype": "FP64", "data": ROW}
    ]
    failed = re.search(r"failed \(([0-9.]+)%\)", ended.stdout)
    assert failed
    assert 45 <= float(failed[1]) <= 50
    assert "the 3 s are over" in ended.stdout


def test_a_connection_that_the_server_closed_is_no_failure(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answers, "hangs_up_after", 3)
    monkeypatch.setattr(Answers, "errors", False)
    ended = load(tmp_path, f"http://127.0.0.1:{server.server_port}", "--rate=50", "--duration=3")
    assert len(Answers.connections) > 16
    assert " 0 failed (0.0%)" in ended.stdout


@pytest.mark.parametrize("excess", ["--rate=201", "--rate=nan", "--duration=21601", "--duration=0"])
def test_an_unbounded_load_is_refused(excess: str, tmp_path: Path) -> None:
    ended = load(tmp_path, "http://127.0.0.1:9", excess)
    assert ended.returncode == 2
    assert "expected between" in ended.stderr


def fault(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the fault switch on a file in the folder."""
    environment = {**os.environ, "FAULT_FILE": str(folder / "fault.json")}
    return subprocess.run(
        [sys.executable, MODEL_SERVER / "fault.py", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_switch_breaks_and_heals(tmp_path: Path) -> None:
    broken = fault(tmp_path, "--errors", "0.5", "--latency", "0.8", "--slow", "0.2")
    assert json.loads(broken.stdout) == {"errors": 0.5, "slow": 0.2, "latency": 0.8}
    healed = fault(tmp_path, "--heal")
    assert json.loads(healed.stdout) == {"errors": 0.0, "slow": 0.0, "latency": 0.0}


def test_latency_alone_slows_all_requests(tmp_path: Path) -> None:
    slow = fault(tmp_path, "--latency", "0.3")
    assert json.loads(slow.stdout) == {
        "errors": 0.0,
        "slow": 1.0,
        "latency": 0.3,
    }


@pytest.mark.parametrize("wrong", [("--errors", "1.5"), ("--errors", "nan"), ("--latency", "61")])
def test_a_fault_out_of_bounds_is_refused(wrong: tuple[str, str], tmp_path: Path) -> None:
    refused = fault(tmp_path, *wrong)
    assert refused.returncode == 2
    assert "expected" in refused.stderr
    assert not (tmp_path / "fault.json").exists()
