"""How sure one look of the judges of a monitor must be. They look as often as drift does.

Each kind of judgement (of data quality, of fairness, of quality, of trends) has the monitor's budget of false
alarms to itself: `drift.falseAlarmsPerMonth`, or one.
"""

from modelmonitor.api.duration import Duration
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import threshold

LEAST_SURE = 0.02
"""However generous the budget: what happens at one look in fifty is not sure."""
KEEP = Duration.parse("15m")
"""An alert whose evidence wavers about its limit is one alert."""


def level(scope: Scope, judged: int, interval: Duration) -> float:
    """Return the level of one look at one of those that are judged, so that all looks stay in the budget."""
    drift = scope.monitor.spec.drift
    accepted = float(drift.false_alarms_per_month) if drift else 1.0
    return min(LEAST_SURE, threshold.alpha_of_budget(accepted, max(1, judged), float(interval.seconds)))
