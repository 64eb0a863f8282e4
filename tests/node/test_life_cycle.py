"""The local node survives being killed and leaves nothing behind. It needs a machine where no node runs."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import tools
from cluster import network

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(os.geteuid() != 0, reason="a node needs root"),
    pytest.mark.skipif(network.exists(), reason="a node runs already, and there can be but one"),
]


@dataclass(frozen=True)
class Local:
    """`hack/cluster/local.py` with a state folder of its own."""

    state: Path

    def __call__(self, *arguments: str, check: bool = True) -> str:
        command = [sys.executable, str(Path(tools.__file__).parent / "cluster" / "local.py"), *arguments]
        environment = {**os.environ, "MODELMONITOR_CLUSTER_STATE": str(self.state)}
        answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert answer.returncode == 0 or not check, answer.stderr
        return answer.stdout.strip()


@pytest.fixture
def local() -> Iterator[Local]:
    folder = Path(tempfile.mkdtemp(prefix="modelmonitor-"))  # sockets need a shorter path than tmp_path
    running = Local(folder / "state")
    yield running
    running("down", "--purge")
    shutil.rmtree(folder)


def members_of_cgroup() -> set[int]:
    groups = Path("/sys/fs/cgroup").glob("**/modelmonitor/**/cgroup.procs")
    return {int(pid) for it in groups for pid in it.read_text().split()}


def mounted_namespaces() -> list[str]:
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in mounts if "/run/netns" in line]


def start_two_pods(local: Local) -> None:
    image = "localhost/modelmonitor/pause:local"
    local("kubectl", "create", "deployment", "two", "--image", image, "--replicas", "2")
    local("kubectl", "rollout", "status", "deployment/two", "--timeout=60s")


def test_purging_a_node_leaves_nothing_behind(local: Local) -> None:
    before = mounted_namespaces()
    local("up")
    start_two_pods(local)
    assert "network namespace modelmonitor" in local("leftovers", check=False)
    local("down", "--purge")
    assert local("leftovers", check=False) == "nothing"
    assert mounted_namespaces() == before


def test_a_node_comes_back_with_its_data_after_everything_was_killed(local: Local) -> None:
    local("up")
    start_two_pods(local)
    for pid in {*network.processes(), *members_of_cgroup()}:
        os.kill(pid, signal.SIGKILL)
    local("up")
    available = "--for=jsonpath={.status.availableReplicas}=2"
    local("kubectl", "wait", "deployment/two", available, "--timeout=60s")
    local("down", "--purge")
    assert local("leftovers", check=False) == "nothing"


def test_stopping_a_node_keeps_its_data_and_nothing_else(local: Local) -> None:
    local("up")
    local("kubectl", "create", "configmap", "kept")
    local("down")
    assert local("leftovers", check=False) == f"data {local.state}"
    local("up")
    assert local("kubectl", "get", "configmap", "kept", "-o", "name") == "configmap/kept"
