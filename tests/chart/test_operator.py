"""The operator's chart on a real API server: accepted, installed, upgraded, removed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

import tools
from chart.access import Access, granted
from charts import OPERATOR, ROOT, helm
from cluster.control_plane import ControlPlane
from cluster.processes import ClusterError

pytestmark = pytest.mark.apiserver

VALUE_SETS = sorted((Path(__file__).parent / "values").glob("*.yaml"))
NAMESPACE = "modelmonitor-system"


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
    look = ("get", "servicemonitors", "modelmonitor", "-n", NAMESPACE, "-o", "name", "--ignore-not-found")
    assert prepared.kubectl(*look)
    release("rollback", "1")
    assert arguments_of(prepared) == first
    assert not prepared.kubectl(*look)
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
    assert before.count("\n") == 6
    assert prepared.kubectl(*versions) == before


@contextmanager
def without(cluster: ControlPlane, kind: str) -> Iterator[None]:
    """Take a kind of prometheus-operator out of the cluster for a while."""
    cluster.kubectl("delete", "crd", f"{kind}.monitoring.coreos.com", "--timeout=30s")
    try:
        yield
    finally:
        crd = tools.crds() / f"monitoring.coreos.com_{kind}.yaml"
        cluster.kubectl("apply", "--server-side", "-f", str(crd))
        cluster.kubectl("wait", "--for=condition=Established", "-f", str(crd), "--timeout=30s")


def test_the_notes_say_what_is_missing(prepared: ControlPlane, release: Callable[..., str]) -> None:
    with without(prepared, "prometheusrules"):
        notes = release("install", OPERATOR, "--set", "watchNamespaces={team-b}")
    assert "watches team-b." in notes
    assert "NOT READY" not in notes
    assert "prometheus-operator is not in this cluster" in notes
    assert "states stay NoData" in notes


def test_the_notes_say_that_named_namespaces_alone_allow_no_webhook(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    refused = "No evaluator is added to pods"
    assert refused in release("install", OPERATOR, "--set", "watchNamespaces={team-a}")
    for setting in ("rbac.configureWebhook=true", "injection.enabled=false"):
        assert refused not in release("upgrade", OPERATOR, "--set", f"watchNamespaces={{team-a}},{setting}")


def test_the_notes_are_short_when_all_is_there(prepared: ControlPlane, release: Callable[..., str]) -> None:
    notes = release("install", OPERATOR, "--set", "prometheusUrl=http://prometheus:9090")
    assert "watches all namespaces.\n\nYour first monitor" in notes


def test_a_service_monitor_without_its_definition_is_refused_with_the_remedy(
    prepared: ControlPlane, release: Callable[..., str]
) -> None:
    remedy = r'no matches for kind "ServiceMonitor"[^\n]*\nensure CRDs are installed first'
    with without(prepared, "servicemonitors"), pytest.raises(helm.HelmError, match=remedy):
        release("install", OPERATOR, "--set", "serviceMonitor.enabled=true")


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
    may_lead = {Access("leases.coordination.k8s.io", "create", NAMESPACE)}
    assert granted(prepared, f"system:serviceaccount:{NAMESPACE}:modelmonitor", may_lead) == may_lead
    prepared.kubectl("delete", "clusterrole,clusterrolebinding", "modelmonitor", f"modelmonitor-{NAMESPACE}")
    prepared.kubectl("delete", "namespace", NAMESPACE, "--timeout=30s")
    assert "modelmonitors.modelmonitor.dev" in prepared.kubectl("get", "crd", "-o", "name")
