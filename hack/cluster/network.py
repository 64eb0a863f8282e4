"""The node's own network namespace, joined to the machine by one pair of links; it leads nowhere else."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cluster.processes import ClusterError

NAMESPACES = Path("/run/netns")
NAMESPACE = "modelmonitor"
BRIDGE = "modelmonitor0"
OUTER, INNER = "modelmonitor-h", "modelmonitor-n"

# 198.18.0.0/15 is for tests between devices (RFC 2544), so no network of a machine's neighbours has it.
NODE = "198.18.0.1"
PODS = "198.18.0.0/24"
SERVICES = "198.18.64.0/20"
MACHINE_END, NODE_END = "198.18.255.2", "198.18.255.1"

ENTER = ("nsenter", f"--net={NAMESPACES / NAMESPACE}", "--")
"""What a program is started by to run in the namespace; /sys stays the machine's, as the kubelet wants it."""


@dataclass(frozen=True)
class Step:
    """A command, and what tells that it was done before."""

    command: tuple[str, ...]
    done: tuple[str, ...] = ("false",)


def up() -> None:
    """Make what is absent: the namespace, in it a bridge with the node's address, links, routes."""
    for step in _steps():
        if not _succeeds(step.done):
            _run(step.command)


def down() -> None:
    """Remove all of it; the kernel takes routes, rules and connections away with the namespace."""
    if any(leftovers()):
        _succeeds(("ip", "link", "delete", OUTER))
        _succeeds(("ip", "netns", "delete", NAMESPACE))
    if NAMESPACES.exists() and not any(NAMESPACES.iterdir()):
        _succeeds(("umount", str(NAMESPACES)))  # `ip netns add` mounts it onto itself
        NAMESPACES.rmdir()


def exists() -> bool:
    """Tell whether the namespace is there."""
    return (NAMESPACES / NAMESPACE).exists()


def processes() -> list[int]:
    """Give the pids of what runs in the namespace."""
    if not exists():
        return []
    pids = subprocess.run(["ip", "netns", "pids", NAMESPACE], capture_output=True, text=True, check=False)
    return [int(it) for it in pids.stdout.split()]


def leftovers() -> Iterator[str]:
    """Name what of it is there."""
    if exists():
        yield f"network namespace {NAMESPACE}"
    for link in Path("/sys/class/net").glob("modelmonitor*"):
        yield f"network link {link.name}"


def _steps() -> Iterator[Step]:
    inside = ("ip", "-n", NAMESPACE)
    yield Step(("ip", "netns", "add", NAMESPACE), (*inside, "link", "show", "lo"))
    yield Step((*inside, "link", "set", "lo", "up"))
    yield Step((*inside, "link", "add", BRIDGE, "type", "bridge"), (*inside, "link", "show", BRIDGE))
    yield Step((*inside, "address", "replace", f"{NODE}/24", "dev", BRIDGE))
    yield Step((*inside, "link", "set", BRIDGE, "up"))
    yield Step((*inside, "route", "replace", SERVICES, "dev", BRIDGE))
    yield Step((*ENTER, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"))
    pair = ("link", "add", OUTER, "type", "veth", "peer", "name", INNER, "netns", NAMESPACE)
    yield Step(("ip", *pair), ("ip", "link", "show", OUTER))
    yield Step(("ip", "address", "replace", f"{MACHINE_END}/30", "dev", OUTER))
    yield Step((*inside, "address", "replace", f"{NODE_END}/30", "dev", INNER))
    yield Step((*inside, "link", "set", INNER, "up"))
    yield Step(("ip", "link", "set", OUTER, "up"))
    yield Step(("ip", "route", "replace", f"{NODE}/32", "via", NODE_END, "dev", OUTER))


def _run(command: tuple[str, ...]) -> None:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise ClusterError(f"network: expected `{' '.join(command)}` to succeed, got {answer.stderr.strip()}")


def _succeeds(command: tuple[str, ...]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
