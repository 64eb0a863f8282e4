"""How many pods of a target have their evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from modelmonitor.decide import halt, replacing, scheduling
from modelmonitor.decide.injection import Situation, Step
from modelmonitor.decide.pod import Pod


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether the pods have what they should: True, False, or None while that is on its way."""

    good: bool | None
    reason: str
    message: str
    injected: int = 0
    pods: int = 0


def covered(it: Situation, step: Step, pods: Sequence[Pod], evicted_at: datetime | None = None) -> Coverage:
    """Say how it stands after a step that needs nothing more, or why the step was not enough.

    Parameters
    ----------
    evicted_at
        When a pod without an evaluator was last evicted; None: never.
    """
    staying = [one for one in pods if not one.leaving]
    injected = sum(bool(one.evaluator) for one in staying)
    total = max(it.target.pods, len(staying)) if it.target is not None else 0
    if step.reason:
        good = {"NotAsked": True, "ManualInjection": True, "Injecting": None}.get(step.reason, False)
        reason, message = step.reason, step.message
    else:
        vain = evicted_at is not None and replacing.was_in_vain(pods, evicted_at)
        good, reason, message = _judged(it, (injected, total), staying, in_vain=vain)
    warned = f"{message}; {it.warning}" if it.warning else message
    return Coverage(good, reason, warned, injected, total)


def _judged(
    it: Situation, numbers: tuple[int, int], staying: Sequence[Pod], *, in_vain: bool
) -> tuple[bool | None, str, str]:
    injected, total = numbers
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
        return False, "PodsWithoutEvaluator", f"{count}; {_remedy(it, total, in_vain=in_vain)}"
    return None, "Injecting", count


def _held_back(staying: Sequence[Pod]) -> str:
    """Name a pod that is not ready because of its evaluator, or may be so; empty: none is."""
    held = (one for one in staying if halt.keeps_back(one) and not one.ready)
    ours = (f"pod {one.name} waits: {one.trouble}, {one.message}"
            for one in held if not (one.waiting and scheduling.is_excused(one, staying)))  # fmt: skip
    return next(ours, "")


def _remedy(it: Situation, total: int, *, in_vain: bool) -> str:
    if in_vain:
        return (
            "one was evicted, and came again without: the log of the operator has a line with the reason for "
            "each pod that it was asked about; it is tried again a day later"
        )
    if not it.restart:
        return "the others began without: restart them (kubectl rollout restart)"
    if total == 1:
        return "the only pod is left alone: restart it when it suits (kubectl rollout restart)"
    return "the others began without: they are evicted one at a time while all the rest is ready"
