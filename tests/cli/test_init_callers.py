"""Learning a reference from what callers send: real evaluators, read along by the program as users run it."""

import base64
import contextlib
import http.server
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.passing_on import ApiServer, Object, serving
from cli.running import MODELMONITOR, Program
from evaluator import running
from evaluator.running import Evaluator

TOKEN = "s3cret"
CONFIG = {
    "monitor": "churn",
    "namespace": "ml",
    "model": {"task": "BinaryClassification", "classes": ["no", "yes"], "positiveClass": "yes"},
    "capture": {"mode": "Sdk"},
}
PODS = ("churn-1", "churn-2")
ROWS = 300
Row = dict[str, Any]


def rows() -> list[Row]:
    """Make what the model is asked, what it answers, and what comes true."""
    chance = random.Random(7)
    made = []
    for number in range(ROWS):
        age, plan = chance.choice([None, *range(18, 70)]), chance.choice(["free", "pro"])
        score = round(chance.random(), 3)
        made.append({
            "age": age, "plan": plan, "p": "yes" if score > 0.4 else "no", "s": score,
            "t": ["no", "yes"][chance.random() < score], "id": f"r{number}",
        })  # fmt: skip
    return made


def spec(**more: Any) -> Row:
    return {
        "targetRef": {"name": "churn"},
        "model": CONFIG["model"],
        "capture": {"tokenSecretRef": {"name": "churn-readers"}},
        "objectives": [{"name": "available", "objective": 99.9, "sli": {"availability": {}}}],
    } | more


def objects(spec: Row) -> dict[str, list[Object]]:
    """Return a Deployment of two pods with evaluators, its monitor and the Secret."""
    labels = {"app": "churn"}
    container = {"name": "model", "image": "mlserver", "ports": [{"name": "http", "containerPort": 8080}]}
    evaluator = {"name": "e", "ports": [{"name": "mm-http", "containerPort": 9464}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    pods = [
        {
            "metadata": {"name": name, "labels": labels},
            "spec": {"initContainers": [evaluator], "containers": [container]},
            "status": {"phase": "Running"},
        }
        for name in PODS
    ]
    workload = {"selector": {"matchLabels": labels}, "template": template}
    token = {"token": base64.b64encode(TOKEN.encode()).decode()}
    head = {"apiVersion": "modelmonitor.dev/v1alpha1", "kind": "ModelMonitor"}
    named = {"name": "churn", "namespace": "ml"}
    served = {"selector": labels, "ports": [{"port": 80, "targetPort": "http"}]}
    return {
        "/apis/apps/v1/namespaces/ml/deployments": [{"metadata": named, "spec": workload}],
        "/api/v1/namespaces/ml/services": [{"metadata": named, "spec": served}],
        "/api/v1/namespaces/ml/pods": pods,
        "/apis/modelmonitor.dev/v1alpha1/namespaces/ml/modelmonitors": [
            {**head, "metadata": named, "spec": spec}
        ],
        "/api/v1/namespaces/ml/secrets": [{"metadata": {"name": "churn-readers"}, "data": token}],
        "/api/v1/namespaces/ml/configmaps": [],
    }


@pytest.fixture
def pods(tmp_path: Path) -> Iterator[list[Evaluator]]:
    """Two evaluators that a model tells what it predicts, with a token for those who read along."""
    (tmp_path / "token").write_text(TOKEN)
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(
                running.evaluator(
                    tmp_path / name, CONFIG, None, "--reader-token-file", str(tmp_path / "token")
                )
            )
            for name in PODS
        ]


@contextlib.contextmanager
def cluster(pods: list[Evaluator], spec: Row) -> Iterator[ApiServer]:
    """Run the API server in front of them; the model's own port answers nothing."""
    ports = {f"{name}:9464": pod.http for name, pod in zip(PODS, pods, strict=True)}
    with serving(ApiServer(objects(spec), ports | {f"{PODS[0]}:8080": pods[0].http})) as server:
        yield server


@contextlib.contextmanager
def learning(server: ApiServer, folder: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run init, for ten minutes unless `more` says otherwise, until the end of the block."""
    kubeconfig = server.kubeconfig(folder / "kubeconfig")
    command = [MODELMONITOR, "init", "deploy/churn", "-n", "ml", "--kubeconfig", kubeconfig, "-o", "out"]
    (folder / "spool").mkdir()
    with subprocess.Popen(
        [*command, "--profile-traffic", "10m", *more],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(folder / "spool")},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def interrupted(process: subprocess.Popen[str], folder: Path) -> str:
    """Interrupt it once all rows have come, and return what it said; nothing is left of them."""

    def noted() -> int:
        files = [it.read_text() for it in (folder / "spool").rglob("captured")]
        whole = [line for text in files for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return sum(json.loads(line)["count"] for line in whole)

    until(lambda: noted() == ROWS)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Ended early." in said
    assert list((folder / "spool").iterdir()) == []
    return said


def until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + running.PATIENCE
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_along(pods: list[Evaluator]) -> None:
    """Wait until somebody reads along at each."""
    until(lambda: all("reads along" in pod.log.read_text() for pod in pods))


def tell(pod: Evaluator, told: list[Row]) -> None:
    """Tell an evaluator what was predicted."""
    events = [
        {"features": {"age": it["age"], "plan": it["plan"]}, "prediction": it["p"], "score": it["s"],
         "id": it["id"]}
        for it in told
    ]  # fmt: skip
    assert pod.post("/v1/events", {"rows": events}) == {"accepted": len(told), "lost": {}}


def profile(path: Path) -> Row:
    document: Row = json.loads(yaml.safe_load(path.read_text())["data"]["profile.json"])
    return document


def test_what_all_pods_saw_and_what_came_true_becomes_the_reference_of_a_table_of_it(
    pods: list[Evaluator], tmp_path: Path
) -> None:
    made = rows()
    with cluster(pods, spec()) as server, learning(server, tmp_path) as process:
        read_along(pods)
        pods[0].post("/v1/labels", [{"id": it["id"], "actual": it["t"]} for it in made])
        for number, pod in enumerate(pods):
            tell(pod, made[number::2])
        said = interrupted(process, tmp_path)
    lines = [{name: it for name, it in row.items() if name != "id"} for row in made]
    (tmp_path / "rows.ndjson").write_text("\n".join(map(json.dumps, lines)))
    options = ("--prediction", "p", "--score", "s", "--target", "t", "--positive-class", "yes")
    ended = Program(tmp_path)("profile", "rows.ndjson", *options, "-o", "same.yaml")
    assert ended.returncode == 0, ended.stderr
    learnt = profile(tmp_path / "out/churn-reference.yaml")
    assert learnt == profile(tmp_path / "same.yaml")
    assert learnt["metrics"]
    assert "note: 300 rows of 2 pods and 300 labels were read" in said
    assert not (tmp_path / "out/churn.yaml").exists()  # the monitor is its owner's
    comments = (tmp_path / "out/churn-reference.yaml").read_text()
    assert "#   reference: {configMapRef: {name: churn-reference}}" in comments
    assert "#   degradation: {" in comments


def test_a_reference_is_renewed_under_its_name_and_quality_is_not_taken_from_few_labels(
    pods: list[Evaluator], tmp_path: Path
) -> None:
    named, made = spec(reference={"configMapRef": {"name": "older"}}), rows()
    with cluster(pods, named) as server, learning(server, tmp_path) as process:
        read_along(pods)
        pods[1].post("/v1/labels", [{"id": it["id"], "actual": it["t"]} for it in made[:50]])
        tell(pods[1], made)
        said = interrupted(process, tmp_path)
    renewed = profile(tmp_path / "out/older.yaml")
    assert (renewed["rows"], renewed.get("metrics")) == (ROWS, None)
    assert "Apply it: evaluators of ModelMonitor churn" in said
    assert "no baseline of quality: expected the truth of at least 240 rows, got that of 50" in said


class Older(http.server.BaseHTTPRequestHandler):
    """An evaluator that nobody can read along."""

    def do_GET(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b"expected one of /metrics, /v1/stats, got /v1/captured\n")

    def log_message(self, *_: Any) -> None: ...


def test_evaluators_that_are_older_are_told_apart_from_pods_that_are_gone(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Older) as older:
        threading.Thread(target=older.serve_forever, daemon=True).start()
        ports = {f"{name}:9464": older.server_port for name in PODS}
        with (
            serving(ApiServer(objects(spec()), ports | {f"{PODS[0]}:8080": older.server_port})) as server,
            learning(server, tmp_path) as process,
        ):
            _, said = process.communicate(timeout=60)
        older.shutdown()
    assert process.returncode == 1
    assert "evaluators older than this command cannot be read along" in said


@pytest.mark.parametrize("why", ["wrong", "none"])
def test_who_may_not_read_is_told_why_and_what_to_do(pods: list[Evaluator], tmp_path: Path, why: str) -> None:
    (tmp_path / "mine").write_text("other")
    with contextlib.ExitStack() as stack:
        more, told = ("--token-file", "mine"), "expected the bearer token of this monitor"
        if why == "none":
            bare = stack.enter_context(running.evaluator(tmp_path / "bare", CONFIG, None))
            pods, more, told = [bare, bare], (), "name a Secret with one in spec.capture.tokenSecretRef"
        server = stack.enter_context(cluster(pods, spec()))
        process = stack.enter_context(learning(server, tmp_path, *more))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert told in said
    assert not (tmp_path / "out").exists()


def without_evaluators(**more: Any) -> dict[str, list[Object]]:
    """Return the same workload before its pods are rolled."""
    there = objects(spec(**more))
    for pod in there["/api/v1/namespaces/ml/pods"]:
        del pod["spec"]["initContainers"]
    return there


@pytest.mark.parametrize("has_evaluators", [False, True])
def test_without_evaluators_or_if_asked_to_it_learns_from_what_is_sent_to_it(
    tmp_path: Path, has_evaluators: bool
) -> None:
    there = objects(spec()) if has_evaluators else without_evaluators(capture=None)
    more = ("--listen", f"127.0.0.1:{running.free_port()}") if has_evaluators else ()
    with (
        serving(ApiServer(there, {f"{PODS[0]}:8080": running.free_port()})) as server,
        learning(server, tmp_path, "--profile-traffic", "1s", *more) as process,
    ):
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Send requests to http://127.0.0.1:" in said
    told = "the pods have no evaluators, so only what you send here is learnt from" in said
    assert told != has_evaluators
    command = "kubectl modelmonitor init deployment/churn -n ml --profile-traffic 10m"
    assert (command in said) != has_evaluators


def test_evaluators_that_are_still_to_come_are_waited_for_by_nobody(tmp_path: Path) -> None:
    with (
        serving(ApiServer(without_evaluators(), {f"{PODS[0]}:8080": running.free_port()})) as server,
        learning(server, tmp_path) as process,
    ):
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "got none yet; kubectl modelmonitor status churn -n ml says why" in said
