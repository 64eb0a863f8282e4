"""The label store fails while the whole evaluator serves: predictions flow on, and every loss is counted."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evaluator import running
from evaluator.join.server import Server
from evaluator.process import churn
from evaluator.process.callers import Told, call, calling
from evaluator.running import Evaluator

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
LABELS = 2000
"""Of one request."""


@contextmanager
def before(server_url: str | None, folder: Path, model: int, **labels: object) -> Iterator[Evaluator]:
    """Run an evaluator whose labels wait in Redis; without a URL its file is not there."""
    folder.mkdir(exist_ok=True)
    url = folder / "url"
    if server_url:
        url.write_text(server_url)
    with running.evaluator(
        folder,
        churn.config(store="Redis", **labels),
        churn.REFERENCE,
        "--redis-url-file",
        str(url),
        upstream=model,
    ) as evaluator:
        yield evaluator


def send_labels(evaluator: Evaluator, ids: list[str]) -> tuple[int, str | None, dict[str, Any]]:
    """Send a label for each id; return the status, `Retry-After`, and what was answered."""
    items = json.dumps([{"id": id_, "actual": 1} for id_ in ids]).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{evaluator.http}/v1/labels", items, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=running.PATIENCE) as answer:
            return answer.status, None, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
            return error.code, error.headers["retry-after"], json.loads(body) if body[:1] == b"{" else {}


def outcomes(evaluator: Evaluator, ids: list[str]) -> dict[str, int]:
    """Send labels for all of these, as senders do: again after a 503; return how many had which outcome."""
    found: dict[str, int] = {}
    for start in range(0, len(ids), LABELS):
        until_ = time.monotonic() + running.PATIENCE
        while (answer := send_labels(evaluator, ids[start : start + LABELS]))[0] != 200:
            assert time.monotonic() < until_, answer
            time.sleep(0.1)
        for outcome, count in answer[2]["counts"].items():
            found[outcome] = found.get(outcome, 0) + count
    return found


def until(fact: Callable[[], bool], evaluator: Evaluator) -> None:
    end = time.monotonic() + running.PATIENCE
    while not fact():
        assert time.monotonic() < end, evaluator.log.read_text()
        time.sleep(0.05)


def stored(evaluator: Evaluator) -> float:
    return sum(count for reason, count in churn.lost(evaluator).items() if reason.startswith("store_"))


class Freeze:
    """The server says nothing more, but its connections stay."""

    def begin(self, server: Server) -> None:
        assert server._process
        server._process.send_signal(signal.SIGSTOP)

    def end(self, server: Server) -> None:
        assert server._process
        server._process.send_signal(signal.SIGCONT)


class Kill:
    """The server dies, and is started again with what it has written down."""

    def begin(self, server: Server) -> None:
        server.stop(signal.SIGKILL)

    def end(self, server: Server) -> None:
        server.start()


class Stall:
    """The server accepts everything and answers nothing for a while."""

    def begin(self, server: Server) -> None:
        assert server.command("CLIENT PAUSE 3000 ALL").startswith(b"+OK")

    def end(self, server: Server) -> None:
        """Wait: it goes on by itself."""
        while not server.command("PING"):
            time.sleep(0.01)


@pytest.mark.parametrize("outage", [Freeze(), Kill(), Stall()], ids=["frozen", "killed", "stalled"])
def test_while_the_store_is_down_predictions_flow_and_each_is_remembered_or_counted_as_lost(
    tmp_path: Path, model: int, request_file: Path, outage: Any
) -> None:
    ten_minutes = THOROUGH and isinstance(outage, Freeze)
    rate, normal, down = (2000, 20_000, 1_200_000) if ten_minutes else (2500, 1000, 4000)
    bound = {} if ten_minutes else {"maxBytes": 1 << 16}
    with Server(*DURABLE) as server, before(server.url, tmp_path, model, **bound) as evaluator:
        calls = ("--rate", str(rate), "--clients", "16", "--number")
        usual = call(evaluator.proxy, request_file, *calls, str(normal), "--prefix", "a")
        outage.begin(server)
        with calling(evaluator.proxy, request_file, *calls, str(down), "--prefix", "b") as under_way:
            evaluator.wait("store_errors_total", 1)
            status, retry, _ = send_labels(evaluator, ["a00000000000"])
            assert status == 503
            assert retry is not None
            assert 1 <= int(retry) <= 60
            during = under_way.told()
        held = evaluator.memory("VmHWM")
        outage.end(server)
        until(lambda: evaluator.total("pending_labels") == normal + down - stored(evaluator), evaluator)
        again = call(evaluator.proxy, request_file, *calls, str(normal), "--prefix", "c")
        number = normal + down + normal
        assert usual.statuses == again.statuses == {"200": normal}
        assert during.statuses == {"200": down}
        assert usual.broken == during.broken == again.broken == []
        evaluator.wait("predictions_total", number)
        until(lambda: evaluator.total("pending_labels") == number - stored(evaluator), evaluator)
        lost = churn.lost(evaluator)
        assert lost.keys() == {"store_down"}
        ids = [
            f"{prefix}{one:011}"
            for prefix, many in (("a", normal), ("b", down), ("c", normal))
            for one in range(many)
        ]
        assert outcomes(evaluator, ids) == {
            "joined": number - lost["store_down"],
            "unknown": lost["store_down"],
        }
    tell(usual, during, lost["store_down"], held)
    share = 0.99 if ten_minutes else 0.5  # a short run on a busy machine says little about its tail
    assert during.quantile(share) < 5 * usual.quantile(share) + 5


def tell(usual: Told, during: Told, lost: float, held: float) -> None:
    sys.stdout.write(
        f"\n    p99 {usual.quantile(0.99):.2f} ms before, {during.quantile(0.99):.2f} ms in the outage"
        f" ({during.answered} predictions, {lost:.0f} forgotten); {held:.1f} MiB at the most\n"
    )


def test_a_full_server_is_told_apart_from_one_that_is_down(
    tmp_path: Path, model: int, request_file: Path
) -> None:
    early, late = 1000, 6000
    number = early + late
    with Server() as server, before(server.url, tmp_path, model) as evaluator:
        assert call(evaluator.proxy, request_file, "--number", str(early), "--prefix", "e").statuses == {
            "200": early
        }
        evaluator.wait("pending_labels", early)
        server.command(f"CONFIG SET maxmemory {server.used_memory() + 200_000}")
        told = call(evaluator.proxy, request_file, "--number", str(late), "--prefix", "f")
        assert told.statuses == {"200": late}
        evaluator.wait("predictions_total", number)
        until(lambda: evaluator.total("pending_labels") == number - stored(evaluator), evaluator)
        assert churn.lost(evaluator).keys() == {"store_full"}
        kept = number - churn.lost(evaluator)["store_full"]
        assert kept >= early
        ids = [f"e{one:011}" for one in range(early)] + [f"f{one:011}" for one in range(late)]
        server.command("CONFIG SET maxmemory 1")
        assert send_labels(evaluator, ids)[:2] == (503, "30")
        server.command("CONFIG SET maxmemory 0")
        found = outcomes(evaluator, ids)
        assert found == {"joined": kept, "unknown": number - kept}


def test_a_wrong_password_is_a_store_that_is_down_until_the_file_is_corrected_and_the_log_says_why(
    tmp_path: Path, model: int, request_file: Path
) -> None:
    with Server() as server:
        server.command("CONFIG SET requirepass s3cret")
        with before(f"unix://:guess@{server.socket}", tmp_path, model) as evaluator:
            told = call(evaluator.proxy, request_file, "--number", "100")
            assert told.statuses == {"200": 100}
            evaluator.wait("store_errors_total", 2)
            assert send_labels(evaluator, ["r00000000000"])[0] == 503
            assert churn.lost(evaluator) == {}
            log = evaluator.log.read_text()
            assert (log.count("invalid username-password"), "guess" in log) == (1, False)
            (tmp_path / "url").write_text(f"unix://:s3cret@{server.socket}")
            evaluator.wait("pending_labels", 100)
            assert outcomes(evaluator, [f"r{one:011}" for one in range(100)]) == {"joined": 100}
            assert "it answers again" in evaluator.log.read_text()


def test_an_address_that_appears_later_is_used_and_its_absence_is_told_once(
    tmp_path: Path, model: int, request_file: Path
) -> None:
    with Server() as server, before(None, tmp_path, model) as evaluator:
        told = call(evaluator.proxy, request_file, "--number", "100", "--prefix", "n")
        assert told.statuses == {"200": 100}
        evaluator.wait("predictions_total", 100)
        assert send_labels(evaluator, ["n00000000000"])[0] == 503
        (tmp_path / "url").write_text(f"{server.url}\n")
        until(lambda: send_labels(evaluator, [])[0] == 200, evaluator)
        call(evaluator.proxy, request_file, "--number", "100", "--prefix", "y")
        evaluator.wait("pending_labels", 100)
        assert outcomes(evaluator, [f"{it}{number:011}" for it in "ny" for number in range(100)]) == {
            "unknown": 100,
            "joined": 100,
        }
        assert churn.lost(evaluator) == {"store_down": 100}
        assert evaluator.log.read_text().count("--redis-url-file") == 1


def test_what_waits_in_redis_outlives_the_evaluator(tmp_path: Path, model: int, request_file: Path) -> None:
    with Server() as server:
        with before(server.url, tmp_path / "first", model) as evaluator:
            call(evaluator.proxy, request_file, "--number", "200", "--prefix", "k")
            evaluator.wait("pending_labels", 200)
            assert evaluator.stop(signal.SIGTERM) == 0
            assert "given up" not in evaluator.log.read_text()
        with before(server.url, tmp_path / "second", model) as evaluator:
            assert outcomes(evaluator, [f"k{number:011}" for number in range(200)]) == {"joined": 200}


def test_the_end_amid_an_outage_is_quick_and_tells_what_is_given_up(
    tmp_path: Path, model: int, request_file: Path
) -> None:
    with Server() as server, before(server.url, tmp_path, model) as evaluator:
        Freeze().begin(server)
        call(evaluator.proxy, request_file, "--number", "100")
        evaluator.wait("store_errors_total", 1)
        assert evaluator.stop(signal.SIGTERM) == 0
        log = evaluator.log.read_text()
        assert "100 predictions that waited for their labels are given up" in log
        assert "Traceback" not in log
        Freeze().end(server)
