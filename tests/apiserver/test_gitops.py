"""Argo CD's engine and the operator on one API server: once all is as committed, nobody writes anything."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

import tools
from apiserver.admission import CONFIGURATIONS, Pods
from apiserver.replica import Replica, Space, eventually
from apiserver.rest import Json
from apiserver.rights import RBAC, rights_to_configure
from cluster.control_plane import ControlPlane
from gitops.engine import MANIFESTS, Engine, Repository, application, differing

pytestmark = [
    pytest.mark.apiserver,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="builds Argo CD's engine"),
]
QUIET = 30.0
"""Seconds in which nobody may write."""
WRITES = {"create", "update", "patch", "delete", "deletecollection"}
MODES = {
    "server-side": application(),
    "client-side": application(syncPolicy={"automated": {"prune": True, "selfHeal": True}}),
}


def read(name: str) -> Json:
    document: Json = yaml.safe_load((MANIFESTS / "team" / f"{name}.yaml").read_text())
    return document


def roll(space: Space) -> Json:
    """Say of the Deployment that it has rolled, as its controller would; give it."""
    path = f"/apis/apps/v1/namespaces/{space.name}/deployments/churn"
    found = space.rest.send("GET", path).body
    counts = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), 2)
    status = {"observedGeneration": found["metadata"]["generation"], **counts}
    answer = space.rest.send("PATCH", f"{path}/status", {"status": status}, kind="merge-patch+json")
    assert answer.accepted, answer.message
    return answer.body


def writes(control_plane: ControlPlane, namespace: str) -> list[str]:
    """Give who wrote what in a namespace, Leases left out."""
    found = []
    for line in control_plane.audit_log.read_text().splitlines():
        with suppress(ValueError):  # a line that is being written
            event = json.loads(line)
            at = event.get("objectRef", {})
            if event["verb"] in WRITES and at.get("namespace") == namespace and at["resource"] != "leases":
                found.append(f"{event['user']['username']} {event['verb']} {at['resource']} {at.get('name')}")
    return found


@pytest.fixture
def pods(space: Space, operator_user: Path) -> Iterator[Pods]:
    """A namespace whose operator may configure its webhook."""
    roles = rights_to_configure(space.name, f"operator-of-{space.name}")
    for role in roles:
        assert space.rest.send("POST", f"/{RBAC}/{role['kind'].lower()}s", role).accepted
    found = Pods(space)
    yield found
    for role in roles:
        space.rest.send("DELETE", f"/{RBAC}/{role['kind'].lower()}s/{role['metadata']['name']}")
    space.rest.send("DELETE", f"{CONFIGURATIONS}/{found.name}")


@pytest.mark.parametrize("mode", MODES)
def test_once_all_is_as_committed_nobody_writes_anything(
    control_plane: ControlPlane,
    space: Space,
    pods: Pods,
    replica: Callable[..., Replica],
    tmp_path: Path,
    mode: str,
) -> None:
    definition = (tools.crds() / "monitoring.coreos.com_podmonitors.yaml").read_text()
    space.rest.define(yaml.safe_load(definition))
    settings = yaml.safe_load((MANIFESTS / "argocd" / "argocd-cm.yaml").read_text())
    settings["metadata"]["namespace"] = space.name
    space.rest.apply(f"/api/v1/namespaces/{space.name}/configmaps", settings)
    replica(*pods.arguments)
    repository = Repository(tmp_path / "repository").begin()
    repository.commit("Begin", **{name: read(name) for name in ("deployment", "service", "monitor")})
    engine = Engine(tmp_path, control_plane.kubeconfig, space.name, repository, MODES[mode], always=False)
    engine.resync = "1s"
    engine.start()
    try:
        engine.await_round(lambda one: one["sync"] == "Synced")
        marked = eventually(
            lambda: "modelmonitor.dev/monitored-by" in roll(space)["metadata"].get("labels", {})
        )
        assert marked, space.condition("EvaluatorsInjected")
        roll(space)
        space.await_reason("Ready", "Reconciled")
        time.sleep(5)  # a resync of the operator
        rounds, before = len(engine.rounds), writes(control_plane, space.name)
        time.sleep(QUIET)
        assert writes(control_plane, space.name) == before
        later = engine.rounds[rounds:]
        assert [(it["sync"], differing(it)) for it in later] == [("Synced", [])] * len(later)
        assert len(later) > QUIET / 2
    finally:
        engine.stop()
