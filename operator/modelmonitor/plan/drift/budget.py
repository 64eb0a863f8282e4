"""What drift is asked of each column, how often it is looked at, and how sure one look must be.

`asked` lists the columns and what each is asked; `interval` is the time between looks, the interval of the
rules' group; `alpha` is the level of one look at one column, so that all looks at all columns in 30 days stay
within `drift.falseAlarmsPerMonth`. Checks and rules take these from here.
"""

from dataclasses import dataclass

from modelmonitor.api import ModelMonitor
from modelmonitor.api.drift import Drift, DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.stats import threshold
from modelmonitor.stats.drift import Rule, Statistic
from modelmonitor.wire.profile import Column
from modelmonitor.wire.scheme import Scheme

LOOKS = 12
"""In a window, where that is between the shortest and the longest interval."""
SHORTEST, LONGEST = Duration.parse("1m"), Duration.parse("4m")
"""What a look records is read at any moment, by the other groups, too: a record of 5m is stale."""
_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one column at every look.

    Attributes
    ----------
    override
        The position of the entry of `drift.overrides` that says so; None: the block `drift.prediction` or
        `drift.features` does.
    """

    column: Column
    on: DriftOn
    rule: Rule
    override: int | None


def interval(window: Duration) -> Duration:
    """Return the time between two looks: a twelfth of the window, from 1m to 4m, in whole seconds.

    Examples
    --------
    >>> [str(interval(Duration.parse(window))) for window in ("12m", "20m", "1h", "28d")]
    ['1m', '1m40s', '4m', '4m']
    """
    twelfth = Duration(window.milliseconds // LOOKS // _SECOND * _SECOND)
    return min(max(twelfth, SHORTEST), LONGEST)


def alpha(monitor: ModelMonitor, scheme: Scheme) -> float:
    """Return the level of one look at one column; the monitor asks for drift."""
    drift = monitor.spec.drift
    if drift is None:
        raise ValueError("monitor: expected one with spec.drift, got one without; ask for its drift first")
    seconds = float(interval(drift.window).seconds)
    return threshold.alpha_of_budget(
        float(drift.false_alarms_per_month), features=max(1, len(scheme.watched)), interval=seconds
    )


def asked(monitor: ModelMonitor, scheme: Scheme) -> tuple[Asked, ...]:
    """Return what is asked of every watched column, in their order; nothing without `spec.drift`."""
    drift = monitor.spec.drift
    if drift is None:
        return ()
    level = alpha(monitor, scheme)
    return tuple(_asked(drift, column, level) for column in scheme.watched)


def _asked(drift: Drift, column: Column, level: float) -> Asked:
    on = DriftOn.PREDICTION if column.name.startswith("@") else DriftOn.FEATURES
    own = {entry.feature: number for number, entry in enumerate(drift.overrides)}
    override = own.get(column.name)
    block = drift.prediction if on is DriftOn.PREDICTION else drift.features
    said = block if override is None else drift.overrides[override]
    return Asked(column, on, Rule(Statistic(said.statistic), float(said.tolerate), level), override)
