"""Predictions that come by loggers and by our client, and feedback as labels, into the whole evaluator."""

import json
import os
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.running import Evaluator
from modelmonitor.client import Monitor

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))


class Logger:
    """Sends what KServe's logger sends: two events of one id, both with the type of the request's content."""

    def __init__(self, port: int, token: str = "") -> None:
        self._url = f"http://127.0.0.1:{port}/v1/events"
        self._token = token

    def predicted(self, id_: str, asked: object, answered: object | None, *, late: bool = False) -> None:
        """Log a request and its response; None: the model failed, and only the request is logged."""
        events = [("request", asked)] + ([("response", answered)] if answered is not None else [])
        for kind, document in reversed(events) if late else events:
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            assert self.event(f"org.kubeflow.serving.inference.{kind}", id_, content)[0] == 202

    def event(self, kind: str, id_: str, content: bytes, **extensions: str) -> tuple[int, Any]:
        """Send one event in binary mode; return status and answer."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "000Z")
        attributes = {
            "specversion": "1.0", "type": kind, "id": id_, "source": "http://localhost:9081/", "time": now,
            "recordedtime": now, "inferenceservicename": "churn", "namespace": "ml", "component": "predictor",
            "endpoint": "default", **extensions,
        }  # fmt: skip
        headers = {f"Ce-{name.capitalize()}": value for name, value in attributes.items()}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        headers |= {"Content-Type": "application/json", "User-Agent": "Go-http-client/1.1"}
        request = urllib.request.Request(self._url, content, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=running.PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Evaluator]:
    config = {**churn.config(), "capture": {"mode": "CloudEvents"}}
    with running.evaluator(tmp_path, config, churn.REFERENCE) as found:
        yield found


def test_what_kserve_logs_is_counted_and_joined_with_seldons_and_our_feedback(sink: Evaluator) -> None:
    logger = Logger(sink.http)
    ids = [str(uuid.uuid4()) for _ in range(60)]

    def log(number: int) -> None:
        logger.predicted(ids[number], churn.body(number), churn.answer(number / 60), late=number % 7 == 0)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(log, range(60)))
    logger.predicted("failed", churn.body(40), None)
    sink.wait("predictions_total", 60)
    assert sink.total("requests_total", code="2xx", outcome="ok") == 60
    assert sink.total("feature_value_bucket", feature="age", le="30.0") == 31
    assert sink.total("predictions_total", **{"class": "1"}) == 30
    waiting = json.loads(sink.get("/v1/stats"))["queue"]
    assert 0 < waiting["bytes"] == sink.total("queue_bytes") < waiting["limitBytes"]
    assert sink.total("predictions_without_id_total") == 0
    seldon = {"truth": {"data": {"names": ["churn"], "ndarray": [[1]]}}, "reward": 0.0}
    for number, id_ in enumerate(ids):
        if number % 2:
            told = logger.event("org.kubeflow.serving.inference.feedback", id_, b'{"actual": 1}')
        else:
            content = json.dumps(seldon).encode()
            told = logger.event("io.seldon.serving.feedback", str(uuid.uuid4()), content, requestid=id_)
        assert told == (
            202,
            {"results": [{"id": id_, "outcome": "joined"}], "counts": {"joined": 1}},
        )
    assert logger.event("a.feedback", "nobody", b'{"actual": 1}')[1]["counts"] == {"unknown": 1}
    assert logger.event("a.feedback", ids[0], b"{")[1]["counts"] == {"invalid": 1}
    found = {dict(labels)["outcome"]: count for labels, count in sink.series("labels_total").items() if count}
    assert found == {"joined": 60, "unknown": 1, "invalid": 1}
    assert churn.lost(sink) == {}
    if THOROUGH:
        time.sleep(31)
        assert churn.lost(sink) == {"unpaired": 1}
        assert sink.total("queue_bytes") == 0


def test_what_is_no_event_is_counted_as_such(sink: Evaluator) -> None:
    logger = Logger(sink.http)
    assert logger.event("org.example.other", "a", b"{}") == (202, {"accepted": 0, "lost": {"malformed": 1}})
    logger.predicted("b", b"\xff{", churn.answer(0.5))
    sink.wait("events_dropped_total", 2, reason="malformed")
    assert sink.total("predictions_total") == 0


def test_feedback_needs_the_token_that_labels_need(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret")
    token = ("--token-file", str(tmp_path / "token"))
    with running.evaluator(tmp_path, churn.config(), churn.REFERENCE, *token) as evaluator:
        Logger(evaluator.http).predicted("a", churn.body(40), churn.answer(0.75))
        evaluator.wait("pending_labels", 1)
        assert Logger(evaluator.http).event("x.feedback", "a", b'{"actual": 1}')[0] == 401
        status, answer = Logger(evaluator.http, "s3cret").event("x.feedback", "a", b'{"actual": 1}')
        assert (status, answer["counts"]) == (202, {"joined": 1})


def test_what_the_client_observes_is_counted_and_its_labels_are_joined(tmp_path: Path) -> None:
    config = {**churn.config(), "capture": {"mode": "Sdk"}}
    with running.evaluator(tmp_path, config, churn.REFERENCE) as evaluator:
        monitor = Monitor(f"http://127.0.0.1:{evaluator.http}")

        @monitor.watch(id=lambda features: features["order"], prediction=lambda _: None, score=lambda it: it)
        def predict(features: dict[str, Any]) -> float:
            return float(features["age"] > 45) * 0.9

        for age in range(60):
            assert predict({"age": age, "plan": "pro", "order": f"o{age}"}) in (0.0, 0.9)
        monitor.observe(
            [{"age": 20.0, "plan": "gold"}] * 40, score=[0.1] * 40, id=[f"b{it}" for it in range(40)]
        )
        for age in range(60):
            monitor.label(f"o{age}", age % 2)
        assert monitor.flush(running.PATIENCE)
        evaluator.wait("predictions_total", 100)
        assert (monitor.dropped, monitor.labels["joined"]) == (0, 60)
        assert evaluator.total("predictions_total", **{"class": "1"}) == 14
        assert evaluator.total("feature_value_bucket", feature="age", le="30.0") == 31 + 40
        assert evaluator.total("feature_category_total", feature="plan", category="pro") == 60
        assert evaluator.total("feature_category_total", feature="plan") == 100
        assert evaluator.total("unexpected_columns_total") == 60
        assert evaluator.total("labels_total", outcome="joined") == 60
        assert churn.lost(evaluator) == {}


def test_the_client_outlives_an_evaluator_that_is_not_there(tmp_path: Path) -> None:
    ports = (running.free_port(), running.free_port())
    monitor = Monitor(f"http://127.0.0.1:{ports[1]}")
    for number in range(100):
        monitor.observe({"age": number}, score=0.2, id=str(number))
    config = {**churn.config(), "capture": {"mode": "Sdk"}}
    with running.evaluator(tmp_path, config, churn.REFERENCE, ports=ports) as evaluator:
        evaluator.wait("predictions_total", 100)
        assert monitor.dropped == 0
