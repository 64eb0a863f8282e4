"""Whatever a model does, its callers see what they would see without us, and it is counted for what it is."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.process.behaving import (
    behaving,
    dripping,
    hanging,
    resetting,
    response,
    saying,
    see,
)
from evaluator.running import Evaluator

SCORE = json.dumps(churn.answer(0.75)).encode()
GOOD = response("200 OK", SCORE)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
HALF = SCORE[: len(SCORE) // 2]


def slowly(connection):
    time.sleep(0.3)
    connection.sendall(GOOD)


BEHAVIOURS = {
    "well": saying(GOOD),
    "slowly": slowly,
    "byte-by-byte": dripping(GOOD),
    "chunked": saying(CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(SCORE), SCORE)),
    "until-the-end": saying(b"HTTP/1.0 200 OK\r\n\r\n" + SCORE),
    "hanging": hanging,
    "resetting": resetting(),
    "closing": saying(b""),
    "failing": saying(response("500 Internal Server Error", b'{"error": "no memory"}')),
    "overloaded": saying(response("503 Service Unavailable", b"", "retry-after: 3")),
    "gateway-timeout": saying(response("504 Gateway Timeout", b"")),
    "refusing-the-request": saying(response("422 Unprocessable Entity", b'{"error": "age"}')),
    "half-a-head": saying(GOOD[:20]),
    "half-a-body": saying(response("200 OK", HALF, length=len(SCORE))),
    "half-a-body-then-a-reset": resetting(response("200 OK", HALF, length=len(SCORE))),
    "half-a-chunk": saying(CHUNKED + b"%x\r\n%s" % (len(SCORE), HALF)),
    "no-http": saying(b"\x00\x01\x02 what?\r\n\r\n"),
    "no-json": saying(response("200 OK", b"{" + SCORE)),
    "an-empty-body": saying(response("200 OK", b"")),
    "other-rows": saying(response("200 OK", json.dumps(churn.answer(0.1, 0.2)).encode())),
}


@pytest.fixture(scope="module")
def model() -> Iterator[int]:
    with behaving(BEHAVIOURS) as port:
        yield port


@pytest.fixture(scope="module")
def evaluator(tmp_path_factory: pytest.TempPathFactory, model: int) -> Iterator[Evaluator]:
    folder = tmp_path_factory.mktemp("failing")
    with running.evaluator(folder, churn.config(), churn.REFERENCE, upstream=model) as found:
        yield found


@pytest.mark.parametrize(
    ("how", "code", "outcome", "losses"),
    [
        ("well", "2xx", "ok", {}),
        ("slowly", "2xx", "ok", {}),
        ("byte-by-byte", "2xx", "ok", {}),
        ("chunked", "2xx", "ok", {}),
        ("until-the-end", "2xx", "ok", {}),
        ("hanging", "none", "timeout", None),
        ("resetting", "none", "error", None),
        ("closing", "none", "error", None),
        ("failing", "5xx", "error", None),
        ("overloaded", "5xx", "error", None),
        ("gateway-timeout", "5xx", "timeout", None),
        ("refusing-the-request", "4xx", "rejected", None),
        ("half-a-head", "none", "error", None),
        ("half-a-body", "2xx", "error", {"incomplete": 1}),
        ("half-a-body-then-a-reset", "2xx", "error", {"incomplete": 1}),
        ("half-a-chunk", "2xx", "error", {"incomplete": 1}),
        ("no-http", "none", "error", {"unparsed": 1}),
        ("no-json", "2xx", "ok", {"malformed": 1}),
        ("an-empty-body", "2xx", "ok", {"malformed": 1}),
        ("other-rows", "2xx", "ok", {"row_count": 1}),
    ],
)
def test_a_caller_sees_the_model_itself_and_the_request_is_counted_for_what_it_was(
    evaluator: Evaluator, model: int, how: str, code: str, outcome: str, losses: dict[str, float] | None
) -> None:
    request = churn.request(churn.body(40), target=f"{churn.PATH}?{how}")
    before = evaluator.series("requests_total"), evaluator.total("predictions_total"), churn.lost(evaluator)
    patience = 0.3 if how == "hanging" else running.PATIENCE
    assert see(evaluator.proxy, request, patience) == see(model, request, patience)
    evaluator.wait("requests_total", sum(before[0].values()) + 1)
    counted = {
        (dict(labels)["code"], dict(labels)["outcome"]): count - before[0][labels]
        for labels, count in evaluator.series("requests_total").items()
        if count != before[0][labels]
    }
    assert counted == {(code, outcome): 1}
    if losses == {}:
        evaluator.wait("predictions_total", before[1] + 1)
    else:
        evaluator.wait("events_dropped_total", sum(before[2].values()) + len(losses or {}))
        assert evaluator.total("predictions_total") == before[1]
    grown = {reason: count - before[2].get(reason, 0) for reason, count in churn.lost(evaluator).items()}
    assert {reason: count for reason, count in grown.items() if count} == (losses or {})
    assert evaluator.total("model_up") == 1
    assert evaluator.get("/healthz") == b"ok\n"


def test_a_model_that_is_not_there_yet_is_down_until_it_is_and_again_when_it_has_gone(tmp_path: Path) -> None:
    port = running.free_port()
    request = churn.request(churn.body(40), target=f"{churn.PATH}?well")
    with running.evaluator(tmp_path, churn.config(), churn.REFERENCE, upstream=port) as evaluator:
        assert see(evaluator.proxy, request) == see(port, request)
        evaluator.wait("requests_total", 1, code="none", outcome="error")
        assert evaluator.total("model_up") == 0
        with behaving(BEHAVIOURS, port):
            assert see(evaluator.proxy, request).answer == GOOD
            evaluator.wait("predictions_total", 1)
            evaluator.wait("model_up", 1)
        assert see(evaluator.proxy, request) == see(port, request)
        evaluator.wait("requests_total", 2, code="none", outcome="error")
        assert evaluator.total("requests_total") == 3
