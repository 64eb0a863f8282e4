"""Quality as rules: every metric of a task, from counts that add up."""

from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import Group
from modelmonitor.plan.scope import Scope


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups."""
    del scope, links
    return []
