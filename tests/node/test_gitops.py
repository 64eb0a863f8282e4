"""A team's repository, kept in the cluster by Argo CD's engine: no fight with us, whatever is committed."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from apiserver.replica import eventually
from gitops.engine import MANIFESTS, Engine, Json, Repository, application, differing
from node.namespaces import Namespace, kubeconfig, load
from node.operators import define, operating

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes a quarter of an hour"),
]
PEACE = 150.0
"""Seconds in which nobody may write."""
SERVE = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Model(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
HTTPServer(('', 8080), Model).serve_forever()
"""
VERSIONS = """
import re, urllib.request
told = urllib.request.urlopen('http://127.0.0.1:9464/metrics', timeout=5).read().decode()
print(*sorted(set(re.findall('version="([^"]+)"', told))))
"""
AUTOMATED = {"automated": {"prune": True, "selfHeal": True}}
MODES = {
    "server-side": application(),
    "client-side": application(syncPolicy=AUTOMATED),
    "compared-by-the-server": {
        **application(),
        "metadata": {
            "name": "churn",
            "annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"},
        },
    },
}


@dataclass
class Team:
    """A namespace, what is committed for it, and what keeps it so."""

    namespace: Namespace
    repository: Repository
    engine: Engine
    images: tuple[str, str]
    before: Json
    """The Deployment as it was before there was a monitor."""

    def deployment(self, image: str) -> Json:
        document = read("deployment")
        (container,) = document["spec"]["template"]["spec"]["containers"]
        container |= {"image": image, "imagePullPolicy": "Never", "command": ["python3", "-u", "-c", SERVE]}
        document["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
        return document

    def get(self, *what: str) -> Json:
        found: Json = json.loads(
            self.namespace.kubectl("get", *what, "--ignore-not-found", "-o", "json") or "{}"
        )
        return found

    def pods(self) -> list[Json]:
        return [it for it in self.get("pods", "-l", "app=churn")["items"] if not leaving(it)]

    def injected(self) -> bool:
        return len(pods := self.pods()) == 2 and all(ready(it) and evaluated(it) for it in pods)

    def written(self) -> dict[str, str]:
        """What tells that somebody wrote: versions, generations where others keep a status, restarts."""
        kinds = "deployments,replicasets,pods,services,configmaps,modelmonitors,prometheusrules,podmonitors"
        there = [it for it in self.get(kinds)["items"] if not leaving(it)]
        return {f"{it['kind']}/{it['metadata']['name']}": trace(it) for it in there}

    def children(self) -> set[str]:
        """What our operator has made here, and monitors."""
        kinds = "modelmonitors,prometheusrules,podmonitors,configmaps,services"
        names = {(it["kind"], it["metadata"]["name"]) for it in self.get(kinds)["items"]}
        kept = {("Service", "churn"), ("ConfigMap", "argocd-cm"), ("ConfigMap", "kube-root-ca.crt")}
        return {f"{kind} {name}" for kind, name in names - kept}

    def told(self) -> set[str]:
        """The versions of the model that the evaluators of all pods tell."""
        asked = ("-c", "modelmonitor-evaluator", "--", "python", "-c", VERSIONS)
        names = [it["metadata"]["name"] for it in self.pods()]
        return {word for it in names for word in self.namespace.kubectl("exec", it, *asked).split()}


def read(name: str) -> Json:
    document: Json = yaml.safe_load((MANIFESTS / "team" / f"{name}.yaml").read_text())
    return document


def trace(found: Json) -> str:
    if found["kind"] == "Pod":
        states = ("initContainerStatuses", "containerStatuses")
        return str([it["restartCount"] for key in states for it in found["status"].get(key, [])])
    of_spec = found["kind"] in {"Deployment", "ReplicaSet"}
    return str(found["metadata"]["generation" if of_spec else "resourceVersion"])


def leaving(found: Json) -> bool:
    return "deletionTimestamp" in found["metadata"]


def ready(pod: Json) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(it["type"] == "Ready" and it["status"] == "True" for it in conditions)


def evaluated(pod: Json) -> bool:
    beside = pod["spec"].get("initContainers", [])
    return any(it["name"] == "modelmonitor-evaluator" for it in beside)


def content(deployment: Json) -> str:
    """Give what people write of a Deployment as text, to be compared byte by byte."""
    about = {key: deployment["metadata"].get(key) for key in ("labels", "annotations")}
    for key in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        (about["annotations"] or {}).pop(key, None)
    return json.dumps([about, deployment["spec"]])


def healthy(name: str) -> Callable[[Json], bool]:
    return lambda one: one["sync"] == "Synced" and one["health"].get(name, {}).get("status") == "Healthy"


@pytest.fixture(scope="module", params=MODES)
def team(
    request: pytest.FixtureRequest, namespace: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Team]:
    define(namespace)
    folder = tmp_path_factory.mktemp(request.param)
    settings = yaml.safe_load((MANIFESTS / "argocd" / "argocd-cm.yaml").read_text())
    settings["metadata"]["namespace"] = namespace.name
    namespace.kubectl("apply", "--server-side", "-f", "-", manifest=settings)
    repository = Repository(folder / "repository").begin()
    engine = Engine(folder, kubeconfig(), namespace.name, repository, MODES[request.param])
    engine.always = request.param != "compared-by-the-server"  # this one applies when Argo CD would
    found = Team(namespace, repository, engine, (namespace.python, load("evaluator")), {})
    repository.commit("Serve a model", deployment=found.deployment(found.images[0]), service=read("service"))
    with operating(namespace, folder, found.images[1]):
        engine.start()
        try:
            engine.await_round(healthy("Deployment/churn"), 120)
            found.before = found.get("deployment", "churn")
            yield found
        finally:
            engine.stop()
            namespace.kubectl("delete", "modelmonitors,deployments,services", "--all")


def test_after_the_injection_nobody_writes_anything(team: Team) -> None:
    team.repository.commit("Monitor it", monitor=read("monitor"))
    assert eventually(team.injected, 120), team.get("modelmonitor", "churn")
    team.engine.await_round(healthy("ModelMonitor/churn"), 60)
    before, rounds = team.written(), len(team.engine.rounds)
    time.sleep(PEACE)
    assert team.written() == before
    later = team.engine.rounds[rounds:]
    assert len(later) >= PEACE / 5 - 3
    assert [(it["sync"], differing(it)) for it in later] == [("Synced", [])] * len(later)


def test_a_field_changed_by_hand_is_healed_and_our_marks_survive_that(team: Team) -> None:
    rounds = len(team.engine.rounds)
    team.namespace.kubectl("scale", "deployment/churn", "--replicas=3")
    assert eventually(lambda: team.get("deployment", "churn")["spec"]["replicas"] == 2, 60)
    assert eventually(team.injected, 60)
    team.engine.await_round(healthy("ModelMonitor/churn"), 60)
    seen = [found for one in team.engine.rounds[rounds:] for found in differing(one)]
    if not team.engine.always:
        assert seen == [("Deployment/churn", [".spec.replicas"])]


def test_an_objective_changed_by_a_commit_changes_the_rules(team: Team) -> None:
    monitor = read("monitor")
    monitor["spec"]["objectives"][0]["objective"] = 99.5
    pods = {it["metadata"]["uid"] for it in team.pods()}
    revision = team.repository.commit("Promise less", monitor=monitor)
    assert eventually(lambda: "vector(0.995)" in json.dumps(team.get("prometheusrule", "churn-slo")), 30)
    team.engine.await_round(lambda one: one["revision"] == revision and healthy("ModelMonitor/churn")(one))
    assert {it["metadata"]["uid"] for it in team.pods()} == pods


def test_a_new_image_of_the_model_is_a_new_version_to_its_evaluators(team: Team) -> None:
    old = team.told()
    assert len(old) == 1
    for at, image in enumerate(reversed(team.images)):
        team.repository.commit("Release it", deployment=team.deployment(image))
        assert eventually(lambda: team.injected() and models(team.pods()) == {image}, 120)  # noqa: B023
        assert (team.told() == old) == (at == 1)


def test_a_monitor_deleted_by_a_commit_leaves_nothing(team: Team) -> None:
    team.repository.commit("Monitor it no more", monitor=None)
    assert eventually(lambda: content(team.get("deployment", "churn")) == content(team.before), 120)
    assert eventually(lambda: [evaluated(it) for it in team.pods()] == [False, False], 120)
    assert eventually(lambda: not team.children(), 60), team.children()
    team.engine.await_round(healthy("Deployment/churn"))


def models(pods: list[Json]) -> set[Any]:
    return {it["spec"]["containers"][0]["image"] for it in pods}
