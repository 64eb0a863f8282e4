"""Injected pods on a real node, with nothing of what they mount: they start, serve and are found."""

import json
import os
import secrets
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tools
from apiserver.replica import eventually, free_port
from modelmonitor.plan import injection
from node.namespaces import Namespace, RefusedError, kubeconfig, load
from pods import PROXY

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="minutes: the story is short"),
]

MODEL = "import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8080, bind='0.0.0.0')"
FETCH = "import urllib.request as u; print(u.urlopen('http://churn/', timeout=5).status)"
USERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "root": {"runAsUser": 0},
    "own-user": {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000},
}


def pod(name: str, python: str, image: str) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 1}
    model = {
        "name": "model",
        "image": python,
        "imagePullPolicy": "Never",
        "command": ["python3", "-c", MODEL],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": probe,
        "livenessProbe": probe,
    }
    labels = {"app": "churn", "modelmonitor.dev/inject": "churn"}
    spec = {"containers": [model], "securityContext": USERS[name], "terminationGracePeriodSeconds": 1}
    whole = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}
    return injection.inject(whole, replace(PROXY, image=image, pull_policy="Never"), "v1")


@pytest.fixture(scope="module")
def churn(namespace: Namespace) -> Namespace:
    image = load("evaluator")
    ports = [{"port": 80, "targetPort": "http"}]
    service = {"selector": {"app": "churn"}, "ports": ports}
    namespace.apply(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "churn"}, "spec": service},
        *(pod(name, namespace.python, image) for name in USERS),
    )
    namespace.kubectl("wait", "pod", "--all", "--for=condition=Ready", "--timeout=120s")
    return namespace


def test_pods_of_any_user_are_ready_without_what_they_mount(churn: Namespace) -> None:
    pods = json.loads(churn.kubectl("get", "pods", "-o", "json"))["items"]
    evaluators = [it["status"]["initContainerStatuses"][0] for it in pods]
    assert {it["metadata"]["name"] for it in pods} == set(USERS)
    assert all(it["ready"] and it["restartCount"] == 0 for it in evaluators)
    users = {
        name: churn.kubectl(
            "exec",
            name,
            "-c",
            "modelmonitor-evaluator",
            "--",
            "python",
            "-c",
            "import os; print(os.getuid())",
        ).strip()
        for name in USERS
    }
    assert users == {"plain": "65532", "root": "65532", "own-user": "1000"}


def test_the_service_leads_to_the_evaluators_by_the_name_of_the_port(churn: Namespace) -> None:
    def answered() -> bool:
        with suppress(RefusedError):
            return (
                churn.kubectl("exec", "plain", "-c", "model", "--", "python3", "-c", FETCH).strip() == "200"
            )
        return False

    def endpoints() -> dict[int, int]:
        slices = json.loads(churn.kubectl("get", "endpointslices", "-o", "json"))["items"]
        return {port["port"]: len(it["endpoints"]) for it in slices for port in it["ports"] or []}

    assert eventually(lambda: endpoints() == {9465: len(USERS)}), endpoints()  # slices follow pods
    assert eventually(answered)  # and kube-proxy follows slices


@pytest.fixture
def prometheus(churn: Namespace, tmp_path: Path) -> Iterator[str]:
    """A Prometheus with the rules by which prometheus-operator turns a PodMonitor into a scrape job."""
    discovery = {"role": "pod", "kubeconfig_file": str(kubeconfig()), "namespaces": {"names": [churn.name]}}
    label = "__meta_kubernetes_pod_label_modelmonitor_dev_inject"
    keep = [
        {"action": "drop", "source_labels": ["__meta_kubernetes_pod_phase"], "regex": "(Failed|Succeeded)"},
        {"action": "keep", "source_labels": [label], "regex": "churn"},
        {
            "action": "keep",
            "source_labels": ["__meta_kubernetes_pod_container_port_name"],
            "regex": "mm-http",
        },
    ]
    job = {"job_name": "churn", "kubernetes_sd_configs": [discovery], "relabel_configs": keep}
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job | {"honor_labels": True}]}
    (tmp_path / "prometheus.yaml").write_text(json.dumps(config))
    port = free_port()
    command = [
        str(tools.binary("prometheus")),
        f"--config.file={tmp_path / 'prometheus.yaml'}",
        f"--storage.tsdb.path={tmp_path / secrets.token_hex(3)}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stderr=log) as running:
        yield f"http://127.0.0.1:{port}"
        running.terminate()


def test_prometheus_finds_the_port_though_it_is_that_of_an_init_container(prometheus: str) -> None:
    """Whether it could connect is another matter: the pods' network is not that of the tests."""

    def discovered() -> list[str]:
        try:
            with urllib.request.urlopen(f"{prometheus}/api/v1/targets?state=active") as answer:
                found = json.load(answer)["data"]["activeTargets"]
        except OSError:
            return []
        return [it["scrapeUrl"] for it in found] if len(found) >= len(USERS) else []

    found = eventually(discovered, 60)
    assert len(found) == len(USERS)
    assert all(url.endswith(":9464/metrics") for url in found)
