"""How many rollouts may go on because of us: one in a namespace, a few in the cluster."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from modelmonitor.decide.workload import Workload

OURS_FOR = timedelta(hours=2)
"""After so long what rolls is no longer because of us: a release of the team's, or a rollout that hangs."""


def under_way(one: Workload, now: datetime) -> bool:
    """Tell whether the pods of a workload roll because we have marked it, or taken marks away.

    Nothing is remembered for it: when we wrote is in the object's `managedFields`, so that a new process
    knows as well.
    """
    recent = one.written is not None and now - one.written < OURS_FOR
    return one.held and recent and bool(one.rolling) and not one.stuck and not one.waits


def occupied(workloads: Iterable[Workload], target: Workload, most: int, now: datetime) -> str:
    """Say which rollouts those of `target` have to wait for; nothing when there is room.

    Parameters
    ----------
    most
        How many workloads of the cluster may be rolling because of us.
    """
    rolling = [one for one in workloads if one.uid != target.uid and under_way(one, now)]
    near = [one for one in rolling if one.namespace == target.namespace]
    if near:
        return f"the rollout of {near[0].called}: one at a time in a namespace"
    if len(rolling) >= most:
        which = ", ".join(sorted(f"{one.namespace}/{one.name}" for one in rolling)[:3])
        return f"room for one more: the operator's --most-rollouts is {most}, under way: {which or 'none'}"
    return ""
