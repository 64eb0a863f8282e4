"""How many rows verdicts on drift need: of traffic, and of a reference that is to resolve a tolerance."""

import math
from dataclasses import dataclass, replace

from modelmonitor.api import ModelMonitor
from modelmonitor.api.drift import Against, DriftOn
from modelmonitor.plan import evaluation
from modelmonitor.plan.drift import budget
from modelmonitor.plan.drift.budget import Asked
from modelmonitor.stats import drift, threshold
from modelmonitor.stats.drift import Statistic
from modelmonitor.wire.profile import Profile

_ENDLESS = 10**15
"""Rows of which the noise is nothing."""
_LARGEST_TOLERANCE = 100.0


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reference can tell about one column."""

    asked: Asked

    @property
    def rows(self) -> int:
        """Rows of the reference that count for the statistic."""
        return sum(self._counts)

    @property
    def cells(self) -> int:
        """Cells in which the reference has rows; a verdict compares at least two."""
        return max(2, sum(count > 0 for count in self._counts))

    @property
    def needed(self) -> int | None:
        """Predictions that a verdict against the reference needs; None if no number is enough."""
        return drift.rows_needed(self.asked.rule, self.cells, self.rows)

    @property
    def rows_needed(self) -> int:
        """Rows from which a reference resolves the tolerance, if predictions never end."""
        return drift.rows_needed(self.asked.rule, self.cells, _ENDLESS) or _ENDLESS

    @property
    def needed_of_both(self) -> int:
        """Predictions that a verdict against as many others needs."""
        both = 2 * self.rows_needed if self.asked.rule.tolerance else 0
        return max(threshold.ROWS_PER_CELL * self.cells, both)

    @property
    def least_tolerance(self) -> float:
        """The least tolerance, from the one that is asked, that the reference resolves; up to two digits."""
        low, high = self.asked.rule.tolerance, _LARGEST_TOLERANCE
        while high - low > 1e-3 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self._tolerating(middle).needed is None else (low, middle)
        step = 10.0 ** (math.floor(math.log10(high)) - 1)
        return round(math.ceil(high / step) * step, 10)

    def _tolerating(self, tolerance: float) -> "Resolution":
        return Resolution(replace(self.asked, rule=replace(self.asked.rule, tolerance=tolerance)))

    @property
    def _counts(self) -> tuple[int, ...]:
        column = self.asked.column
        without_missing = self.asked.rule.statistic is Statistic.KS
        return column.counts if without_missing else (*column.counts, column.missing)


def traffic(monitor: ModelMonitor, profile: Profile | None) -> list[str]:
    """Say how many predictions a window must hold for verdicts: of the model, and on its hardest feature."""
    if monitor.spec.drift is None:
        return []
    asked = budget.asked(monitor, evaluation.evaluated(monitor, profile))
    window, last_week = monitor.spec.drift.window, monitor.spec.drift.against is Against.LAST_WEEK
    said = []
    for on in DriftOn:
        block = [Resolution(one) for one in asked if one.on is on]
        needed = [(it.needed_of_both if last_week else it.needed or 0, it.asked.column.name) for it in block]
        if needed:
            rows, name = max(needed)
            most = ", more than on any other feature" if len(needed) > 1 and on is DriftOn.FEATURES else ""
            said.append(f"drift: a verdict on {name} needs {rows:,} predictions in {window}{most}")
    return said
