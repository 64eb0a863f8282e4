"""What loggers of KServe and Seldon say of a model is counted exactly, as the model itself has noted it."""

import dataclasses
import gzip
import http.client
import http.server
import json
import os
import random
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluator import running
from evaluator.running import Evaluator
from servers import logger
from servers.logger import Event, Settings
from servers.serving import serving

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
NAMES = [f"x{number}" for number in range(10)]
EDGE = 0.0
V1, V2 = "/v1/models/diabetes:predict", "/v2/models/diabetes/infer"
LENGTH = "Inference-Header-Content-Length"


def config(protocol: str, task: str = "Regression", **capture: object) -> dict[str, Any]:
    return {
        "monitor": "diabetes",
        "namespace": "ml",
        "model": {"task": task},
        "capture": {"mode": "CloudEvents", "protocol": protocol, **capture},
    }


REFERENCE = {
    "rows": 2,
    "task": "Regression",
    "columns": [{"name": name, "type": "Numeric", "edges": [EDGE], "counts": [1, 1]} for name in NAMES],
    "targetMean": 150.0,
}


class Model:
    """KServe's server, and what it has noted since it was asked last."""

    def __init__(self, port: int, noted: Path) -> None:
        self.port, self._noted, self._seen = port, noted, 0

    def noted(self) -> list[tuple[float, float]]:
        """Return first feature and answer of each prediction that is new."""
        lines = self._noted.read_text().splitlines() if self._noted.exists() else []
        fresh, self._seen = lines[self._seen :], len(lines)
        return [tuple(json.loads(line)) for line in fresh]


@pytest.fixture(scope="module")
def kserve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    if sys.version_info >= (3, 13):
        pytest.skip("KServe's server is pinned for Python 3.11 and 3.12")
    folder = tmp_path_factory.mktemp("kserve")
    with serving("kserve", folder) as server:
        yield Model(server.port, folder / "kserve" / "predicted")


def ask(port: int, path: str, body: bytes, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", path, body, {"content-type": "application/json", **sent})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def some_rows(draw: random.Random) -> list[list[float]]:
    return [[draw.gauss(0, 0.05) for _ in NAMES] for _ in range(draw.choice((1, 1, 3, 20)))]


def v1(rows: list[list[float]]) -> tuple[bytes, dict[str, str]]:
    return json.dumps({"instances": rows}).encode(), {}


def v2(rows: list[list[float]]) -> tuple[bytes, dict[str, str]]:
    tensor = {"name": "features", "shape": [len(rows), len(NAMES)], "datatype": "FP64"}
    flat = [value for row in rows for value in row]
    return json.dumps({"id": str(uuid.uuid4()), "inputs": [{**tensor, "data": flat}]}).encode(), {}


def binary(rows: list[list[float]]) -> tuple[bytes, dict[str, str]]:
    raw = np.asarray(rows, "<f8").tobytes()
    tensor = {
        "name": "features", "shape": [len(rows), len(NAMES)], "datatype": "FP64",
        "parameters": {"binary_data_size": len(raw)},
    }  # fmt: skip
    text = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    return text + raw, {LENGTH: str(len(text)), "content-type": "application/octet-stream"}


def ask_many(
    port: int, path: str, written: Callable[[list[list[float]]], tuple[bytes, dict[str, str]]]
) -> int:
    """Ask 300 times from 8 callers; the model fails to answer some; return how many."""
    draw = random.Random(6)
    asked = [some_rows(draw) for _ in range(300)]
    for rows in asked[::10]:
        rows[0][0] = 10.0

    def one(number: int) -> int:
        body, headers = written(asked[number])
        own = {"Ce-Id": f"own-{number}"} if number % 2 else {}
        return ask(port, path, body, **headers, **own)

    with ThreadPoolExecutor(8) as callers:
        statuses = list(callers.map(one, range(len(asked))))
    assert {statuses[number] // 100 for number in range(0, 300, 10)} == {5}
    assert set(statuses) - set(statuses[::10]) == {200}
    return 30


def assert_counted(evaluator: Evaluator, noted: list[tuple[float, float]], exchanges: int) -> None:
    evaluator.wait("requests_total", exchanges)
    evaluator.wait("predictions_total", len(noted))
    assert evaluator.total("requests_total", code="2xx", outcome="ok") == exchanges
    assert evaluator.total("requests_total") == exchanges
    assert evaluator.total("predictions_total") == len(noted)
    low = sum(first <= EDGE for first, _ in noted)
    assert 0 < low < len(noted)
    assert evaluator.total("feature_value_bucket", feature="x0", le="0.0") == low
    assert evaluator.total("feature_value_bucket", feature="x9", le="+Inf") == len(noted)
    assert evaluator.total("predictions_without_id_total") == 0


def lost(evaluator: Evaluator) -> dict[str, float]:
    found = evaluator.series("events_dropped_total")
    return {dict(labels)["reason"]: count for labels, count in found.items() if count}


FORMS = {
    "KServe v1": ("KServeV1", V1, v1, ()),
    "v2": ("OpenInference", V2, v2, ("X-Request-Id",)),
    "v2 in binary": ("OpenInference", V2, binary, ()),
    "v2 in binary, its length logged": ("OpenInference", V2, binary, (LENGTH,)),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_kserves_server_predicted_is_counted_exactly_from_what_its_logger_says(
    kserve: Model, tmp_path: Path, form: str
) -> None:
    protocol, path, written, chosen = FORMS[form]
    kserve.noted()
    with (
        running.evaluator(tmp_path, config(protocol), REFERENCE) as sink,
        logger.logging(kserve.port, sink.http, Settings(metadata_headers=chosen)) as running_logger,
    ):
        failed = ask_many(running_logger.port, path, written)
        agent = running_logger.logger.drained()
        assert (set(agent.answers), len(agent.answers), agent.dropped) == ({202}, 600 - failed, 0)
        assert_counted(sink, kserve.noted(), 300 - failed)
        assert lost(sink) == {}
        if THOROUGH:
            sink.wait("events_dropped_total", failed, reason="unpaired", patience=60.0)
            assert (lost(sink), sink.total("queue_bytes")) == ({"unpaired": failed}, 0)


def test_copies_and_packed_bodies_on_the_way_change_no_count(kserve: Model, tmp_path: Path) -> None:
    draw = random.Random(7)

    def delivery(event: Event) -> Iterable[Event]:
        packed = dataclasses.replace(event, body=gzip.compress(event.body)) if draw.random() < 0.5 else event
        return [packed] * draw.choice((1, 1, 2, 3))

    kserve.noted()
    with (
        running.evaluator(tmp_path, config("KServeV1"), REFERENCE) as sink,
        logger.logging(kserve.port, sink.http, Settings(delivery=delivery)) as running_logger,
    ):
        failed = ask_many(running_logger.port, V1, v1)
        assert len(running_logger.logger.drained().answers) > 700
        assert_counted(sink, kserve.noted(), 300 - failed)
        assert lost(sink) == {}


def test_halves_that_never_meet_are_bounded_and_counted(kserve: Model, tmp_path: Path) -> None:
    halves = {"request": 0, "response": 0}

    def delivery(event: Event) -> Iterable[Event]:
        halves[event.kind] += 1
        return () if event.kind == "response" else (event,)

    large = json.dumps({"instances": [[0.1] * 10] * 2000}).encode()
    with (
        running.evaluator(tmp_path, config("KServeV1"), REFERENCE) as sink,
        logger.logging(kserve.port, sink.http, Settings(delivery=delivery)) as running_logger,
    ):
        for _ in range(100):
            assert ask(running_logger.port, V1, large) == 200
            assert sink.total("queue_bytes") <= sink.total("queue_limit_bytes")
        running_logger.logger.drained()
        kept = (9 << 20) // len(large)
        sink.wait("events_dropped_total", 99 - kept, reason="unpaired")
        assert halves["request"] == 100
        assert lost(sink)["unpaired"] <= 100
        assert sink.memory() < 100
        assert sink.total("predictions_total") == 0


@pytest.fixture
def trivial() -> Iterator[int]:
    """A model that reads any body and predicts one number."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            left = int(self.headers["Content-Length"])
            while left:
                left -= len(self.rfile.read(min(left, 1 << 20)))
            content = json.dumps(ANSWERS[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


SELDON = "/api/v1.0/predictions"
ANSWERS = {V1: {"predictions": [0.5]}, SELDON: {"data": {"names": ["t:0"], "ndarray": [[0.9], [0.2]]}}}


def test_bodies_of_60_mib_cost_their_prediction_but_no_memory_and_nobody_else(
    trivial: int, tmp_path: Path
) -> None:
    huge = b'{"instances": [' + b" " * (60 << 20) + b"[0.5]]}"
    one = json.dumps({"instances": [[0.1] * 10]}).encode()
    with (
        running.evaluator(tmp_path, config("KServeV1"), REFERENCE) as sink,
        logger.logging(trivial, sink.http) as running_logger,
    ):
        for number in range(3):
            assert ask(running_logger.port, V1, huge, Ce_Id=f"huge-{number}") == 200
            assert ask(running_logger.port, V1, one, Ce_Id=f"one-{number}") == 200
        answers = running_logger.logger.drained().answers
        assert (sorted(answers), running_logger.logger.dropped) == ([202] * 9 + [413] * 3, 0)
        sink.wait("predictions_total", 3)
        assert sink.total("requests_total", code="2xx") == 6
        assert lost(sink) == {"body_too_large": 3}
        assert sink.total("queue_bytes") == 0
        assert sink.memory("VmHWM") < 110


def test_larger_bodies_are_read_where_the_config_says_so(trivial: int, tmp_path: Path) -> None:
    large = b'{"instances": [' + b" " * (5 << 20) + b"[" + b"0.5," * 9 + b"0.5]]}"
    with (
        running.evaluator(tmp_path, config("KServeV1", maxBodyBytes=8 << 20), REFERENCE) as sink,
        logger.logging(trivial, sink.http) as running_logger,
    ):
        for _ in range(3):
            assert ask(running_logger.port, V1, large) == 200
        sink.wait("predictions_total", 3)
        assert lost(sink) == {}


def test_seldons_executor_is_understood_with_its_own_protocol(trivial: int, tmp_path: Path) -> None:
    columns = {"features": "data.ndarray[*]", "prediction": "data.ndarray[*][0]", "names": NAMES}
    asked = json.dumps({"data": {"names": NAMES, "ndarray": [[0.1] * 10, [-0.1] * 10]}}).encode()
    with (
        running.evaluator(tmp_path, config("Json", columns=columns), REFERENCE) as sink,
        logger.logging(trivial, sink.http, Settings(dialect="Seldon")) as running_logger,
    ):
        for _ in range(20):
            assert ask(running_logger.port, SELDON, asked) == 200
        sink.wait("predictions_total", 40)
        assert sink.total("feature_value_bucket", feature="x0", le="0.0") == 20
        assert sink.total("requests_total") == 20
        assert sink.total("predictions_without_id_total") == 0
        assert lost(sink) == {}
