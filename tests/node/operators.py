"""An operator of the working tree as a process outside of the local node, for one namespace of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

import tools
from apiserver.replica import ROOT, Replica
from cluster import network
from node import inside
from node.namespaces import Namespace, kubeconfig

HOST = network.MACHINE_END
"""Where the API server reaches what runs outside of the node, and so outlives it."""


def define(namespace: Namespace) -> None:
    """Define our kind and those of prometheus-operator; they stay, for other tests use them, too."""
    files = [ROOT / "crds/modelmonitor.dev_modelmonitors.yaml"]
    files += [tools.crds() / f"monitoring.coreos.com_{it}.yaml" for it in ("prometheusrules", "podmonitors")]
    for file in files:
        namespace.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(file))
        name = yaml.safe_load(file.read_text())["metadata"]["name"]
        namespace.kubectl("wait", f"crd/{name}", "--for=condition=Established", "--timeout=30s")


@contextmanager
def operating(namespace: Namespace, folder: Path, image: str, *options: str) -> Iterator[Replica]:
    """Run an operator, which adds evaluators of an image, until the end of the block.

    It is ready at the beginning, may be killed and started again, and must stop gracefully at the end. Its
    webhook's configuration, which belongs to no namespace, is taken away whatever happens.
    """
    port, webhook = inside.free_port(), inside.free_port()
    arguments = [
        "--watch-namespace", namespace.name, "--lease-namespace", namespace.name,
        "--bind", f"{HOST}:{port}", "--webhook-port", str(webhook), "--webhook-url", f"https://{HOST}:{webhook}",
        "--resync", "5", "--evaluator-image", image, "--evaluator-pull-policy", "Never", *options,
    ]  # fmt: skip
    one = Replica(folder, kubeconfig(), "operator", tuple(arguments)).start()
    try:
        assert inside.eventually(lambda: inside.answers(f"http://{HOST}:{port}/readyz")), one.log
        yield one
        assert one.stop() == 0, one.log
    finally:
        one.kill()
        configured = ("mutatingwebhookconfiguration", f"modelmonitor-{namespace.name}")
        namespace.kubectl("delete", *configured, "--ignore-not-found")
