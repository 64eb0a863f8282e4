"""Where quality is going: `stats.trend` for all metrics at once, over the values of 28 days.

The value of a day is the metric over 24 hours, as it was recorded at this hour of that day. Values are put
beside one another as series with an age in days, once an hour; the same record of L days ago holds the value
of age k + L under the age k, so that 27 differences of one record with itself make all pairs of days.

The score is that of Mann and Kendall with the variance of a persistent series, positive for the worse.
"""

from collections.abc import Iterator, Sequence

from modelmonitor.api.duration import Duration
from modelmonitor.plan import judgement, limits, names
from modelmonitor.plan.degradation import metrics
from modelmonitor.plan.degradation.judged import named
from modelmonitor.plan.drift.look import narrowed, one_of
from modelmonitor.plan.quality import measurement
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import DAY, Scope
from modelmonitor.stats import trend

INTERVAL = Duration.parse("1h")
DAYS = 28
"""Four weeks: each day of the week weighs the same."""
_REACH = "[2h]"
"""How old a value may be in place of one that was not recorded in its hour."""
_BY = f"by ({names.METRIC})"
_ON = f"on ({names.METRIC}) group_left ()"
_PERSISTENT = 0.99


def quantile(scope: Scope, judged: int) -> str:
    """Return the score above which a metric surely gets worse.

    An alert holds for a day, and so goes off no more often than if looked at once a day, which is what the
    budget is divided by: the hours of a day differ little, but enough to cross a limit to and fro.
    """
    return limits.quantile(judgement.level(scope, judged, DAY))


def told(scope: Scope) -> Recording:
    """Record the latest score, which is an hour old at most, so that it never is stale."""
    latest = f"last_over_time({scope.recorded(names.TREND_SCORE)}{_REACH})"
    return Recording(names.QUALITY_TREND, latest, scope.identity)


def worsening(scope: Scope) -> str:
    """Return how much worse a metric became over the days, by the median slope, in its own unit."""
    return f"{DAYS - 1} * last_over_time({scope.recorded(names.TREND_SLOPE)}{_REACH})"


def recordings(scope: Scope, chosen: Sequence[str]) -> Iterator[Recording]:
    """Record the days, the slope, the statistic, its variance, and the score."""
    found = {
        names.TREND_DAILY: "\nor ".join(named(metric, _badness(scope, metric)) for metric in chosen),
        names.TREND_DAY: _days(scope),
        names.TREND_POINTS: f"count {_BY} ({scope.recorded(names.TREND_DAY)}) >= {trend.POINTS_NEEDED}",
        names.TREND_SLOPE: f"quantile {_BY} (0.5, {_slopes(scope)})",
        names.TREND_SIGNS: f"sum {_BY} (sgn({_slopes(scope)}))",
        names.TREND_RESIDUAL: _residuals(scope),
        names.TREND_PERSISTENCE: _persistence(scope),
        names.TREND_VARIANCE: _variance(scope),
        names.TREND_SCORE: _score(scope),
    }
    for record, expr in found.items():
        yield Recording(record, expr, scope.identity)


def _badness(scope: Scope, metric: str) -> str:
    """Return a metric over a day, turned over where more is better."""
    value = measurement.measurement(scope, metric, DAY)
    return f"-1 * ({value})" if metrics.higher_is_better(scope, metric) else value


def _days(scope: Scope) -> str:
    """Return the value of each of the last days by its age, and by that of the day before."""
    daily = scope.recorded(names.TREND_DAILY)
    found = []
    for age in range(DAYS):
        value = f"last_over_time({daily}{_REACH}{f' offset {age}d' if age else ''})"
        aged = f'label_replace({value}, "{names.DAY}", "{age:02}", "", "")'
        found.append(f'label_replace({aged}, "{names.NEXT_DAY}", "{age + 1:02}", "", "")')
    return "\nor ".join(found)


def _slopes(scope: Scope) -> str:
    """Return the slope of every two days."""
    days, found = scope.recorded(names.TREND_DAY), []
    for lag in range(1, DAYS):
        young = narrowed(days, one_of(names.DAY, [f"{age:02}" for age in range(DAYS - lag)]))
        slope = f"({young} - last_over_time({young}{_REACH} offset {lag}d)) / {lag}"
        found.append(f'label_replace({slope}, "lag", "{lag}", "", "")')
    return "\nor ".join(found)


def _residuals(scope: Scope) -> str:
    """Return what is left of each day without the slope."""
    slope, days = scope.recorded(names.TREND_SLOPE), scope.recorded(names.TREND_DAY)
    each = (
        f"{narrowed(days, one_of(names.DAY, [f'{age:02}']))} + {_ON} ({age} * {slope})" for age in range(DAYS)
    )
    return "\nor ".join(each)


def _persistence(scope: Scope) -> str:
    """Return the coefficient from one day to the next, cautiously; see `stats.trend`."""
    residual, points = scope.recorded(names.TREND_RESIDUAL), scope.recorded(names.TREND_POINTS)
    centred = f"({residual} - {_ON} avg {_BY} ({residual}))"
    before = f'label_replace({centred}, "{names.NEXT_DAY}", "$1", "{names.DAY}", "(.+)")'
    steps = f"sum {_BY} ({centred} * on ({names.METRIC}, {names.NEXT_DAY}) {before})"
    total = f"sum {_BY} ({centred} ^ 2)"
    rounding = f"{trend.ROUNDING!r} * sum {_BY} ({scope.recorded(names.TREND_DAY)} ^ 2)"
    raw = f"({steps} or 0 * {total}) / ({total} > {rounding})"
    unbiased = f"clamp_max(({points} * {_ON} ({raw}) + 2) / ({points} - 4), {_PERSISTENT})"
    cautious = f"clamp_max({unbiased} + sqrt((1 - ({unbiased}) ^ 2) / {points}), {_PERSISTENT})"
    return f"({cautious} and {unbiased} > 0) or 0 * {points}"


def _variance(scope: Scope) -> str:
    """Return the variance of the statistic: with ties, and for values that persist."""
    n, persistence = scope.recorded(names.TREND_POINTS), scope.recorded(names.TREND_PERSISTENCE)
    tied = f'count_values {_BY} ("value", {scope.recorded(names.TREND_DAY)})'
    ties = f"sum {_BY} ({tied} * ({tied} - 1) * (2 * {tied} + 5))"
    independent = f"({n} * ({n} - 1) * (2 * {n} + 5) - {_ON} {ties}) / 18"
    lags = " + ".join(
        f"({n} - {lag}) * ({n} - {lag + 1}) * clamp_min({n} - {lag + 2}, 0) * asin({persistence} ^ {lag} / 2)"
        for lag in range(1, DAYS - 2)
    )
    return f"{independent} * (1 + 12 / pi() * ({lags}) / ({n} * ({n} - 1) * ({n} - 2)))"


def _score(scope: Scope) -> str:
    """Return the statistic, one nearer to 0, in standard deviations; 0 where all values are the same."""
    signs, points = scope.recorded(names.TREND_SIGNS), scope.recorded(names.TREND_POINTS)
    deviation = f"sqrt({scope.recorded(names.TREND_VARIANCE)} > 0)"
    score = f"sgn({signs}) * clamp_min(abs({signs}) - 1, 0) / {deviation}"
    return f"({score} or 0 * {points}) and {points}"
