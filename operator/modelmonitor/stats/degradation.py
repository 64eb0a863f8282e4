"""Whether a quality metric is surely worse than its baseline, by more than is tolerated.

A metric is warning or critical when its one-sided confidence bound lies beyond the tolerated relative
change: then the change is larger than tolerated and not luck. It is ok only with so many rows that twice
the tolerated change would be seen by now; else it is insufficient, which is not ok. The baseline is taken
as exact: it should rest on many more rows than the window.

With 20 expected rows of the rarer outcome, which any verdict on a share needs, false alarms are .2 to 1.0
times alpha at levels from .01 to 1e-5. Wilson's bound, a normal one, would raise 2.3 times alpha at .001 and
6.6 times at 1e-5, where the looks of a month must stay within a budget.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from modelmonitor.stats import intervals, special

RARER_ROWS = 20
"""Expected rows of the rarer outcome at the tolerated share, at least."""
ROWS_OF_A_MEAN = 50


class Level(StrEnum):
    """How bad it is."""

    OK = "Ok"
    """Enough rows to see twice the tolerated change, and not surely worse than tolerated."""
    WARNING = "Warning"
    CRITICAL = "Critical"
    INSUFFICIENT = "Insufficient"
    """Too few rows, or none: it is not known. It is not a kind of `OK`."""


@dataclass(frozen=True, slots=True)
class Tolerated:
    """The changes for the worse that an owner tolerates, relative to the baseline."""

    alpha: float
    """The chance of a false alarm at one look when the metric is exactly at the limit."""
    higher_is_better: bool = True
    warning: float = 0.05
    critical: float = 0.10

    def __post_init__(self) -> None:
        if not (0 < self.alpha <= 0.5 and 0 < self.warning <= self.critical):
            raise ValueError(
                "tolerated: expected an alpha in (0, 0.5] and 0 < warning <= critical, "
                f"got {self.alpha!r}, {self.warning!r}, {self.critical!r}"
            )

    def limit(self, baseline: float, change: float) -> float:
        """Return the value of the metric at a relative change for the worse."""
        return baseline + (-1 if self.higher_is_better else 1) * change * abs(baseline)

    def worse(self, value: float, limit: float) -> bool:
        """Return whether a value lies beyond a limit."""
        return value < limit if self.higher_is_better else value > limit


@dataclass(frozen=True, slots=True)
class Degradation:
    """A level and the numbers that it rests on."""

    level: Level
    value: float
    """The metric; NaN without rows."""
    bound: float
    """The best value that the rows leave possible, on one side, at level alpha; NaN without rows."""
    rows: int
    rows_needed: int | None
    """Rows from which the level can be ok; None if no number is enough."""


def judge_share(successes: int, rows: int, baseline: float, tolerated: Tolerated) -> Degradation:
    """Hold a share of rows (accuracy, recall, an error rate) against its baseline by the exact bound.

    Parameters
    ----------
    successes, rows : int
        0 <= successes <= rows.
    baseline : float
        In (0, 1].
    tolerated : Tolerated

    Examples
    --------
    >>> judge_share(820, 1000, baseline=0.9, tolerated=Tolerated(alpha=0.01)).level.value
    'Warning'
    >>> judge_share(82, 100, baseline=0.9, tolerated=Tolerated(alpha=0.01)).level.value
    'Insufficient'
    """
    if not (0 < baseline <= 1 and 0 <= successes <= rows):
        got = f"{baseline!r}, {successes!r}, {rows!r}"
        raise ValueError(f"share: expected a baseline in (0, 1] and 0 <= successes <= rows, got {got}")
    z = -special.normal_quantile(tolerated.alpha)
    share = intervals.exact(successes, rows, z)
    bound = float(share.high if tolerated.higher_is_better else share.low)
    limit = tolerated.limit(baseline, tolerated.warning)
    if not 0 < limit < 1:
        return Degradation(Level.INSUFFICIENT, float(share.value), bound, rows, None)
    valid = math.ceil(RARER_ROWS / min(limit, 1 - limit))
    seen = math.ceil(z**2 * limit * (1 - limit) / (baseline * tolerated.warning) ** 2)
    level = _level(bound, rows, (valid, seen), baseline, tolerated)
    return Degradation(level, float(share.value), bound, rows, max(valid, seen))


def judge_mean(
    value: float, standard_error: float, rows: int, baseline: float, tolerated: Tolerated
) -> Degradation:
    """Hold a metric with a standard error (MAE, Brier, AUC) against its baseline by the normal bound.

    Parameters
    ----------
    value : float
    standard_error : float
        Of `value`; for a mean, the standard deviation over the square root of the rows.
    rows : int
        At least 50 for any verdict. A mean of errors with a heavy tail is judged late rather than falsely.
    baseline : float
        Not 0: changes are relative to it.
    tolerated : Tolerated

    Examples
    --------
    >>> rising = Tolerated(alpha=0.01, higher_is_better=False)
    >>> judge_mean(1.3, standard_error=0.05, rows=400, baseline=1.0, tolerated=rising).level.value
    'Critical'
    """
    if baseline == 0 or not math.isfinite(baseline):
        raise ValueError(f"baseline: expected a number that is not 0, got {baseline!r}")
    if rows == 0 or math.isnan(value) or math.isnan(standard_error):
        return Degradation(Level.INSUFFICIENT, math.nan, math.nan, rows, None)
    z = -special.normal_quantile(tolerated.alpha)
    bound = value + (1 if tolerated.higher_is_better else -1) * z * standard_error
    seen = math.ceil(rows * (z * standard_error / (abs(baseline) * tolerated.warning)) ** 2)
    level = _level(bound, rows, (ROWS_OF_A_MEAN, seen), baseline, tolerated)
    return Degradation(level, value, bound, rows, max(ROWS_OF_A_MEAN, seen))


def _level(bound: float, rows: int, least: tuple[int, int], baseline: float, tolerated: Tolerated) -> Level:
    """Return the level, given the rows from which a bound is valid and those from which it can be ok."""
    valid, seen = least
    if rows < valid:
        return Level.INSUFFICIENT
    if tolerated.worse(bound, tolerated.limit(baseline, tolerated.critical)):
        return Level.CRITICAL
    if tolerated.worse(bound, tolerated.limit(baseline, tolerated.warning)):
        return Level.WARNING
    return Level.OK if rows >= seen else Level.INSUFFICIENT
