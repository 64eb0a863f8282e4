"""Helm and an API server for the charts' tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tools
from charts import CRDS, helm
from cluster.control_plane import ControlPlane

Helm = Callable[..., str]
NAMESPACE = "modelmonitor-system"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server of the module's own: these tests install and remove what is there once a cluster."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), tools.binary("kube").parent) as running:
        yield running


@pytest.fixture(scope="module")
def helm_on_cluster(cluster: ControlPlane) -> Helm:
    """Run Helm as the administrator of the cluster."""

    def run(*arguments: str | Path) -> str:
        return helm.run(*arguments, kubeconfig=cluster.kubeconfig)

    return run


@pytest.fixture(scope="module")
def prepared(cluster: ControlPlane, helm_on_cluster: Helm) -> ControlPlane:
    """The cluster with our definitions, those of prometheus-operator, and the namespaces of the values."""
    helm_on_cluster("install", "modelmonitor-crds", CRDS, "--namespace", NAMESPACE, "--create-namespace")
    for kind in ("servicemonitors", "prometheusrules"):
        crd = tools.crds() / f"monitoring.coreos.com_{kind}.yaml"
        cluster.kubectl("apply", "--server-side", "-f", str(crd))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    for namespace in ("team-a", "team-b"):
        cluster.kubectl("create", "namespace", namespace)
    return cluster


@pytest.fixture
def release(prepared: ControlPlane, helm_on_cluster: Helm) -> Iterator[Helm]:
    """Helm for the operator; what was installed is uninstalled after the test."""

    def run(command: str, *arguments: str | Path) -> str:
        return helm_on_cluster(command, "modelmonitor", *arguments, "--namespace", NAMESPACE)

    yield run
    run("uninstall", "--ignore-not-found")
