"""When pods get no evaluator for a while, because one keeps models from starting; and which pods go for it.

A halt is written into what webhooks read (`Injection.stopped`), and read from there after a restart.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelmonitor.decide import scheduling
from modelmonitor.decide.pod import MANY_RESTARTS, UNSCHEDULABLE, Pod
from modelmonitor.decide.scheduling import Acquittal
from modelmonitor.decide.workload import Workload

LASTS = timedelta(hours=1)
"""After so long the next pods try again: what was pushed or repaired meanwhile is found without us."""
MISSING_FOR = timedelta(seconds=30)
"""Pods that were not made for so long are refused: controllers make them at once, or say why not."""
IMAGE_PULL, CREATION, CRASH, REFUSED = "ImagePull", "ContainerCreation", "CrashLoop", "PodsRefused"
HALTS = frozenset({IMAGE_PULL, CREATION, CRASH, REFUSED, UNSCHEDULABLE})
"""All reasons of halts."""
REASONS = {
    "ErrImagePull": IMAGE_PULL,
    "ImagePullBackOff": IMAGE_PULL,
    "InvalidImageName": IMAGE_PULL,
    "ErrImageNeverPull": IMAGE_PULL,
    "ImageInspectError": IMAGE_PULL,
    "RegistryUnavailable": IMAGE_PULL,
    "SignatureValidationFailed": IMAGE_PULL,
    "CreateContainerError": CREATION,
    "CreateContainerConfigError": CREATION,
    "PreCreateHookError": CREATION,
    "PreStartHookError": CREATION,
    "RunContainerError": CREATION,
    "CrashLoopBackOff": CRASH,
}
"""What the kubelet says of an evaluator that will not run, and what we call it."""
_TEXT = re.compile(r"(\w+) since (\S+), generation (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Halt:
    """No pod of a monitor gets an evaluator of this image for now."""

    reason: str
    message: str
    image: str
    generation: int
    since: datetime

    @property
    def text(self) -> str:
        """What webhooks and people read."""
        since = self.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.reason} since {since}, generation {self.generation}: {self.message}"

    def holds(self, image: str, generation: int, now: datetime) -> bool:
        """Tell whether it goes on: another image, an edit of the monitor, or an hour end it."""
        same = (self.image, self.generation) == (image, generation)
        return same and timedelta(0) <= now - self.since < LASTS


def read(text: str, image: str) -> Halt | None:
    """Return the halt that was written for an image; None where none can be read.

    >>> found = read("CrashLoop since 2026-11-26T12:00:00Z, generation 2: exit code 1", "evaluator:1")
    >>> (found.reason, found.generation, found.text) if found else None
    ('CrashLoop', 2, 'CrashLoop since 2026-11-26T12:00:00Z, generation 2: exit code 1')
    """
    if (found := _TEXT.fullmatch(text)) is None:
        return None
    reason, since, generation, message = found.groups()
    try:
        moment = datetime.fromisoformat(since.replace("Z", "+00:00"))
    except ValueError:
        return None
    return Halt(reason, message, image, int(generation), moment)


def halted(
    before: Halt | None, pods: Sequence[Pod], image: str, generation: int, now: datetime
) -> Halt | None:
    """Return the halt that is in force: the one before, or a new one for the first evaluator that fails.

    A model that has started has one of another image, perhaps, from before: it says nothing of this one. One
    that has not counts whatever its image, for others may write their mirror's name: it is deleted, and would
    come back with the same.
    """
    if before is not None and before.holds(image, generation, now) and not acquittal(before, pods, now):
        return before
    failing = (one for one in pods if _fails(one) and (not one.started or one.evaluator == image))
    by_name = sorted(failing, key=lambda one: one.name)
    first = next(iter([*by_name, *scheduling.blamed(pods, now)]), None)
    if first is None:
        return None
    message = f"pod {first.name}: {first.trouble}{f', {first.message}' if first.message else ''}"
    reason = REASONS.get(first.trouble, first.trouble)
    return Halt(reason, message, image, generation, now.replace(microsecond=0))


def acquittal(before: Halt | None, pods: Sequence[Pod], now: datetime) -> Acquittal | None:
    """Return what pods that find no node tell for an evaluator that was stopped because of them."""
    if before is None or before.reason != UNSCHEDULABLE:
        return None
    return scheduling.acquittal(before.since, pods, now)


def refused(
    workloads: Iterable[Workload], missing_for: timedelta, image: str, generation: int, now: datetime
) -> Halt | None:
    """Return the halt for marked workloads whose pods the API server refuses: a quota, a policy, a limit.

    Whether the evaluator is to blame, only pods without one can tell; if they are refused, too, the halt
    costs new pods an hour of theirs at most, and no model.
    """
    said = (_refusal(one, missing_for) for one in workloads if one.inject and one.inject == one.monitor)
    if (message := next(filter(None, said), "")) == "":
        return None
    return Halt(REFUSED, message, image, generation, now.replace(microsecond=0))


def _refusal(one: Workload, missing_for: timedelta) -> str:
    if one.refused:
        return f"{one.called}: {one.refused}"
    if one.missing and missing_for >= MISSING_FOR:
        return f"{one.called}: {one.missing}, why, say its events (kubectl describe)"
    return ""


def is_trouble(pods: Iterable[Pod], workloads: Iterable[Workload]) -> bool:
    """Tell whether anything is seen that could halt: an evaluator that fails, or pods that are not made."""
    return any(map(keeps_back, pods)) or any(one.refused or one.missing for one in workloads)


def keeps_back(one: Pod) -> bool:
    """Tell whether an evaluator will not run in a pod, or may be why the pod finds no node."""
    return _fails(one) or (one.trouble == UNSCHEDULABLE and not one.leaving)


def stuck(pods: Iterable[Pod]) -> list[Pod]:
    """Return the pods whose model waits for an evaluator that will not run, and that would be made anew.

    A model that has started is not deleted, whatever becomes of its evaluator.
    """
    return [one for one in pods if _fails(one) and not one.started and one.controller[0]]


def cut_off(pods: Iterable[Pod]) -> Pod | None:
    """Return the next pod to evict because nobody reaches its model: its evaluator will not run.

    A pod is not ready while a sidecar does not run, be it in the way of callers or not. One at a time, while
    all other pods are ready.
    """
    everyone = list(pods)
    lost = [one for one in everyone if _is_cut_off(one)]
    others = [one for one in everyone if one not in lost]
    if not lost or any(one.leaving or not one.ready for one in others):
        return None
    return min(lost, key=lambda one: one.name)


def _is_cut_off(one: Pod) -> bool:
    lasting = one.restarts >= MANY_RESTARTS or REASONS.get(one.trouble) != CRASH
    return _fails(one) and one.started and not one.ready and lasting and bool(one.controller[0])


def _fails(one: Pod) -> bool:
    return bool(one.evaluator) and not one.leaving and one.trouble in REASONS
