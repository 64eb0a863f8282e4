"""What must be known of a pod that asked for an evaluator, in a few hundred bytes."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from modelmonitor import wire

LONGEST_MESSAGE = 300
MANY_RESTARTS = 3
"""So often does an evaluator begin again before it counts as one that will not run."""
UNSCHEDULABLE = "Unschedulable"
"""What the scheduler says of a pod that it finds no node for."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_OF_SCHEDULER, _SHORT = "nodes are available", re.compile(r"Insufficient ([\w./-]+)")
"""How it says so, and what the nodes are short of."""


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
    made
        When it was created.
    waiting
        Since when the scheduler has found no node for it; None: it has found one, or has not looked yet.
    placed
        Whether it has a node.
    trouble, message
        Why the evaluator waits, in the word and the words of the kubelet; empty where it does not wait. Of a
        pod that finds no node, if the evaluator's requests may be why: those of the scheduler.
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
    made: datetime = _NEVER
    waiting: datetime | None = None
    placed: bool = False
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
    refusal = _refusal(status)
    if refusal and _may_be_ours(spec, refusal.get("message", "")):
        trouble, message = UNSCHEDULABLE, refusal.get("message", "")
    return Pod(
        name=about["name"],
        uid=about["uid"],
        monitor=intern(str((about.get("labels") or {}).get(wire.LABEL_INJECT, ""))),
        controller=_controller(about),
        evaluator=intern(str(_evaluator(spec).get("image", ""))),
        made=_moment(about) or _NEVER,
        waiting=_moment(refusal, "lastTransitionTime"),
        placed=bool(spec.get("nodeName")),
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


def _evaluator(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    return next((one for one in containers if one["name"] == wire.EVALUATOR), {})


def _refusal(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the condition by which the scheduler says that it finds no node; empty: it does not.

    A pod for which others are just sent away from a node has as good as found it.
    """
    if status.get("nominatedNodeName"):
        return {}
    told = (one for one in status.get("conditions") or () if one["type"] == "PodScheduled")
    return next((one for one in told if one.get("reason") == UNSCHEDULABLE and one["status"] == "False"), {})


def _may_be_ours(spec: Mapping[str, Any], message: str) -> bool:
    """Tell whether nodes may be short of what the evaluator asks for: all that it adds for a scheduler.

    One that has other words than that of Kubernetes may mean anything.
    """
    asked = (_evaluator(spec).get("resources") or {}).get("requests") or {}
    short = {name.rstrip(".") for name in _SHORT.findall(message)}
    return bool(asked) and (_OF_SCHEDULER not in message or not short.isdisjoint(asked))


def _moment(of: Mapping[str, Any], field: str = "creationTimestamp") -> datetime | None:
    text = of.get(field)
    return datetime.fromisoformat(text) if text else None


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
