"""A real API server for the tests of this folder."""

from collections.abc import Iterator

import pytest

import tools
from cluster.control_plane import ControlPlane


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server with RBAC, garbage collection, namespace deletion, an audit log; dies with pytest."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), tools.binary("kube").parent) as running:
        yield running
