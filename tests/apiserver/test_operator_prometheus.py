"""What Prometheus says becomes conditions and states; what it does not say is NoData, never Met."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from apiserver.metrics import RealPrometheus, say, serving
from apiserver.replica import Replica, Space, eventually, free_port, monitor

pytestmark = pytest.mark.apiserver
Start = Callable[..., Replica]
EMPTY = {"resultType": "vector", "result": []}


def drip(request: BaseHTTPRequestHandler) -> None:
    """Answer one byte a second."""
    say(200, "")(request)
    for letter in '{"status": "success", "data": ':
        try:
            request.wfile.write(letter.encode())
        except OSError:
            return
        time.sleep(1)


FAILURES = {
    "html": (
        say(200, "<html>Sign in</html>", "text/html"),
        "expected JSON of Prometheus' API, got text/html",
    ),
    "500": (say(500, "oops", "text/plain"), "status 500"),
    "refusal": (say(503, '{"status": "error", "error": "starting up"}'), "status 503: starting up"),
    "login": (say(302, "", Location="https://login.example"), "got a redirect (302)"),
    "cut off": (say(200, '{"status": "success", "data": {"resul'), "expected JSON"),
    "other json": (say(200, '{"status": "success", "data": [1]}'), "JSON of another form"),
    "slow": (drip, "expected an answer within 5 s, got none"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_is_not_prometheus_leaves_the_state_unknown(
    space: Space, replica: Start, failure: str
) -> None:
    answer, reason = FAILURES[failure]
    with serving(answer) as url:
        one = replica("--prometheus-url", url)
        space.apply(monitor())
        loaded = space.await_reason("RulesLoaded", "PrometheusUnavailable")
    assert loaded["status"] == "Unknown"
    assert reason in loaded["message"]
    status = space.status()
    assert status["summary"]["health"] == "NoData"
    assert status["objectives"][0]["state"] == "NoData"
    assert space.condition("Breached")["status"] == "Unknown"
    assert space.condition("Ready")["status"] == "True"
    assert one.metric("modelmonitor_operator_prometheus_errors_total") >= 1


def test_an_address_where_nobody_listens_leaves_the_state_unknown(space: Space, replica: Start) -> None:
    replica("--prometheus-url", f"http://127.0.0.1:{free_port()}")
    space.apply(monitor())
    message = space.await_reason("RulesLoaded", "PrometheusUnavailable")["message"]
    assert "ClientConnectorError; check the address" in message


def test_a_prometheus_that_fails_later_takes_the_state_back(space: Space, replica: Start) -> None:
    broken = threading.Event()
    labels = {"namespace": space.name, "monitor": "churn", "slo_name": "availability"}
    sample = {"resultType": "vector", "result": [{"metric": labels, "value": [0, "0.75"]}]}

    def answer(request: BaseHTTPRequestHandler) -> None:
        data = EMPTY if "ALERTS" in request.path else sample if "/query?" in request.path else {"groups": []}
        say(200, "garbage" if broken.is_set() else json.dumps({"status": "success", "data": data}))(request)

    with serving(answer) as url:
        replica("--prometheus-url", url)
        space.apply(monitor())
        assert eventually(lambda: space.status().get("summary", {}).get("health") == "Met")
        assert space.status()["objectives"][0]["budgetRemaining"] == 0.75
        assert space.status()["summary"]["budget"] == "75%"
        broken.set()
        assert eventually(lambda: space.status()["summary"]["health"] == "NoData")
    assert "budgetRemaining" not in space.status()["objectives"][0]


class Shop:
    """A target whose requests fail or not."""

    def __init__(self) -> None:
        self.good = self.bad = 0.0
        self.failing = False
        self._at = time.monotonic()

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        passed, self._at = time.monotonic() - self._at, time.monotonic()
        self.bad += 100 * passed if self.failing else 0
        self.good += 0 if self.failing else 100 * passed
        lines = [
            f'http_requests_total{{code="{code}"}} {n}' for code, n in ((200, self.good), (500, self.bad))
        ]
        say(200, "\n".join(["# TYPE http_requests_total counter", *lines, ""]), "text/plain")(request)


def test_a_real_prometheus_decides_how_a_model_does(space: Space, replica: Start, tmp_path: Path) -> None:
    shop = Shop()
    with serving(shop) as target, RealPrometheus(tmp_path, target).running() as prometheus:
        replica("--prometheus-url", prometheus.url, "--resync", "2")
        space.apply(monitor())
        waiting = space.await_reason("RulesLoaded", "Waiting")
        assert "availability-burn, availability-period, availability-facts" in waiting["message"]
        prometheus.load(eventually(lambda: space.get("PrometheusRule", "churn-slo")) or {})
        loaded = space.await_reason("RulesLoaded", "RetentionTooShort", seconds=60.0)
        assert loaded["status"] == "True"
        assert "keeps samples for 15d, less than the window of availability (30d)" in loaded["message"]
        space.await_reason("DataFlowing", "Flowing", seconds=60.0)
        assert eventually(lambda: space.status()["summary"]["health"] == "Met", 60.0), space.status()
        assert space.condition("Breached")["status"] == "False"
        shop.failing = True
        space.await_reason("Breached", "BudgetSpent", seconds=60.0)
        status = space.status()
    assert status["objectives"][0]["state"] == "Breached"
    assert status["objectives"][0]["budgetRemaining"] < 0
    assert status["objectives"][0]["sli"] < 99.9
    assert status["summary"]["health"] == "Breached"
    assert status["summary"]["objectives"] == "0/1"
