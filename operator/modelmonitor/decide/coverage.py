"""How many pods of a target have their evaluator, and which of the others is replaced next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from modelmonitor.decide import halt, scheduling
from modelmonitor.decide.injection import Situation, Step
from modelmonitor.decide.pod import Pod

FRUITLESS_FOR = timedelta(days=1)
"""A pod that came back without an evaluator is not evicted in vain again so soon."""


@dataclass(frozen=True, slots=True)
class Eviction:
    """The last eviction for the sake of a target: when, and how many pods were without one before it."""

    at: datetime
    bare: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether the pods have what they should: True, False, or None while that is on its way."""

    good: bool | None
    reason: str
    message: str
    injected: int = 0
    pods: int = 0


def covered(it: Situation, step: Step, pods: Sequence[Pod]) -> Coverage:
    """Say how it stands after a step that needs nothing more, or why the step was not enough."""
    staying = [one for one in pods if not one.leaving]
    injected = sum(bool(one.evaluator) for one in staying)
    total = max(it.target.pods, len(staying)) if it.target is not None else 0
    if step.reason:
        good = {"NotAsked": True, "ManualInjection": True, "Injecting": None}.get(step.reason, False)
        reason, message = step.reason, step.message
    else:
        good, reason, message = _judged(it, injected, total, staying)
    warned = f"{message}; {it.warning}" if it.warning else message
    return Coverage(good, reason, warned, injected, total)


def _judged(it: Situation, injected: int, total: int, staying: Sequence[Pod]) -> tuple[bool | None, str, str]:
    count = f"{injected} of {total} pods have an evaluator"
    if it.halt is not None:
        return False, "InjectionStopped", f"{count}; new ones start without: {it.halt.text}"
    missing, rolling = (it.target.missing, it.target.rolling) if it.target is not None else ("", "")
    missing = missing or _held_back(staying)
    if injected >= total and not missing:
        return True, "Injected", count if total else "the target has no pods"
    if it.webhook:
        return False, "WebhookUnavailable", f"{count}; pods start without one: {it.webhook}"
    if missing or rolling:
        return None, "Injecting", f"{count}: {missing or rolling}"
    if injected < len(staying):
        return False, "PodsWithoutEvaluator", f"{count}; {_remedy(it, total)}"
    return None, "Injecting", count


def _held_back(staying: Sequence[Pod]) -> str:
    """Name a pod that is not ready because of its evaluator, or may be so; empty: none is."""
    held = (one for one in staying if halt.keeps_back(one) and not one.ready)
    ours = (f"pod {one.name} waits: {one.trouble}, {one.message}"
            for one in held if not (one.waiting and scheduling.is_excused(one, staying)))  # fmt: skip
    return next(ours, "")


def _remedy(it: Situation, total: int) -> str:
    if not it.restart:
        return "the others began without: restart them (kubectl rollout restart)"
    if total == 1:
        return "the only pod is left alone: restart it when it suits (kubectl rollout restart)"
    return "the others began without: they are evicted one at a time while all the rest is ready"


def replaced(
    it: Situation, step: Step, pods: Sequence[Pod], last: Eviction | None, now: datetime
) -> Pod | None:
    """Return the pod to evict, so that another one begins with an evaluator; None: none, or not now.

    The marks are right, so that no rollout is due; a pod leaves only while all pods of the target are ready
    and another one serves. The Eviction API has the last word.
    """
    bare = [one for one in pods if not one.evaluator and not one.leaving]
    if not bare or step.reason or not it.restart or it.target is None:
        return None
    if it.halt is not None or it.webhook or it.occupied or it.target.rolling:
        return None
    ready = sum(one.ready and not one.leaving for one in pods)
    if ready < max(2, it.target.pods, it.target.replicas) or len(pods) > ready:
        return None
    if last is not None and len(bare) >= last.bare and now - last.at < FRUITLESS_FOR:
        return None
    return min(bare, key=lambda one: one.name)
