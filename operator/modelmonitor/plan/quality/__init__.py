"""Quality as rules: every metric of a task, from counts that add up."""

from modelmonitor.api.duration import Duration
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.quality import recorded
from modelmonitor.plan.quality.told import Told
from modelmonitor.plan.rules import Group
from modelmonitor.plan.scope import Scope

_SHORTEST, _LONGEST = Duration.parse("1m"), Duration.parse("4m")
"""A record that is 5m old is stale, and rules take time: one of 5m would be missed now and then."""


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: counts of five minutes, and all metrics over the window of quality."""
    del links
    if not scope.is_judged:
        return []
    window = scope.quality_window
    interval = min(max(Duration(window.milliseconds // 12), _SHORTEST), _LONGEST)
    told = Told(scope, window).groups()
    return [
        recorded.steps(scope),
        *(Group(f"quality-{name}", tuple(rules), interval) for name, rules in told),
    ]
