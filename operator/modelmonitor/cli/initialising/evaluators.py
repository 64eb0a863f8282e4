"""The evaluators in a workload's pods: where they listen, whose they are, and what lets us read along."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelmonitor import wire
from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Kind, Object
from modelmonitor.errors import MonitorError, SpecInvalid
from modelmonitor.wire import reading
from modelmonitor.wire.profile import Profile

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client


@dataclass(frozen=True, slots=True)
class Evaluators:
    """Those of a workload.

    Attributes
    ----------
    ports
        Where the evaluator of each running pod listens, by the name of the pod.
    monitor
        The ModelMonitor that they belong to; None: there is none in this cluster.
    """

    ports: Mapping[str, int]
    monitor: Object | None = None

    @property
    def spec(self) -> Mapping[str, Any]:
        """The spec of their monitor; empty where there is none."""
        return self.monitor["spec"] if self.monitor else {}

    @property
    def capturing(self) -> str:
        """Name of the monitor by which pods get evaluators; empty: there is none, or it gives them none."""
        if self.monitor is None or self.spec.get("capture") is None:
            return ""
        return str(self.monitor["metadata"]["name"])

    @property
    def reference(self) -> str:
        """Name of the ConfigMap that the monitor compares with; empty: of none yet."""
        return str(self.spec.get("reference", {}).get("configMapRef", {}).get("name", ""))

    @property
    def secret(self) -> str:
        """Name of the Secret with the token that guards what they capture; empty: nothing does."""
        places = (self.spec.get(block) or {} for block in ("capture", "labels"))
        return next((it["tokenSecretRef"]["name"] for it in places if it.get("tokenSecretRef")), "")

    async def known(self, client: "Client", namespace: str) -> tuple[str, tuple[str, ...]]:
        """Return the token, if we may read it, and the inputs that the present reference has, if any."""
        found = await _held(client, kinds.SECRET, namespace, self.secret)
        token = base64.b64decode(found.get(wire.KEY_TOKEN, "")).decode().strip()
        profile = (await _held(client, kinds.CONFIG_MAP, namespace, self.reference)).get(wire.KEY_PROFILE, "")
        return token, _inputs(profile)


def of(pods: Sequence[Object], monitors: Sequence[Object]) -> Evaluators:
    """Find the evaluators of pods, and their monitor among those that watch the workload."""
    found = {pod["metadata"]["name"]: port for pod in pods if (port := _port(pod))}
    named = {(pod["metadata"].get("labels") or {}).get(wire.LABEL_INJECT) for pod in pods}
    ours = sorted(monitors, key=lambda it: it["metadata"]["name"] not in named)
    return Evaluators(found, next(iter(ours), None))


async def _held(client: "Client", kind: Kind, namespace: str, name: str) -> Mapping[str, str]:
    """Return what a Secret or ConfigMap holds; nothing where there is none, or we may not see it."""
    try:
        found = await client.get(kind, namespace, name) if name else None
    except MonitorError:
        return {}
    return (found or {}).get("data") or {}


def _inputs(profile: str) -> tuple[str, ...]:
    """Return the columns of a profile; none of one that cannot be read, and is about to be renewed."""
    try:
        return tuple(column.name for column in reading.read(Profile, json.loads(profile)).columns)
    except (ValueError, SpecInvalid):
        return ()


def _port(pod: Object) -> int:
    """Return the port of a running pod's evaluator, whoever added it; 0 where there is none."""
    if pod.get("status", {}).get("phase") != "Running" or "deletionTimestamp" in pod["metadata"]:
        return 0
    spec = pod["spec"]
    ports = (
        port
        for container in (*(spec.get("initContainers") or ()), *spec["containers"])
        for port in container.get("ports") or ()
    )
    return next((int(it["containerPort"]) for it in ports if it.get("name") == wire.PORT_NAME_HTTP), 0)
