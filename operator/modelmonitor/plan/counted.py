"""Indicators of what evaluators count: requests, latency, quality, drift.

They carry no labels but the identity: all replicas and all versions of the model are one. Counters of an
evaluator are born at 0 together, so that none of them is missing while another one is there.
"""

from collections.abc import Mapping

from modelmonitor.api.drift import Drift, DriftOn
from modelmonitor.api.indicators import Quality
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.plan import names, slices
from modelmonitor.plan.drift import verdicts
from modelmonitor.plan.drift.look import Look
from modelmonitor.plan.indicator import EventIndicator, Indicator, SliceIndicator
from modelmonitor.plan.quality import measurement
from modelmonitor.plan.query import EventQuery, Unit
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import Kind
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.numbers import label_number

JUDGED = 'outcome!="rejected"'
"""A request that was rejected (4xx) is its caller's fault: it counts neither way."""
FAILED = 'outcome=~"error|timeout"'
"""Server errors, resets, and answers that nobody waited for any longer."""
_NO_LABELS: tuple[str, ...] = ()
_OF_MODEL = f'feature=~"{FEATURE_PREDICTION}|{FEATURE_SCORE}"'
_READ = {
    "RocAuc": families.SCORE_BY_ACTUAL,
    "PrAuc": families.SCORE_BY_ACTUAL,
    "CalibrationError": families.SCORE_BY_ACTUAL,
    "R2": families.TARGET_SQUARED,
    "MedianError": families.ABSOLUTE_ERROR,
    "P95Error": families.ABSOLUTE_ERROR,
}
"""What metrics that depend on the reference are made of; others of a task have a family in common."""
_COMMON = {
    Task.BINARY: families.CONFUSION,
    Task.MULTICLASS: families.CONFUSION,
    Task.REGRESSION: families.SCORED,
    Task.RANKING: families.RANKING_QUERIES,
}


def indicator(objective: Objective, identity: Mapping[str, str], scope: Scope) -> Indicator | None:
    """Make the indicator of an objective on what evaluators count; None: it is on the user's own series."""
    sli = objective.sli
    if sli.drift:
        return _drift(sli.drift.on, identity, scope)
    if sli.quality and sli.quality.is_bounded:
        return _quality(sli.quality, identity, scope)
    if sli.quality:
        good, total = measurement.events(scope, sli.quality.metric)
        return _events(total, good, identity, scope)
    if sli.latency and not sli.latency.histogram:
        threshold = label_number(float(sli.latency.below.seconds))
        within, timed = (scope.counted(it, threshold=threshold) for it in (families.WITHIN, families.TIMED))
        return _events(_rate(timed), _rate(within), identity, scope)
    if sli.availability and not sli.availability.counter:
        requests = scope.counted(families.REQUESTS)
        judged, failed = (_rate(narrowed(requests, it)) for it in (JUDGED, FAILED))
        return _events(judged, failed, identity, scope, counts_good=False)
    return None


def narrowed(selector: str, matcher: str) -> str:
    """Add a matcher to a selector that has some."""
    return f"{selector.removesuffix('}')},{matcher}}}"


def _events(
    total: str, part: str, identity: Mapping[str, str], scope: Scope, *, counts_good: bool = True
) -> EventIndicator:
    return EventIndicator(
        total=EventQuery(total, Unit.RATE, _NO_LABELS),
        part=EventQuery(part, Unit.RATE, _NO_LABELS),
        counts_good=counts_good,
        part_may_be_absent=False,
        scrape_interval=scope.scrape_interval,
        identity=identity,
        long_interval=FIVE_MINUTES,
    )


def _rate(selector: str) -> str:
    return f"sum(rate({selector}[{{{{.window}}}}]))"


def _quality(quality: Quality, identity: Mapping[str, str], scope: Scope) -> SliceIndicator:
    """Judge the value of a metric; its counters are there without a label, when nothing can be judged yet."""
    value = measurement.measurement(scope, quality.metric, quality.window)
    return SliceIndicator(
        value,
        slices.beyond(quality),
        _presence(quality, scope),
        identity,
        _NO_LABELS,
        is_recorded=True,
        value_interval=slices.value_interval(quality.window),
    )


def _presence(quality: Quality, scope: Scope) -> str:
    """Select what a metric is made of; one of the hundreds of cells of a histogram will do."""
    family = _READ.get(quality.metric, _COMMON[scope.scheme.task])
    if family.kind is Kind.HISTOGRAM:
        return scope.counted(family, "_bucket", le="+Inf")
    return scope.counted(family)


def _drift(on: DriftOn, identity: Mapping[str, str], scope: Scope) -> SliceIndicator:
    """Judge the worst excess of the columns of which it could be told as well that they do not drift.

    Drift is told sooner than that there is none: if those minutes counted, all of them would be bad. Columns
    are counted long before there are rows enough for either.
    """
    look = Look(scope, scope.monitor.spec.drift or Drift())
    which = f'{names.ON}="{on.value}"'
    told = verdicts.can_tell_none(look.of(names.DRIFT_CRITICAL, which), look.tolerance(which))
    worst = f"max({look.of(names.DRIFT_EXCESS, which)} and ({told}))"
    model = _OF_MODEL if on is DriftOn.PREDICTION else _OF_MODEL.replace("=~", "!~")
    rows = narrowed(scope.counted(families.FEATURE_MISSING), model)
    return SliceIndicator(worst, "> bool 1", rows, identity, _NO_LABELS, is_recorded=True)
