"""Drift as rules: distances of live counts from the reference, and what is surely too far."""

from modelmonitor.plan.alerts import Links
from modelmonitor.plan.drift import alarms, budget, cells, distances, tolerances, verdicts
from modelmonitor.plan.drift.look import Look
from modelmonitor.plan.rules import Group, Rule
from modelmonitor.plan.scope import Scope


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: tolerances, and all that is told at one look, alerts last.

    How many rules they have follows from what is asked, not from how many columns there are.
    """
    drift = scope.monitor.spec.drift
    asked = budget.asked(scope.monitor, scope.scheme)
    if drift is None or not asked:
        return []
    look = Look(scope, drift)
    statistics = frozenset(one.rule.statistic for one in asked)
    rules: tuple[Rule, ...] = (
        *cells.recordings(look),
        *distances.recordings(look),
        *verdicts.recordings(look, statistics, budget.alpha(scope.monitor, scope.scheme)),
        *(alarms.alert(look, links, on) for on in sorted({one.on for one in asked}, reverse=True)),
    )
    return [
        *tolerances.groups(look, asked),
        *cells.groups(look),
        Group("drift", rules, budget.interval(drift.window)),
    ]
