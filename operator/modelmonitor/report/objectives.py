"""How each objective stands: Met, AtRisk, Breached or NoData. The rule is argued in docs/design."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from modelmonitor.api.status import ModelMonitorStatus, ObjectiveState, ObjectiveStatus, Summary
from modelmonitor.report import absence
from modelmonitor.report.outcome import Evidence, Outcome, Promise
from modelmonitor.report.rounding import percent, rounded
from modelmonitor.report.sights import Sight

LITTLE_BUDGET = 0.25
MOST_BUDGETS = 1e6
"""An error budget overspent a million times is overspent; more tells nothing and fits no column."""
_WORST_FIRST = (ObjectiveState.BREACHED, ObjectiveState.AT_RISK, ObjectiveState.NO_DATA, ObjectiveState.MET)
_HELD = {ObjectiveState.MET, ObjectiveState.AT_RISK}


def state(sight: Sight) -> ObjectiveState:
    """Judge one objective by what Prometheus shows of it.

    Examples
    --------
    >>> state(Sight(remaining=0.9)).value, state(Sight(remaining=0.9, burning=True)).value
    ('Met', 'AtRisk')
    >>> state(Sight(remaining=-0.1)).value, state(Sight(remaining=None, burning=True)).value
    ('Breached', 'AtRisk')
    >>> state(Sight()).value, state(Sight(remaining=0.9, absent=True)).value
    ('NoData', 'NoData')
    """
    if sight.remaining is not None and sight.remaining <= 0:
        return ObjectiveState.BREACHED
    if sight.burning:
        return ObjectiveState.AT_RISK
    if sight.remaining is None or sight.absent:
        return ObjectiveState.NO_DATA
    return ObjectiveState.AT_RISK if sight.remaining < LITTLE_BUDGET else ObjectiveState.MET


def states(previous: ModelMonitorStatus, outcome: Outcome, now: datetime) -> tuple[ObjectiveStatus, ...]:
    """Return how every objective stands, and since when."""
    before = {one.name: one for one in previous.objectives}
    found = []
    for promise in outcome.promises:
        sight = sight_of(outcome, promise.name)
        stands = state(sight)
        was = before.get(promise.name)
        since = was.since if was is not None and was.state is stands else now
        why = absence.reason(outcome, promise, sight) if stands is ObjectiveState.NO_DATA else None
        numbers = {} if sight.remaining is None else _numbers(promise, sight.remaining)
        found.append(ObjectiveStatus(name=promise.name, state=stands, reason=why, since=since, **numbers))
    return tuple(found)


def sight_of(outcome: Outcome, objective: str) -> Sight:
    """Return what is known of an objective: nothing, unless Prometheus answered."""
    if not isinstance(outcome.prometheus, Evidence):
        return Sight()
    return outcome.prometheus.sights.get(objective, Sight())


def summary(states: Sequence[ObjectiveStatus], drift: str = "") -> Summary:
    """Sum up for `kubectl get`: the worst state, promises kept of all, the smallest budget, drift."""
    if not states:
        return Summary(drift=drift)
    found = {one.state for one in states}
    worst = next(one for one in _WORST_FIRST if one in found)
    budgets = [one.budget_remaining for one in states if one.budget_remaining is not None]
    return Summary(
        health=worst.value,
        objectives=f"{sum(one.state in _HELD for one in states)}/{len(states)}",
        budget=percent(min(budgets)) if budgets else "",
        drift=drift,
    )


def _numbers(promise: Promise, share: float) -> dict[str, Decimal]:
    remaining = max(-MOST_BUDGETS, min(share, MOST_BUDGETS))
    bad = (1 - remaining) * promise.budget
    return {"sli": Decimal(100) - rounded(100 * bad), "budget_remaining": rounded(remaining)}
