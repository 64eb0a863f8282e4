"""What an objective measures, beside the verdict about it: latency percentiles, or the value of a minute."""

from typing import Any

from modelmonitor.api.indicators import Latency, Quality, Timeslices
from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.queries import OfObjective
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import families

_QUANTILES = (("p50", "0.5", style.FAINT), ("p95", "0.95", style.SECOND), ("p99", "0.99", style.CALM))


def panels_of(queries: OfObjective) -> list[Any]:
    """Draw what is measured: latency percentiles, or the value that decides about a minute; else nothing."""
    slo = queries.slo
    sli = slo.objective.sli
    if sli.latency:
        return [_latency(sli.latency, slo.scope)]
    if sli.timeslices:
        own = promql.one_line(sli.timeslices.query)
        return [_value(queries, "The value of your own query", own, sli.timeslices)]
    if sli.quality and sli.quality.is_bounded:
        about = f"{sli.quality.metric} of mature, labelled predictions over the last {sli.quality.window}"
        return [_value(queries, about, slo.series(names.SLICE_VALUE), sli.quality)]
    return [_drift(queries)] if sli.drift else []


def _latency(latency: Latency, scope: Scope | None) -> Any:
    if latency.histogram is None and scope:
        buckets, clock = scope.counted(families.DURATION, "_bucket"), "the evaluator's buckets"
    else:
        selector = promql.one_line(latency.selector or "").rstrip(", ")
        buckets, clock = f"{latency.histogram}_bucket{{{selector}}}", f"the buckets of {latency.histogram}"
    buckets = f"sum by (le) (rate({buckets}[$__rate_interval]))"
    about = About(
        "Latency percentiles",
        "Time within which half, 95 % and 99 % of requests are answered, estimated from "
        f"{clock}. Above the dashed line ({latency.below}) a request counts as bad. Normal: the "
        "percentile of the objective stays below the line. All lines rising together points at load or a "
        "dependency; p99 alone at a few slow requests.",
    )
    asked = [Query(f"histogram_quantile({quantile}, {buckets})", name) for name, quantile, _ in _QUANTILES]
    bound = float(latency.below.seconds)
    drawing = Drawing(
        style.limits((bound, style.BAD)), overrides=style.colours(colour for *_, colour in _QUANTILES)
    )
    return panels.graph(about, asked, Scale("s", low=0, soft_high=1.2 * bound), drawing)


def _value(queries: OfObjective, what: str, asked: str, bounded: Timeslices | Quality) -> Any:
    least = bounded.at_most is None
    bound = (bounded.at_least if least else bounded.at_most) or 0
    side = "at least" if least else "at most"
    about = About(
        "Measurement",
        f"{what}. A minute is good when it is {side} {promql.number(bound)}, the "
        f"dashed line. Normal: {'above' if least else 'below'} it. A gap is a minute without a measurement, "
        "which counts neither way.",
    )
    drawing = Drawing(style.limits((float(bound), style.BAD)), overrides=style.colours((style.CALM,)))
    scale = Scale("short", soft_low=float(bound)) if least else Scale("short", soft_high=float(bound))
    return panels.graph(about, [Query(asked, queries.legend("measured"))], scale, drawing)


def _drift(queries: OfObjective) -> Any:
    about = About(
        "Drift",
        "The worst distance from what is compared with, as a multiple of the critical distance: above the "
        "dashed line it is surely more than is tolerated, and the minute is a bad one. Normal: below it. A "
        "gap is a minute without a verdict, for there were too few rows; it counts neither way.",
    )
    asked = [Query(queries.slo.series(names.SLICE_VALUE), queries.legend("worst"))]
    drawing = Drawing(style.limits((1.0, style.BAD)), overrides=style.colours((style.CALM,)))
    return panels.graph(about, asked, Scale("suffix:x", low=0, soft_high=1.2), drawing)
