"""`modelmonitor init` beside a real API server: workloads and Services as teams have them, without pods."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from apiserver.replica import Space, monitor
from apiserver.rest import Json
from cli.running import Program
from cluster.control_plane import ControlPlane

pytestmark = pytest.mark.apiserver
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, space: Space, control_plane: ControlPlane) -> Run:
    """Run a command in the namespace of the test."""

    def command(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        kubeconfig = {"KUBECONFIG": str(control_plane.kubeconfig)}
        return Program(tmp_path)(*arguments, **kubeconfig, **environment)

    return command


def deploy(space: Space, port: Json, image: str, target: int | str, **pod: Any) -> None:
    """Create a Deployment and the Service before it."""
    labels = {"app": "churn"}
    container = {"name": "model", "image": image, "ports": [port], **pod.pop("container", {})}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **pod}}
    objects = {
        "apis/apps/v1/namespaces/{}/deployments": {
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "churn"},
            "spec": {"selector": {"matchLabels": labels}, "template": template},
        },
        "api/v1/namespaces/{}/services": {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "churn"},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": target}]},
        },
    }  # fmt: skip
    for path, body in objects.items():
        answer = space.rest.create(f"/{path.format(space.name)}", body, dry_run=False)
        assert answer.accepted, answer.message


HTTP = {"name": "http", "containerPort": 8080}


def test_a_workload_becomes_a_monitor_that_the_api_server_takes(space: Space, run: Run) -> None:
    deploy(space, HTTP, "seldonio/mlserver:1.7.1-sklearn", "http")
    written = run("init", "deployment/churn", "-n", space.name, "--task", "binary")
    assert written.returncode == 0, written.stderr
    assert "server: MLServer, protocol OpenInference" in written.stderr
    assert "to do" not in written.stderr
    body = yaml.safe_load(written.stdout)
    assert body["metadata"] == {"name": "churn", "namespace": space.name}
    space.apply(body)


def test_a_service_that_targets_a_number_is_told_before_anything_is_applied(space: Space, run: Run) -> None:
    deploy(space, HTTP, "seldonio/mlserver:1.7.1", 8080)
    written = run("init", "deployment/churn", "-n", space.name)
    assert written.returncode == 0, written.stderr
    assert "to do: Service churn targets 8080 by its number: let it target the name" in written.stderr
    body = yaml.safe_load(written.stdout)
    assert "capture" not in body["spec"]
    space.apply(body)


def test_a_table_becomes_a_reference_that_drift_is_watched_against(
    space: Space, run: Run, tmp_path: Path
) -> None:
    deploy(space, HTTP, "seldonio/mlserver:1.7.1", "http")
    scores = [it % 100 / 100 for it in range(2000)]
    rows = [f"{20 + it % 50},{'ab'[it % 2]},{score:.2f},{'yes' if score > 0.5 else 'no'}"
            for it, score in enumerate(scores)]  # fmt: skip
    (tmp_path / "churn.csv").write_text("\n".join(["age,plan,score,churned", *rows]))
    table = (
        "--data",
        "churn.csv",
        "--target-column",
        "churned",
        "--score",
        "score",
        "--positive-class",
        "yes",
    )
    written = run("init", "deployment/churn", "-n", space.name, "-o", "monitors", *table)
    assert written.returncode == 0, written.stderr
    files = sorted(it.name for it in (tmp_path / "monitors").iterdir())
    assert files == ["churn-reference.yaml", "churn.yaml"]
    body = yaml.safe_load((tmp_path / "monitors/churn.yaml").read_text())
    assert body["spec"]["reference"] == {"configMapRef": {"name": "churn-reference"}}
    assert body["spec"]["model"] == {"task": "BinaryClassification", "positiveClass": "yes"}
    assert {"drift", "dataQuality", "degradation", "labels"} <= body["spec"].keys()
    checked = run("validate", "monitors")
    assert checked.returncode == 0, checked.stderr
    again = run("init", "deployment/churn", "-n", space.name, "-o", "monitors", *table)
    assert again.returncode == 1
    assert "expected new files" in again.stderr


def test_a_target_that_is_not_there_or_has_a_monitor_is_told(space: Space, run: Run) -> None:
    none = run("init", "statefulset/churn", "-n", space.name)
    assert none.returncode == 1
    assert f"expected a StatefulSet 'churn' in namespace {space.name}, got none" in none.stderr
    wrong = run("init", "pod/churn", "-n", space.name)
    assert wrong.returncode == 2
    assert "expected one of deployment" in wrong.stderr
    deploy(space, HTTP, "seldonio/mlserver:1.7.1", "http")
    space.apply(monitor("older", target="churn"))
    assert "ModelMonitor older watches this target already" in run("init", "churn", "-n", space.name).stderr
