"""What the operator of the chart may do, and that it is enough for its work."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from chart.access import Access, every, granted, within
from charts import OPERATOR
from cluster.control_plane import ControlPlane

pytestmark = pytest.mark.apiserver

NAMESPACE = "modelmonitor-system"
USER = f"system:serviceaccount:{NAMESPACE}:modelmonitor"

CHILDREN = every(
    ("prometheusrules.monitoring.coreos.com", "configmaps"),
    ("get", "list", "watch", "create", "patch", "delete"),
)
MONITORS = every(("modelmonitors.modelmonitor.dev",), ("get", "list", "watch")) | every(
    ("modelmonitors.modelmonitor.dev/status",), ("patch",)
)
LEASE = {Access("leases.coordination.k8s.io", verb, NAMESPACE, "modelmonitor") for verb in ("get", "update")}
CREATE_LEASES = {Access("leases.coordination.k8s.io", "create", NAMESPACE)}
ASKED = every(
    (
        "modelmonitors.modelmonitor.dev",
        "modelmonitors.modelmonitor.dev/status",
        "modelmonitors.modelmonitor.dev/finalizers",
        "prometheusrules.monitoring.coreos.com",
        "servicemonitors.monitoring.coreos.com",
        "configmaps",
        "leases.coordination.k8s.io",
        "secrets",
        "pods",
        "pods/exec",
        "serviceaccounts",
        "serviceaccounts/token",
        "namespaces",
        "nodes",
        "deployments.apps",
        "roles.rbac.authorization.k8s.io",
        "clusterrolebindings.rbac.authorization.k8s.io",
        "customresourcedefinitions.apiextensions.k8s.io",
    )
)
ALL_NAMESPACES = ("", NAMESPACE, "team-a", "team-b")
EVERYTHING_ASKED = (
    within(ASKED, *ALL_NAMESPACES)
    | LEASE
    | {Access("leases.coordination.k8s.io", "update", NAMESPACE, "other")}
)


def test_the_operator_of_a_cluster_may_do_what_it_needs_and_no_more(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR)
    expected = within(MONITORS | CHILDREN, *ALL_NAMESPACES) | LEASE | CREATE_LEASES
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_the_operator_of_some_namespaces_may_do_nothing_elsewhere(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR, "--set", "watchNamespaces={team-a,team-b}")
    expected = within(MONITORS | CHILDREN, "team-a", "team-b") | LEASE | CREATE_LEASES
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def monitor(namespace: str, output: str) -> str:
    availability = {"counter": "requests_total", "selector": 'job="churn"', "badSelector": 'code=~"5.."'}
    spec = {
        "targetRef": {"name": "churn"},
        "model": {"task": "BinaryClassification"},
        "objectives": [{"name": "availability", "objective": 99.9, "sli": {"availability": availability}}],
        "prometheus": {"output": output},
    }
    metadata = {"name": "churn", "namespace": namespace}
    return json.dumps(
        {
            "apiVersion": "modelmonitor.dev/v1alpha1",
            "kind": "ModelMonitor",
            "metadata": metadata,
            "spec": spec,
        }
    )


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return met


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False


@contextmanager
def operator_of_the_chart(cluster: ControlPlane, log: Path) -> Iterator[None]:
    """Run the program with the arguments of the installed Deployment, as its service account, until ready."""
    path = "jsonpath={.spec.template.spec.containers[0].args}"
    found = cluster.kubectl("get", "deployment", "modelmonitor", "-n", NAMESPACE, "-o", path)
    port = 20000 + secrets.randbelow(12000)
    arguments = [it.replace("0.0.0.0:8080", f"127.0.0.1:{port}") for it in json.loads(found)]
    token = cluster.kubectl("create", "token", "modelmonitor", "-n", NAMESPACE).strip()
    kubeconfig = cluster.credentials.kubeconfig(log.with_suffix(".kubeconfig"), cluster.url, {"token": token})
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelmonitor", *arguments],
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        ready = eventually(lambda: process.poll() is not None or answers(f"http://127.0.0.1:{port}/readyz"))
        assert ready, log.read_text()
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def refusals(cluster: ControlPlane) -> list[str]:
    """Name the writes of the operator that the API server forbade."""
    events = [json.loads(line) for line in cluster.audit_log.read_text().splitlines()]
    return [
        f"{it['verb']} {it['requestURI']}"
        for it in events
        if it["user"]["username"] == USER and it["responseStatus"]["code"] == 403
    ]


def status_of(cluster: ControlPlane, namespace: str) -> dict[str, str]:
    """Give the conditions of the monitor, and the generation that they are about."""
    found = json.loads(cluster.kubectl("get", "modelmonitor", "churn", "-n", namespace, "-o", "json"))
    status = found.get("status", {})
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    return {it["type"]: it["status"] for it in status.get("conditions", [])} if current else {}


def children(cluster: ControlPlane, namespace: str) -> list[str]:
    label = "modelmonitor.dev/monitor=churn"
    kinds = "prometheusrules,configmaps"
    return cluster.kubectl("get", kinds, "-n", namespace, "-l", label, "-o", "name").split()


def test_the_rights_and_arguments_of_the_chart_are_those_that_the_operator_works_with(
    prepared: ControlPlane, release: Callable[..., str], tmp_path: Path
) -> None:
    log = tmp_path / "operator.log"
    release("install", OPERATOR, "--set", "watchNamespaces={team-a},ruleLabels.release=stack")
    prepared.kubectl("apply", "-f", "-", input=monitor("team-b", "PrometheusRule"))
    with operator_of_the_chart(prepared, log):
        for output, child in (
            ("PrometheusRule", "prometheusrule.monitoring.coreos.com/churn-slo"),
            ("ConfigMap", "configmap/churn-slo"),
        ):
            prepared.kubectl("apply", "-f", "-", input=monitor("team-a", output))
            applied = eventually(lambda: status_of(prepared, "team-a").get("RulesApplied") == "True")
            assert applied, log.read_text()
            only = [child]
            assert eventually(lambda only=only: children(prepared, "team-a") == only), log.read_text()  # type: ignore[misc]
        lease = ("get", "lease", "modelmonitor", "-n", NAMESPACE, "-o", "jsonpath={.spec.holderIdentity}")
        assert prepared.kubectl(*lease)
    assert children(prepared, "team-b") == []
    assert refusals(prepared) == []
