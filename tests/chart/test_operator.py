"""The operator's chart on a real API server: accepted, installed, upgraded, removed; what it may do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart.access import Access, every, granted, within

import tools
from charts import CRDS, OPERATOR, ROOT, helm
from cluster.control_plane import ControlPlane
from cluster.processes import ClusterError

pytestmark = pytest.mark.apiserver

VALUE_SETS = sorted((Path(__file__).parent / "values").glob("*.yaml"))
NAMESPACE = "modelmonitor-system"
SERVICE_MONITORS = "monitoring.coreos.com_servicemonitors.yaml"


@pytest.fixture(scope="module")
def prepared(cluster: ControlPlane) -> ControlPlane:
    """The cluster with our definitions, those of ServiceMonitors, and the namespaces of the values."""
    helm.run(
        "install",
        "modelmonitor-crds",
        CRDS,
        "-n",
        NAMESPACE,
        "--create-namespace",
        kubeconfig=cluster.kubeconfig,
    )
    cluster.kubectl("apply", "--server-side", "-f", str(tools.crds() / SERVICE_MONITORS))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    for namespace in ("team-a", "team-b"):
        cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("create", "priorityclass", "models", "--value=1")
    return cluster


@pytest.fixture
def release(prepared: ControlPlane, helm_on_cluster: Callable[..., str]) -> Any:
    """Helm in the operator's namespace; what was installed is uninstalled after the test."""

    def run(command: str, *arguments: str | Path) -> str:
        return helm_on_cluster(command, "modelmonitor", *arguments, "--namespace", NAMESPACE)

    yield run
    run("uninstall", "--ignore-not-found")


def inventory(cluster: ControlPlane) -> set[str]:
    """Name all objects of the cluster but events, which come and go."""
    kinds = cluster.kubectl("api-resources", "--verbs=list", "--output=name").split()
    kinds = [it for it in kinds if not it.startswith("events")]
    columns = "custom-columns=:kind,:metadata.namespace,:metadata.name"
    listed = cluster.kubectl("get", ",".join(kinds), "--all-namespaces", "--no-headers", "-o", columns)
    return {" ".join(line.split()) for line in listed.splitlines()}


def arguments_of(cluster: ControlPlane) -> list[str]:
    path = "jsonpath={.spec.template.spec.containers[0].args}"
    found: list[str] = json.loads(
        cluster.kubectl("get", "deployment", "modelmonitor", "-n", NAMESPACE, "-o", path)
    )
    return found


@pytest.mark.parametrize("file", VALUE_SETS, ids=lambda it: it.stem)
def test_the_api_server_accepts_what_is_rendered_without_a_warning(
    prepared: ControlPlane, file: Path
) -> None:
    text = helm.run("template", "modelmonitor", OPERATOR, "--namespace", NAMESPACE, "--values", file)
    said = prepared.kubectl(
        *(
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
            "--warnings-as-errors",
            "-f",
            "-",
        ),
        input=text,
    )
    expected = [it for it in yaml.safe_load_all(text) if it]
    assert said.count("serverside-applied (server dry run)") == len(expected)


def test_an_unknown_field_would_not_be_accepted(prepared: ControlPlane) -> None:
    text = helm.run("template", "modelmonitor", OPERATOR, "--namespace", NAMESPACE)
    with pytest.raises(ClusterError, match="replica: field not declared in schema"):
        prepared.kubectl(
            *("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-"),
            input=text.replace("  replicas: 2", "  replica: 2"),
        )


def test_the_pods_pass_the_restricted_pod_security_standard(prepared: ControlPlane) -> None:
    label = "pod-security.kubernetes.io/enforce=restricted"
    prepared.kubectl("label", "namespace", "team-a", label)
    template = yaml.safe_load_all(helm.run("template", "modelmonitor", OPERATOR, "--namespace", "team-a"))
    (deployment,) = (it for it in template if it and it["kind"] == "Deployment")
    pod = {"apiVersion": "v1", "kind": "Pod", **deployment["spec"]["template"]}
    pod["metadata"] |= {"name": "operator", "namespace": "team-a"}
    pod["spec"]["serviceAccountName"] = "default"
    apply = ("create", "--dry-run=server", "-f", "-")
    assert "created" in prepared.kubectl(*apply, input=json.dumps(pod))
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    with pytest.raises(ClusterError, match="violates PodSecurity"):
        prepared.kubectl(*apply, input=json.dumps(pod))


def test_installing_upgrading_rolling_back_and_uninstalling_leave_nothing(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    before = inventory(prepared)
    assert "kubectl apply -f - <<END" in release("install", OPERATOR)
    first = arguments_of(prepared)
    assert "--resync=60" in first
    release("upgrade", OPERATOR, "--set", "resyncSeconds=30", "--set", "serviceMonitor.enabled=true")
    assert arguments_of(prepared) == ["--resync=30" if it == "--resync=60" else it for it in first]
    assert f"ServiceMonitor {NAMESPACE} modelmonitor" in inventory(prepared)
    release("rollback", "1")
    assert arguments_of(prepared) == first
    assert f"ServiceMonitor {NAMESPACE} modelmonitor" not in inventory(prepared)
    release("uninstall")
    assert inventory(prepared) == before


def test_an_upgrade_without_a_change_writes_to_no_object(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR)
    look = (
        "get",
        "deployment,role,clusterrole,service",
        "-n",
        NAMESPACE,
        "-l",
        "helm.sh/chart",
        "-o",
        "name",
    )
    versions = (*look[:-1], 'jsonpath={range .items[*]}{.kind}{.metadata.resourceVersion}{"\\n"}{end}')
    before = prepared.kubectl(*versions)
    release("upgrade", OPERATOR)
    assert before.count("\n") == 4
    assert prepared.kubectl(*versions) == before


def test_the_notes_say_what_is_missing(prepared: ControlPlane, release: Callable[..., str]) -> None:
    notes = release("install", OPERATOR, "--set", "watchNamespaces={team-b}")
    assert "watches team-b." in notes
    assert "NOT READY" not in notes
    assert "prometheus-operator is not in this cluster" in notes
    assert "states stay NoData" in notes


def test_a_service_monitor_without_its_definition_is_refused_with_the_remedy(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    name = "servicemonitors.monitoring.coreos.com"
    prepared.kubectl("delete", "crd", name, "--timeout=30s")
    try:
        with pytest.raises(
            helm.HelmError,
            match=r'no matches for kind "ServiceMonitor"[^\n]*\nensure CRDs are installed first',
        ):
            release("install", OPERATOR, "--set", "serviceMonitor.enabled=true")
    finally:
        prepared.kubectl("apply", "--server-side", "-f", str(tools.crds() / SERVICE_MONITORS))


CHILDREN = every(
    ("prometheusrules.monitoring.coreos.com", "configmaps"),
    ("get", "list", "watch", "create", "patch", "delete"),
)
MONITORS = every(("modelmonitors.modelmonitor.dev",), ("get", "list", "watch")) | every(
    ("modelmonitors.modelmonitor.dev/status",), ("get", "update", "patch")
)
LEASE = {
    Access("leases.coordination.k8s.io", verb, NAMESPACE, "modelmonitor")
    for verb in ("get", "update", "patch")
}
CREATE_LEASES = {Access("leases.coordination.k8s.io", "create", NAMESPACE)}
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
ALL_NAMESPACES = ("", NAMESPACE, "team-a", "team-b", "kube-system")
EVERYTHING_ASKED = (
    within(ASKED, *ALL_NAMESPACES)
    | LEASE
    | {Access("leases.coordination.k8s.io", "update", NAMESPACE, "other")}
)
USER = f"system:serviceaccount:{NAMESPACE}:modelmonitor"


def test_the_operator_of_a_cluster_may_do_what_it_needs_and_no_more(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR)
    expected = within(MONITORS | CHILDREN, *ALL_NAMESPACES) | LEASE | CREATE_LEASES
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_the_operator_of_some_namespaces_may_do_nothing_elsewhere(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    release("install", OPERATOR, "--set", "watchNamespaces={team-a,team-b}")
    expected = within(MONITORS | CHILDREN, "team-a", "team-b") | LEASE | CREATE_LEASES
    assert granted(prepared, USER, EVERYTHING_ASKED) == expected


def test_the_manifest_without_helm_installs_everything_at_once_and_again(prepared: ControlPlane) -> None:
    apply = (
        "apply",
        "--server-side",
        "--force-conflicts",
        "--validate=strict",
        "-f",
        str(ROOT / "manifests/install.yaml"),
    )
    prepared.kubectl(*apply)
    before = prepared.kubectl("get", "deployment", "modelmonitor", "-n", NAMESPACE, "-o", "yaml")
    prepared.kubectl(*apply)
    assert prepared.kubectl("get", "deployment", "modelmonitor", "-n", NAMESPACE, "-o", "yaml") == before
    assert granted(prepared, USER, CREATE_LEASES) == CREATE_LEASES
    prepared.kubectl("delete", "clusterrole,clusterrolebinding", "modelmonitor")
    prepared.kubectl("delete", "namespace", NAMESPACE, "--timeout=30s")
    assert "modelmonitors.modelmonitor.dev" in prepared.kubectl("get", "crd", "-o", "name")
