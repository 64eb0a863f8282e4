"""Helm and an API server for the charts' tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tools
from charts import helm
from cluster.control_plane import ControlPlane

Helm = Callable[..., str]


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
