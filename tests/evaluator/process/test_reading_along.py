"""Reading along what a whole evaluator captures: who may, what comes, and that no caller waits for it."""

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.process.callers import call
from evaluator.running import Evaluator

TOKEN = "s3cret"
PATH = "/v1/captured"
MANY = 3000


@pytest.fixture
def guarded(tmp_path: Path, model: int) -> Iterator[Evaluator]:
    """An evaluator with a token, and without a reference."""
    folder = tmp_path / "guarded"
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    with running.evaluator(
        folder, churn.config(), None, "--token-file", str(folder / "token"), upstream=model
    ) as found:
        yield found


@contextlib.contextmanager
def asked(evaluator: Evaluator, query: str = "", **headers: str) -> Iterator[http.client.HTTPResponse]:
    """Read until the end of the block."""
    sent = {name.replace("_", "-"): it for name, it in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", evaluator.http, timeout=running.PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", PATH + query, headers=sent)
        with connection.getresponse() as answer:
            yield answer


def allowed(evaluator: Evaluator, query: str = "") -> contextlib.AbstractContextManager[Any]:
    return asked(evaluator, query, X_ModelMonitor_Token=TOKEN)


def lines(answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, answer)


def until(evaluator: Evaluator, text: str, times: int = 1) -> str:
    """Wait until the log says something so often, and return it."""
    deadline = time.monotonic() + running.PATIENCE
    while (said := evaluator.log.read_text()).count(text) < times:
        assert time.monotonic() < deadline, said
        time.sleep(0.02)
    return said


def test_holders_of_the_token_read_rows_and_labels(guarded: Evaluator) -> None:
    with allowed(guarded, "?seconds=2") as answer:
        reading = lines(answer)
        assert next(reading)["config"]["monitor"] == "churn"
        for number in range(20):
            guarded.predict(churn.PATH, churn.body(number), X_Request_Id=f"r{number}")
        guarded.wait("predictions_total", 20)
        labels = [{"id": "r3", "actual": 1}, {"id": 4}]
        guarded.post("/v1/labels", labels, Authorization=f"Bearer {TOKEN}")
        came = list(reading)
    told = [line for line in came if "count" in line]
    assert [it for line in told for it in line["features"]["age"]] == list(range(20))
    assert [it for line in told for it in line["ids"]] == [f"r{number}" for number in range(20)]
    assert {it for line in told for it in line["scores"]} == {0.75}
    assert [it["labels"] for it in came if "labels" in it] == [{"ids": ["r3"], "actuals": [1]}]
    assert (came[-1]["end"], came[-1]["sent"], came[-1]["lost"]) == ("over", 20, 0)


def test_nobody_else_reads_and_nobody_at_all_where_there_is_no_token(
    guarded: Evaluator, evaluator: Evaluator
) -> None:
    for where, query, headers, status, said in (
        (guarded, "", {}, 401, "expected the bearer token"),
        (guarded, "", {"X_ModelMonitor_Token": "other"}, 401, "expected the bearer token"),
        (guarded, "?seconds=soon", {"X_ModelMonitor_Token": TOKEN}, 400, "expected 1 to 86400"),
        (evaluator, "", {"Authorization": "Bearer "}, 403, "no token guards it"),
    ):
        with asked(where, query, **headers) as answer:
            assert (answer.status, said in answer.read().decode()) == (status, True)


def test_nobody_reads_for_longer_than_the_evaluator_or_its_config_lives(
    guarded: Evaluator, tmp_path: Path
) -> None:
    with allowed(guarded) as answer:
        reading = lines(answer)
        next(reading)
        (tmp_path / "guarded" / "profile.json").write_text(json.dumps(churn.REFERENCE))
        assert list(reading)[-1]["end"] == "another config"
    with allowed(guarded) as answer:
        reading = lines(answer)
        assert next(reading)["profile"]
        guarded.process.terminate()
        assert list(reading)[-1]["end"] == "it stops"
    assert guarded.process.wait(running.PATIENCE) == 0
    assert "ERROR" not in guarded.log.read_text()


def test_the_third_has_to_wait_until_one_has_left(guarded: Evaluator) -> None:
    with allowed(guarded):
        with allowed(guarded), allowed(guarded) as third:
            assert (third.status, third.headers["retry-after"]) == (429, "60")
        until(guarded, "has read 0 rows")
        with allowed(guarded) as third:
            assert third.status == 200


def test_a_reader_that_takes_nothing_loses_rows_and_no_caller_waits(
    guarded: Evaluator, tmp_path: Path
) -> None:
    request = tmp_path / "request"
    request.write_bytes(churn.request(churn.body(40, plan="x" * 4000)))
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", guarded.http))
        head = f"GET {PATH}?seconds=60 HTTP/1.1\r\nhost: e\r\nx-modelmonitor-token: {TOKEN}\r\n\r\n"
        stalled.sendall(head.encode())
        until(guarded, "reads along")
        before = guarded.memory()
        told = call(guarded.proxy, request, "--number", str(MANY))
        assert (told.answered, told.broken) == (MANY, [])
        guarded.wait("predictions_total", MANY)
        assert guarded.memory() < before + 16
        with allowed(guarded, "?seconds=1") as answer:
            guarded.predict(churn.PATH, churn.body(41))
            assert [it["features"]["age"] for it in lines(answer) if "count" in it] == [[41]]
    until(guarded, "has read 1 rows, 0 were lost")
    lost = [int(it) for it in re.findall(r"(\d+) were lost to it", until(guarded, "lost to it", 2))]
    assert max(lost) > MANY / 2
