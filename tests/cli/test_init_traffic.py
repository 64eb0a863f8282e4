"""Learning a reference from traffic: a real client, a real server, and what passes between them."""

import http.client
import http.server
import json
import socket
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from modelmonitor.api.duration import Duration
from modelmonitor.cli.initialising import exposed, servers, traffic
from modelmonitor.cli.initialising.recording import Listener
from modelmonitor.cli.initialising.traffic import Traffic
from modelmonitor.cli.reaching.address import Address
from modelmonitor.wire.config import Task

ROWS = 50


class Model(http.server.BaseHTTPRequestHandler):
    """Answers by the Open Inference Protocol with a score for each row."""

    seen: ClassVar[list[str]] = []
    headers_seen: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Model.seen.append(self.headers.get("X-Team", ""))
        Model.headers_seen[:] = self.headers.keys()
        (age, _) = body["inputs"]
        scores = [it / 100 for it in age["data"]]
        output = {"name": "score", "shape": [len(scores)], "datatype": "FP64", "data": scores}
        answer = json.dumps({"model_name": "churn", "outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Model", "churn-7")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def model() -> Iterator[Address]:
    """A model on a port of the loopback."""
    Model.seen.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Address(f"http://127.0.0.1:{server.server_port}", through="the model of the test")
        server.shutdown()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int, start: int, path: str = "/v2/models/churn/infer") -> Any:
    ages = [20 + (start + it) % 60 for it in range(ROWS)]
    plans = ["basic" if it % 3 else "premium" for it in range(ROWS)]
    inputs = [
        {"name": "age", "shape": [ROWS], "datatype": "INT64", "data": ages},
        {"name": "plan", "shape": [ROWS], "datatype": "BYTES", "data": plans},
    ]
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps({"inputs": inputs}).encode(), {"X-Team": "risk"}
    )
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(answer.headers), json.load(answer)
        except ConnectionRefusedError:
            continue
        except OSError as error:
            if "refused" not in str(error):
                raise


def sent(
    to: Address,
    path: str,
    body: bytes = b"{}",
    headers: Mapping[str, str] | None = None,
    chunked: bool = False,
) -> http.client.HTTPResponse:
    """Send a request through a listener."""
    with Listener(("127.0.0.1", 0), to, lambda _: None) as listener:
        threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", listener.server_port, timeout=10)
        connection.request(
            "POST", path, iter([body]) if chunked else body, dict(headers or {}), encode_chunked=chunked
        )
        answer = connection.getresponse()
        answer.read()
        connection.close()
        listener.shutdown()
        return answer


def server() -> servers.Server:
    return servers.recognised("seldonio/mlserver:1.7.1", [], None)


def test_what_passes_becomes_a_reference_and_nothing_of_it_is_kept(
    model: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    port, answers = free_port(), []
    sender = threading.Thread(target=lambda: answers.extend(ask(port, it) for it in range(10)))
    sender.start()
    asked = Traffic(Duration.parse("4s"), ("127.0.0.1", port), server(), Task.BINARY)
    learnt = traffic.learnt(asked, model)
    sender.join()
    assert learnt.profile.rows == 10 * ROWS
    assert [column.name for column in learnt.profile.columns] == ["age", "plan"]
    assert learnt.profile.score is not None
    headers, body = answers[0]
    assert headers["X-Model"] == "churn-7"
    assert body["outputs"][0]["data"][0] == 0.2
    assert set(Model.seen) == {"risk"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/../secrets", "/a/%2e%2e/%2e%2e/b", "x", "//x/..", "/a/..%2fb?c"])
def test_callers_reach_nothing_but_the_model(model: Address, path: str) -> None:
    assert sent(model, path).status == 400
    assert Model.seen == []


def test_a_body_in_pieces_is_refused_with_what_to_do(model: Address) -> None:
    answer = sent(model, "/v2/models/churn/infer", chunked=True)
    assert (answer.status, "Content-Length" in answer.reason) == (411, True)


def test_callers_cannot_say_who_we_are(model: Address) -> None:
    body = json.dumps({"inputs": [{"data": [1]}, {"data": [2]}]}).encode()
    headers = {"Impersonate-User": "root", "Authorization": "Bearer theirs", "X-Team": "risk"}
    assert sent(model, "/v2/models/churn/infer", body, headers).status == 200
    assert {name.lower() for name in Model.headers_seen} & {"impersonate-user", "authorization"} == set()
    assert Model.seen == ["risk"]


def test_traffic_that_cannot_be_read_is_no_reference(model: Address) -> None:
    port = free_port()
    sender = threading.Thread(target=ask, args=(port, 0, "/v2/models/churn/other"))
    sender.start()
    asked = Traffic(Duration.parse("2s"), ("127.0.0.1", port), server(), Task.BINARY)
    with pytest.raises(Exception, match="got none that could be read") as raised:
        traffic.learnt(asked, model)
    sender.join()
    assert "--protocol, --path" in str(raised.value)


def test_metrics_of_common_servers_are_found() -> None:
    mlserver = """\
# TYPE rest_server_requests_total counter
rest_server_requests_total{method="POST",path="/v2/models/churn/infer",status_code="200"} 3.0
rest_server_request_duration_seconds_bucket{le="0.1",method="POST"} 3.0
model_infer_request_success_total{model="churn"} 3.0
"""
    found = exposed.read(mlserver)
    assert (found.counter, found.bad) == ("rest_server_requests_total", 'status_code=~"5.."')
    assert found.histogram == "rest_server_request_duration_seconds"
    nothing = exposed.read('process_cpu_seconds_total 3\nnv_inference_request_success{model="churn"} 3\n')
    assert (nothing.counter, nothing.histogram) == ("", "")
