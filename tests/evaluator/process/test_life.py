"""The whole evaluator, as users run it: it starts without anything, reads what changes, ends in order."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cli.running import MODELMONITOR
from evaluator import models, running
from evaluator.running import Evaluator
from modelmonitor import wire

CONFIG = {
    "monitor": "churn",
    "namespace": "ml",
    "model": {"task": "BinaryClassification"},
    "labels": {"maturitySeconds": 1},
}
REFERENCE = {
    "rows": 100,
    "task": "BinaryClassification",
    "columns": [{"name": "age", "type": "Numeric", "edges": [30.0, 50.0], "counts": [40, 40, 20]}],
    "classes": ["0", "1"],
}
PATH = "/v2/models/churn/infer"


def body(age: float) -> dict[str, object]:
    return {"inputs": [{"name": "age", "shape": [1], "datatype": "FP64", "data": [age]}]}


@pytest.fixture(scope="module")
def model() -> Iterator[int]:
    with models.serving(models.SCORES) as port:
        yield port


@pytest.fixture
def evaluator(tmp_path: Path, model: int) -> Iterator[Evaluator]:
    with running.evaluator(tmp_path, CONFIG, REFERENCE, upstream=model) as found:
        yield found


def test_a_prediction_is_counted_joined_with_its_label_and_judged(evaluator: Evaluator) -> None:
    for number in range(10):
        answer = evaluator.predict(PATH, body(25 + number), X_Request_Id=f"r{number}")
        assert answer["outputs"][0]["data"] == [0.75]
    evaluator.wait("predictions_total", 10)
    answer = evaluator.post("/v1/labels", [{"id": f"r{number}", "actual": number % 2} for number in range(8)])
    assert answer["counts"] == {"joined": 8}
    evaluator.wait("cohort_predictions_total", 10)
    assert evaluator.total("confusion_total", actual="1", predicted="1", segment="") == 4
    assert evaluator.total("confusion_total", actual="0", predicted="1", segment="") == 4
    assert evaluator.total("cohort_labelled_total", source="explicit") == 8
    assert evaluator.total("feature_value_bucket", feature="age", le="30.0") == 6
    stats = json.loads(evaluator.get("/v1/stats"))
    assert stats["state"] == "counting"


def test_without_a_config_it_is_a_tee_that_counts_requests(tmp_path: Path, model: int) -> None:
    with running.evaluator(tmp_path, None, upstream=model) as evaluator:
        assert evaluator.predict("/anything", body(1))["outputs"]
        evaluator.wait("requests_total", 1, code="2xx", outcome="ok")
        assert evaluator.total("evaluator_info", state="unconfigured") == 1
        refused = evaluator.post("/v1/labels", [])
        assert (refused["status"], "no config" in refused["text"]) == (503, True)


@pytest.mark.parametrize(
    ("config", "state", "said"),
    [
        ({"monitor": "churn", "model": {"task": "Guess"}}, "invalid", "model.task: expected one of"),
        ({**CONFIG, "maxSeries": 5}, "over_budget", "maxSeries: expected at most 5 series"),
    ],
)
def test_a_config_that_cannot_be_used_leaves_a_tee_and_says_why(
    tmp_path: Path, model: int, config: dict[str, object], state: str, said: str
) -> None:
    with running.evaluator(tmp_path, config, REFERENCE, upstream=model) as evaluator:
        assert evaluator.predict(PATH, body(1))["outputs"]
        evaluator.wait("requests_total", 1, outcome="ok")
        assert evaluator.total("evaluator_info", state=state) == 1
        assert said in json.loads(evaluator.get("/v1/stats"))["complaint"]
        assert said in evaluator.log.read_text()


def test_a_changed_config_is_used_under_load_and_counters_go_on(evaluator: Evaluator, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as callers:
        sent = list(callers.map(lambda age: evaluator.predict(PATH, body(age)), range(50)))
        changed = {
            **CONFIG,
            "latencyThresholds": [0.5],
            "model": {"task": "BinaryClassification", "thresholds": [0.9]},
        }
        under_way = [callers.submit(evaluator.predict, PATH, body(40)) for _ in range(200)]
        (tmp_path / "config.json").write_text(json.dumps(changed))
        evaluator.wait("requests_timed_total", 0)
        assert all(one.result()["outputs"] for one in under_way)
    evaluator.wait("predictions_total", len(sent) + 200)
    while not evaluator.series("requests_timed_total", threshold="0.5"):
        evaluator.predict(PATH, body(1))
    before = evaluator.total("predictions_total")
    evaluator.predict(PATH, body(1))
    evaluator.wait("predictions_total", before + 1)
    assert evaluator.total("feature_value_bucket", feature="age", le="+Inf") == evaluator.total(
        "predictions_total"
    )


def test_a_changed_reference_gives_new_series_and_an_unusable_one_changes_nothing(
    evaluator: Evaluator, tmp_path: Path
) -> None:
    evaluator.predict(PATH, body(45))
    evaluator.wait("feature_value_bucket", 1, le="+Inf")
    ((old, _),) = evaluator.series("feature_value_bucket", le="+Inf").items()
    other = {**REFERENCE, "columns": [{**REFERENCE["columns"][0], "edges": [20.0, 60.0]}]}  # type: ignore[index]
    (tmp_path / "profile.json").write_text(json.dumps(other))
    evaluator.wait("feature_value_bucket", 1, le="+Inf")
    while len(found := evaluator.series("feature_value_bucket", le="+Inf")) < 2:
        evaluator.predict(PATH, body(45))
    assert found[old] >= 1
    (tmp_path / "profile.json").write_text("{")
    while not evaluator.total("evaluator_info", state="invalid"):
        evaluator.predict(PATH, body(45))
    before = evaluator.total("predictions_total")
    evaluator.predict(PATH, body(45))
    evaluator.wait("predictions_total", before + 1)


def test_a_port_that_is_taken_ends_in_a_line(evaluator: Evaluator, tmp_path: Path) -> None:
    ended = subprocess.run(
        [MODELMONITOR, "evaluator", "--http", f"127.0.0.1:{evaluator.http}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=running.PATIENCE,
    )
    assert ended.returncode == 1
    assert "in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_labels_need_the_token_where_there_is_one(tmp_path: Path, model: int) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    with running.evaluator(
        tmp_path, CONFIG, REFERENCE, "--token-file", str(tmp_path / "token"), upstream=model
    ) as evaluator:
        assert evaluator.post("/v1/labels", [])["status"] == 401
        assert evaluator.post("/v1/labels", [], Authorization="Bearer other")["status"] == 401
        assert evaluator.post("/v1/labels", [], Authorization="Bearer s3cret")["results"] == []


def test_senders_behind_an_api_server_show_their_token_in_another_header(tmp_path: Path, model: int) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    with running.evaluator(
        tmp_path, CONFIG, REFERENCE, "--token-file", str(tmp_path / "token"), upstream=model
    ) as evaluator:
        assert evaluator.post("/v1/labels", [], **{wire.HEADER_OF_SENDERS: "other"})["status"] == 401
        assert evaluator.post("/v1/labels", [], **{wire.HEADER_OF_SENDERS: "s3cret"})["results"] == []


def test_every_page_answers_and_other_paths_say_what_there_is(evaluator: Evaluator) -> None:
    assert evaluator.get("/healthz") == evaluator.get("/readyz") == b"ok\n"
    assert evaluator.get("/metrics", Accept="application/openmetrics-text").endswith(b"# EOF\n")
    assert evaluator.post("/nowhere", {})["status"] == 404
    assert evaluator.post("/metrics", {})["status"] == 405
    assert evaluator.post("/v1/labels", b"x" * (3 << 20))["status"] == 413


def test_a_label_is_put_by_the_id_in_its_path_whatever_it_is_made_of(evaluator: Evaluator) -> None:
    name = "a%41/b c"
    evaluator.predict(PATH, body(1), X_Request_Id=name)
    evaluator.wait("predictions_total", 1)
    url = f"http://127.0.0.1:{evaluator.http}/v1/labels/{urllib.parse.quote(name, safe='')}"
    put = urllib.request.Request(url, b"1", method="PUT")
    with urllib.request.urlopen(put, timeout=running.PATIENCE) as answer:
        assert json.load(answer)["results"] == [{"id": name, "outcome": "joined"}]


def test_what_waits_when_it_ends_is_counted(tmp_path: Path, model: int) -> None:
    config = {**CONFIG, "labels": {"maturitySeconds": 3600}}
    with running.evaluator(tmp_path, config, REFERENCE, upstream=model) as evaluator:
        for number in range(5):
            evaluator.predict(PATH, body(1), X_Request_Id=f"r{number}")
        assert evaluator.stop() == 0
        assert "5 predictions that waited for their labels are given up" in evaluator.log.read_text()
