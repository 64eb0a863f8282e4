"""The control plane that the other tests stand on does what they take for granted."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import tools
from cluster.control_plane import ControlPlane
from cluster.processes import ClusterError, Processes

pytestmark = pytest.mark.apiserver


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met


def config_map(name: str, owner_uid: str = "") -> str:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner_uid}
    metadata = {"name": name, "namespace": "default", "ownerReferences": [owner] if owner_uid else []}
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})


def local(*arguments: str) -> str:
    command = [sys.executable, str(Path(tools.__file__).parent / "cluster" / "local.py"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def may_read(control_plane: ControlPlane, kubeconfig: Path) -> bool:
    answer = control_plane.kubectl("auth", "can-i", "get", "configmaps", kubeconfig=kubeconfig, check=False)
    return answer.strip() == "yes"


def test_a_namespace_is_deleted_with_everything_in_it(control_plane: ControlPlane) -> None:
    control_plane.kubectl("create", "namespace", "doomed")
    control_plane.kubectl("create", "configmap", "content", "--namespace", "doomed")
    control_plane.kubectl("delete", "namespace", "doomed", "--timeout=30s")
    assert control_plane.kubectl("get", "namespace", "doomed", "--ignore-not-found") == ""


def test_what_an_object_owns_is_deleted_with_it(control_plane: ControlPlane) -> None:
    owner = control_plane.kubectl("create", "-f", "-", "-o", "json", input=config_map("owner"))
    control_plane.kubectl(
        "create", "-f", "-", input=config_map("owned", json.loads(owner)["metadata"]["uid"])
    )
    control_plane.kubectl("delete", "configmap", "owner")
    assert eventually(lambda: control_plane.kubectl("get", "configmap", "owned", "--ignore-not-found") == "")


def test_the_audit_log_tells_who_wrote_what(control_plane: ControlPlane) -> None:
    by_alice = control_plane.kubeconfig_of("alice", "system:masters")
    control_plane.kubectl("create", "configmap", "audited", kubeconfig=by_alice)
    control_plane.kubectl("get", "configmap", "audited", kubeconfig=by_alice)
    events = [json.loads(line) for line in control_plane.audit_log.read_text().splitlines()]
    of_alice = [it for it in events if it["user"]["username"] == "alice"]
    assert [(it["verb"], it["objectRef"]["name"]) for it in of_alice] == [("create", "audited")]
    assert of_alice[0]["userAgent"].startswith("kubectl/")


def test_a_user_may_do_what_rbac_says_and_no_more(control_plane: ControlPlane) -> None:
    by_bob = control_plane.kubeconfig_of("bob", "readers")
    control_plane.kubectl("create", "clusterrolebinding", "readers", "--clusterrole=view", "--group=readers")
    assert eventually(lambda: may_read(control_plane, by_bob))
    with pytest.raises(ClusterError, match='User "bob" cannot create resource "configmaps"'):
        control_plane.kubectl("create", "configmap", "forbidden", kubeconfig=by_bob)


def test_the_api_server_comes_back_from_an_outage_with_its_data(control_plane: ControlPlane) -> None:
    control_plane.kubectl("create", "configmap", "durable")
    control_plane.stop_apiserver()
    with pytest.raises(ClusterError, match="refused"):
        control_plane.kubectl("get", "configmap", "durable")
    control_plane.start_apiserver()
    assert "durable" in control_plane.kubectl("get", "configmap", "durable")


def test_a_control_plane_started_from_the_shell_runs_until_it_is_stopped(tmp_path: Path) -> None:
    kubeconfig = local("control-plane", "start", "--state", str(tmp_path)).strip()
    processes = Processes(tmp_path)
    assert processes.running() == ["etcd", "kube-apiserver", "kube-controller-manager"]
    command = [str(tools.binary("kubectl")), "--kubeconfig", kubeconfig, "get", "namespace", "default"]
    assert "Active" in subprocess.run(command, check=True, capture_output=True, text=True).stdout
    local("control-plane", "stop", "--state", str(tmp_path))
    assert processes.running() == []
