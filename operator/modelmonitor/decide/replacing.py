"""Pods that began without an evaluator: which is evicted next, and what those that come tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from modelmonitor.decide.injection import Situation, Step
from modelmonitor.decide.pod import Pod
from modelmonitor.decide.scheduling import SKEW

FRUITLESS_FOR = timedelta(days=1)
"""When a pod that was evicted came back without an evaluator, no other is evicted in vain so soon."""
TELLS_FOR, CONFIRMS_FOR = timedelta(minutes=10), timedelta(hours=1)
"""For so long a new pod without an evaluator keeps other workloads of its namespace as they are, or all that
come one after another; so does one that took the place of an evicted one, which is once a day at most. For
ever would be too long, for it may be a matter of that workload alone.
"""


def replaced(
    it: Situation, step: Step, pods: Sequence[Pod], evicted_at: datetime | None, now: datetime
) -> Pod | None:
    """Return the pod to evict, so that another one begins with an evaluator; None: none, or not now.

    The marks are right, so that no rollout is due; a pod leaves only while all pods of the target are ready
    and another one serves. The Eviction API has the last word.

    Parameters
    ----------
    evicted_at
        When one was last evicted; None: never.
    """
    bare = bare_of(pods)
    if not bare or step.reason or not it.restart or it.target is None:
        return None
    if it.halt is not None or it.webhook or it.occupied or it.target.rolling:
        return None
    ready = sum(one.ready and not one.leaving for one in pods)
    if ready < max(2, it.target.pods, it.target.replicas) or len(pods) > ready:
        return None
    if evicted_at is not None and now - evicted_at < FRUITLESS_FOR and not _bore_fruit(pods, evicted_at):
        return None
    return min(bare, key=lambda one: one.name)


def bare_of(pods: Sequence[Pod]) -> list[Pod]:
    """Return the pods without an evaluator that stay."""
    return [one for one in pods if not one.evaluator and not one.leaving]


def was_in_vain(pods: Sequence[Pod], evicted_at: datetime) -> bool:
    """Tell whether since an eviction pods have come without an evaluator, and none with it."""
    came = any(one.made >= evicted_at for one in bare_of(pods))
    return came and not _bore_fruit(pods, evicted_at)


def bare_since(pods: Sequence[Pod], before: datetime | None) -> datetime | None:
    """Return since when all pods of a marked workload have come without an evaluator; None: they do not.

    Parameters
    ----------
    before
        What was found before, of pods that may be gone by now.
    """
    last = max((one.made for one in pods if one.evaluator), default=None)
    came = [one.made for one in pods if not one.evaluator and (last is None or one.made > last)]
    if before is not None and (last is None or before > last):
        came.append(before)
    return min(came, default=None)


def unasked(pods: Sequence[Pod], since: datetime | None, evicted_at: datetime | None, now: datetime) -> str:
    """Say which pod of a marked workload tells that new ones get no evaluator; empty: none does.

    Parameters
    ----------
    since
        Since when all of its pods have come without one.
    """
    newest = max(pods, key=lambda one: (one.made, bool(one.evaluator)), default=None)
    if newest is None or newest.evaluator or since is None:
        return ""
    in_vain = evicted_at is not None and was_in_vain(pods, evicted_at) and now - evicted_at < CONFIRMS_FOR
    if not in_vain and (now - newest.made >= TELLS_FOR or now - since >= CONFIRMS_FOR):
        return ""
    return (
        f"pod {newest.name} of the same namespace asked for an evaluator and began without; why, says the "
        f"operator's log, or nothing if it was not asked about it; see monitor {newest.monitor}"
    )


def _bore_fruit(pods: Sequence[Pod], evicted_at: datetime) -> bool:
    return any(one.evaluator and one.made >= evicted_at - SKEW for one in pods)
