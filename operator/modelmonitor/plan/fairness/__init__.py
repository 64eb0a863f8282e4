"""Gaps between protected groups, with the limits that their rows leave.

For each window one group of rules, whatever the number of attributes and groups: rates of each group, who is
compared with whom, how sure each pair must be, the limits of each rate, the gaps. Exactly what
`stats.fairness` does with exact limits at a confidence that keeps all looks of a month within the budget.
"""

from modelmonitor.plan import increments
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.drift import budget
from modelmonitor.plan.fairness import alarms, gaps, rates
from modelmonitor.plan.fairness.compared import Compared
from modelmonitor.plan.rules import Group
from modelmonitor.plan.scope import Scope


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: counts in steps of five minutes, the gaps of each window, the alerts."""
    asked = scope.monitor.spec.fairness
    if not asked or not scope.scheme.groups:
        return []
    windows = sorted({entry.window for entry in asked})
    judged = [_judged(Compared.over(scope, window)) for window in windows]
    alerts = Group("fairness", tuple(alarms.alert(scope, links, entry) for entry in asked))
    return [*increments.steps(scope, "fairness-steps", rates.counts(scope), windows), *judged, alerts]


def _judged(compared: Compared) -> Group:
    rules = (*rates.recordings(compared), *gaps.recordings(compared))
    return Group(f"fairness-{compared.window}", rules, budget.interval(compared.window))
