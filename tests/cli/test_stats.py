"""`modelmonitor stats` shows what an evaluator says, and in one line why it says nothing."""

import contextlib
import http.server
import json
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cli.running import MODELMONITOR, Program
from evaluator.exposition.test_scrape import busy
from modelmonitor.evaluator import statistics
from modelmonitor.evaluator.counters import Counters
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss

NOW = 1_795_000_000.0


@contextlib.contextmanager
def saying(body: bytes, status: int = 200) -> Iterator[str]:
    """Answer everybody the same; yield the address."""

    class Port(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/v1/stats" else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Port) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def document(counters: Counters) -> Any:
    return statistics.document(counters, NOW)


def told(counters: Counters) -> bytes:
    return json.dumps(document(counters)).encode()


@pytest.mark.parametrize("task", Task)
def test_tables_tell_every_part_within_a_hundred_columns(task: Task, modelmonitor: Program) -> None:
    counters = busy(task)
    counters.lost(Loss.QUEUE_FULL, 1234)
    with saying(told(counters)) as url:
        ended = modelmonitor("stats", url)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"churn  {task.value}  counting  version 6f9c  reference ")
    assert max(map(len, ended.stdout.splitlines())) <= 100
    headings = {"REQUESTS", "COVERAGE", "SEGMENT", "FEATURE", "NOT COUNTED"}
    if task in {Task.BINARY, Task.MULTICLASS}:
        headings |= {"ACTUAL CLASS", "PREDICTED", "FOUR FIFTHS"}
    assert not {heading for heading in headings if heading not in ended.stdout}
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert ["queue_full", "1,234"] in lines
    drift = document(counters)["drift"]
    shown = [line[0] for line in lines if line and line[0] in {one["feature"] for one in drift}]
    assert shown == [one["feature"] for one in drift]


def test_numbers_are_those_of_the_document(modelmonitor: Program) -> None:
    with saying(told(busy(Task.BINARY))) as url:
        shown = modelmonitor("stats", url).stdout
    metrics = document(busy(Task.BINARY))["quality"][0]["metrics"]
    (line,) = (line for line in shown.splitlines() if line.startswith("all "))
    for name in ("Accuracy", "Precision", "Recall", "F1", "RocAuc", "PrAuc", "LogLoss"):
        assert f"{metrics[name]['value']:.4f}" in line, name
    assert "the reference" in shown
    assert "0.8750" in shown


def test_without_data_there_are_dashes(modelmonitor: Program) -> None:
    counters = Counters(busy(Task.REGRESSION).scheme, "v1", "0.1.0")
    with saying(told(counters)) as url:
        ended = modelmonitor("stats", url)
    assert ended.returncode == 0
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith("all "))
    assert line.split() == ["all", "0", *"-------"]


def test_an_evaluator_without_config_shows_requests_and_its_complaint(modelmonitor: Program) -> None:
    found = {
        **document(Counters(None, "", "0.1.0")),
        "complaint": "no config at [/etc]/config.json\n\x1b[31mred",
    }
    with saying(json.dumps(found).encode()) as url:
        ended = modelmonitor("stats", url)
    assert ended.returncode == 0
    assert "no monitor  unconfigured  no reference" in ended.stdout
    assert "problem: no config at [/etc]/config.json" in ended.stdout
    assert "\x1b" not in ended.stdout
    assert "SEGMENT" not in ended.stdout


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_whole_document(form: str, read: Any, modelmonitor: Program) -> None:
    with saying(told(busy(Task.MULTICLASS))) as url:
        ended = modelmonitor("stats", f"{url}/v1/stats", "-o", form)
    assert read(ended.stdout) == json.loads(told(busy(Task.MULTICLASS)))


@pytest.mark.parametrize(
    ("body", "status", "got"),
    [
        (b"nothing here", 404, "404 Not Found"),
        (b"<html>", 200, "something else"),
        (b"[1]", 200, "something else"),
        (b"{}", 200, "something else"),
        (b"oops", 500, "500 Internal Server Error"),
        (b"\xff", 200, "something else"),
    ],
)
def test_who_is_no_evaluator_is_named_in_one_line(
    body: bytes, status: int, got: str, modelmonitor: Program
) -> None:
    with saying(body, status) as url:
        ended = modelmonitor("stats", url)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: {url}/v1/stats: expected statistics of an evaluator, got {got}; "
        "is this the evaluator's port mm-http?\n"
    )


@pytest.mark.parametrize("more", [(), ("--watch",)])
def test_when_nobody_answers_one_line_says_what_to_check(
    more: tuple[str, ...], modelmonitor: Program
) -> None:
    with saying(b"") as url:
        pass
    ended = modelmonitor("stats", url, *more)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Error: {url}/v1/stats: expected statistics of an evaluator, got connection refused; "
        "check the address, or forward the port to a pod\n"
    )


def test_an_address_must_be_one(modelmonitor: Program) -> None:
    ended = modelmonitor("stats", "localhost:9464")
    assert ended.returncode == 2
    assert "http:// or https://" in ended.stderr


def test_watching_goes_on_until_it_is_interrupted() -> None:
    with saying(told(busy(Task.RANKING))) as url:
        command = [MODELMONITOR, "stats", url, "-w", "-o", "yaml"]
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert watching.stdout
        seen = 0
        for line in watching.stdout:
            seen += line == "---\n"
            if seen == 2:
                watching.send_signal(signal.SIGINT)
                break
        watching.communicate(timeout=30)
    assert watching.returncode == 130


def test_watching_on_a_terminal_redraws_the_screen() -> None:
    screen, terminal = pty.openpty()
    with saying(told(busy(Task.RANKING))) as url, os.fdopen(screen, "rb", buffering=0) as shown:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "60"}
        watching = subprocess.Popen([MODELMONITOR, "stats", url, "-w"], stdout=terminal, env=environment)
        os.close(terminal)
        text = b""
        while b"FEATURE" not in text:
            text += shown.read(4096)
        watching.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # a terminal that nobody holds any more
            while chunk := shown.read(4096):
                text += chunk
        assert watching.wait(timeout=30) == 130
    assert b"NDCG@3" in text
    assert text.rindex(b"\x1b[?25h") > text.rindex(b"\x1b[?25l")  # the cursor is back
    assert text.rindex(b"\x1b[?1049l") > text.rindex(b"\x1b[?1049h")  # and so is what was on the screen
