"""What injection makes, before a real API server: every pod is valid, and as restricted as any may be."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import pods
import tools
from apiserver.replica import Space
from apiserver.rest import Json, Rest
from modelmonitor import api, plan
from modelmonitor.plan import injection, rulefile
from modelmonitor.plan.injection import patching
from modelmonitor.wire.config import Mode
from pods import PROXY

pytestmark = pytest.mark.apiserver
SDK = replace(PROXY, mode=Mode.SDK, port="")
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.fixture
def account(space: Space) -> Space:
    """Give the namespace the account that a controller would make."""
    made = {"metadata": {"name": "default"}}
    assert space.rest.send("POST", f"/api/v1/namespaces/{space.name}/serviceaccounts", made).code in (
        201,
        409,
    )
    return space


@pytest.fixture(scope="module")
def scraping(rest: Rest) -> None:
    rest.define(yaml.safe_load((tools.crds() / "monitoring.coreos.com_podmonitors.yaml").read_text()))


def created(space: Space, pod: Json) -> Json:
    answer = space.rest.create(f"/api/v1/namespaces/{space.name}/pods", pod)
    assert answer.accepted, answer.message
    return answer.body


@pytest.mark.parametrize("server", pods.SERVERS)
def test_a_real_api_server_takes_every_injected_pod(account: Space, server: str) -> None:
    for wanted in (PROXY, SDK):
        pod = injection.inject(pods.pod(server), wanted, "0123456789")
        made = created(account, pod)
        sidecar = made["spec"]["initContainers"][-1]
        assert sidecar["name"] == "modelmonitor-evaluator"
        assert injection.inject(made, wanted, "0123456789") is made


def test_a_namespace_that_enforces_the_restricted_profile_takes_them_too(account: Space) -> None:
    path, label = f"/api/v1/namespaces/{account.name}", "pod-security.kubernetes.io/enforce"
    enforced = {"metadata": {"labels": {label: "restricted"}}}
    assert account.rest.send("PATCH", path, enforced, kind="merge-patch+json").accepted
    spec = pods.spec("bare")
    spec["containers"][0]["securityContext"] = HARDENED
    created(account, pods.pod(spec))
    created(account, injection.inject(pods.pod(spec), PROXY, "1"))


def test_the_version_is_that_of_the_replica_sets_template_whatever_the_server_fills_in(
    account: Space,
) -> None:
    """The webhook reads it from the ReplicaSet, whose template has all defaults and a label more."""
    about = {"name": "churn", "namespace": account.name}
    spec = {"selector": {"matchLabels": {"app": "churn"}}, "template": pods.template("kserve")}
    path = f"/apis/apps/v1/namespaces/{account.name}"
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec}
    made = account.rest.create(f"{path}/deployments", deployment, dry_run=False).body
    template = made["spec"]["template"]
    marked = account.rest.apply(f"{path}/deployments", injection.marks(made, PROXY))
    assert marked["spec"]["template"] != template
    of_set = marked["spec"]["template"]
    of_set["metadata"]["labels"] |= {"pod-template-hash": "abc"}
    replica_set = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": about}
    selector = {"matchLabels": {"app": "churn", "pod-template-hash": "abc"}}
    kept = account.rest.create(
        f"{path}/replicasets", {**replica_set, "spec": {"selector": selector, "template": of_set}}
    ).body
    versions = {
        injection.version(it) for it in (template, marked["spec"]["template"], kept["spec"]["template"])
    }
    assert len(versions) == 1
    back = account.rest.apply(f"{path}/deployments", injection.unmarked(marked))
    assert back["spec"] == made["spec"]
    assert "labels" not in back["metadata"]


@pytest.mark.usefixtures("scraping")
def test_the_objects_by_which_evaluators_are_found_are_valid(account: Space) -> None:
    for name in ("churn", "2nd-model"):
        body = {
            "apiVersion": "modelmonitor.dev/v1alpha1",
            "kind": "ModelMonitor",
            "metadata": {"name": name, "namespace": account.name},
            "spec": {
                "targetRef": {"name": "churn"},
                "model": {"task": "BinaryClassification"},
                "capture": {},
                "labels": {},
            },
        }
        settings = plan.Settings(evaluator_image="modelmonitor-evaluator:1", rule_labels={"release": "stack"})
        made = plan.plan(api.parse(body), settings).manifests
        paths = {
            "PodMonitor": "/apis/monitoring.coreos.com/v1/namespaces/{}/podmonitors",
            "Service": "/api/v1/namespaces/{}/services",
            "ConfigMap": "/api/v1/namespaces/{}/configmaps",
        }
        found = [it for it in made if it["kind"] in paths]
        assert {it["kind"] for it in found} == set(paths)
        for it in found:
            answer = account.rest.create(paths[it["kind"]].format(account.name), it)
            assert answer.accepted, answer.message


@pytest.mark.parametrize(
    ("kind", "server"),
    [*(("Deployment", server) for server in pods.SERVERS), ("StatefulSet", "bare"), ("DaemonSet", "bare")],
)
def test_the_patch_for_those_who_add_it_themselves_makes_the_same_pods(
    account: Space, tmp_path: Path, kind: str, server: str
) -> None:
    path = f"/apis/apps/v1/namespaces/{account.name}/{kind.lower()}s"
    about = {"name": "churn", "namespace": account.name}
    spec = {"selector": {"matchLabels": {"app": "churn"}}, "template": pods.template(server)}
    workload = {"apiVersion": "apps/v1", "kind": kind, "metadata": about, "spec": spec}
    made = account.rest.create(path, workload, dry_run=False)
    assert made.accepted, made.message
    live = {"apiVersion": "apps/v1", "kind": kind, **made.body}
    file = tmp_path / "patch.yaml"
    file.write_text(rulefile.to_yaml(patching.workload_patch(live, PROXY)))
    kubectl = account.cluster.kubectl
    patch = ("patch", kind, "churn", "--namespace", account.name, "--patch-file", str(file))
    kubectl(*patch)
    once = account.rest.send("GET", f"{path}/churn").body
    assert "no change" in kubectl(*patch)
    labelled = copy.deepcopy(live["spec"]["template"])
    labelled["metadata"]["labels"] |= {f"modelmonitor.dev/{it}": "churn" for it in ("inject", "evaluator")}
    after, wanted = once["spec"]["template"], injection.inject(labelled, PROXY, "1")
    assert after["metadata"]["labels"] == labelled["metadata"]["labels"]
    assert _sorted_ports(after) == _sorted_ports(wanted)
    for items in ("volumes", "initContainers"):
        assert _others(after["spec"][items]) == _others(wanted["spec"][items])
    own, theirs = (_evaluator(it["spec"]) for it in (after, wanted))
    assert own["args"] == [it for it in theirs["args"] if not it.startswith("--model-version")]
    assert own["ports"] == theirs["ports"]


def _sorted_ports(template: Json) -> list[Json]:
    """Give the containers; merged by the API server, their ports are in another order."""
    return [{**one, "ports": sorted(one.get("ports", []), key=str)} for one in template["spec"]["containers"]]


def _others(items: list[Json]) -> list[Json]:
    return [it for it in items if not it["name"].startswith("modelmonitor-evaluator")]


def _evaluator(spec: Json) -> Json:
    return next(it for it in spec["initContainers"] if it["name"] == "modelmonitor-evaluator")
