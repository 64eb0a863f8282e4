"""The chart of the definitions on a real API server: installed, upgraded, uninstalled by Helm."""

import json
import shlex
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chart.access import every, granted, within
from charts import CRDS, OPERATOR, ROOT
from cluster.control_plane import ControlPlane
from cluster.processes import ClusterError

pytestmark = pytest.mark.apiserver

CRD = "modelmonitors.modelmonitor.dev"
IN_NAMESPACE = ("--namespace", "definitions", "--create-namespace")
MONITOR: dict[str, Any] = {
    "apiVersion": "modelmonitor.dev/v1alpha1",
    "kind": "ModelMonitor",
    "metadata": {"name": "churn", "namespace": "default"},
    "spec": {"targetRef": {"name": "churn"}, "model": {"task": "BinaryClassification"}},
}
WITH_DASHBOARDS = {**MONITOR, "spec": {**MONITOR["spec"], "dashboards": {"folder": "ML"}}}


@pytest.fixture
def older_chart(tmp_path: Path) -> Path:
    """The chart of a time when monitors had no dashboards."""
    chart = tmp_path / "older"
    shutil.copytree(CRDS, chart)
    file = chart / "files" / "modelmonitor.dev_modelmonitors.yaml"
    crd = yaml.safe_load(file.read_text())
    (version,) = crd["spec"]["versions"]
    del version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["dashboards"]
    file.write_text(yaml.safe_dump(crd))
    return chart


@pytest.fixture
def bare_cluster(cluster: ControlPlane) -> ControlPlane:
    """The cluster without our definitions."""
    cluster.kubectl("delete", "crd", CRD, "--ignore-not-found", "--timeout=30s")
    namespaces = ("definitions", "modelmonitor-system")
    cluster.kubectl("delete", "namespace", *namespaces, "--ignore-not-found", "--timeout=30s")
    ours = "app.kubernetes.io/part-of=modelmonitor"
    cluster.kubectl("delete", "clusterroles,clusterrolebindings", "-l", ours)
    return cluster


def apply(cluster: ControlPlane, monitor: dict[str, Any]) -> str:
    return cluster.kubectl("apply", "-f", "-", "--validate=strict", input=json.dumps(monitor))


def served(cluster: ControlPlane) -> None:
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{CRD}", "--timeout=30s")


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return met


def accepts(cluster: ControlPlane, monitor: dict[str, Any]) -> bool:
    try:
        return bool(apply(cluster, monitor))
    except ClusterError:
        return False


def test_an_upgrade_brings_new_fields_to_a_cluster_that_has_monitors(
    bare_cluster: ControlPlane, helm_on_cluster: Callable[..., str], older_chart: Path
) -> None:
    helm_on_cluster("install", "modelmonitor-crds", older_chart, *IN_NAMESPACE)
    served(bare_cluster)
    with pytest.raises(ClusterError, match=r'unknown field "spec\.dashboards"'):
        apply(bare_cluster, WITH_DASHBOARDS)
    apply(bare_cluster, MONITOR)
    helm_on_cluster("upgrade", "modelmonitor-crds", CRDS, *IN_NAMESPACE)
    assert eventually(lambda: accepts(bare_cluster, WITH_DASHBOARDS))
    folder = bare_cluster.kubectl("get", "mm", "churn", "-o", "jsonpath={.spec.dashboards.folder}")
    assert folder == "ML"


def test_uninstalling_keeps_the_definition_and_every_monitor(
    bare_cluster: ControlPlane, helm_on_cluster: Callable[..., str]
) -> None:
    helm_on_cluster("install", "modelmonitor-crds", CRDS, *IN_NAMESPACE)
    served(bare_cluster)
    apply(bare_cluster, MONITOR)
    said = helm_on_cluster("uninstall", "modelmonitor-crds", "--namespace", "definitions")
    assert f"[CustomResourceDefinition] {CRD}" in said
    assert bare_cluster.kubectl("get", "mm", "churn", "-o", "jsonpath={.spec.targetRef.name}") == "churn"
    assert bare_cluster.kubectl("get", "clusterroles", "modelmonitor-view", "--ignore-not-found") == ""
    helm_on_cluster("install", "modelmonitor-crds", CRDS, *IN_NAMESPACE)
    assert bare_cluster.kubectl("get", "mm", "churn", "-o", "name") == "modelmonitor.modelmonitor.dev/churn\n"


def test_definitions_applied_without_helm_can_be_handed_over_to_it(
    bare_cluster: ControlPlane, helm_on_cluster: Callable[..., str]
) -> None:
    folder = CRDS.parents[1] / "crds"
    bare_cluster.kubectl("apply", "--server-side", "-f", str(folder))
    helm_on_cluster("install", "modelmonitor-crds", CRDS, "--take-ownership", *IN_NAMESPACE)
    path = r"jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}"
    assert bare_cluster.kubectl("get", "crd", CRD, "-o", path) == "modelmonitor-crds"


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the commands of the indented blocks of a page."""
    text = page.read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.startswith("    "):
            yield shlex.split(line, comments=True)


@pytest.mark.parametrize("chart", [CRDS, OPERATOR], ids=lambda it: it.name)
def test_the_commands_of_the_readme_work_one_after_the_other(
    bare_cluster: ControlPlane,
    helm_on_cluster: Callable[..., str],
    chart: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    needs_pods = ["helm", "test"]
    ran = [command for command in commands(chart / "README.md") if command[:2] != needs_pods]
    for program, *arguments in ran:
        run = {"helm": helm_on_cluster, "kubectl": bare_cluster.kubectl}[program]
        run(*arguments)
    assert ["helm", "install"] in [command[:2] for command in ran]


def test_people_with_the_roles_of_kubernetes_may_use_monitors(
    bare_cluster: ControlPlane, helm_on_cluster: Callable[..., str]
) -> None:
    helm_on_cluster("install", "modelmonitor-crds", CRDS, *IN_NAMESPACE)
    for role in ("view", "edit", "admin"):
        bare_cluster.kubectl(
            "create", "rolebinding", f"{role}ers", f"--clusterrole={role}", f"--user={role}er"
        )
    monitors, status = "modelmonitors.modelmonitor.dev", "modelmonitors.modelmonitor.dev/status"
    asked = within(every((monitors, status)), "default")
    may_read = within(every((monitors,), ("get", "list", "watch")) | every((status,), ("get",)), "default")
    may_write = may_read | within(every((monitors,)), "default")
    assert eventually(lambda: granted(bare_cluster, "viewer", asked) == may_read)
    assert eventually(lambda: granted(bare_cluster, "editer", asked) == may_write)
    assert eventually(lambda: granted(bare_cluster, "adminer", asked) == may_write)
