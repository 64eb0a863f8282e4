"""Whether values are surely missing, out of range, unseen or invalid more often than tolerated."""

from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import Group
from modelmonitor.plan.scope import Scope


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups."""
    del scope, links
    return []
