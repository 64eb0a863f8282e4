"""The command line from outside of the node: what only pods can reach goes through the API server."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.running import MODELMONITOR, Program
from cluster import network
from modelmonitor import wire
from node import inside, model, monitored, namespaces
from node.monitored import Monitored
from node.namespaces import Namespace, RefusedError, kubeconfig

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="minutes: the story is short"),
]

TOKEN, PREDICTIONS = "s3cret", 40
RELAY = """
import asyncio

async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()

async def accept(reader, writer):
    beyond, back = await asyncio.open_connection("{host}", {port})
    await asyncio.gather(copy(reader, back), copy(beyond, writer), return_exceptions=True)

async def main():
    async with await asyncio.start_server(accept, "0.0.0.0", 9090) as server:
        await server.serve_forever()

asyncio.run(main())
"""
"""Stands for the Prometheus of a cluster: the API server passes requests on to pods and nothing else."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command-line")


@pytest.fixture(scope="module")
def here(namespace: Namespace, folder: Path) -> Iterator[Monitored]:
    """A model that runs, without a monitor at first, in a namespace that an operator looks after."""
    with monitored.operator(namespace, folder) as running:
        namespace.apply(model.deployment(namespace.python), model.service())
        running.settled(1)
        yield running


def run(here: Monitored, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return Program(here.folder)(*arguments, "-n", here.namespace.name, "--kubeconfig", kubeconfig())


def prediction(number: int) -> bytes:
    """Return the body of a request for a prediction."""
    inputs = [
        {"name": "age", "shape": [1], "datatype": "INT64", "data": [number % 100]},
        {"name": "plan", "shape": [1], "datatype": "BYTES", "data": [("free", "pro")[number % 2]]},
    ]
    return json.dumps({"id": f"p{number}", "inputs": inputs}).encode()


def ask(url: str, number: int) -> Any:
    """Ask for a prediction from outside, as soon as somebody listens."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, prediction(number), timeout=20) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_first_monitor_is_written_and_learns_from_traffic_through_the_api_server(here: Monitored) -> None:
    port = inside.free_port()
    place = ("-n", here.namespace.name, "--kubeconfig", str(kubeconfig()), "-o", "monitors")
    learn = ("--protocol", "OpenInference", "--profile-traffic", "10m", "--listen", f"127.0.0.1:{port}")
    with subprocess.Popen(
        [MODELMONITOR, "init", "deployment/churn", *place, *learn, "--task", "binary"],
        cwd=here.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        url = f"http://127.0.0.1:{port}{model.PATH}"
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda number: ask(url, number), range(300)))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert answers[42]["outputs"][0]["data"] == [0.42]
    assert "300 rows, 0 requests that could not be read" in said
    assert "to do: drift is left out: spec.drift" in said
    written = yaml.safe_load((here.folder / "monitors" / "churn.yaml").read_text())
    assert written["spec"]["capture"]["port"] == "http"
    reference = yaml.safe_load((here.folder / "monitors" / "churn-reference.yaml").read_text())
    profile = json.loads(reference["data"][wire.KEY_PROFILE])
    assert (profile["rows"], [it["name"] for it in profile["columns"]]) == (300, ["age", "plan"])
    here.kubectl("apply", "-f", str(here.folder / "monitors"))
    here.injected(1)


def test_labels_reach_the_evaluators_of_a_monitor_by_its_name_and_token(here: Monitored) -> None:
    name = here.namespace.name
    labelled = {"maturity": "1h", "tokenSecretRef": {"name": "senders"}}
    patch = {"spec": {"labels": labelled}}
    here.kubectl("create", "secret", "generic", "senders", f"--from-literal={wire.KEY_TOKEN}={TOKEN}")
    here.kubectl("patch", "modelmonitor", "churn", "--type=merge", "-p", json.dumps(patch))
    service = f"http://{here.address('churn')}{model.PATH}"

    def pushed(token: str) -> subprocess.CompletedProcess[str]:
        (here.folder / "token").write_text(token)
        return run(here, "labels", "push", "labels.csv", "--monitor", "churn", "--token-file", "token",
                   "--wait", "20", "-o", "json")  # fmt: skip

    rows = [f"p{number},{model.actual(number)}" for number in range(PREDICTIONS)]
    (here.folder / "labels.csv").write_text("\n".join(["id,actual", *rows]))

    def asks_for_the_token() -> bool:
        return "see --token-file" in (json.loads(pushed("other").stdout)["problem"] or "")

    assert inside.eventually(asks_for_the_token, 240), pushed("other")
    here.injected(1)
    here.settled(1)
    for number in range(PREDICTIONS):
        monitored.within(service, prediction(number), content_type="application/json")
    answer = pushed(TOKEN)
    assert answer.returncode == 0, answer
    assert json.loads(answer.stdout)["outcomes"] == {"joined": PREDICTIONS}
    nobody = run(here, "labels", "push", "labels.csv", "--monitor", "nobody")
    assert f"expected a ModelMonitor 'nobody' in namespace {name}" in nobody.stderr


def test_a_reference_is_renewed_by_what_callers_of_the_service_send(here: Monitored) -> None:
    here.kubectl("create", "secret", "generic", "churn-readers", f"--from-literal={wire.KEY_TOKEN}={TOKEN}")
    here.settled(1)
    (pod,) = here.pods()
    captured = f"http://{pod['status']['podIP']}:{wire.PORT_HTTP}{wire.PATH_CAPTURED}"

    def asks_for_the_token() -> bool:
        try:
            return not monitored.within(captured)
        except RefusedError as error:
            return str(error).startswith("401")

    assert inside.eventually(asks_for_the_token, 240)
    place = ("-n", here.namespace.name, "--kubeconfig", str(kubeconfig()), "-o", "renewed")
    with subprocess.Popen(
        [MODELMONITOR, "init", "deployment/churn", *place, "--profile-traffic", "45s"],
        cwd=here.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        log = ("logs", pod["metadata"]["name"], "-c", wire.EVALUATOR)
        assert inside.eventually(lambda: "reads along" in here.kubectl(*log), 30)
        with monitored.driving(here.address("churn"), here.folder, "--number", "1000") as callers:
            assert callers.told().failed == []
        senders = f"http://{here.address('churn-evaluator')}{wire.PATH_LABELS}"
        assert set(monitored.label(senders, model.labels(1000), TOKEN).values()) == {"joined"}
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "1,000 rows of 1 pod and 1,000 labels were read" in said
    assert "Apply it: evaluators of ModelMonitor churn" in said
    written = yaml.safe_load((here.folder / "renewed" / "churn-reference.yaml").read_text())
    profile = json.loads(written["data"][wire.KEY_PROFILE])
    assert (profile["rows"], [it["name"] for it in profile["columns"]]) == (1000, ["age", "plan"])
    assert {it["name"]: it["value"] for it in profile["metrics"]}["Accuracy"] == 0.9
    here.kubectl("apply", "-f", str(here.folder / "renewed"))
    assert inside.eventually(lambda: here.condition("ReferenceReady").get("status") == "True", 240)


def test_prometheus_is_reached_by_the_address_that_pods_have(here: Monitored) -> None:
    name = here.namespace.name
    with inside.prometheus(here.folder / "prometheus", kubeconfig(), name) as prometheus:
        port = int(prometheus.url.rpartition(":")[2])
        relay = RELAY.format(host=network.NODE, port=port)
        python = here.namespace.python
        here.namespace.apply(
            namespaces.deployment(python, "prometheus", relay, 1),
            namespaces.service("prometheus", 9090, 9090),
        )
        url = {"spec": {"prometheus": {"url": f"http://prometheus.{name}:9090"}}}
        here.kubectl("patch", "modelmonitor", "churn", "--type=merge", "-p", json.dumps(url))
        assert inside.eventually(lambda: prometheus.value("count(modelmonitor_evaluator_info)") > 0, 120)
        explained: dict[str, Any] = {}

        def reached() -> bool:
            explained.update(json.loads(run(here, "explain", "churn", "-o", "json").stdout))
            return bool(explained["burning"])

        assert inside.eventually(reached, 60), explained["next"]  # the API server learns of Services late
        assert explained["prometheus"] == f"Service {name}/prometheus:9090 through the API server"
        assert {it["objective"] for it in explained["burning"]} == {"availability", "fast-p95", "fast-p99"}
        exported = run(here, "open", "churn", "--export", "churn.html", "--since", "15m")
        assert exported.returncode == 0, exported.stderr
        page = (here.folder / "churn.html").read_text()
        assert "Prometheus does not answer" not in page
        assert 'class="none failed"' not in page
        assert "Prometheus has no " in page
        standing = run(here, "status")
        assert standing.stdout.splitlines()[1].startswith("churn")
        assert "1/1" in standing.stdout
