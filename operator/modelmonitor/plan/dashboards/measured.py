"""What an objective measures, beside the verdict about it: latency percentiles, or the value of a query."""

from typing import Any

from modelmonitor.api.v1alpha1 import Latency, Timeslices
from modelmonitor.plan import promql
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.queries import OfObjective
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale

_QUANTILES = (("p50", "0.5", style.FAINT), ("p95", "0.95", style.SECOND), ("p99", "0.99", style.CALM))


def panels_of(queries: OfObjective) -> list[Any]:
    """Draw what is measured: latency percentiles, or the value that decides about a minute; else nothing."""
    indicator = queries.slo.objective.sli
    if indicator.latency:
        return [_latency(indicator.latency)]
    return [_value(queries, indicator.timeslices)] if indicator.timeslices else []


def _latency(latency: Latency) -> Any:
    selector = promql.one_line(latency.selector).rstrip(", ")
    buckets = f"sum by (le) (rate({latency.histogram}_bucket{{{selector}}}[$__rate_interval]))"
    about = About(
        "Latency percentiles",
        "Time within which half, 95 % and 99 % of requests are answered, estimated from the buckets of "
        f"{latency.histogram}. Above the dashed line ({latency.below}) a request counts as bad. Normal: the "
        "percentile of the objective stays below the line. All lines rising together points at load or a "
        "dependency; p99 alone at a few slow requests.",
    )
    asked = [Query(f"histogram_quantile({quantile}, {buckets})", name) for name, quantile, _ in _QUANTILES]
    bound = float(latency.below.seconds)
    drawing = Drawing(
        style.limits((bound, style.BAD)), overrides=style.colours(colour for *_, colour in _QUANTILES)
    )
    return panels.graph(about, asked, Scale("s", low=0, soft_high=1.2 * bound), drawing)


def _value(queries: OfObjective, slices: Timeslices) -> Any:
    least = slices.at_most is None
    bound = slices.at_least if least else slices.at_most
    side = "at least" if least else "at most"
    about = About(
        "Measurement",
        f"The value of your own query. A minute is good when it is {side} {promql.number(bound or 0)}, the "
        f"dashed line. Normal: {'above' if least else 'below'} it. A gap is a minute without a measurement, "
        "which counts neither way.",
    )
    asked = [Query(promql.one_line(slices.query), queries.legend("measured"))]
    drawing = Drawing(style.limits((float(bound or 0), style.BAD)), overrides=style.colours((style.CALM,)))
    scale = (
        Scale("short", soft_low=float(bound or 0)) if least else Scale("short", soft_high=float(bound or 0))
    )
    return panels.graph(about, asked, scale, drawing)
