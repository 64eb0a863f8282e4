"""The real prometheus-operator at a real API server: it makes Alertmanager's configuration of our objects.

No node is needed: what it makes is a Secret, from which tests feed an Alertmanager of their own.
"""

import base64
import gzip
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

import tools
from apiserver.rest import Rest
from cluster.control_plane import ControlPlane
from routing.inbox import Inbox

Json = dict[str, Any]

DEFINITION = Path(__file__).parents[2] / "crds" / "modelmonitor.dev_modelmonitors.yaml"
ALERTMANAGER = "main"
HOME = "monitoring"
"""Namespace of the Alertmanager object."""
_SECONDS = 60.0
_CORE = "/api/v1/namespaces"
_MONITORING = "/apis/monitoring.coreos.com"


class Loader(yaml.CSafeLoader):
    """Reads the CRDs, in which a bare `=` stands for itself."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


class Stand:
    """An API server with prometheus-operator."""

    def __init__(self, plane: ControlPlane, rest: Rest) -> None:
        self.plane = plane
        self.rest = rest

    def namespace(self, name: str) -> None:
        self.rest.send("POST", _CORE, {"metadata": {"name": name}})

    def secret(self, namespace: str, name: str, data: Mapping[str, str]) -> None:
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(data)}
        self.rest.apply(f"{_CORE}/{namespace}/secrets", body)

    def apply(self, manifest: Json) -> Json:
        """Apply an AlertmanagerConfig as strictly as the API server can be."""
        namespace = manifest["metadata"]["namespace"]
        return self.rest.apply(f"{_MONITORING}/v1alpha1/namespaces/{namespace}/alertmanagerconfigs", manifest)

    def remove(self, namespace: str, name: str) -> None:
        self.rest.send("DELETE", f"{_MONITORING}/v1alpha1/namespaces/{namespace}/alertmanagerconfigs/{name}")

    def alertmanager(self, name: str, base: Json, **spec: Any) -> None:
        """Apply an Alertmanager that takes every AlertmanagerConfig, with the cluster's own configuration."""
        self.secret(HOME, f"{name}-base", {"alertmanager.yaml": json.dumps(base)})
        asked = {"replicas": 1, "configSecret": f"{name}-base", "alertmanagerConfigSelector": {},
                 "alertmanagerConfigNamespaceSelector": {}}  # fmt: skip
        body = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Alertmanager",
                "metadata": {"name": name}, "spec": asked | spec}  # fmt: skip
        self.rest.apply(f"{_MONITORING}/v1/namespaces/{HOME}/alertmanagers", body)

    def configuration(self, *receivers: str, name: str = ALERTMANAGER) -> Json:
        """Wait until the generated configuration names these receivers; give it."""
        deadline = time.monotonic() + _SECONDS
        while True:
            found = self._generated(name)
            names = {one["name"] for one in found.get("receivers", ())}
            if names >= set(receivers):
                return found
            assert time.monotonic() < deadline, f"expected {receivers}, got {names}; {self.last_words}"
            time.sleep(0.1)

    @property
    def last_words(self) -> str:
        return self.plane.processes.last_words("prometheus-operator", 20)

    def _generated(self, name: str) -> Json:
        answer = self.rest.send("GET", f"{_CORE}/{HOME}/secrets/alertmanager-{name}-generated")
        packed = answer.body.get("data", {}).get("alertmanager.yaml.gz", "")
        found = yaml.safe_load(gzip.decompress(base64.b64decode(packed))) if packed else {}
        return found if isinstance(found, dict) else {}


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """Run an API server and prometheus-operator beside it."""
    with ControlPlane(folder, tools.binary("kube").parent) as plane:
        rest = Rest(plane)
        for file in (*sorted(tools.crds().glob("*.yaml")), DEFINITION):
            rest.define(yaml.load(file.read_text(), Loader=Loader))  # noqa: S506 - a safe loader
        plane.restart_controllers()
        command = [tools.binary("prometheus-operator"), f"--apiserver={plane.url}", f"--ca-file={plane.ca}",
                   "--web.listen-address=127.0.0.1:0", "--kubelet-endpointslice=false",
                   "--kubelet-endpoints=false", *_identity(plane)]  # fmt: skip
        plane.processes.start("prometheus-operator", command)
        made = Stand(plane, rest)
        made.namespace(HOME)
        try:
            yield made
        finally:
            plane.processes.stop("prometheus-operator", grace=0.0)
            rest.close()


def cluster_configuration(inbox: Inbox) -> Json:
    """Give what the owner of the cluster configures: where its services are, and a route of its own."""
    return {
        "global": {
            "pagerduty_url": inbox.url("pagerduty"),
            "opsgenie_api_url": inbox.url("opsgenie"),
            "resolve_timeout": "5m",
        },
        "route": {
            "receiver": "cluster",
            "group_by": ["alertname"],
            "group_wait": "1m",
            "group_interval": "5m",
            "routes": [{"receiver": "audit", "matchers": ['severity=~"critical|warning"']}],
        },
        "receivers": [
            {"name": name, "webhook_configs": [{"url": inbox.url(name)}]} for name in ("cluster", "audit")
        ],
    }


def _identity(plane: ControlPlane) -> list[str]:
    """Write the administrator's certificate into files, for prometheus-operator reads no kubeconfig."""
    certificate, key = plane.credentials.client("prometheus-operator", "system:masters")
    return [f"--cert-file={certificate}", f"--key-file={key}"]
