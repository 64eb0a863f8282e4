"""Evaluators that are absent, slow or broken, inputs that are none, forks and ends: the model goes on."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from client.evaluators import Evaluator, listening
from modelmonitor.client import Monitor
from modelmonitor.client import losses as client_losses

OPERATOR = Path(__file__).parents[2] / "operator"


class Hanging:
    """Answers nothing until it is released."""

    def __init__(self):
        self.reached, self.released = threading.Event(), threading.Event()

    def __call__(self, handler):
        self.reached.set()
        self.released.wait(30)
        handler.close_connection = True


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Harmful:
    """Raises whatever is done to it."""

    def __getattr__(self, name):
        raise RuntimeError("do not look at me")

    def __str__(self):
        raise RuntimeError("do not print me")


class HarmfulError(Exception):
    def __str__(self):
        raise RuntimeError("do not print me")


def raising(*_):
    raise HarmfulError


@pytest.mark.parametrize(
    "wrong",
    [
        lambda monitor: monitor.observe(None),
        lambda monitor: monitor.observe(7, 1),
        lambda monitor: monitor.observe("text", 1),
        lambda monitor: monitor.observe([1, 2, 3], 1),
        lambda monitor: monitor.observe(Harmful(), 1),
        lambda monitor: monitor.observe({"a": Harmful()}, 1),
        lambda monitor: monitor.observe({"a": 1}, Harmful()),
        lambda monitor: monitor.observe({"a": 1}, 1, id=Harmful()),
        lambda monitor: monitor.observe({"a": print}, 1),
        lambda monitor: monitor.observe({"a": 1}, 1, time="noon"),
        lambda monitor: monitor.observe([{"a": 1}], [1, 2]),
        lambda monitor: monitor.watch(features=raising)(abs)(-1),
        lambda monitor: monitor.watch(features=dict, prediction=raising)(lambda **_: 1)(a=1),
        lambda monitor: monitor.watch()(lambda: 1)(),
    ],
)
def test_an_input_that_is_none_is_dropped_and_its_neighbours_are_not(evaluator, wrong):
    monitor = Monitor(evaluator.url)
    monitor.observe({"before": 1})
    wrong(monitor)
    monitor.observe({"after": 1})
    assert monitor.flush(20)
    assert monitor.dropped == 1
    assert [row["features"] for row in evaluator.rows] == [{"before": 1}, {"after": 1}]


def test_features_that_contain_themselves_are_dropped(evaluator):
    endless: list = []
    endless.append(endless)
    monitor = Monitor(evaluator.url)
    monitor.observe({"a": endless})
    monitor.observe({"a": 1})
    assert monitor.flush(20)
    assert (monitor.dropped, len(evaluator.rows)) == (1, 1)


def test_a_batch_of_unequal_columns_counts_all_its_rows_as_dropped(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe([{"a": 1}] * 3, [1, 2])
    assert monitor.flush(20)
    assert monitor.dropped == 3


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://host", "http://", "http://127.0.0.1:99999", "http://[::1"]
)
def test_a_wrong_address_drops_everything_and_raises_nothing(url):
    monitor = Monitor(url)
    monitor.observe({"a": 1})
    monitor.label("i", 1)
    monitor.flush(20)
    assert monitor.dropped == 1
    assert monitor.labels == {"dropped": 1}


def test_without_an_evaluator_predictions_wait_up_to_the_limit_and_arrive_when_it_comes():
    port = closed_port()
    monitor = Monitor(f"http://127.0.0.1:{port}", limit=10)
    for number in range(15):
        monitor.observe({"number": number})
    assert not monitor.flush(0.3)
    assert monitor.dropped == 5
    with listening(Evaluator(), port) as evaluator:
        assert monitor.flush(20)
    assert [row["features"]["number"] for row in evaluator.rows] == list(range(10))


def test_an_evaluator_that_hangs_makes_the_queue_full_and_nobody_wait(evaluator):
    hanging = Hanging()
    evaluator.answers = [hanging]
    monitor = Monitor(evaluator.url, limit=100, timeout=30)
    monitor.observe({"first": 1})
    assert hanging.reached.wait(20)
    for number in range(200):
        monitor.observe({"number": number})
    assert monitor.dropped == 101  # the first still counts as waiting
    hanging.released.set()
    assert monitor.flush(20)
    assert monitor.dropped == 102  # nobody knows whether the first was counted: it is not sent twice
    assert len(evaluator.rows) == 99


def test_an_evaluator_that_does_not_answer_in_time_is_left_and_tried_anew(evaluator):
    hanging = Hanging()
    evaluator.answers = [hanging]
    monitor = Monitor(evaluator.url, timeout=0.2)
    monitor.observe({"first": 1})
    assert monitor.flush(20)
    monitor.observe({"second": 1})
    assert monitor.flush(20)
    hanging.released.set()
    assert monitor.dropped == 1
    assert [row["features"] for row in evaluator.rows] == [{"second": 1}]


def half(handler):
    handler.wfile.write(b"HTTP/1.1 ")
    handler.close_connection = True


def nonsense(handler):
    handler.wfile.write(b"\x16\x03\x01 nonsense\r\n\r\n")
    handler.close_connection = True


def nothing(handler):
    handler.close_connection = True


@pytest.mark.parametrize("answer", [half, nonsense, nothing, 400, 404, 413, 500, 302])
def test_a_broken_answer_drops_what_was_sent_once_and_the_next_arrives(evaluator, answer):
    evaluator.answers = [answer]
    monitor = Monitor(evaluator.url)
    monitor.observe([{"a": 1}, {"a": 2}])
    assert monitor.flush(20)
    monitor.observe({"a": 3})
    assert monitor.flush(20)
    assert monitor.dropped == 2
    assert [row["features"]["a"] for row in evaluator.rows] == [3]


def test_a_busy_evaluator_gets_the_same_again(evaluator):
    evaluator.answers = [503, 429, 503]
    monitor = Monitor(evaluator.url)
    monitor.observe({"a": 1})
    assert monitor.flush(20)
    assert monitor.dropped == 0
    assert [row["features"]["a"] for row in evaluator.rows] == [1]


def test_a_warning_is_logged_once_a_minute_and_by_the_background(evaluator, caplog):
    evaluator.answers = [500] * 3
    monitor = Monitor(evaluator.url)
    with caplog.at_level(logging.WARNING, "modelmonitor.client"):
        for number in range(3):
            monitor.observe({"a": number})
            assert monitor.flush(20)
        assert evaluator.until(lambda it: it.requests == 3)
    (said,) = [record for record in caplog.records if record.name == "modelmonitor.client"]
    assert said.getMessage() == f"{evaluator.url}: refused with status 500; 1 predictions dropped so far"
    assert said.threadName == "modelmonitor-client"


def test_after_a_minute_the_next_warning_says_how_many_there_were(monkeypatch, caplog):
    now = [100.0]
    monkeypatch.setattr(client_losses.time, "monotonic", lambda: now[0])
    losses = client_losses.Losses("predictions")
    for at, count in ((100.0, 1), (101.0, 2), (159.9, 3), (160.0, 4)):
        now[0] = at
        losses.add(count, "full")
        losses.tell()
    assert [record.getMessage() for record in caplog.records] == [
        "full; 1 predictions dropped so far",
        "full; 10 predictions dropped so far",
    ]


def test_a_password_in_the_address_is_not_logged(caplog):
    monitor = Monitor(f"http://user:secret@127.0.0.1:{closed_port()}")
    monitor.observe({"a": 1})
    assert not monitor.flush(0.5)
    assert "secret" not in caplog.text
    assert "127.0.0.1" in caplog.text


def test_a_prediction_in_the_handler_of_a_signal_blocks_nothing(evaluator):
    monitor = Monitor(evaluator.url, limit=1_000_000)
    before = signal.signal(signal.SIGALRM, lambda *_: monitor.observe({"from": "signal"}))
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        for _ in range(20_000):
            monitor.observe({"from": "main"})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert monitor.flush(60)
    assert sum(row["features"]["from"] == "main" for row in evaluator.rows) == 20_000
    assert any(row["features"]["from"] == "signal" for row in evaluator.rows)


async def test_the_event_loop_runs_on_while_an_evaluator_hangs(evaluator):
    hanging = Hanging()
    evaluator.answers = [hanging]
    monitor = Monitor(evaluator.url, limit=10)

    @monitor.watch()
    async def predict(features):
        await asyncio.sleep(0)
        return features["a"]

    assert await predict({"a": 0}) == 0
    assert await asyncio.to_thread(hanging.reached.wait, 20)
    assert await asyncio.gather(*(predict({"a": it}) for it in range(100))) == list(range(100))
    hanging.released.set()
    assert monitor.dropped >= 91


FORKING = """
import os, sys
from modelmonitor.client import Monitor
monitor = Monitor(sys.argv[1])
monitor.observe({"who": "parent"}, id="before")          # still queued, with a thread, at the fork
children = []
for number in range(3):
    child = os.fork()
    if not child:
        monitor.observe({"who": f"child {number}"})
        assert monitor.flush(20) and monitor.dropped == 0
        os._exit(0)
    children.append(child)
assert all(os.waitpid(child, 0)[1] == 0 for child in children)
monitor.observe({"who": "parent"}, id="after")
"""


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "PYTHONPATH": str(OPERATOR), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_forked_workers_send_their_own_predictions_and_none_twice(evaluator):
    run(FORKING, evaluator.url)
    assert sorted((row["features"]["who"], row.get("id")) for row in evaluator.rows) == [
        ("child 0", None),
        ("child 1", None),
        ("child 2", None),
        ("parent", "after"),
        ("parent", "before"),
    ]


ENDING = """
import sys
from modelmonitor.client import Monitor
monitor = Monitor(sys.argv[1], timeout=30)
for number in range(700):
    monitor.observe({"number": number})
monitor.label("i", 1)
"""


def test_what_waits_when_the_interpreter_ends_is_sent(evaluator):
    ended = run(ENDING, evaluator.url)
    assert len(evaluator.rows) == 700
    assert len(evaluator.labels) == 1
    assert ended.stderr == ""


def test_the_interpreter_ends_though_the_evaluator_hangs(evaluator):
    hanging = Hanging()
    evaluator.answers = [hanging] * 9
    assert run(ENDING, evaluator.url).stdout == ""
    hanging.released.set()


def test_the_interpreter_ends_though_nobody_listens():
    assert "Connection refused" in run(ENDING, f"http://127.0.0.1:{closed_port()}").stderr


def test_observing_while_the_interpreter_ends_raises_nothing(evaluator):
    program = (
        "import atexit, sys; from modelmonitor.client import Monitor\n"
        "monitor = Monitor(sys.argv[1])\n"
        "atexit.register(lambda: monitor.observe({'at': 'exit'}))\n"
        "class Late:\n"
        "    def __del__(self, monitor=monitor, write=sys.__stdout__.write):\n"
        "        monitor.observe({'at': 'the very end'}); write('fine')\n"
        "late = Late()\n"
    )
    ended = run(program, evaluator.url)
    assert ended.stdout == "fine"
    assert ended.stderr == ""
