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


def rolled_until(space: Space, reason: str) -> None:
    """Say again and again that the Deployment has rolled, until EvaluatorsInjected has a reason."""

    def there() -> bool:
        roll(space)
        return space.condition("EvaluatorsInjected").get("reason") == reason

    assert eventually(there, 60), space.condition("EvaluatorsInjected")


def marked(deployment: Json) -> bool:
    return "modelmonitor.dev/monitored-by" in deployment["metadata"].get("labels", {})


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


@pytest.fixture
def kept(
    control_plane: ControlPlane, pods: Pods, replica: Callable[..., Replica], tmp_path: Path
) -> Iterator[Callable[..., Engine]]:
    """Start an engine that keeps the namespace of an operator as a repository says."""
    definition = (tools.crds() / "monitoring.coreos.com_podmonitors.yaml").read_text()
    pods.space.rest.define(yaml.safe_load(definition))
    settings = yaml.safe_load((MANIFESTS / "argocd" / "argocd-cm.yaml").read_text())
    settings["metadata"]["namespace"] = pods.space.name
    pods.space.rest.apply(f"/api/v1/namespaces/{pods.space.name}/configmaps", settings)
    replica(*pods.arguments)
    repository = Repository(tmp_path / "repository").begin()
    started = []

    def start(deployment: Json, document: Json, *, always: bool) -> Engine:
        repository.commit("Begin", deployment=deployment, service=read("service"), monitor=read("monitor"))
        engine = Engine(
            tmp_path, control_plane.kubeconfig, pods.space.name, repository, document, always, resync="1s"
        )
        started.append(engine.start())
        engine.await_round(lambda one: one["sync"] == "Synced")
        return engine

    yield start
    for engine in started:
        engine.stop()


@pytest.mark.parametrize("mode", MODES)
def test_once_all_is_as_committed_nobody_writes_anything(
    control_plane: ControlPlane, pods: Pods, kept: Callable[..., Engine], mode: str
) -> None:
    space = pods.space
    engine = kept(read("deployment"), MODES[mode], always=False)
    assert eventually(lambda: marked(roll(space))), space.condition("EvaluatorsInjected")
    roll(space)
    space.await_reason("Ready", "Reconciled")
    time.sleep(5)  # a resync of the operator
    rounds, before = len(engine.rounds), writes(control_plane, space.name)
    time.sleep(QUIET)
    assert writes(control_plane, space.name) == before
    later = engine.rounds[rounds:]
    assert [(it["sync"], differing(it)) for it in later] == [("Synced", [])] * len(later)
    assert len(later) > QUIET / 2


def test_a_tool_that_takes_our_marks_away_is_not_fought_and_a_label_of_the_team_ends_it(
    control_plane: ControlPlane, pods: Pods, kept: Callable[..., Engine]
) -> None:
    space, deployment = pods.space, read("deployment")
    deployment["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Replace=true"}
    engine = kept(deployment, application(), always=True)
    rolled_until(space, "MarksRemoved")
    ours = f"operator-of-{space.name} patch deployments churn"
    before = writes(control_plane, space.name).count(ours)
    assert before <= 2
    time.sleep(10)
    assert writes(control_plane, space.name).count(ours) == before
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    labels["modelmonitor.dev/inject"] = "churn"
    monitor = read("monitor")
    monitor["spec"]["capture"] = {"restart": "Never"}
    engine.repository.commit("Ask for it ourselves", deployment=deployment, monitor=monitor)
    rolled_until(space, "Injecting")
