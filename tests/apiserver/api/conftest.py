"""An API server that knows ModelMonitors."""

from collections.abc import Iterator

import pytest

from apiserver.rest import Rest
from cluster.control_plane import ControlPlane
from modelmonitor.api.crd import crd


@pytest.fixture(scope="session")
def api(control_plane: ControlPlane) -> Iterator[Rest]:
    """The API server with our CustomResourceDefinition."""
    rest = Rest(control_plane)
    rest.define(crd())
    yield rest
    rest.close()
