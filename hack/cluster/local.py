"""Run Kubernetes on this machine, of child processes, without an image registry.

up                       start the node (root); prints the path of its kubeconfig
down [--purge]           stop it; with --purge delete its data
status                   tell what runs
leftovers                list what the node has on the machine; status 1 if there is anything
kubectl ARGUMENT...      kubectl for the node
load ARCHIVE...          import image archives
control-plane start|stop --state FOLDER    a control plane alone: no root, no pods
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import cache
import progress
import tools
from cluster import packages
from cluster.control_plane import ControlPlane, Profile, address_of
from cluster.node import Node, Programs
from cluster.processes import ClusterError
from images import build, debian


def state() -> Path:
    """Give the node's state folder: `MODELMONITOR_CLUSTER_STATE`, or else one in the cache."""
    own = os.environ.get("MODELMONITOR_CLUSTER_STATE")
    return Path(own).expanduser().resolve() if own else cache.root() / "cluster"


def node() -> Node:
    """Give the node."""
    return Node(state(), _programs)


def up(_: argparse.Namespace) -> int:
    """Start the node."""
    _require_root("up")
    packages.require()
    wanted = node()
    with cache.lock("cluster"):
        wanted.up(_stopwatch())
    print(wanted.plane.kubeconfig)
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Stop the node; nothing to do is no reason to ask for root."""
    if not any(node().leftovers()):
        progress.say("there is no local node")
        return 0
    _require_root("down")
    with cache.lock("cluster"):
        node().down(_stopwatch(), purge=arguments.purge)
    return 0


def status(_: argparse.Namespace) -> int:
    """Tell what runs."""
    wanted = node()
    running = wanted.processes.running()
    ready = bool(running) and wanted.ready()
    print(f"running: {', '.join(running) or 'nothing'}")
    print(f"node: {'Ready' if ready else 'not ready'}")
    print(f"state: {state()}")
    return 0 if ready else 1


def leftovers(_: argparse.Namespace) -> int:
    """List what the node has on the machine."""
    found = list(node().leftovers())
    print("\n".join(found) or "nothing")
    return 1 if found else 0


def kubectl(arguments: argparse.Namespace) -> int:
    """Become kubectl."""
    words = ["kubectl", "--kubeconfig", str(state() / "kubeconfig"), *arguments.argument]
    os.execv(tools.binary("kubectl"), words)  # noqa: S606 - as if the user had called it


def load(arguments: argparse.Namespace) -> int:
    """Import image archives."""
    _require_root("load")
    print("\n".join(node().load(arguments.archive)))
    return 0


def control_plane(arguments: argparse.Namespace) -> int:
    """Start or stop a control plane alone, which outlives this program."""
    folder = arguments.state.resolve()
    plane = ControlPlane(folder, tools.binary("kube").parent, Profile(address_of(folder), prefix=()))
    if arguments.action == "start":
        plane.start()
        print(plane.kubeconfig)
    else:
        plane.stop()
    return 0


def main() -> int:
    """Do what the arguments ask for; 1 when it cannot be done."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    words, after = sys.argv[1:], []
    if words[:1] == ["kubectl"]:
        words, after = words[:1], words[1:]  # they are kubectl's own, flags first or not
    arguments = _parser().parse_args(words, argparse.Namespace(argument=after))
    os.environ["PATH"] = packages.SEARCHED
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except (ClusterError, progress.CommandError, debian.ProgramMissingError) as failure:
        progress.say(str(failure))
        return 1
    except KeyboardInterrupt:
        progress.say("interrupted; `down` stops what was started")
        return 130


def _programs() -> Programs:
    """Give what the node is made of, built first if it is absent."""
    sandbox = build.image("pause")
    kube = tools.binary("kube").parent
    return Programs(kube, tools.binary("coredns"), sandbox.archive, sandbox.reference)


def _parser() -> argparse.ArgumentParser:
    summary, _, usage = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=summary, epilog=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (up, down, status, leftovers, kubectl, load, control_plane):
        name = command.__name__.replace("_", "-")
        commands.add_parser(name, add_help=name != "kubectl").set_defaults(command=command)
    choices = commands.choices
    choices["down"].add_argument("--purge", action="store_true", help="delete its data")
    choices["load"].add_argument("archive", nargs="+", type=Path)
    choices["control-plane"].add_argument("action", choices=("start", "stop"))
    choices["control-plane"].add_argument("--state", type=Path, required=True, help="folder of its data")
    return parser


def _require_root(command: str) -> None:
    if os.geteuid() != 0:
        raise ClusterError(
            f"{command}: expected root, got user {os.geteuid()}; a node makes network namespaces and mounts. "
            "`control-plane start` needs no root, but has no pods"
        )


def _stopwatch() -> Callable[[str], None]:
    began = time.monotonic()
    return lambda step: progress.say(f"{time.monotonic() - began:6.1f} s  {step}")


if __name__ == "__main__":
    sys.exit(main())
