"""The operator as a process of its own, next to a real API server, with a namespace to itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from apiserver.rest import Json, Rest
from cluster.control_plane import ControlPlane
from cluster.processes import DIE_WITH_PARENT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


ROOT = Path(__file__).parents[2]
T = TypeVar("T")
PATHS = {
    "ModelMonitor": "apis/modelmonitor.dev/v1alpha1/namespaces/{}/modelmonitors",
    "PrometheusRule": "apis/monitoring.coreos.com/v1/namespaces/{}/prometheusrules",
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "Deployment": "apis/apps/v1/namespaces/{}/deployments",
    "ReplicaSet": "apis/apps/v1/namespaces/{}/replicasets",
    "Pod": "api/v1/namespaces/{}/pods",
    "Lease": "apis/coordination.k8s.io/v1/namespaces/{}/leases",
}
EVENTS = {
    "error": 'sum(rate(http_requests_total{job="churn",code=~"5.."}[{{.window}}]))',
    "total": 'sum(rate(http_requests_total{job="churn"}[{{.window}}]))',
}


def eventually(look: Callable[[], T], seconds: float = 20.0) -> T:
    """Look until something is there; give it, or the last nothing when time is up."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def monitor(name: str = "churn", *, target: str = "", **spec: Any) -> Json:
    """Give a monitor with one objective, of a target of its own name."""
    objective = {"name": "availability", "objective": 99.9, "sli": {"events": EVENTS}}
    return {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": {"name": name},
        "spec": {
            "targetRef": {"name": target or name},
            "model": {"task": "BinaryClassification"},
            "objectives": [objective],
        }
        | spec,
    }


@dataclass
class Space:
    """A namespace and what a user does in it."""

    cluster: ControlPlane
    rest: Rest
    name: str

    def path(self, kind: str, name: str = "") -> str:
        return f"/{PATHS[kind].format(self.name)}{f'/{name}' if name else ''}"

    def apply(self, body: Json) -> Json:
        """Apply as a GitOps tool does."""
        return self.rest.apply(self.path(body["kind"]), body)

    def get(self, kind: str, name: str) -> Json | None:
        answer = self.rest.send("GET", self.path(kind, name))
        return answer.body if answer.accepted else None

    def list(self, kind: str) -> dict[str, Json]:
        items = self.rest.send("GET", self.path(kind)).body.get("items", [])
        return {one["metadata"]["name"]: one for one in items}

    def merge(self, kind: str, name: str, patch: Json) -> None:
        """Edit by hand."""
        answer = self.rest.send("PATCH", self.path(kind, name), patch, kind="merge-patch+json")
        assert answer.accepted, answer.message

    def delete(self, kind: str, name: str) -> None:
        assert self.rest.send("DELETE", self.path(kind, name)).accepted

    def status(self, name: str = "churn") -> Json:
        return (self.get("ModelMonitor", name) or {}).get("status", {})

    def condition(self, kind: str, name: str = "churn") -> Json:
        """Give a condition; an empty one while there is none."""
        found = [one for one in self.status(name).get("conditions", []) if one["type"] == kind]
        return found[0] if found else {}

    def await_reason(self, kind: str, reason: str, name: str = "churn", seconds: float = 20.0) -> Json:
        """Wait until a condition has a reason; give the condition."""
        eventually(lambda: self.condition(kind, name).get("reason") == reason, seconds)
        found = self.condition(kind, name)
        assert found.get("reason") == reason, found
        return found

    def versions(self) -> dict[str, str]:
        """Give the resource version of everything that the operator could write here."""
        kinds = ("ModelMonitor", "PrometheusRule", "ConfigMap")
        return {f"{kind}/{name}": one["metadata"]["resourceVersion"]
                for kind in kinds for name, one in self.list(kind).items()}  # fmt: skip


@dataclass
class Replica:
    """One operator process; its log is kept."""

    folder: Path
    kubeconfig: Path
    name: str = "one"
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> "Replica":
        command = [*DIE_WITH_PARENT, sys.executable, "-m", "modelmonitor", "operator",
                   "--kubeconfig", str(self.kubeconfig), "--bind", f"127.0.0.1:{self.port}",
                   "--identity", self.name, *self.arguments]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "operator"), "PYTHONWARNINGS": "error"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd="/")
        return self

    def stop(self) -> int:
        """Stop gracefully; give the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def exit_code(self) -> int | None:
        assert self._process is not None
        return self._process.poll()

    @property
    def log(self) -> str:
        return self._log.read_text()

    def ask(self, path: str) -> str:
        """Ask over HTTP; an empty answer while it does not say ok."""
        address = f"http://127.0.0.1:{self.port}{path}"
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
        return ""

    def metric(self, series: str) -> float:
        """Give the value of a series, 0 while there is none."""
        lines = [line.rpartition(" ") for line in self.ask("/metrics").splitlines()]
        return next((float(value) for name, _, value in lines if name == series), 0.0)

    def leads(self) -> bool:
        return self.metric("modelmonitor_operator_leader") == 1

    @property
    def _log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(how)
        return self._process.wait(timeout=20)


def audited(cluster: ControlPlane, user: str) -> list[Json]:
    """Give all writes of a user from the audit log."""
    events = []
    for line in cluster.audit_log.read_text().splitlines():
        with suppress(ValueError):  # a line that is being written
            events.append(json.loads(line))
    return [one for one in events if one["user"]["username"] == user]
