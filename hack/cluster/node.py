"""A whole Kubernetes of one node: a control plane, containerd, kubelet, kube-proxy, DNS, in one state folder.

Everything it makes outside of that folder is named `modelmonitor…` and gone after `down`.
"""

import datetime as dt
import functools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster import network, node_flags
from cluster.control_plane import ControlPlane, Profile
from cluster.credentials import Credentials
from cluster.flags import Address
from cluster.machine import Machine
from cluster.processes import ClusterError, Processes
from cluster.runtime import Runtime

Report = Callable[[str], None]
LONGEST_STATE_PATH = 70
STOPPED_FIRST = ("coredns", "kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager")


@dataclass(frozen=True)
class Programs:
    """What a node is made of."""

    kube: Path
    """Folder with the programs of Kubernetes."""
    coredns: Path
    sandbox_archive: Path
    sandbox_image: str


class Node:
    """The node of a state folder.

    Parameters
    ----------
    state
        Folder of everything that it keeps.
    programs
        Finds its programs, or builds them; not called when there is nothing to run.
    """

    def __init__(self, state: Path, programs: Callable[[], Programs]) -> None:
        self.state = state
        self._programs = programs
        self.machine = Machine(state)
        self.runtime = Runtime(state)
        self.processes = Processes(state, network.ENTER)

    @functools.cached_property
    def programs(self) -> Programs:
        """What it is made of."""
        return self._programs()

    @functools.cached_property
    def plane(self) -> ControlPlane:
        """The control plane; its credentials are made if absent."""
        credentials = Credentials(self.state / "pki")
        credentials.create()
        kubelet_client = credentials.client("kube-apiserver", "system:masters")
        front_proxy = credentials.client(node_flags.FRONT_PROXY)
        profile = Profile(
            Address(network.NODE, 6443, 2379, 2380, network.SERVICES),
            controllers="*",
            apiserver=node_flags.apiserver(kubelet_client, front_proxy, credentials.authority),
            prefix=network.ENTER,
        )
        return ControlPlane(self.state, self.programs.kube, profile)

    def up(self, report: Report) -> None:
        """Start what does not run; wait until pods can run and their names resolve."""
        if len(str(self.state)) > LONGEST_STATE_PATH:
            raise ClusterError(
                f"{self.state}: expected at most {LONGEST_STATE_PATH} characters, as sockets are in it; "
                "set MODELMONITOR_CLUSTER_STATE to a shorter one"
            )
        programs = self.programs
        self.machine.claim()
        began = dt.datetime.now(dt.UTC).replace(microsecond=0)
        network.up()
        self.machine.up()
        report("network and cgroups")
        self.processes.start("containerd", self.runtime.configure(programs.sandbox_image))
        self.plane.start_etcd()
        self.processes.wait_until("containerd", self.runtime.ready)
        self.runtime.load([programs.sandbox_archive])
        report("containerd")
        self.plane.start_apiserver()
        report("API server")
        self.plane.start_controllers()
        restarted = not self.processes.pid("kubelet")
        self._start_node()
        self.processes.wait_until("kubelet", lambda: self.ready(began if restarted else None))
        self.processes.wait_until("kube-controller-manager", self._has_default_account)
        report("node Ready")

    def down(self, report: Report, *, purge: bool) -> None:
        """Stop everything and take it off the machine; with `purge` its data as well."""
        self.machine.check_claim()
        for name in STOPPED_FIRST:
            self.processes.stop(name)
        report("kubelet and controllers stopped")
        self._remove_pods()
        report("pods removed")
        for name in ("containerd", "kube-apiserver", "etcd"):
            self.processes.stop(name)
        self._kill_strays()
        for point in self.machine.mounts():
            subprocess.run(["umount", point], check=False, capture_output=True)
        network.down()
        self.machine.down()
        if mounts := self.machine.mounts():
            raise ClusterError(
                f"{self.state}: expected nothing mounted below it, got {', '.join(mounts)}; umount it"
            )
        for folder in [self.state] if purge else [self.state / "run"]:
            shutil.rmtree(folder, ignore_errors=True)
        report("control plane stopped, machine as it was" + (", data deleted" if purge else ""))

    def load(self, archives: Iterable[Path]) -> list[str]:
        """Import image archives."""
        if not self.processes.pid("containerd"):
            raise ClusterError("load: expected the node to run, got no containerd; start it by `up`")
        return self.runtime.load(archives)

    def ready(self, since: dt.datetime | None = None) -> bool:
        """Tell whether the node is Ready, by a report of its kubelet not older than `since`."""
        answer = self.plane.kubectl("get", "node", node_flags.NAME, "-o", "json", check=False)
        if not answer:
            return False
        conditions = {it["type"]: it for it in json.loads(answer)["status"].get("conditions", [])}
        state = conditions.get("Ready", {"status": "Unknown"})
        if state["status"] != "True":
            return False
        return since is None or dt.datetime.fromisoformat(state["lastHeartbeatTime"]) >= since

    def leftovers(self) -> Iterator[str]:
        """Name what of the node is on the machine, its data included."""
        yield from (f"process {pid} {_command(pid):.90}" for pid in _processes_of(self.state))
        yield from network.leftovers()
        yield from self.machine.leftovers()
        if self.state.exists():
            yield f"data {self.state}"

    def _start_node(self) -> None:
        plane, etc, kube = self.plane, self.state / "etc", self.programs.kube
        kubeconfig = plane.kubeconfig_of("system:kube-scheduler")
        self.processes.start("kube-scheduler", [kube / "kube-scheduler", *node_flags.scheduler(kubeconfig)])
        config = node_flags.kubelet_config(self.state, self.runtime.endpoint, plane.credentials.authority)
        file = node_flags.written(etc / "kubelet.json", config)
        kubeconfig = plane.kubeconfig_of(f"system:node:{node_flags.NAME}", "system:nodes")
        told = node_flags.kubelet(self.state, kubeconfig, file, self.runtime.socket)
        self.processes.start("kubelet", [kube / "kubelet", *told])
        file = node_flags.written(
            etc / "kube-proxy.json", node_flags.proxy_config(plane.kubeconfig_of("system:kube-proxy"))
        )
        arguments = ("--config", file, "--hostname-override", node_flags.NAME)
        self.processes.start("kube-proxy", [kube / "kube-proxy", *arguments])
        (etc / "Corefile").write_text(node_flags.corefile(plane.kubeconfig))
        self.processes.start("coredns", [self.programs.coredns, "-conf", etc / "Corefile"])

    def _has_default_account(self) -> bool:
        return bool(
            self.plane.kubectl("get", "serviceaccount", "default", "--ignore-not-found", "-o", "name")
        )

    def _remove_pods(self) -> None:
        """Let containerd remove the pods; where it was killed, start it once more for that."""
        if not self.runtime.config.exists() or not network.exists():
            return
        self.processes.start("containerd", ["containerd", "--config", self.runtime.config])
        self.processes.wait_until("containerd", self.runtime.ready)
        command = [str(self.programs.kube / "remove-sandboxes"), self.runtime.endpoint]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            raise ClusterError(
                f"pods: expected them removed, got {answer.stderr.strip()}; see {self.state}/log"
            )

    def _kill_strays(self, seconds: float = 5.0) -> None:
        """End what still runs from the state folder or in the namespace: what a killed runtime left."""
        deadline = time.monotonic() + seconds
        while (pids := _processes_of(self.state)) and time.monotonic() < deadline:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def _processes_of(state: Path) -> list[int]:
    """Give the pids of the namespace and of the containers' shims of this state folder."""
    socket = str(state / "run" / "containerd.sock")
    shims = [
        int(folder.name) for folder in Path("/proc").glob("[0-9]*")
        if "containerd-shim" in (command := _command(int(folder.name))) and socket in command
    ]  # fmt: skip
    return sorted({*shims, *network.processes()})


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
