"""The port for people and machines: senders that stop midway, that send too much, that wait."""

import json
import socket
from pathlib import Path

from evaluator import running
from evaluator.process import churn
from evaluator.process.behaving import see
from evaluator.running import Evaluator

LINE = json.dumps({"id": "r", "actual": 1}).encode() + b"\n"


def labels(content: bytes, *headers: str) -> bytes:
    return churn.request(content, "content-type: application/x-ndjson", *headers, target="/v1/labels")


def test_labels_whose_sender_leaves_midway_are_not_taken(evaluator: Evaluator) -> None:
    evaluator.predict(churn.PATH, churn.body(40), X_Request_Id="r")
    evaluator.wait("pending_labels", 1)
    with socket.create_connection(("127.0.0.1", evaluator.http)) as sender:
        sender.sendall(labels(LINE * 2)[: -len(LINE)])
    for _ in range(3):  # the port has read it by now
        evaluator.get("/healthz")
    assert evaluator.total("labels_total") == 0
    assert evaluator.post("/v1/labels", LINE)["counts"] == {"joined": 1}
    assert "Traceback" not in evaluator.log.read_text()


def test_whoever_sends_too_much_is_told_so(evaluator: Evaluator) -> None:
    for size in (3 << 20, 30 << 20):
        seen = see(evaluator.http, labels(LINE * (size // len(LINE)), "connection: close"))
        assert seen.answer.startswith(b"HTTP/1.1 413 ")
        assert seen.answer.endswith(b"bytes; send smaller batches\n")
        assert seen.ending == "closed"
    assert evaluator.total("labels_total") == 0


def test_senders_that_stop_midway_hold_up_nobody(evaluator: Evaluator) -> None:
    waiting = [socket.create_connection(("127.0.0.1", evaluator.http)) for _ in range(200)]
    for number, sender in enumerate(waiting):
        sender.sendall(labels(LINE)[: -number % 100 - 1])
    assert evaluator.get("/metrics")
    assert evaluator.post("/v1/labels", LINE)["counts"] == {"unknown": 1}
    assert evaluator.predict(churn.PATH, churn.body(40))["outputs"]
    for sender in waiting:
        sender.close()
    assert evaluator.stop() == 0


def test_no_labels_are_taken_before_their_token_is_there(tmp_path: Path, model: int) -> None:
    token = tmp_path / "token"
    with running.evaluator(
        tmp_path, churn.config(), churn.REFERENCE, "--token-file", str(token), upstream=model
    ) as evaluator:
        for content in (None, "", "\n"):
            if content is not None:
                token.write_text(content)
            refused = evaluator.post("/v1/labels", [], Authorization="Bearer ")
            assert (refused["status"], "token" in refused["text"]) == (503, True)
        token.write_text("s3cret\n")
        assert evaluator.post("/v1/labels", [], Authorization="Bearer ")["status"] == 401
        assert evaluator.post("/v1/labels", [], Authorization="Bearer s3cret")["results"] == []
