"""Graphs over time as SVG: lines, stacked bars, limits, legends."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from modelmonitor.cli.opening import look
from modelmonitor.cli.opening.answers import Panel, Series
from modelmonitor.cli.opening.span import Span

LEFT, BOTTOM, TOP = 56, 20, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The vertical axis of a graph in pixels, and what it covers."""

    low: float
    high: float
    width: int
    height: int
    bottom: int = BOTTOM

    def y(self, value: float) -> float:
        """Return where a value stands."""
        return TOP + (self.high - value) / (self.high - self.low) * (self.height - TOP - self.bottom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot(Axis):
    """The area of a graph over time."""

    span: Span

    def x(self, at: float) -> float:
        """Return where a time stands."""
        return LEFT + (at - self.span.start) / (self.span.end - self.span.start) * (self.width - LEFT)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series with how it is drawn; `tint` is the class of its colour."""

    series: Series
    field: Mapping[str, Any]
    tint: str

    @property
    def custom(self) -> Mapping[str, Any]:
        """How lines and bars look."""
        custom: Mapping[str, Any] = self.field["custom"]
        return custom


def graph(panel: Panel, found: Sequence[Sequence[Series]], span: Span, size: tuple[int, int]) -> str:
    """Draw a graph with its legend."""
    drawn = [
        _drawn(panel, one, position) for position, one in enumerate(one for part in found for one in part)
    ]
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"].get("drawStyle") == "bars"
    low, high = _ends(defaults, drawn, stacked)
    plot = Plot(low=low, high=high, width=size[0], height=size[1] - 24, span=span)
    inside = (
        _bars(plot, drawn)
        if stacked
        else "".join(_line(plot, one, f"g{panel['id']}-{number}") for number, one in enumerate(drawn))
    )
    parts = (grid(plot, defaults), _times(plot), _limits(plot, defaults), inside)
    return svg(plot.width, plot.height, parts) + _legend(drawn, panel["options"]["legend"]["calcs"])


def svg(width: int, height: int, parts: Sequence[str]) -> str:
    """Put shapes together; what they say stands in the legend, which is text."""
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{"".join(parts)}</svg>'


def field_of(panel: Panel, series: Series) -> dict[str, Any]:
    """Return the field configuration of a series with its overrides."""
    field = {**panel["fieldConfig"]["defaults"]}
    field["custom"] = {**field.get("custom", {})}
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byFrameRefID", "options": series.query}:
            for each in override["properties"]:
                inside, _, name = each["id"].rpartition(".")
                (field["custom"] if inside else field)[name] = each["value"]
    return field


def _drawn(panel: Panel, series: Series, position: int) -> Drawn:
    field = field_of(panel, series)
    fixed = field["color"].get("fixedColor")
    by_value = field["color"]["mode"] == "thresholds" and series.points
    if by_value:
        return Drawn(series, field, look.threshold(field["thresholds"]["steps"], series.points[-1][1]))
    return Drawn(series, field, look.tint(fixed or look.PALETTE[position % len(look.PALETTE)]))


def _ends(defaults: Mapping[str, Any], drawn: Sequence[Drawn], stacked: bool) -> tuple[float, float]:
    values = [value for one in drawn for _, value in one.series.points if not math.isnan(value)] or [0.0, 1.0]
    if stacked:
        totals: dict[float, float] = {}
        for at, value in (point for one in drawn for point in one.series.points):
            totals[at] = totals.get(at, 0.0) + value
        values = [0.0, *totals.values()]
    custom = defaults["custom"]
    soft_low, soft_high = custom.get("axisSoftMin"), custom.get("axisSoftMax")
    low = min(values + ([soft_low] if soft_low is not None else []))
    high = max(values + ([soft_high] if soft_high is not None else []))
    low, high = defaults.get("min", low), defaults.get("max", high)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def grid(plot: Axis, field: Mapping[str, Any]) -> str:
    """Draw lines at round values, with these beside them."""
    parts = []
    for value in ticks(plot.low, plot.high):
        y = plot.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{plot.width}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        shown = escape(look.written(value, {**field, "decimals": _digits(plot, field)}))
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="value">{shown}</text>')
    return "".join(parts)


def _times(plot: Plot) -> str:
    parts = []
    every = (plot.span.end - plot.span.start) / 6
    form = "%H:%M" if every < 12 * 3600 else "%d %b"
    for tick in range(6):
        at = plot.span.start + (tick + 0.5) * every
        shown = time.strftime(form, time.gmtime(at))
        parts.append(f'<text x="{plot.x(at):.1f}" y="{plot.height - 4}" class="time">{shown}</text>')
    return "".join(parts)


def _digits(plot: Axis, field: Mapping[str, Any]) -> int | None:
    if field.get("unit") != "percentunit":
        return None
    return max(0, -math.floor(math.log10((plot.high - plot.low) * 100 / 4)))


def ticks(low: float, high: float) -> list[float]:
    """Return about four round values between two."""
    raw = (high - low) / 4
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)
    first = math.ceil(low / step - 1e-9)
    return [step * tick for tick in range(first, math.floor(high / step + 1e-9) + 1)]


def _limits(plot: Plot, field: Mapping[str, Any]) -> str:
    if field["custom"].get("thresholdsStyle", {}).get("mode") != "dashed":
        return ""
    steps = [step for step in field["thresholds"]["steps"] if step["value"] is not None]
    places = [(plot.y(it["value"]), it["color"]) for it in steps if plot.low <= it["value"] <= plot.high]
    lines = [f'<path d="M{LEFT},{y:.1f}H{plot.width}" class="{look.tint(name)}"/>' for y, name in places]
    return f'<g class="limits">{"".join(lines)}</g>'


def _line(plot: Plot, one: Drawn, name: str) -> str:
    steps = sorted(right[0] - left[0] for left, right in pairwise(one.series.points))
    gap = 1.5 * steps[len(steps) // 2] if steps else 0
    path, before = [], -math.inf
    for at, value in one.series.points:
        if not math.isnan(value):
            shown = min(max(value, plot.low), plot.high)
            path.append(f"{'L' if at - before <= gap else 'M'}{plot.x(at):.1f},{plot.y(shown):.1f}")
            before = at
    dash = one.custom.get("lineStyle", {}).get("dash")
    dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
    pen, gradient = f'class="line {one.tint}"', ""
    if one.field["color"]["mode"] == "thresholds":
        gradient, pen = _by_value(plot, one, name), f'class="by-value" stroke="url(#{name})"'
    return f'{gradient}<path d="{"".join(path)}" {pen} stroke-width="{one.custom["lineWidth"]}"{dashes}/>'


def _by_value(plot: Plot, one: Drawn, name: str) -> str:
    """Return a gradient that changes its colour at the thresholds."""
    stops, top, bottom = [], plot.y(plot.high), plot.y(plot.low)
    steps = one.field["thresholds"]["steps"]
    for position, step in enumerate(steps):
        high = steps[position + 1]["value"] if position + 1 < len(steps) else plot.high
        for value in (
            max(step["value"] if step["value"] is not None else plot.low, plot.low),
            min(high, plot.high),
        ):
            offset = (bottom - plot.y(value)) / (bottom - top)
            stops.append(f'<stop offset="{offset:.4f}" class="{look.tint(step["color"])}"/>')
    ends = f'x1="0" x2="0" y1="{bottom}" y2="{top}" gradientUnits="userSpaceOnUse"'
    return f'<defs><linearGradient id="{name}" {ends}>{"".join(stops)}</linearGradient></defs>'


def _bars(plot: Plot, drawn: Sequence[Drawn]) -> str:
    times = sorted({at for one in drawn for at, _ in one.series.points})
    step = min((right - left for left, right in pairwise(times)), default=60.0)
    wide, parts, base = max(1.0, (plot.x(step) - plot.x(0)) * 0.8), [], dict.fromkeys(times, 0.0)
    for one in drawn:
        for at, value in one.series.points:
            top, bottom = plot.y(base[at] + value), plot.y(base[at])
            base[at] += value
            where = f'x="{plot.x(at) - wide:.1f}" y="{top:.1f}" width="{wide:.1f}"'
            parts.append(f'<rect {where} height="{bottom - top:.1f}" class="{one.tint}"/>')
    return "".join(parts)


def _legend(drawn: Sequence[Drawn], calculated: Sequence[str]) -> str:
    items = []
    for one in drawn:
        last = f" <em>{escape(look.written(one.series.points[-1][1], one.field))}</em>" if calculated else ""
        dotted = "lineStyle" in one.custom
        items.append(mark(one.series.name, one.tint, last, dotted=dotted))
    return f'<div class="legend">{"".join(items)}</div>'


def mark(name: str, tint: str, more: str = "", *, dotted: bool = False) -> str:
    """Write an entry of a legend."""
    return f'<span><i class="{tint}{" dotted" if dotted else ""}"></i>{escape(name)}{more}</span>'
