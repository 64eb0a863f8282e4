"""Processes of the containers of a pod on the local node, which is this machine."""

import os
import signal

from cluster import machine
from node.monitored import Json


def state(pod: Json, container: str) -> Json:
    """Return the status of a container, or of a sidecar."""
    status = pod["status"]
    told = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return next(it for it in told if it["name"] == container)


def processes(pod: Json, container: str) -> list[int]:
    """Return the pids of a container, by its cgroup."""
    id_ = state(pod, container)["containerID"].rpartition("/")[2]
    group = f"**/{machine.GROUP}/kubepods/**/pod{pod['metadata']['uid']}/{id_}/cgroup.procs"
    found = {int(pid) for it in machine.CGROUPS.glob(group) for pid in it.read_text().split()}
    assert found, f"{container}: no process in {group}"
    return sorted(found)


def kill(pod: Json, container: str) -> None:
    """End a container of a pod without a word to it, as a lack of memory would."""
    for pid in processes(pod, container):
        os.kill(pid, signal.SIGKILL)
