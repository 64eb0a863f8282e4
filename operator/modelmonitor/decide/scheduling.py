"""Pods that find no node: whether their evaluator is why, which only a pod without one can tell."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from modelmonitor.decide.pod import UNSCHEDULABLE, Pod

WAITS_FOR = timedelta(minutes=1)
"""For so long a pod may wait: others leave, and machines come."""
SKEW = timedelta(seconds=30)
"""By so much our clock may be ahead of the API server's."""
TRIES_FOR = timedelta(seconds=15)
"""For so long another pod may be on its way for one that was deleted."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_OF_NODES = "DaemonSet"
"""Its pods each have a node of their own: what one finds tells nothing of another."""


def blamed(pods: Iterable[Pod], now: datetime) -> list[Pod]:
    """Return the pods that find no node, perhaps because of their evaluator's requests, by their names.

    Where a pod of the same workload that has no evaluator finds none, either, it is not because of that.
    """
    everyone = list(pods)
    late = [one for one in everyone if _is_late(one, now) and not is_excused(one, everyone)]
    return sorted(late, key=lambda one: one.name)


def is_excused(one: Pod, pods: Iterable[Pod]) -> bool:
    """Tell whether a pod that finds no node would find none without its evaluator, either."""
    alike = (it for it in pods if it.controller == one.controller != ("", "") and _is_bare(it))
    return one.controller[0] != _OF_NODES and any(it.waiting is not None for it in alike)


def is_refuted(since: datetime, pods: Iterable[Pod]) -> bool:
    """Tell whether pods that came without an evaluator since a halt find no node, either."""
    tried = _tried(since, pods)
    return any(one.waiting is not None for one in tried) and not any(one.placed for one in tried)


def freed(pods: Iterable[Pod], since: datetime, freed_at: datetime, now: datetime) -> list[Pod]:
    """Return which of the pods that find no node are to come anew, without an evaluator.

    One at first: the others follow when it has found a node, and stay if it finds none, either.

    Parameters
    ----------
    since
        When pods began to come without.
    freed_at
        When the last one was freed.
    """
    everyone = list(pods)
    waiting = [one for one in everyone if _is_late(one, now) and one.controller[0]]
    tried = _tried(since, everyone)
    if any(one.placed for one in tried) or any(one.controller[0] == _OF_NODES for one in waiting):
        return waiting
    is_trying = bool(tried) or now - freed_at < TRIES_FOR
    return [] if is_trying else sorted(waiting, key=lambda one: one.name)[:1]


def _tried(since: datetime, pods: Iterable[Pod]) -> list[Pod]:
    controlled = (one for one in pods if one.controller[0] not in {"", _OF_NODES})
    return [one for one in controlled if _is_bare(one) and one.made >= since - SKEW]


def _is_bare(one: Pod) -> bool:
    return not one.evaluator and not one.leaving


def _is_late(one: Pod, now: datetime) -> bool:
    if one.trouble != UNSCHEDULABLE or one.leaving:
        return False
    return now - (one.waiting or one.made) >= WAITS_FOR
