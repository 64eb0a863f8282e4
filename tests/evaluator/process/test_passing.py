"""Who may pass, and as whom: the port of a pod stays where it is whatever becomes of its monitor."""

import http.client
import json
from pathlib import Path

from evaluator import models, running
from evaluator.process import churn
from evaluator.running import Evaluator, free_port

POD = "127.0.0.2"
SDK = {**churn.config(), "capture": {"mode": "Sdk"}}
TOLD = {"rows": [{"features": {"age": 40}, "score": 0.75}]}
FORGED = {"X-Forwarded-For": "10.66.66.66", "X-Forwarded-Proto": "https"}


def asked(host: str, port: int, **headers: str) -> str:
    """Ask a model as a caller from outside, who knows only the address of the pod."""
    connection = http.client.HTTPConnection(host, port, timeout=running.PATIENCE, source_address=(POD, 0))
    try:
        connection.request("GET", "/", headers=headers)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_a_server_trusts_no_header_of_a_caller_whom_it_did_not_trust_before(tmp_path: Path) -> None:
    with models.running(Path(__file__).with_name("trusting_model.py"), "127.0.0.1") as model:
        port = free_port()
        with running.evaluator(tmp_path, None, None, "--listen", f"{POD}:{port}", upstream=model):
            direct, passed = asked("127.0.0.1", model, **FORGED), asked(POD, port, **FORGED)
    assert passed == direct == f"{POD} http"


def test_bytes_pass_whatever_mode_the_monitor_has_by_now_and_count_by_that(
    tmp_path: Path, model: int
) -> None:
    with running.evaluator(tmp_path, SDK, churn.REFERENCE, upstream=model) as evaluator:
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        assert evaluator.post("/v1/events", TOLD)["accepted"] == 1
        evaluator.wait("predictions_total", 1)
        assert evaluator.total("predictions_total") == 1
        assert evaluator.total("requests_total") == evaluator.total("events_dropped_total") == 0
        _change(evaluator, tmp_path, churn.config())
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        evaluator.wait("predictions_total", 2)
        _change(evaluator, tmp_path, SDK)
        assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
        evaluator.post("/v1/events", TOLD)
        evaluator.wait("predictions_total", 3)
        assert (evaluator.total("predictions_total"), evaluator.total("requests_total")) == (3, 1)


def test_without_being_told_where_to_listen_evaluators_take_no_port_of_the_model(tmp_path: Path) -> None:
    config = churn.config(), churn.REFERENCE
    with (
        running.evaluator(tmp_path / "one", *config, tee=False),
        running.evaluator(tmp_path / "other", *config, tee=False) as evaluator,
    ):
        assert evaluator.post("/v1/events", TOLD)["accepted"] == 1
        evaluator.wait("predictions_total", 1)


def _change(evaluator: Evaluator, folder: Path, config: dict[str, object]) -> None:
    """Have another config read."""
    counting = evaluator.log.read_text().count("counting ")
    (folder / "config.json").write_text(json.dumps(config))
    while evaluator.log.read_text().count("counting ") == counting:
        evaluator.get("/healthz")
