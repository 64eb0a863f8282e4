"""The alerts: quality is surely worse than the reference by more than is tolerated, or surely gets worse."""

from collections.abc import Iterator, Sequence

from modelmonitor.api.duration import Duration
from modelmonitor.api.quality import Degradation
from modelmonitor.api.severity import Severity
from modelmonitor.plan import alarms, judgement, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.degradation import trend
from modelmonitor.plan.rules import Alert
from modelmonitor.plan.scope import DAY, Scope

_REMEMBERED = Duration.parse("7d")


def degraded(scope: Scope, links: Links, asked: Degradation) -> Iterator[Alert]:
    """Yield the critical alert, and the warning, which is silent about what the other says."""
    sure = scope.recorded(f"{names.QUALITY_SURE_CHANGE}{asked.window}")
    warning, critical = promql.number(asked.warning), promql.number(asked.critical)
    exprs = {
        Severity.CRITICAL: (f"{sure} > {critical}", asked.critical),
        Severity.WARNING: (f"{sure} > {warning} <= {critical}", asked.warning),
    }
    if asked.warning == asked.critical:
        del exprs[Severity.WARNING]  # there is nothing between the two: it could never fire
    for severity, (expr, change) in exprs.items():
        alarm = Alarm(
            names.DEGRADED_ALERT,
            severity,
            expr,
            f"{{{{ $labels.{names.METRIC} }}}} is surely worse than the reference's",
            _description(scope, asked, promql.number(100 * change)),
            keep=judgement.KEEP,
        )
        yield alarms.alert(scope, links, alarm)


def _description(scope: Scope, asked: Degradation, percent: str) -> str:
    value, baseline, rows = (
        _of_metric(scope, f"{record}{asked.window}", form)
        for record, form in (
            (names.JUDGED_VALUE, "printf `%.4g`"),
            (names.JUDGED_BASELINE, "printf `%.4g`"),
            (names.JUDGED_ROWS, "printf `%.0f`"),
        )
    )
    coverage = scope.recorded(f"{names.COVERAGE}{scope.quality_window}")
    share = f"{{{{ with query `{coverage}` }}}}{{{{ . | first | value | humanizePercentage }}}}{{{{ end }}}}"
    return (
        f"It is {value} over the last {asked.window}, where the reference has {baseline}: surely worse by "
        f"{{{{ $value | humanizePercentage }}}} at least, more than the {percent}% that is tolerated. "
        f"Judged by {rows} rows; this speaks for the {share} of matured predictions whose label came."
    )


def trending(scope: Scope, links: Links, asked: Degradation, chosen: Sequence[str]) -> Alert:
    """Fire where a metric surely gets worse, and by half of what warns within the days.

    Evaluators tell the baseline. It is remembered while there are none, or a model that sleeps at night would
    never hold for a day.
    """
    score, baseline = (
        scope.recorded(names.QUALITY_TREND),
        f"last_over_time({scope.recorded(f'{names.JUDGED_BASELINE}{asked.window}')}[{_REMEMBERED}])",
    )
    enough = f"{trend.worsening(scope)} > {promql.number(asked.warning / 2)} * abs({baseline})"
    change = (
        f"{{{{ with printf `{trend.worsening(scope).replace('}', f',{names.METRIC}=%q}}', 1)}` "
        f"$labels.{names.METRIC} | query }}}}{{{{ . | first | value | printf `%.3g` }}}}{{{{ end }}}}"
    )
    alarm = Alarm(
        names.TREND_ALERT,
        Severity.WARNING,
        f"{score} > {trend.quantile(scope, len(chosen))} and {enough}",
        f"{{{{ $labels.{names.METRIC} }}}} gets worse day by day",
        f"Over the last {trend.DAYS} days it became worse by {change}, by the median slope of all pairs of "
        "days. Its score is {{ $value | printf `%.2f` }} standard deviations of days as persistent as these.",
        hold=DAY,
        keep=DAY,
    )
    return alarms.alert(scope, links, alarm)


def _of_metric(scope: Scope, record: str, form: str) -> str:
    one = scope.recorded(record).removesuffix("}")
    asked = f"printf `{one},{names.METRIC}=%q}}` $labels.{names.METRIC} | query"
    return f"{{{{ with {asked} }}}}{{{{ . | first | value | {form} }}}}{{{{ end }}}}"
