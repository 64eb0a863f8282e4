"""What a node needs of the machine beyond its folder and its network: cgroups, three sysctls, fixed paths."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cluster.processes import ClusterError

GROUP = "modelmonitor"
CLAIM = Path("/run/modelmonitor-node")
CGROUPS = Path("/sys/fs/cgroup")
CNI_RESULTS = Path("/var/lib/cni/results")
DEVICE_PLUGINS = Path("/var/lib/kubelet/device-plugins")
CONTAINER_LOGS = Path("/var/log/containers")
SYSCTLS = ("vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops")
"""What the kubelet sets."""


@dataclass(frozen=True)
class Machine:
    """The machine as the node of one state folder uses it."""

    state: Path

    @property
    def sysctls(self) -> Path:
        """Where the values are kept that are put back."""
        return self.state / "run" / "sysctls"

    def check_claim(self) -> None:
        """Refuse what would harm the node of another state folder: there can be but one on a machine."""
        if CLAIM.exists() and (other := CLAIM.read_text()) != str(self.state):
            raise ClusterError(
                f"{self.state}: expected no other node on this machine, got the one of {other}; stop that by "
                f"`MODELMONITOR_CLUSTER_STATE={other} python3 hack/cluster/local.py down`"
            )

    def claim(self) -> None:
        """Make the machine that of this node."""
        self.check_claim()
        CLAIM.write_text(str(self.state))

    def up(self) -> None:
        """Keep the sysctls' values and make the cgroups."""
        if not self.sysctls.exists():
            self.sysctls.parent.mkdir(parents=True, exist_ok=True)
            self.sysctls.write_text("".join(f"{it} {_sysctl(it).read_text()}" for it in SYSCTLS))
        if (CGROUPS / "cgroup.controllers").exists():
            _make_group_v2()
        else:
            _make_groups_v1()

    def down(self) -> None:
        """Put the sysctls back; remove the cgroups with what runs in them, and everything at fixed paths."""
        if self.sysctls.exists():
            for line in self.sysctls.read_text().splitlines():
                name, value = line.split()
                _sysctl(name).write_text(value)
            self.sysctls.unlink()
        _empty_groups()
        for folder in _groups():
            for child in sorted(folder.rglob("*/"), reverse=True):
                _remove_folder(child)
            _remove_folder(folder)
        for file in self._files():
            file.unlink()
        for folder in (DEVICE_PLUGINS, CONTAINER_LOGS, DEVICE_PLUGINS.parent, CNI_RESULTS, CNI_RESULTS.parent,
                       *_runtime_folders()):  # fmt: skip
            _remove_folder(folder)
        CLAIM.unlink(missing_ok=True)

    def leftovers(self) -> Iterator[str]:
        """Name what of it is there."""
        yield from (f"file {it}" for it in [CLAIM, self.sysctls] if it.exists())
        yield from (f"cgroup {it}" for it in _groups())
        yield from (f"file {it}" for it in self._files())
        yield from (f"folder {it}" for it in [DEVICE_PLUGINS, *_runtime_folders()] if it.exists())
        yield from (f"mount {it}" for it in self.mounts())

    def mounts(self) -> list[str]:
        """Name the mount points below the state folder, the innermost first."""
        points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        return sorted((it for it in points if it.startswith(f"{self.state}/")), reverse=True)

    def _files(self) -> Iterator[Path]:
        if CONTAINER_LOGS.exists():
            links = (it for it in CONTAINER_LOGS.iterdir() if it.is_symlink())
            yield from (it for it in links if str(it.readlink()).startswith(f"{self.state}/"))
        if CNI_RESULTS.exists():
            yield from CNI_RESULTS.glob(f"{GROUP}-*")
        if DEVICE_PLUGINS.exists():
            yield from (it for it in DEVICE_PLUGINS.iterdir() if it.name in {"kubelet.sock", "DEPRECATION"})
        yield from _dead_sockets()


def _make_groups_v1() -> None:
    """Make the group in every hierarchy; a new cpuset has no processors until it is told."""
    for hierarchy in (it for it in CGROUPS.iterdir() if (it / "cgroup.procs").exists()):
        group = hierarchy / GROUP
        group.mkdir(exist_ok=True)
        for name in ("cpuset.cpus", "cpuset.mems"):
            if (hierarchy / name).exists():
                (group / name).write_text((hierarchy / name).read_text())
        _weigh(group / "cpu.shares", 1024)


def _make_group_v2() -> None:
    """Make the group and give it and its children every controller that the machine has."""
    (CGROUPS / GROUP).mkdir(exist_ok=True)
    controllers = " ".join(f"+{it}" for it in (CGROUPS / "cgroup.controllers").read_text().split())
    for parent in (CGROUPS, CGROUPS / GROUP):
        (parent / "cgroup.subtree_control").write_text(controllers)
    _weigh(CGROUPS / GROUP / "cpu.weight", 100)


def _weigh(file: Path, ordinary: int) -> None:
    """Let all pods weigh as much as the machine has processors, as on any node, and not as one process."""
    if file.exists():
        file.write_text(str(ordinary * (os.cpu_count() or 1)))


def _groups() -> list[Path]:
    return [it for it in (CGROUPS / GROUP, *CGROUPS.glob(f"*/{GROUP}")) if it.is_dir()]


def _empty_groups(seconds: float = 5.0) -> None:
    """Kill what still runs in the cgroups: containers whose runtime was killed."""
    deadline = time.monotonic() + seconds
    while (pids := _members()) and time.monotonic() < deadline:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _members() -> set[int]:
    """Give the pids in the cgroups; 0, a process of another pid namespace, is none of ours."""
    lists = (it for group in _groups() for it in group.rglob("cgroup.procs"))
    return {int(pid) for it in lists for pid in it.read_text().split()} - {0}


def _runtime_folders() -> list[Path]:
    """Give containerd's folders at its fixed path, innermost first; none if the machine runs its own."""
    top = Path("/run/containerd")
    if not top.exists() or (top / "containerd.sock").exists():
        return []
    return [*sorted((it for it in top.rglob("*/")), reverse=True), top]


def _dead_sockets() -> list[Path]:
    """Give the sockets of killed shims at containerd's fixed path: those that no process has bound."""
    listed = {line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines()}
    return [
        it
        for folder in _runtime_folders()
        for it in folder.iterdir()
        if it.is_socket() and str(it) not in listed
    ]


def _remove_folder(folder: Path) -> None:
    """Remove a folder if it is there and empty (a cgroup: if it has no groups and processes)."""
    with suppress(OSError):
        folder.rmdir()


def _sysctl(name: str) -> Path:
    return Path("/proc/sys") / name
