"""How much the counters of all evaluators have grown over a window of any length, replicas merged first."""

from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.plan import promql
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT, Scope
from modelmonitor.wire.families import Family


@dataclass(frozen=True, slots=True)
class Increase:
    """The increase of some series of a family, added up by some of its labels.

    Attributes
    ----------
    record
        Of its growth in five minutes; longer windows are sums of these.
    matchers
        Further ones, as PromQL writes them.
    """

    record: str
    family: Family
    by: tuple[str, ...] = ()
    part: str = ""
    matchers: str = ""

    def five_minutes(self, scope: Scope) -> Recording:
        """Record the growth in five minutes, in a group that is evaluated exactly every five minutes.

        A range is open on its left: without one scrape more, what is counted between the last sample of one
        range and the first of the next would be lost.
        """
        reach = Duration(FIVE_MINUTES.milliseconds + scope.scrape_interval.milliseconds)
        scale = f"{promql.seconds(FIVE_MINUTES)} / {promql.seconds(reach)}"
        return Recording(self.record, f"{scale} * {self._direct(scope, reach)}", scope.identity)

    def over(self, scope: Scope, window: Duration) -> str:
        """Return the growth over a window; nothing where nothing was scraped."""
        if not is_long(window):
            return self._direct(scope, window)
        return f"{self._sum} (sum_over_time({scope.recorded(self.record)}[{window}]))"

    def _direct(self, scope: Scope, window: Duration) -> str:
        return f"{self._sum} (increase({selected(scope, self.family, self.matchers, self.part)}[{window}]))"

    @property
    def _sum(self) -> str:
        return f"sum by ({', '.join(self.by)})" if self.by else "sum"


def is_long(window: Duration) -> bool:
    """Tell whether a window is a sum of records of five minutes."""
    return window > LONGEST_DIRECT


def selected(scope: Scope, family: Family, matchers: str = "", part: str = "") -> str:
    """Select series of a family by further matchers, as PromQL writes them."""
    every = scope.counted(family, part)
    return f"{every[:-1]},{matchers}}}" if matchers else every
