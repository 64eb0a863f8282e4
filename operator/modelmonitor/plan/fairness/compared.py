"""What is compared over one window: which gaps, of which attributes, from which rates."""

from collections.abc import Mapping
from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.api.quality import FairnessMetric
from modelmonitor.plan import judgement
from modelmonitor.plan.drift import budget
from modelmonitor.plan.drift.look import narrowed
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope

SELECTION, TRUE_POSITIVE, FALSE_POSITIVE = "Selection", "TruePositive", "FalsePositive"
RATES: Mapping[FairnessMetric, tuple[str, ...]] = {
    FairnessMetric.DISPARATE_IMPACT_RATIO: (SELECTION,),
    FairnessMetric.DEMOGRAPHIC_PARITY_DIFFERENCE: (SELECTION,),
    FairnessMetric.EQUAL_OPPORTUNITY_DIFFERENCE: (TRUE_POSITIVE,),
    FairnessMetric.EQUALISED_ODDS_DIFFERENCE: (TRUE_POSITIVE, FALSE_POSITIVE),
}
"""What each gap is a gap of: shares of all, of the actually positive, of the actually negative rows."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The gaps that are told over a window, and the attributes of each."""

    scope: Scope
    window: Duration
    attributes: Mapping[FairnessMetric, tuple[str, ...]]

    @classmethod
    def over(cls, scope: Scope, window: Duration) -> "Compared":
        """Collect what is asked for over a window."""
        found: dict[FairnessMetric, tuple[str, ...]] = {}
        for entry in scope.monitor.spec.fairness:
            if entry.window == window and entry.attribute not in found.get(entry.metric, ()):
                found[entry.metric] = (*found.get(entry.metric, ()), entry.attribute)
        return cls(scope, window, found)

    @property
    def alpha(self) -> float:
        """The level of either limit of a gap at one look."""
        return judgement.level(
            self.scope, len(self.scope.monitor.spec.fairness), budget.interval(self.window)
        )

    def recording(self, record: str, expr: str) -> Recording:
        """Record an expression over the window."""
        return Recording(f"{record}{self.window}", expr, self.scope.identity)

    def of(self, record: str, *matchers: str) -> str:
        """Select a record over the window."""
        return narrowed(self.scope.recorded(f"{record}{self.window}"), *matchers)
