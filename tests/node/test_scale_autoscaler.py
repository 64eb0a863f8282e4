"""An autoscaler at work on a model with an evaluator, by the real metrics-server: nothing is lost."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import tools
from cluster import network
from node import inside, model, monitored
from node.inside import eventually
from node.monitored import Json, Monitored
from node.namespaces import Namespace, kubeconfig

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes five minutes"),
]

API = "v1beta1.metrics.k8s.io"


@pytest.fixture(scope="module")
def here(namespace: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitored]:
    folder = tmp_path_factory.mktemp("operator")
    with metrics_server(namespace, folder), monitored.operator(namespace, folder) as found:
        monitored.apply(found, model.monitor(capture={"mode": "Proxy"}))
        yield found


@contextlib.contextmanager
def metrics_server(namespace: Namespace, folder: Path) -> Iterator[None]:
    """Serve the metrics API by a process, to which a Service of the namespace leads."""
    port = inside.free_port()
    reach = [f"--{it}kubeconfig={kubeconfig()}" for it in ("", "authentication-", "authorization-")]
    command = [
        tools.binary("metrics-server"), *reach, f"--bind-address={network.NODE}", f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}", "--kubelet-insecure-tls", "--metric-resolution=10s",
        "--kubelet-request-timeout=5s", "--kubelet-preferred-address-types=InternalIP",
    ]  # fmt: skip
    with inside.program(command, folder / "metrics-server.log"):
        namespace.apply(*leading_to(namespace.name, port))
        try:
            available = ("wait", f"apiservice/{API}", "--for=condition=Available", "--timeout=90s")
            namespace.kubectl(*available)
            yield
        finally:
            namespace.kubectl("delete", "apiservice", API)


def leading_to(namespace: str, port: int) -> list[Json]:
    name = {"name": "metrics-server"}
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**name, "labels": {"kubernetes.io/service-name": "metrics-server"}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": port}],
        "endpoints": [{"addresses": [network.NODE], "conditions": {"ready": True}}],
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": name,
        "spec": {"ports": [{"name": "https", "port": 443}]},
    }
    api = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": API},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "service": {**name, "namespace": namespace},
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        },
    }
    return [service, slice_, api]


def autoscaler(most: int) -> Json:
    """Scale by all containers, and by the model's alone."""
    target = {"type": "Utilization", "averageUtilization": 60}
    one = {"name": "cpu", "target": target}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "churn"},
        "minReplicas": 1,
        "maxReplicas": most,
        "metrics": [
            {"type": "Resource", "resource": one},
            {"type": "ContainerResource", "containerResource": {**one, "container": "model"}},
        ],
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 20}},
    }
    about = {"metadata": {"name": "churn"}, "spec": spec}
    return {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", **about}


def test_an_autoscaler_scales_up_and_down_and_no_request_is_lost(here: Monitored, tmp_path: Path) -> None:
    here.namespace.apply(autoscaler(3))
    with monitored.driving(here.address("churn"), tmp_path, "--rate", "60", "--each", "20") as callers:
        here.injected(3)
        time.sleep(5)
        told = callers.stop()
    found = here.get("hpa", "churn")["status"]
    conditions = {it["type"]: it for it in found["conditions"]}
    assert conditions["ScalingActive"]["status"] == "True", conditions
    assert {it["type"] for it in found["currentMetrics"]} == {"Resource", "ContainerResource"}
    assert told.failed == []
    here.injected(1)
    here.settled(1)
    inside.figures(f"{told.answered} requests in {told.seconds:.0f} s from one pod to three, none failed")


def test_the_metrics_api_counts_the_evaluator_as_a_container_of_its_own(here: Monitored) -> None:
    def measured() -> bool:
        try:
            return "modelmonitor-evaluator" in here.kubectl("top", "pod", "--containers", "-l", "app=churn")
        except subprocess.SubprocessError:
            return False

    assert eventually(measured, 60, 2)
