"""Whether to mark a monitor's target, so that its pods get an evaluator: the first proposition that holds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from modelmonitor import wire
from modelmonitor.decide.halt import Halt
from modelmonitor.decide.workload import Workload
from modelmonitor.errors import MonitorError
from modelmonitor.wire.injection import Injection

MOST_WRITES = 2
"""Marks that somebody takes away are put back once: then it is for people to agree, not for us to fight."""


class Asked(StrEnum):
    """Who is to add the evaluator."""

    NOTHING = "Nothing"
    """The spec captures nothing."""
    MANUAL = "Manual"
    """The team adds the container itself."""
    WEBHOOK = "Webhook"


class Act(Enum):
    """What to do with a workload."""

    NOTHING = 0
    MARK = 1
    UNMARK = 2
    """Take the marks off its pod template, which rolls its pods; its label stays until they have rolled."""
    LET_GO = 3
    """Take the label off, too: nothing of ours is left."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and why nothing more, in a word and in a sentence."""

    act: Act
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the decision goes by.

    Attributes
    ----------
    named
        The target as people call it, such as `Deployment churn`.
    restart
        Whether the spec lets us roll the pods.
    injection
        What pods are to get; None: nobody told the operator which image.
    known_kind
        Whether it is a kind of workload whose pods we can roll.
    obstacle
        Why no evaluator can be added to such pods.
    warning
        What keeps an evaluator in them from being of use; empty: nothing does.
    webhook
        Why pods that start now would get none; empty: they do get one.
    unasked
        Which pod of another workload of the namespace has come without one; empty: none.
    occupied
        The rollouts that this one has to wait for; empty: none.
    writes
        How often this target was marked so already.
    """

    monitor: str
    named: str
    asked: Asked
    restart: bool = True
    injection: Injection | None = None
    known_kind: bool = True
    target: Workload | None = None
    obstacle: MonitorError | None = None
    warning: str = ""
    halt: Halt | None = None
    webhook: str = ""
    unasked: str = ""
    occupied: str = ""
    writes: int = 0


def step(it: Situation) -> Step:
    """Return what to do with the target of a monitor."""
    found = (proposition(it) for proposition in _IN_ORDER)
    return next((one for one in found if one is not None), Step(Act.MARK, "Injecting", "its pods are rolled"))


def release(target: Workload, occupied: str) -> Step:
    """Return what to do with a workload that carries our marks and is not to have an evaluator any more."""
    if not target.held:
        return Step(Act.NOTHING)  # a label that somebody else wrote is somebody else's
    if not target.template_held:
        wait = target.rolling if not target.stuck and not target.waits else ""
        return Step(Act.NOTHING, "Removing", f"{target.called}: {wait}") if wait else Step(Act.LET_GO)
    wait = "" if target.waits or target.stuck else target.rolling or occupied
    if wait:
        return Step(Act.NOTHING, "RolloutWaiting", f"{target.called} keeps its evaluators until then: {wait}")
    return Step(Act.UNMARK, "Removing", f"the pods of {target.called} are rolled without evaluators")


def is_marked(it: Situation) -> bool:
    """Tell whether the target asks for the evaluator as it should, be it by the team's own label."""
    target, injection = it.target, it.injection
    if target is None or injection is None or target.inject != it.monitor:
        return False
    return not it.restart or (target.monitor, target.injection) == (it.monitor, injection.hash)


def _asks_for_nothing(it: Situation) -> Step | None:
    if it.asked is Asked.NOTHING:
        return Step(Act.NOTHING, "NotAsked", "the spec captures nothing")
    return None


def _kind_is_unknown(it: Situation) -> Step | None:
    if it.known_kind:
        return None
    return _blocked(
        "KindUnsupported",
        f"spec.targetRef: expected a Deployment, StatefulSet or DaemonSet of apps/v1, got {it.named}; name "
        "the workload that it makes, or add the container yourself (capture.injection: None)",
    )


def _is_missing(it: Situation) -> Step | None:
    if it.target is not None:
        return None
    said = f"spec.targetRef: expected {it.named} in this namespace, got none; create it, or correct the name"
    return _blocked("TargetMissing", said)


def _is_manual(it: Situation) -> Step | None:
    if it.asked is not Asked.MANUAL:
        return None
    return Step(
        Act.NOTHING, "ManualInjection", "you add the container yourself: `modelmonitor generate` prints it"
    )


def _has_no_image(it: Situation) -> Step | None:
    if it.injection is not None:
        return None
    return _blocked("ImageNotConfigured", "no image is known; set the operator's --evaluator-image")


def _is_asked_for_another(it: Situation) -> Step | None:
    if it.target is None or it.target.inject in {"", it.monitor}:
        return None
    return _blocked(
        "InjectedForOther",
        f"{it.named}: expected no label {wire.LABEL_INJECT} on its pod template, or {it.monitor}, got "
        f"{it.target.inject}; one pod has one evaluator: remove that label, or monitor {it.target.inject}'s",
    )


def _is_obstructed(it: Situation) -> Step | None:
    return _blocked(it.obstacle.reason, str(it.obstacle)) if it.obstacle is not None else None


def _is_as_wanted(it: Situation) -> Step | None:
    return Step(Act.NOTHING) if is_marked(it) else None


def _may_not_restart(it: Situation) -> Step | None:
    if it.restart:
        return None
    return _blocked(
        "RestartForbidden",
        f"{it.named}: capture.restart is Never; put the label {wire.LABEL_INJECT}: {it.monitor} on its pod "
        "template (spec.template.metadata.labels), which rolls its pods when you do",
    )


def _is_controlled(it: Situation) -> Step | None:
    if it.target is None or not it.target.controller:
        return None
    return _blocked(
        "TargetControlled",
        f"{it.named} is made by {it.target.controller}, which would undo our mark; let that put the label "
        f"{wire.LABEL_INJECT}: {it.monitor} on the pod template, and set capture.restart: Never",
    )


def _is_halted(it: Situation) -> Step | None:
    if it.halt is None:
        return None
    return _blocked("InjectionStopped", f"{it.named} is not rolled while evaluators fail: {it.halt.text}")


def _webhook_is_away(it: Situation) -> Step | None:
    if not (said := it.webhook or it.unasked):
        return None
    return _blocked("WebhookUnavailable", f"{it.named} is not rolled: pods would get none: {said}")


def _is_undone(it: Situation) -> Step | None:
    if it.writes < MOST_WRITES:
        return None
    return _blocked(
        "MarksRemoved",
        f"{it.named}: our label and annotation were taken off its pod template again; let whoever writes it "
        f"keep fields of others, or put the label {wire.LABEL_INJECT}: {it.monitor} there and set "
        "capture.restart: Never",
    )


def _has_to_wait(it: Situation) -> Step | None:
    if it.target is None:
        return None
    wait = it.target.waits or it.target.rolling or it.occupied
    return _blocked("RolloutWaiting", f"{it.named} is not rolled yet: {wait}") if wait else None


def _blocked(reason: str, message: str) -> Step:
    return Step(Act.NOTHING, reason, message)


_IN_ORDER: tuple[Callable[[Situation], Step | None], ...] = (
    _asks_for_nothing,
    _kind_is_unknown,
    _is_missing,
    _is_manual,
    _has_no_image,
    _is_asked_for_another,
    _is_obstructed,
    _is_as_wanted,
    _may_not_restart,
    _is_controlled,
    _is_halted,
    _webhook_is_away,
    _is_undone,
    _has_to_wait,
)
