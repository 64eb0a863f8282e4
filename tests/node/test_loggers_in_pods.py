"""Pods with a logger, as KServe makes them: the evaluator is added beside it, and no port moves."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelmonitor import wire
from node import model, monitored
from node.inside import eventually
from node.monitored import Json, Monitored
from node.namespaces import Namespace

pytestmark = pytest.mark.cluster

LOGGER = Path(__file__).parents[1] / "servers" / "logger.py"
AGENT_PORT = 9081
AGENT = textwrap.dedent(f"""
    import sys, threading
    sys.path.insert(0, "/agent")
    import logger
    with logger.logging({model.PORT}, {wire.PORT_HTTP}, logger.Settings(listen=("0.0.0.0", {AGENT_PORT}))):
        threading.Event().wait()
""")


@pytest.fixture(scope="module")
def here(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    with monitored.operator(namespace, tmp_path_factory.mktemp("operator")) as found:
        yield found


def logged(here: Monitored) -> Json:
    """The model with KServe's agent beside it, which callers come to."""
    found = model.deployment(here.namespace.python, replicas=2)
    pod = found["spec"]["template"]["spec"]
    ours = pod["containers"][0]
    agent = {
        "name": "kserve-agent",
        "image": here.namespace.python,
        "imagePullPolicy": "Never",
        "command": ["python3", "-u", "-c", AGENT],
        "ports": [{"name": "http", "containerPort": AGENT_PORT}],
        "readinessProbe": {"tcpSocket": {"port": "http"}, "periodSeconds": 1},
        "volumeMounts": [{"name": "agent", "mountPath": "/agent"}],
    }
    ours["ports"] = [{"name": "model", "containerPort": model.PORT}]
    ours["readinessProbe"]["httpGet"]["port"] = "model"
    pod["containers"].append(agent)
    pod["volumes"] = [{"name": "agent", "configMap": {"name": "agent"}}]
    return found


def test_what_the_logger_in_each_pod_says_is_counted_by_the_evaluator_beside_it(
    here: Monitored, tmp_path: Path
) -> None:
    here.namespace.apply(
        model.config_map("agent", {"logger.py": LOGGER.read_text()}),
        model.config_map("reference", {wire.KEY_PROFILE: monitored.reference()}),
        logged(here),
        model.service(),
        model.monitor(capture={"mode": "CloudEvents"}),
    )
    here.injected(2)
    here.settled(2)
    with monitored.driving(here.address("churn"), tmp_path, "--rate", "40", "--number", "400") as callers:
        told = callers.told()
    assert told.failed == []

    def counted() -> bool:
        return sum(it["predictions"]["count"] for it in here.statistics()) >= 400

    assert eventually(counted)
    pages = here.statistics()
    assert sum(it["predictions"]["count"] for it in pages) == 400
    assert sum(it["traffic"]["byOutcome"]["ok"] for it in pages) == 400
    assert all(it["losses"] == {} and it["predictions"]["count"] > 50 for it in pages)
    assert all(it["predictions"]["withoutId"] == 0 for it in pages)
    for pod in here.pods():
        (sidecar,) = (it for it in pod["spec"]["initContainers"] if it["name"] == wire.EVALUATOR)
        assert [it["name"] for it in sidecar["ports"]] == [wire.PORT_NAME_HTTP]
        ports = {it["name"]: it["ports"] for it in pod["spec"]["containers"]}
        assert ports["model"][0]["name"] == "model"
        assert (ports["kserve-agent"][0]["name"], ports["kserve-agent"][0]["containerPort"]) == (
            "http",
            AGENT_PORT,
        )
