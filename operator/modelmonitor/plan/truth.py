"""How much of the truth has come: coverage and lag of labels, and when too few come.

Only predictions whose maturity has passed are asked for their label: before, none is missing. Where silence
is a label (`labels.implicit`), it counts, and the share of labels that somebody sent is told apart.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import alarms, increments, judgement, names, promql
from modelmonitor.plan.alarms import Alarm
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.increments import Count
from modelmonitor.plan.rules import Alert, Group, Recording, Rule
from modelmonitor.plan.scope import LONGEST_DIRECT, SLOWEST, Scope
from modelmonitor.stats import special
from modelmonitor.wire import families
from modelmonitor.wire.families import Family

QUANTILES = ("0.5", "0.95")
LEAST_COVERAGE = {Severity.WARNING: Fraction(8, 10), Severity.CRITICAL: Fraction(5, 10)}
_RARER_ROWS = 20
"""Expected rows of the rarer outcome at the bound, for Wilson's limit to keep its promise."""
_ALPHA = 0.001
"""Chance of a false alarm at one look when the coverage is exactly at the bound."""
HOLD = Duration.parse("15m")


def groups(scope: Scope, links: Links) -> list[Group]:
    """Return the groups; none where nobody asks how good predictions are."""
    if not scope.is_judged:
        return []
    window, counts = scope.quality_window, _counts(scope)
    told: tuple[Rule, ...] = (
        *(_whole(scope, count, window) for count in counts),
        *_recordings(scope, window),
        *(_alert(scope, links, severity) for severity in LEAST_COVERAGE),
    )
    interval = SLOWEST if window > LONGEST_DIRECT else None
    return [*increments.steps(scope, "truth-steps", counts, [window]), Group("truth", told, interval)]


def _counts(scope: Scope) -> tuple[Count, ...]:
    return (
        _count(scope, names.COHORT_ROWS, families.COHORT),
        _count(scope, names.LABELLED_ROWS, families.COHORT_LABELLED, "source"),
        _count(scope, names.LABELS_SENT, families.LABELS, names.OUTCOME),
        _count(scope, names.LAG_CELL, families.LABEL_LAG, "le", part="_bucket"),
    )


def _count(scope: Scope, record: str, family: Family, label: str = "", part: str = "") -> Count:
    merged = f"sum by ({label})" if label else "sum"
    return Count(record, lambda reach: f"{merged} (increase({scope.counted(family, part)}{reach}))")


def _whole(scope: Scope, count: Count, window: Duration) -> Recording:
    return Recording(f"{count.record}{window}", increments.over(scope, count, window), scope.identity)


def _recordings(scope: Scope, window: Duration) -> Iterator[Recording]:
    matured = scope.recorded(f"{names.COHORT_ROWS}{window}")
    labelled = f"{names.LABELLED_ROWS}{window}"
    yield _share(scope, f"{names.COVERAGE}{window}", f"sum({scope.recorded(labelled)})", matured)
    if scope.monitor.spec.labels and scope.monitor.spec.labels.implicit is not None:
        explicit = f"sum({scope.recorded(labelled, {'source': 'explicit'})})"
        yield _share(scope, f"{names.EXPLICIT_COVERAGE}{window}", explicit, matured)
    cells = f"sum by (le) ({scope.recorded(f'{names.LAG_CELL}{window}')})"
    for quantile in QUANTILES:
        value = f"histogram_quantile({quantile}, {cells}) >= 0"  # without labels NaN, which is not >= 0
        labels = {**scope.identity, names.QUANTILE: quantile}
        yield Recording(f"{names.LABEL_LAG}{window}", value, labels)


def _share(scope: Scope, record: str, labelled: str, matured: str) -> Recording:
    """Record a share; increases of two counters, extrapolated apart, may be a little beyond one another."""
    return Recording(record, f"clamp_max({labelled} / on () (sum({matured}) > 0), 1)", scope.identity)


def _alert(scope: Scope, links: Links, severity: Severity) -> Alert:
    """Fire when the coverage is surely below a bound: by the score test, whose limit is Wilson's."""
    window, bound = scope.quality_window, LEAST_COVERAGE[severity]
    coverage = scope.recorded(f"{names.COVERAGE}{window}")
    matured = scope.recorded(f"{names.COHORT_ROWS}{window}")
    rows = math.ceil(_RARER_ROWS / min(bound, 1 - bound))
    spread = -special.normal_quantile(_ALPHA) * math.sqrt(bound * (1 - bound))
    expr = (
        f"{coverage} < {promql.number(bound)} - {promql.number(Fraction(spread))} / sqrt({matured} >= {rows})"
    )
    summary = f"surely less than {promql.number(bound * 100)} % of the labels come"
    alarm = Alarm(names.LABELS_ALERT, severity, expr, summary, _description(scope), HOLD, judgement.KEEP)
    return alarms.alert(scope, links, alarm)


def _description(scope: Scope) -> str:
    window = scope.quality_window
    matured = scope.recorded(f"{names.COHORT_ROWS}{window}")
    sent = scope.recorded(f"{names.LABELS_SENT}{window}")
    lost = scope.recorded(names.LOST_SHARE)
    return (
        f"{{{{ with query `{matured}` }}}}Of {{{{ . | first | value | humanize }}}} predictions that matured "
        f"within {window}, {{{{ end }}}}{{{{ $value | humanizePercentage }}}} have a label: quality is "
        f"told of these only. Labels that came: {{{{ range query `sort_desc({sent} >= 0.5)` }}}}"
        "{{ .Labels.outcome }} {{ .Value | humanize }}, {{ else }}none, {{ end }}"
        "of which the joined and the conflicting ones tell something new."
        f"{{{{ range query `sort_desc({lost})` }}}} Lost right now: {{{{ .Value | humanizePercentage }}}} "
        "of the predictions ({{ .Labels.reason }}).{{ end }}"
    )
