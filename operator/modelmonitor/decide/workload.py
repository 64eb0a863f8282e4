"""What must be known of a workload before its pods are rolled: marks, owner, how its rollout stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelmonitor import wire

ROLLED = "NewReplicaSetAvailable"
"""Reason of a Deployment that was rolled out: pods that are not available afterwards are no rollout."""
LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment, StatefulSet or DaemonSet as it was last seen.

    Attributes
    ----------
    monitor
        Its label `monitored-by`: the monitor that it was marked for; empty where none did.
    inject, injection
        Label and annotation of its pod template; empty where there are none.
    held
        Whether any of its fields is ours.
    template_held
        Whether any field of its pod template is ours.
    written
        When we last changed a field of it; None where none is ours.
    controller
        Kind and name of the object that controls it, and would undo what we do; empty where none does.
    replicas
        How many pods it should have; `pods`: how many there are that its selector selects.
    short
        Fewer are ready than it should have.
    waits
        What keeps a change of the template from rolling pods at all: paused, or OnDelete; else empty.
    rolling
        What is missing until all of its pods are of the newest template; empty when they are.
    stuck
        The rollout does not get on, by its own deadline.
    refused
        Why the API server lets none of its pods be made, in the words of a Deployment's status; else empty.
    missing
        That pods are not even made though nothing is waited for: all that the status of other kinds tells
        of pods that are refused. Else empty.
    """

    kind: str
    namespace: str
    name: str
    uid: str
    version: str
    generation: int
    monitor: str = ""
    inject: str = ""
    injection: str = ""
    held: bool = False
    template_held: bool = False
    written: datetime | None = None
    controller: str = ""
    replicas: int = 1
    pods: int = 0
    short: bool = False
    waits: str = ""
    rolling: str = ""
    stuck: bool = False
    refused: str = ""
    missing: str = ""

    @property
    def called(self) -> str:
        """Name it for people."""
        return f"{self.kind} {self.name}"


def of(body: Mapping[str, Any]) -> Workload:
    """Return what is known of a workload from the whole object."""
    about, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    template = (spec.get("template") or {}).get("metadata") or {}
    ours = _ours(about)
    kind = body["kind"]
    return Workload(
        kind=kind,
        namespace=about["namespace"],
        name=about["name"],
        uid=about["uid"],
        version=about["resourceVersion"],
        generation=about.get("generation", 0),
        monitor=(about.get("labels") or {}).get(wire.LABEL_MONITORED_BY, ""),
        inject=(template.get("labels") or {}).get(wire.LABEL_INJECT, ""),
        injection=(template.get("annotations") or {}).get(wire.ANNOTATION_INJECTION, ""),
        held=bool(ours),
        template_held=any("f:spec" in (one.get("fieldsV1") or {}) for one in ours),
        written=max((_moment(one["time"]) for one in ours if "time" in one), default=None),
        controller=_controller(about),
        replicas=_replicas(kind, spec, status),
        pods=status.get("currentNumberScheduled" if kind == "DaemonSet" else "replicas", 0),
        short=status.get("numberReady" if kind == "DaemonSet" else "readyReplicas", 0)
        < _replicas(kind, spec, status),
        waits=_waits(spec),
        rolling=_rolling(kind, about.get("generation", 0), spec, status),
        stuck=_condition(status, "Progressing").get("reason") == "ProgressDeadlineExceeded",
        refused=_refused(status),
        missing=_missing(kind, spec, status),
    )


def _ours(about: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = about.get("managedFields") or ()
    return [it for it in entries if it.get("manager") == wire.FIELD_MANAGER and not it.get("subresource")]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _controller(about: Mapping[str, Any]) -> str:
    owners = about.get("ownerReferences") or ()
    return next((f"{one['kind']} {one['name']}" for one in owners if one.get("controller")), "")


def _replicas(kind: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> int:
    if kind == "DaemonSet":
        return int(status.get("desiredNumberScheduled", 0))
    return int(spec.get("replicas", 1))


def _waits(spec: Mapping[str, Any]) -> str:
    if spec.get("paused"):
        return "it is paused: resume it"
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return "its update strategy is OnDelete: choose RollingUpdate, or mark its template yourself"
    return ""


def _rolling(kind: str, generation: int, spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    if status.get("observedGeneration", 0) < generation:
        return "its newest template was not taken up yet"
    wanted = _replicas(kind, spec, status) - _partition(spec)
    updated = status.get("updatedNumberScheduled" if kind == "DaemonSet" else "updatedReplicas", 0)
    if updated < wanted:
        return f"{updated} of {wanted} pods are of its newest template"
    if kind == "Deployment":
        return _left(updated, status)
    return ""


def _left(updated: int, status: Mapping[str, Any]) -> str:
    if (old := status.get("replicas", 0) - updated) > 0:
        return f"{old} pods of an older template are left"
    available = status.get("availableReplicas", 0)
    if available < updated and _condition(status, "Progressing").get("reason") != ROLLED:
        return f"{available} of {updated} new pods are available"
    return ""


def _partition(spec: Mapping[str, Any]) -> int:
    """Return how many pods of a StatefulSet are to stay as they are."""
    update = (spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    return int(update.get("partition") or 0)


def _refused(status: Mapping[str, Any]) -> str:
    failure = _condition(status, "ReplicaFailure")
    if (failure.get("status"), failure.get("reason")) != ("True", "FailedCreate"):
        return ""
    return str(failure.get("message", ""))[:LONGEST_MESSAGE] or "FailedCreate"


def _missing(kind: str, spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    """Tell of pods that are not there; a StatefulSet may wait with them for those before to be available."""
    wanted = _replicas(kind, spec, status)
    there = status.get("currentNumberScheduled" if kind == "DaemonSet" else "replicas", 0)
    waits = kind == "StatefulSet" and status.get("availableReplicas", 0) < there
    if kind == "Deployment" or waits or there >= wanted:
        return ""
    return f"{there} of {wanted} pods were made"


def _condition(status: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return next((one for one in status.get("conditions") or () if one.get("type") == kind), {})
