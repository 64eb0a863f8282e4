"""What passes through: throughput, errors, latency, confidence; and when nothing does.

Five minutes at a time. Requests that are the callers' own fault (`rejected`) and those on other paths are not
the model's work and count nowhere, except in the time that requests take, whose clock does not know them.
"""

from modelmonitor.plan.alerts import Links
from modelmonitor.plan.rules import Group, Rule
from modelmonitor.plan.scope import A_MINUTE, FIVE_MINUTES, Scope
from modelmonitor.plan.traffic import outage, requests, silence


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups: what passes now, and what is remembered to notice when nothing does."""
    now: tuple[Rule, ...] = (*requests.recordings(scope), outage.alert(scope, links))
    remembered: tuple[Rule, ...] = (
        outage.memory(scope),
        *silence.recordings(scope),
        silence.alert(scope, links),
    )
    return [Group("traffic", now, A_MINUTE), Group("traffic-memory", remembered, FIVE_MINUTES)]
