"""What must be known of a pod that asked for an evaluator, in a few hundred bytes."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire

LONGEST_MESSAGE = 300
MANY_RESTARTS = 3
"""So often does an evaluator begin again before it counts as one that will not run."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod with the label `inject`, as it was last seen.

    Attributes
    ----------
    controller
        Kind and name of the workload whose pod it is (of a Deployment's pod the Deployment); empty: it is
        nobody's, and would not come back.
    evaluator
        Image of its evaluator; empty: it has none.
    trouble, message
        Why the evaluator waits, in the word and the words of the kubelet; empty where it does not wait.
    restarts
        How often the evaluator was started again, counted up to a few: more make no difference.
    started
        Whether a container of the model's own has ever started.
    leaving
        It is being deleted, or has ended.
    """

    name: str
    uid: str
    monitor: str
    controller: tuple[str, str]
    evaluator: str = ""
    trouble: str = ""
    message: str = ""
    restarts: int = 0
    started: bool = False
    ready: bool = False
    leaving: bool = False


def of(body: Mapping[str, Any]) -> Pod:
    """Return what is known of a pod from the whole object."""
    about, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    intern = sys.intern
    trouble, message, restarts = _trouble(status)
    return Pod(
        name=about["name"],
        uid=about["uid"],
        monitor=intern(str((about.get("labels") or {}).get(wire.LABEL_INJECT, ""))),
        controller=_controller(about),
        evaluator=intern(_image(spec)),
        trouble=intern(trouble),
        message=intern(message[:LONGEST_MESSAGE]),
        restarts=min(restarts, MANY_RESTARTS),
        started=any(map(_has_started, status.get("containerStatuses") or ())),
        ready=any(it["type"] == "Ready" and it["status"] == "True" for it in status.get("conditions") or ()),
        leaving="deletionTimestamp" in about or status.get("phase") in {"Succeeded", "Failed"},
    )


def _controller(about: Mapping[str, Any]) -> tuple[str, str]:
    """Name the workload; of a ReplicaSet made for a Deployment, it is that."""
    owner = next((one for one in about.get("ownerReferences") or () if one.get("controller")), None)
    if owner is None:
        return ("", "")
    kind, name = str(owner["kind"]), str(owner["name"])
    suffix = f"-{(about.get('labels') or {}).get('pod-template-hash')}"
    if kind == "ReplicaSet" and name.endswith(suffix):
        kind, name = "Deployment", name.removesuffix(suffix)
    return (sys.intern(kind), sys.intern(name))


def _image(spec: Mapping[str, Any]) -> str:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return next((str(one.get("image", "")) for one in containers if one["name"] == wire.EVALUATOR), "")


def _trouble(status: Mapping[str, Any]) -> tuple[str, str, int]:
    """Return why the evaluator waits (of one that crashed, how it ended), and its restarts."""
    told = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    own: Mapping[str, Any] = next((one for one in told if one["name"] == wire.EVALUATOR), {})
    waiting = (own.get("state") or {}).get("waiting") or {}
    ended = (own.get("lastState") or {}).get("terminated") or {}
    how = f"exit code {ended['exitCode']}: {ended.get('reason', '')}" if "exitCode" in ended else ""
    reason = str(waiting.get("reason", ""))
    said = how if reason == "CrashLoopBackOff" else str(waiting.get("message", ""))
    return reason, said, own.get("restartCount", 0)


def _has_started(container: Mapping[str, Any]) -> bool:
    if container["name"] == wire.EVALUATOR:
        return False
    states = {*(container.get("state") or {}), *(container.get("lastState") or {})}
    return bool(states & {"running", "terminated"}) or container.get("restartCount", 0) > 0
