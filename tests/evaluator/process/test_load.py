"""Much at once: the whole evaluator stays within its bounds, and no prediction is harmed."""

import contextlib
import hashlib
import json
import os
import resource
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evaluator import models, running
from evaluator.process import churn
from evaluator.process.behaving import behaving, hanging, response, saying, see
from evaluator.process.callers import call, calling
from evaluator.running import Evaluator
from modelmonitor.client import Monitor

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
LARGE = 100_000_000
GOOD = response("200 OK", json.dumps(churn.answer(0.75)).encode())
SLACK = 2.0
"""MiB that an allocator may take or give back while nothing grows."""


def measured(text: str) -> None:
    """Show what was measured, where it is asked for (pytest -s)."""
    sys.stdout.write(f"\n    {text}\n")


def descriptors(evaluator: Evaluator) -> int:
    return len(list(Path(f"/proc/{evaluator.process.pid}/fd").iterdir()))


def wait(fact: Callable[[], bool], evaluator: Evaluator) -> None:
    until = time.monotonic() + running.PATIENCE
    while not fact():
        assert time.monotonic() < until, evaluator.log.read_text()
        time.sleep(0.02)


def pattern(size: int) -> bytes:
    """Bytes that do not repeat at any power of two."""
    part = bytes(number * number % 251 for number in range(9973))
    return (part * (size // len(part) + 1))[:size]


def test_a_hundred_megabytes_pass_both_ways_as_they_are_and_are_counted_as_too_large(tmp_path: Path) -> None:
    asked, answered, digests = pattern(LARGE), pattern(LARGE + 1), []
    behaviours = {"large": saying(response("200 OK", answered)), "small": saying(GOOD)}
    with (
        behaving(behaviours, digests=digests) as model,
        running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as evaluator,
    ):
        see(evaluator.proxy, churn.request(churn.body(40), target=f"{churn.PATH}?small"))
        before = evaluator.memory("VmHWM")
        seen = see(evaluator.proxy, churn.request(asked, target=f"{churn.PATH}?large"))
        assert digests[-1] == hashlib.sha256(asked).hexdigest()
        assert seen.answer == response("200 OK", answered)
        evaluator.wait("requests_total", 2, code="2xx", outcome="ok")
        assert churn.lost(evaluator) == {"body_too_large": 1}
        assert (evaluator.memory("VmHWM") - before) * (1 << 20) < LARGE / 10
        assert evaluator.total("request_bytes_count") == 2


@contextlib.contextmanager
def all_descriptors() -> Iterator[None]:
    """Let processes that are started in the block open as many connections as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_many_clients_at_once_are_all_served(tmp_path: Path, request_file: Path) -> None:
    clients, number = (10_000, 50_000) if THOROUGH else (1000, 4000)
    with (
        all_descriptors(),
        models.serving(models.SCORES) as model,
        running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as evaluator,
    ):
        before, opened = evaluator.memory(), descriptors(evaluator)
        told = call(evaluator.proxy, request_file, "--clients", str(clients), "--number", str(number))
        assert told.statuses == {"200": number}
        assert told.broken == []
        assert told.refused == 0
        wait(
            lambda: evaluator.total("predictions_total") + sum(churn.lost(evaluator).values()) == number,
            evaluator,
        )
        assert churn.lost(evaluator).keys() <= {"queue_full"}
        assert evaluator.total("requests_total") == evaluator.total("requests_total", outcome="ok") == number
        wait(lambda: descriptors(evaluator) <= opened, evaluator)
        peak = evaluator.memory("VmHWM")
    measured(f"{clients} clients: {before:.1f} MiB before, {peak:.1f} MiB at the most")


def test_clients_that_leave_midway_are_told_apart_and_leave_nothing_behind(tmp_path: Path) -> None:
    request = churn.request(churn.body(40), target=f"{churn.PATH}?hanging")
    with (
        behaving({"hanging": hanging}) as model,
        running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=model) as evaluator,
    ):
        evaluator.wait("model_up", 1)
        opened = descriptors(evaluator)
        for number in range(100):
            with socket.create_connection(("127.0.0.1", evaluator.proxy)) as client:
                client.sendall(request[: -1 - number % 10] if number % 2 else request)
                if number % 3:  # leave by a reset
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                time.sleep(0.01)
        evaluator.wait("requests_total", 100)
        assert evaluator.total("requests_total", code="none", outcome="rejected") == 50
        assert evaluator.total("requests_total", code="none", outcome="timeout") == 50
        assert evaluator.total("predictions_total") == 0
        wait(lambda: descriptors(evaluator) <= opened, evaluator)


def test_scrapes_under_load_are_whole_and_hold_up_no_request_for_long(
    evaluator: Evaluator, request_file: Path
) -> None:
    rounds, number, rate = (7, 5000, 1000) if THOROUGH else (3, 300, 300)
    forms = ["text/plain", "application/openmetrics-text"]
    alone, scraped, scrapes = [], [], 0
    call(evaluator.proxy, request_file, "--prefix", "w", "--number", str(number))
    for round_ in range(rounds):
        options = ("--rate", str(rate), "--number", str(number), "--prefix")
        alone.append(call(evaluator.proxy, request_file, *options, f"a{round_}").quantile(0.99))
        with calling(evaluator.proxy, request_file, *options, f"s{round_}") as under_way:
            until = time.monotonic() + number / rate
            while time.monotonic() < until:
                page = evaluator.get("/metrics", Accept=forms[scrapes % 2])
                assert page.endswith((b"# EOF\n", b"\n"))
                assert page.count(b"\nmodelmonitor_evaluator_info{") == 1
                scrapes += 1
                time.sleep(0.1)
            told = under_way.told()
        assert told.statuses == {"200": number}
        scraped.append(told.quantile(0.99))
    measured(
        f"p99 alone {min(alone):.2f} ms, with {scrapes} scrapes {min(scraped):.2f} ms (best of {rounds})"
    )
    assert min(scraped) < 10 * min(alone) + 15
    evaluator.wait("predictions_total", (2 * rounds + 1) * number)


class Loads:
    """Ways in which predictions come; each sends so many."""

    def __init__(self, evaluator: Evaluator, request_file: Path) -> None:
        self._evaluator = evaluator
        self._request_file = request_file
        self._sent = 0

    def proxy(self, number: int) -> None:
        told = call(
            self._evaluator.proxy, self._request_file, "--number", str(number), "--prefix", f"p{self._sent}-"
        )
        assert told.answered == number
        self._sent += number

    def sdk(self, number: int) -> None:
        monitor = Monitor(f"http://127.0.0.1:{self._evaluator.http}", limit=number)
        for one in range(self._sent, self._sent + number):
            monitor.observe({"age": one % 90, "plan": "pro"}, score=0.2, id=f"s{one}")
        assert monitor.flush(60)
        assert monitor.dropped == 0
        self._sent += number

    def cloud_events(self, number: int) -> None:
        events = []
        for one in range(self._sent, self._sent + number):
            for kind, document in (("request", churn.body(one % 90)), ("response", churn.answer(0.2))):
                events.append(
                    {"specversion": "1.0", "id": f"c{one}", "source": "s", "data": document,
                     "type": f"org.kubeflow.serving.inference.{kind}"}
                )  # fmt: skip
        for start in range(0, len(events), 400):
            self._evaluator.post(
                "/v1/events",
                events[start : start + 400],
                content_type="application/cloudevents-batch+json",
            )
        self._sent += number


@pytest.mark.parametrize("way", ["proxy", "sdk", "cloud_events"])
def test_memory_does_not_grow_with_what_was_counted(
    tmp_path: Path, model: int, request_file: Path, way: str
) -> None:
    number = 100_000 if THOROUGH else 12_000
    with running.evaluator(
        tmp_path, churn.config(maxBytes=1 << 16), churn.REFERENCE, upstream=model
    ) as evaluator:
        send = getattr(Loads(evaluator, request_file), way)
        opened = descriptors(evaluator)
        send(number)
        evaluator.wait("predictions_total", number)
        before = evaluator.memory()
        for times in (2, 3, 4):
            send(number)
            evaluator.wait("predictions_total", times * number)
        after = evaluator.memory()
        measured(f"{way}: {before:.1f} MiB after {number}, {after:.1f} MiB after {4 * number}")
        assert after - before < SLACK
        assert evaluator.total("predictions_total") == 4 * number
        wait(lambda: descriptors(evaluator) <= opened + 1, evaluator)
