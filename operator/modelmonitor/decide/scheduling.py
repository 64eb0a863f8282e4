"""Pods that find no node: whether their evaluator is why, which only a pod without one can tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from modelmonitor.decide.pod import UNSCHEDULABLE, Pod
from modelmonitor.decide.workload import Workload

WAITS_FOR = timedelta(minutes=1)
"""For so long a pod may wait whose workload is short of it: others leave, and machines come."""
SPARE_WAITS_FOR = timedelta(minutes=8)
"""The same where nobody is short of it, as in most rollouts: these give up after ten."""
ACQUITS_FOR = timedelta(minutes=15)
"""For so long after one has found no node without an evaluator, either, is no evaluator blamed: a machine,
which may be on its way, takes a few minutes.
"""
SKEW = timedelta(seconds=30)
"""By so much our clock may be ahead of the API server's."""
TRIES_FOR = timedelta(seconds=15)
"""For so long another pod may be on its way for one that was deleted."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_OF_NODES = "DaemonSet"
"""Its pods each have a node of their own: what one finds tells nothing of another."""


@dataclass(frozen=True, slots=True)
class Acquittal:
    """Pods that came without an evaluator have found no node, either.

    Attributes
    ----------
    tried
        Their uids.
    """

    at: datetime
    tried: frozenset[str]

    def holds(self, now: datetime) -> bool:
        """Tell whether no evaluator is blamed because of it."""
        return now - self.at < ACQUITS_FOR


def suspects(
    pods: Iterable[Pod], workloads: Iterable[Workload], acquittal: Acquittal | None, now: datetime
) -> list[Pod]:
    """Return all pods but those that may wait longer for a node before it matters whose fault that is."""
    if acquittal is not None and acquittal.holds(now):
        return [one for one in pods if one.trouble != UNSCHEDULABLE]
    whole = {(one.kind, one.name) for one in workloads if not one.short}
    return [one for one in pods if one.controller not in whole or not _may_wait(one, now)]


def acquittal(since: datetime, pods: Iterable[Pod], now: datetime) -> Acquittal | None:
    """Return what pods that came without an evaluator since a halt tell for it; None: nothing."""
    tried = _tried(since, pods)
    if any(one.placed for one in tried) or not any(one.waiting for one in tried):
        return None
    return Acquittal(now, frozenset(one.uid for one in tried))


def acquitting(pods: Iterable[Pod], acquittal: Acquittal | None) -> list[Pod]:
    """Return the pods that tell it and still wait: they may as well wait with an evaluator."""
    tried = acquittal.tried if acquittal is not None else frozenset()
    return [one for one in pods if one.uid in tried and one.waiting and not (one.placed or one.leaving)]


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


def _may_wait(one: Pod, now: datetime) -> bool:
    return one.trouble == UNSCHEDULABLE and now - (one.waiting or one.made) < SPARE_WAITS_FOR


def _is_late(one: Pod, now: datetime) -> bool:
    if one.trouble != UNSCHEDULABLE or one.leaving:
        return False
    return now - (one.waiting or one.made) >= WAITS_FOR
