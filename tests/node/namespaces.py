"""A namespace of the running local cluster, and what the tests put into it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cache
import tools
from images import build

LOCAL = (sys.executable, str(Path(tools.__file__).parent / "cluster" / "local.py"))
"""Starts, stops and fills the node."""


class RefusedError(Exception):
    """kubectl failed."""


@dataclass(frozen=True)
class Namespace:
    """A namespace of the local cluster."""

    name: str
    python: str
    """Reference of an image with Python, loaded."""

    def kubectl(self, *arguments: str, manifest: object = None) -> str:
        place = ["--kubeconfig", str(kubeconfig()), "--namespace", self.name]
        command = [str(tools.binary("kubectl")), *place, *arguments]
        text = None if manifest is None else json.dumps(manifest)
        answer = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)
        if answer.returncode != 0:
            raise RefusedError(f"kubectl {' '.join(arguments)}: {answer.stderr.strip()}")
        return answer.stdout

    def apply(self, *objects: object) -> None:
        manifest = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        self.kubectl("apply", "-f", "-", manifest=manifest)

    def run(self, pod: str, program: str) -> str:
        """Run a Python program in a container of a pod; give what it printed."""
        return self.kubectl("exec", pod, "--", "python3", "-c", program).strip()


def load(name: str) -> str:
    """Build an image and load it into the node; give its reference."""
    image = build.image(name)
    subprocess.run([*LOCAL, "load", str(image.archive)], check=True, capture_output=True)
    return image.reference


def kubeconfig() -> Path:
    return Path(os.environ.get("MODELMONITOR_CLUSTER_STATE") or cache.root() / "cluster") / "kubeconfig"


def deployment(image: str, name: str, program: str, replicas: int) -> dict[str, object]:
    command = ["python3", "-u", "-c", program]
    container = {"name": name, "image": image, "imagePullPolicy": "Never", "command": command}
    pod = {"terminationGracePeriodSeconds": 0, "containers": [container]}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def service(name: str, port: int, target: int) -> dict[str, object]:
    spec = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
