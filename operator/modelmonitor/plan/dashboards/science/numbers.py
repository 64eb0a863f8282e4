"""How far a regression is off: errors over time, to which side, and how they are spread."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records

_EVERY = 'le="+Inf"'
_WHOLE = f'{names.SEGMENT}=""'
_SIZES = (
    ("MedianError", "median", style.FAINT),
    ("MAE", "mean", style.SECOND),
    ("P95Error", "p95", style.CALM),
    ("MaxError", "largest", style.WARNING),
)


def sections(records: Records) -> Iterator[Section]:
    """Yield the size of errors, their side, and how many are within what."""
    if records.has(records.of_quality(names.ERRORS)):
        yield Section((Line(9, (_sizes(records), _bias(records), _spread(records)), (9, 7, 8)),), "Errors")


def _sizes(records: Records) -> Any:
    about = About(
        "Size of the error",
        "Absolute error in the unit of the target: of the middle row, on average, of the worst 5 %, and the "
        "largest. Normal: level lines. The largest alone: single odd rows. All together: the model is off.",
    )
    asked = [Query(_metric(records, metric), name) for metric, name, _ in _SIZES]
    drawing = Drawing(overrides=style.colours(colour for *_, colour in _SIZES))
    return panels.graph(about, asked, Scale("short", 3, low=0), drawing)


def _bias(records: Records) -> Any:
    about = About(
        "Bias",
        "Mean of prediction minus actual: above 0 the model says too much, below 0 too little. Normal: near "
        "the dashed line at 0.",
    )
    drawing = Drawing(style.limits((0, style.FAINT)), overrides=style.colours((style.CALM,)))
    scale = Scale("short", 3, soft_low=0, soft_high=0)
    return panels.graph(about, [Query(_metric(records, "Bias"), "bias")], scale, drawing)


def _spread(records: Records) -> Any:
    about = About(
        "Errors up to",
        "Share of the predictions whose error is at most so large, at errors that the reference had. Normal: "
        "as steep as when the model was new; half of all rows at the median of the reference.",
    )
    window, version = records.of_quality(names.ERRORS), f'{names.MODEL_VERSION}=""'
    below = f"sum by (le) ({records.of(window, _WHOLE, version)})"
    every = f"sum({records.of(window, _WHOLE, version, _EVERY)}) > 0"
    asked = Query(f"sort({below} / on () group_left () ({every}))", "up to {{le}}")
    return panels.bars(about, asked, Scale("percentunit", 1, low=0, high=1), style.thresholds(style.CALM))


def _metric(records: Records, metric: str) -> str:
    return records.quality(names.QUALITY, f'{names.METRIC}="{metric}"', _WHOLE)
