"""Counts over a window: straight from the counters, or from records of five minutes where that is long.

An increase over days would read every scrape of every replica. Records of five minutes are added up instead:
their group is evaluated exactly every five minutes, and their range is one scrape longer, because a range is
open on its left, so that the increment between two of them would be lost. They carry the reference that was
counted against, so that none is added up with those of another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.plan import promql
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT, Scope

_PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted.

    Attributes
    ----------
    record
        The name under which it is recorded, each window after it.
    over
        Gives the expression for a range such as `[1h]`; no other labels than the count's own.
    """

    record: str
    over: Callable[[str], str]


def over(scope: Scope, count: Count, window: Duration) -> str:
    """Return the expression of a count over a window, with its own labels, and the identity of records."""
    if window <= LONGEST_DIRECT:
        return count.over(f"[{window}]")
    steps = scope.recorded(f"{count.record}{FIVE_MINUTES}", {_PROFILE: scope.scheme.profile_hash})
    return f"sum without ({_PROFILE}) (sum_over_time({steps}[{window}]))"


def steps(scope: Scope, name: str, counts: Sequence[Count], windows: Sequence[Duration]) -> list[Group]:
    """Return the group of records of five minutes, where any of the windows needs them."""
    if all(window <= LONGEST_DIRECT for window in windows):
        return []
    return [Group(name, tuple(_step(scope, count) for count in counts), FIVE_MINUTES)]


def _step(scope: Scope, count: Count) -> Recording:
    reach = Duration(FIVE_MINUTES.milliseconds + scope.scrape_interval.milliseconds)
    scale = f"{promql.seconds(FIVE_MINUTES)} / {promql.seconds(reach)}"
    labels = {**scope.identity, _PROFILE: scope.scheme.profile_hash}
    return Recording(f"{count.record}{FIVE_MINUTES}", f"{scale} * ({count.over(f'[{reach}]')})", labels)
