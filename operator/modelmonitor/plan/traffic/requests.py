"""The records of traffic: how much, how fast, how many failures, how sure, and what was lost on the way."""

from collections.abc import Iterator

from modelmonitor.plan import names
from modelmonitor.plan.counted import FAILED, JUDGED, narrowed
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.wire import families
from modelmonitor.wire.families import Family
from modelmonitor.wire.scheme import CLASSIFICATIONS

QUANTILES = ("0.5", "0.95", "0.99")
ROWS_QUANTILES = ("0.5", "0.95")
COUNTED_BEFORE_THEY_WERE_LOST = ("abandoned", "repeated_id", "store_down", "store_full", "unreadable")
"""Reasons for which a prediction was counted, and is missing only where its truth is told."""


def recordings(scope: Scope) -> Iterator[Recording]:
    """Yield the records of five minutes; those of shares and quantiles have no sample if nothing passed."""
    asked = f"sum ({_rate(scope, families.REQUESTS, JUDGED)})"
    yield Recording(names.THROUGHPUT, f"sum ({_rate(scope, families.PREDICTIONS)})", scope.identity)
    yield Recording(names.REQUEST_RATE, asked, scope.identity)
    failed = f"sum ({_rate(scope, families.REQUESTS, FAILED)})"
    yield Recording(names.ERROR_SHARE, f"{failed} / ({asked} > 0)", scope.identity)
    for quantile in QUANTILES:
        yield _quantile(scope, names.LATENCY, quantile, _buckets(scope, families.DURATION, quantile))
    for quantile in ROWS_QUANTILES:  # rows are whole: the first bucket holds requests of one row, not of half
        rows = f"ceil({_buckets(scope, families.BATCH_SIZE, quantile)})"
        yield _quantile(scope, names.BATCH_ROWS, quantile, rows)
    if scope.scheme.task in CLASSIFICATIONS:
        bands = _rate(scope, families.CONFIDENCE)
        yield Recording(
            names.CONFIDENCE,
            f"sum by (band) ({bands}) / on () group_left () (sum ({bands}) > 0)",
            scope.identity,
        )
    yield Recording(names.LOST_SHARE, _lost(scope), scope.identity)


def _lost(scope: Scope) -> str:
    """Give the share of predictions lost for a reason; at least so many, for exchanges may hold several."""
    never = f'reason!~"{"|".join(COUNTED_BEFORE_THEY_WERE_LOST)}"'
    lost = f"sum by (reason) ({_rate(scope, families.DROPPED)}) > 0"
    counted, uncounted = _rate(scope, families.PREDICTIONS), _rate(scope, families.DROPPED, never)
    return f"clamp_max(({lost}) / on () group_left () sum ({counted} or {uncounted}), 1)"


def _quantile(scope: Scope, record: str, quantile: str, value: str) -> Recording:
    return Recording(record, f"{value} >= 0", {**scope.identity, names.QUANTILE: quantile})  # NaN is not >= 0


def _buckets(scope: Scope, family: Family, quantile: str) -> str:
    buckets = f"sum by (le) ({_rate(scope, family, part='_bucket')})"
    return f"histogram_quantile({quantile}, {buckets})"


def _rate(scope: Scope, family: Family, matchers: str = "", part: str = "") -> str:
    series = scope.counted(family, part)
    return f"rate({narrowed(series, matchers) if matchers else series}[{FIVE_MINUTES}])"
