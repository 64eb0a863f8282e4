"""A Deployment on the node gets evaluators, serves through them, and is let go as it was."""

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelmonitor import wire
from node import model, monitored
from node.inside import eventually
from node.monitored import Monitored
from node.namespaces import Namespace

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="minutes: the story is short"),
]
REPLICAS = 3
ASKED = 30
ROOM = {"Deployment": "40m", "StatefulSet": "30m"}
"""CPU that three models of 10m request at most: while a Deployment is rolled there are four pods."""
ABSENT = "localhost/modelmonitor/absent:1"


def spec(here: Monitored) -> str:
    """Give the spec of the team's Deployment, byte for byte."""
    return json.dumps(here.get("deployment", "churn")["spec"])


def ask(here: Monitored, number: int) -> None:
    """Ask the model through its Service."""
    inputs = [{"name": "age", "shape": [1], "datatype": "FP64", "data": [number]}]
    url = f"http://{here.address('churn')}{model.PATH}"
    answer = json.loads(monitored.within(url, json.dumps({"inputs": inputs}).encode()))
    assert answer["outputs"][0]["data"] == [number / 100]


def requests(here: Monitored) -> int:
    """Give how many requests the evaluators have counted, by their metrics."""
    series = f'{wire.METRIC_PREFIX}requests_total{{monitor="churn"'
    pages = (f"http://{it['status']['podIP']}:{wire.PORT_HTTP}/metrics" for it in here.pods())
    lines = [line for page in pages for line in monitored.within(page).decode().splitlines()]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(series))


def gone(here: Monitored) -> bool:
    """Tell whether nothing of ours is left on the Deployment."""
    about = here.get("deployment", "churn", "--show-managed-fields")["metadata"]
    managers = {one["manager"] for one in about["managedFields"]}
    return wire.FIELD_MANAGER not in managers and "labels" not in about


def test_a_model_is_served_through_evaluators_and_let_go_as_it_was(
    namespace: Namespace, tmp_path: Path
) -> None:
    with monitored.operator(namespace, tmp_path) as here:
        here.namespace.apply(model.deployment(here.namespace.python, replicas=REPLICAS), model.service())
        here.settled(REPLICAS)
        before = spec(here)
        reference = model.config_map("reference", {wire.KEY_PROFILE: json.dumps(model.REFERENCE)})
        here.namespace.apply(reference, model.monitor(capture={}))
        here.injected(REPLICAS)
        here.settled(REPLICAS)
        probes = [pod["spec"]["containers"][0]["readinessProbe"]["httpGet"] for pod in here.pods()]
        assert {probe["port"] for probe in probes} == {model.PORT}, "the model's own probes ask the model"
        assert eventually(lambda: here.condition("EvaluatorsInjected").get("reason") == "Injected")
        assert here.get("modelmonitors.modelmonitor.dev", "churn")["status"]["evaluators"] == {
            "injected": REPLICAS,
            "pods": REPLICAS,
        }

        for number in range(ASKED):
            ask(here, number)
        assert eventually(lambda: requests(here) == ASKED), requests(here)

        here.kubectl("delete", "modelmonitors.modelmonitor.dev", "churn")
        assert eventually(lambda: spec(here) == before), here.get("deployment", "churn")
        here.settled(REPLICAS)
        assert eventually(lambda: gone(here))
        assert not any("initContainers" in pod["spec"] for pod in here.pods())
        ask(here, 1)


def test_a_model_starts_though_its_evaluator_is_nowhere_to_be_had(
    namespace: Namespace, tmp_path: Path
) -> None:
    with monitored.operator(namespace, tmp_path, "--evaluator-image", ABSENT) as here:
        reference = model.config_map("reference", {wire.KEY_PROFILE: json.dumps(model.REFERENCE)})
        here.namespace.apply(reference, model.deployment(here.namespace.python, "lonely", REPLICAS))
        here.settled(REPLICAS, "lonely")
        here.namespace.apply(model.monitor("lonely", capture={}))
        failing = lambda: here.condition("EvaluatorsFailing", "lonely").get("status") == "True"  # noqa: E731
        assert eventually(failing, 120), here.condition("EvaluatorsInjected", "lonely")
        assert here.condition("EvaluatorsFailing", "lonely")["reason"] == "ImagePull"
        here.settled(REPLICAS, "lonely")
        assert not any("initContainers" in pod["spec"] for pod in here.pods("lonely"))
        told = here.condition("EvaluatorsFailing", "lonely")["message"]
        assert ABSENT in told or "ErrImageNeverPull" in told


@pytest.fixture
def narrow(namespace: Namespace) -> Iterator[Namespace]:
    """Give a namespace for a quota."""
    own = Namespace(f"{namespace.name}-{uuid.uuid4().hex[:4]}", namespace.python)
    own.kubectl("create", "namespace", own.name)
    yield own
    own.kubectl("delete", "namespace", own.name, "--wait=false")


@pytest.mark.parametrize("kind", ROOM)
def test_models_start_though_a_quota_has_no_room_for_their_evaluators(
    narrow: Namespace, tmp_path: Path, kind: str
) -> None:
    with monitored.operator(narrow, tmp_path) as here:
        name = kind.lower()
        reference = model.config_map("reference", {wire.KEY_PROFILE: json.dumps(model.REFERENCE)})
        here.namespace.apply(reference, _workload(here, kind, name), _quota(kind))
        here.kubectl("rollout", "status", f"{name}/{name}", "--timeout=110s")
        before = {pod["metadata"]["uid"] for pod in here.pods(name)}
        target = {"apiVersion": "apps/v1", "kind": kind, "name": name}
        here.namespace.apply(model.monitor(name, capture={}, targetRef=target))
        refused = lambda: here.condition("EvaluatorsFailing", name).get("reason") == "PodsRefused"  # noqa: E731
        assert eventually(refused, 180), here.condition("EvaluatorsInjected", name)
        assert eventually(lambda: _anew(here, name, before), 400), here.kubectl("describe", name, name)
        assert not any("initContainers" in pod["spec"] for pod in here.pods(name))


def _workload(here: Monitored, kind: str, name: str) -> dict[str, Any]:
    """Give the model as a workload of a kind."""
    body = model.deployment(here.namespace.python, name, REPLICAS)
    if kind == "StatefulSet":
        del body["spec"]["strategy"]
        body["spec"]["serviceName"] = name
    return {**body, "kind": kind}


def _anew(here: Monitored, name: str, before: set[str]) -> bool:
    """Tell whether all pods came after those before, and are ready."""
    pods = here.pods(name, ending=True)
    ready = here.get(name, name)["status"].get("readyReplicas", 0)
    return ready == len(pods) == REPLICAS and not before & {pod["metadata"]["uid"] for pod in pods}


def _quota(kind: str) -> dict[str, Any]:
    """Give a quota that the models fill without evaluators."""
    spec = {"hard": {"requests.cpu": ROOM[kind]}}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small"}, "spec": spec}
