"""Whether quality is surely worse than the reference, and where it is going."""

from modelmonitor.plan.alerts import Links
from modelmonitor.plan.degradation import alarms, judged, metrics, trend
from modelmonitor.plan.drift import budget
from modelmonitor.plan.rules import Group, Rule
from modelmonitor.plan.scope import Scope


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: the judgement of a window with its alerts, and the trend, once an hour."""
    asked = scope.monitor.spec.degradation
    if asked is None or not (chosen := metrics.chosen(scope)):
        return []
    window = asked.window
    rules: tuple[Rule, ...] = (
        *judged.recordings(scope, asked, chosen),
        trend.told(scope),
        *alarms.degraded(scope, links, asked),
        alarms.trending(scope, links, asked, chosen),
    )
    return [
        Group("degradation", rules, budget.interval(window)),
        Group("trend", tuple(trend.recordings(scope, chosen)), trend.INTERVAL),
    ]
