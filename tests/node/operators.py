"""An operator of the working tree as a process outside of the local node, for one namespace of it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

import tools
from apiserver.replica import ROOT, Replica, free_port
from cluster import network
from images import build
from node.namespaces import Namespace, kubeconfig


def load(name: str) -> str:
    """Build an image and load it into the node; give its reference."""
    image = build.image(name)
    local = Path(tools.__file__).parent / "cluster" / "local.py"
    subprocess.run([sys.executable, str(local), "load", str(image.archive)], check=True, capture_output=True)
    return image.reference


def define(namespace: Namespace) -> None:
    """Define our kind and those of prometheus-operator; they stay, for other tests use them, too."""
    files = [ROOT / "crds/modelmonitor.dev_modelmonitors.yaml"]
    files += [tools.crds() / f"monitoring.coreos.com_{it}.yaml" for it in ("prometheusrules", "podmonitors")]
    for file in files:
        namespace.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))
        name = yaml.safe_load(file.read_text())["metadata"]["name"]
        namespace.kubectl("wait", f"crd/{name}", "--for=condition=Established", "--timeout=30s")


@contextmanager
def operating(namespace: Namespace, folder: Path, *arguments: str) -> Iterator[Replica]:
    """Run an operator whose webhook the API server of the node reaches; it must stop gracefully."""
    started = operator(namespace, folder, *arguments).start()
    try:
        yield started
    finally:
        code = started.stop()
        configured = ("mutatingwebhookconfiguration", f"modelmonitor-{namespace.name}")
        namespace.kubectl("delete", *configured, "--ignore-not-found")
    assert code == 0, started.log


def operator(namespace: Namespace, folder: Path, *arguments: str) -> Replica:
    """Give an operator that is to be started."""
    host, port = network.MACHINE_END, free_port()
    own = ["--watch-namespace", namespace.name, "--lease-namespace", namespace.name]
    here = ["--bind", f"{host}:{free_port()}", "--webhook-port", str(port)]
    reached = ["--webhook-url", f"https://{host}:{port}", "--resync", "5"]
    return Replica(folder, kubeconfig(), "operator", (*own, *here, *reached, *arguments))
