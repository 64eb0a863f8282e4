"""Time slices: which objectives are judged by the minute, and how long one bad value makes minutes bad."""

from modelmonitor.api import ModelMonitor
from modelmonitor.api.drift import Drift
from modelmonitor.api.duration import Duration
from modelmonitor.api.indicators import Quality, Timeslices
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.plan import promql
from modelmonitor.plan.query import longest_range
from modelmonitor.plan.scope import SLOWEST

SLICE = Duration.parse("1m")
_VALUES_IN_A_WINDOW = 60
_NOTHING = Duration(0)


def is_sliced(objective: Objective) -> bool:
    """Tell whether minutes are good or bad, rather than events."""
    sli = objective.sli
    return bool(sli.timeslices or sli.drift or (sli.quality and sli.quality.is_bounded))


def value_lasts(monitor: ModelMonitor, objective: Objective) -> Duration:
    """Return how long one bad burst keeps the measurement bad: its own window, at least one slice; else 0."""
    return max(SLICE, _window(monitor, objective)) if is_sliced(objective) else _NOTHING


def value_interval(window: Duration) -> Duration:
    """Return how often a measurement over a window is recorded: sixty times in it, every 1m to 4m.

    Examples
    --------
    >>> [str(value_interval(Duration.parse(window))) for window in ("30m", "1h", "2h", "6h")]
    ['1m', '1m', '2m', '4m']
    """
    sixtieth = Duration(window.milliseconds // _VALUES_IN_A_WINDOW // 1000 * 1000)
    return min(max(sixtieth, SLICE), SLOWEST)


def beyond(bounded: Timeslices | Quality) -> str:
    """Return the comparison with a bound that is 1 on its wrong side and 0 on it and on the good one."""
    least = bounded.at_most is None
    bound = (bounded.at_least if least else bounded.at_most) or 0
    return f"{'<' if least else '>'} bool {promql.number(bound)}"


def _window(monitor: ModelMonitor, objective: Objective) -> Duration:
    sli = objective.sli
    if sli.timeslices:
        return longest_range(sli.timeslices.query)
    if sli.quality:
        return sli.quality.window
    return (monitor.spec.drift or Drift()).window
