"""What the operator of the chart may do, and that it is enough for its work."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
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
    (
        "configmaps",
        "services",
        *(f"{it}.monitoring.coreos.com" for it in ("prometheusrules", "podmonitors", "alertmanagerconfigs")),
    ),
    ("get", "list", "watch", "create", "patch", "delete"),
)
MONITORS = every(("modelmonitors.modelmonitor.dev",), ("get", "list", "watch")) | every(
    ("modelmonitors.modelmonitor.dev/status",), ("patch",)
)
WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
LOOKING = (
    every((*WORKLOADS, "pods"), ("get", "list", "watch"))
    | every(("replicasets.apps", "controllerrevisions.apps", "namespaces"), ("get",))
    | every(("networkpolicies.networking.k8s.io", "alertmanagers.monitoring.coreos.com"), ("list",))
)
SECRETS = every(("secrets",), ("get",))
FOREIGN = ("authorizationpolicies.security.istio.io", "ciliumnetworkpolicies.cilium.io")
INJECTING = every(WORKLOADS, ("patch",)) | every(FOREIGN, ("list",))
INJECTING |= {Access("pods", "delete"), Access("pods/eviction", "create")}
EVERYWHERE = MONITORS | CHILDREN | LOOKING | SECRETS | INJECTING
LEASE = {Access("leases.coordination.k8s.io", verb, NAMESPACE, "modelmonitor") for verb in ("get", "update")}
CERTIFICATE = {Access("secrets", verb, NAMESPACE, "modelmonitor-webhook") for verb in ("get", "update")}
OTHER_CERTIFICATE = {replace(it, name="other") for it in CERTIFICATE}
CREATE_LEASES = {Access("leases.coordination.k8s.io", "create", NAMESPACE)}
CREATE_SECRETS = {Access("secrets", "create", NAMESPACE)}
HOOKS, ROLES = (
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
)
CONFIGURATION = {
    Access(HOOKS, "create"),
    *(Access(HOOKS, verb, name=f"modelmonitor-{NAMESPACE}") for verb in ("get", "update")),
    Access(ROLES, "get", name=f"modelmonitor-{NAMESPACE}"),
}
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
        "pods/eviction",
        "services",
        "podmonitors.monitoring.coreos.com",
        "alertmanagerconfigs.monitoring.coreos.com",
        "alertmanagers.monitoring.coreos.com",
        "networkpolicies.networking.k8s.io",
        *FOREIGN,
        "replicasets.apps",
        "controllerrevisions.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "deployments.apps/scale",
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
OTHERS_CONFIGURATION = {replace(it, name="other" if it.name else "") for it in CONFIGURATION}
EVERYTHING_ASKED = (
    within(ASKED, *ALL_NAMESPACES)
    | LEASE
    | {Access("leases.coordination.k8s.io", "update", NAMESPACE, "other")}
    | CERTIFICATE
    | OTHER_CERTIFICATE
    | every((HOOKS, ROLES))
    | CONFIGURATION
    | OTHERS_CONFIGURATION
)
OWN = LEASE | CREATE_LEASES | CERTIFICATE | CREATE_SECRETS


def test_the_operator_of_a_cluster_may_do_what_it_needs_and_no_more(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR)
    may_read = {it for it in OTHER_CERTIFICATE if it.verb == "get"}
    expected = within(EVERYWHERE, *ALL_NAMESPACES) | OWN | CONFIGURATION | may_read
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_the_operator_of_some_namespaces_may_do_nothing_elsewhere(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR, "--set", "watchNamespaces={team-a,team-b}")
    expected = within(EVERYWHERE, "team-a", "team-b") | OWN
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_the_operator_of_some_namespaces_may_configure_its_webhook_if_it_is_told_so(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR, "--set", "watchNamespaces={team-a},rbac.configureWebhook=true")
    expected = within(EVERYWHERE, "team-a") | OWN | CONFIGURATION
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_an_operator_that_injects_nothing_and_checks_no_secrets_may_not_do_so(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR, "--set", "injection.enabled=false,rbac.checkSecrets=false")
    expected = within(EVERYWHERE - INJECTING - SECRETS, *ALL_NAMESPACES) | LEASE | CREATE_LEASES
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
    moved = {"[::]:8080": f"127.0.0.1:{port}", "webhook-port=9443": f"webhook-port={port + 1}"}
    arguments = json.loads(found)
    for before, after in moved.items():
        arguments = [it.replace(before, after) for it in arguments]
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


def kept(cluster: ControlPlane) -> list[str]:
    """Name what the operator keeps for its webhook."""
    asked = (f"mutatingwebhookconfigurations/modelmonitor-{NAMESPACE}", "secrets/modelmonitor-webhook")
    found = [cluster.kubectl("get", it, "-n", NAMESPACE, "-o", "name", "--ignore-not-found") for it in asked]
    return [it.strip() for it in found if it]


def test_the_webhook_is_kept_by_the_rights_of_the_chart_and_goes_with_it(
    prepared: ControlPlane, release: Callable[..., str], tmp_path: Path
) -> None:
    log = tmp_path / "operator.log"
    left_by_one_of_some_namespaces = ("secret", "modelmonitor-webhook", "-n", NAMESPACE, "--ignore-not-found")
    prepared.kubectl("delete", *left_by_one_of_some_namespaces)
    release("install", OPERATOR)
    with operator_of_the_chart(prepared, log):
        assert eventually(lambda: len(kept(prepared)) == 2), log.read_text()
        path = "jsonpath={.webhooks[0].clientConfig.service.name}"
        hook = ("get", "mutatingwebhookconfigurations", f"modelmonitor-{NAMESPACE}", "-o", path)
        service = prepared.kubectl(*hook)
        assert prepared.kubectl("get", "service", service, "-n", NAMESPACE, "-o", "name")
        assert refusals(prepared) == []
        assert "get no evaluator" not in log.read_text()
        release("uninstall")
        assert eventually(lambda: not kept(prepared), 60.0), (kept(prepared), log.read_text())
