"""A real API server for the tests of this folder."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import tools
from apiserver.admission import CONFIGURATIONS, Pods
from apiserver.replica import ROOT, Replica, Space
from apiserver.rest import Rest
from apiserver.rights import RBAC, rights, rights_to_configure
from cluster.control_plane import ControlPlane

DEFINITION = ROOT / "crds/modelmonitor.dev_modelmonitors.yaml"
StartReplica = Callable[..., Replica]


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server with RBAC, garbage collection, namespace deletion, an audit log; dies with pytest."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), tools.binary("kube").parent) as running:
        yield running


@pytest.fixture(scope="session")
def rest(control_plane: ControlPlane) -> Iterator[Rest]:
    """The API server over one kept connection, with our definitions and the rules of prometheus-operator."""
    found = Rest(control_plane)
    for file in (DEFINITION, tools.crds() / "monitoring.coreos.com_prometheusrules.yaml"):
        found.define(yaml.safe_load(file.read_text()))
    control_plane.restart_controllers()
    yield found
    found.close()


@pytest.fixture
def space(control_plane: ControlPlane, rest: Rest) -> Iterator[Space]:
    """A namespace of the test's own; it goes with all that is in it."""
    name = f"ml-{secrets.token_hex(3)}"
    control_plane.kubectl("create", "namespace", name)
    yield Space(control_plane, rest, name)
    rest.send("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def operator_user(control_plane: ControlPlane, space: Space) -> Path:
    """A user with exactly the rights that the operator of one namespace needs."""
    user = f"operator-of-{space.name}"
    for role in rights(space.name, user):
        assert space.rest.send(
            "POST", f"/{RBAC}/namespaces/{space.name}/{role['kind'].lower()}s", role
        ).accepted
    return control_plane.kubeconfig_of(user)


@pytest.fixture
def pods(space: Space, operator_user: Path) -> Iterator[Pods]:
    """A namespace whose operator may configure its webhook, with the document of a monitor."""
    roles = rights_to_configure(space.name, f"operator-of-{space.name}")
    for role in roles:
        assert space.rest.send("POST", f"/{RBAC}/{role['kind'].lower()}s", role).accepted
    found = Pods(space).prepare()
    yield found
    for role in roles:
        space.rest.send("DELETE", f"/{RBAC}/{role['kind'].lower()}s/{role['metadata']['name']}")
    space.rest.send("DELETE", f"{CONFIGURATIONS}/{found.name}")


@pytest.fixture
def replica(tmp_path: Path, space: Space, operator_user: Path) -> Iterator[StartReplica]:
    """Start operators of the namespace; those that still run at the end must stop gracefully."""
    started: list[Replica] = []

    def start(*arguments: str, name: str = "one") -> Replica:
        own = ("--watch-namespace", space.name, "--lease-namespace", space.name, "--resync", "5", *arguments)
        started.append(Replica(tmp_path, operator_user, name, own).start())
        return started[-1]

    yield start
    codes = [one.stop() for one in started if one.exit_code() is None]
    assert codes == [0] * len(codes), "\n".join(one.log for one in started)
