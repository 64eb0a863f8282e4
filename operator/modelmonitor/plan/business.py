"""What wrong predictions cost, and the business metrics as records.

The correlation report (`modelmonitor correlate`) reads both over time; dashboards show them.
"""

from modelmonitor.api.model import Costs
from modelmonitor.plan import names, promql
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.quality import classes, counts
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.plan.scope import SLOWEST, Scope
from modelmonitor.wire.config import Task


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups; business moves slowly, and its queries tend to look back over days."""
    del links  # nothing of it alerts: an objective of your own does, with `events` or `timeslices`
    business = tuple(
        Recording(names.BUSINESS, promql.one_line(it.query), {**scope.identity, names.BUSINESS_NAME: it.name})
        for it in scope.monitor.spec.business
    )
    costs = scope.monitor.spec.model.costs
    cost = (_cost(scope, costs),) if costs and scope.scheme.task is Task.BINARY else ()
    named = {"business": business, "cost": cost}
    return [Group(name, rules, SLOWEST) for name, rules in named.items() if rules]


def _cost(scope: Scope, costs: Costs) -> Recording:
    """Record what a labelled prediction costs on average: right ones cost nothing."""
    window, positive = scope.quality_window, scope.scheme.config.model.positive_class
    counted = counts.over(scope, window)
    priced = {"fp": costs.false_positive, "fn": costs.false_negative}
    parts = (
        f"{promql.number(price)} * ({classes.outcome_of(counted, which, positive)})"
        for which, price in priced.items()
    )
    cost = f"({' + '.join(parts)}) / (({classes.rows(counted)}) > 0)"
    return Recording(f"{names.COST}{window}", cost, scope.identity)
