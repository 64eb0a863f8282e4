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
LEGEND, MOST_LINES = 22, 4
"""Height of a line of a legend in pixels, and how many there are room for: below these one has to scroll."""
_MARK, _LETTER = 36, 7
"""Width of what stands before and after an entry of a legend, and of a letter of it."""
_MINUTES = (1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 10080, 20160, 40320)
"""Between two times on an axis."""
_MOST_TIMES = 7


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
    defaults, calculated = panel["fieldConfig"]["defaults"], panel["options"]["legend"]["calcs"]
    stacked = defaults["custom"].get("drawStyle") == "bars"
    low, high = _ends(defaults, drawn, stacked)
    entries = [(one, _last(one) if calculated else "") for one in drawn]
    height = size[1] - legend_height([f"{one.series.name} {last}" for one, last in entries], size[0])
    plot = Plot(low=low, high=high, width=size[0], height=height, span=span)
    inside = (
        _bars(plot, drawn)
        if stacked
        else "".join(_line(plot, one, f"g{panel['id']}-{number}") for number, one in enumerate(drawn))
    )
    parts = (grid(plot, defaults), _times(plot), _limits(plot, defaults), inside)
    return svg(plot.width, plot.height, parts) + _legend(entries)


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
    for value in ticks(plot.low, plot.high, field.get("unit", "")):
        y = plot.y(value)
        parts.append(f'<line x1="{LEFT}" x2="{plot.width}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        shown = escape(look.written(value, {**field, "decimals": _digits(plot, field)}))
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" class="value">{shown}</text>')
    return "".join(parts)


def _times(plot: Plot) -> str:
    """Write round times below the graph; those whose text would not fit in are left out."""
    every = 60 * next((it for it in _MINUTES if 60 * it * _MOST_TIMES >= plot.span.seconds), _MINUTES[-1])
    form, parts = "%H:%M" if every < 86_400 else "%d %b", []
    for tick in range(math.ceil(plot.span.start / every), math.floor(plot.span.end / every) + 1):
        x, shown = plot.x(tick * every), time.strftime(form, time.gmtime(tick * every))
        if x <= plot.width - 3 * _LETTER:
            parts.append(f'<text x="{x:.1f}" y="{plot.height - 4}" class="time">{shown}</text>')
    return "".join(parts)


def _digits(plot: Axis, field: Mapping[str, Any]) -> int | None:
    """Return how many decimals tell the percentages beside the lines apart."""
    if field.get("unit") != "percentunit":
        return None
    percent = _step(plot.low, plot.high, "") * 100
    return next((it for it in range(4) if math.isclose(round(percent, it), percent)), 4)


def ticks(low: float, high: float, unit: str = "") -> list[float]:
    """Return about four round values between two; round times are not those of powers of ten."""
    step = _step(low, high, unit)
    first = math.ceil(low / step - 1e-9)
    return [step * tick for tick in range(first, math.floor(high / step + 1e-9) + 1)]


def _step(low: float, high: float, unit: str) -> float:
    raw = (high - low) / 4
    if unit == "s" and (minutes := next((it for it in _MINUTES if 60 * it >= raw), 0)) and raw > 30:
        return 60.0 * minutes
    size: float = 10 ** math.floor(math.log10(raw))
    return next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw)


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


def legend_height(entries: Sequence[str], width: int) -> int:
    """Return how many pixels a legend takes, as entries stand beside one another while there is room."""
    lines, left = 1, width
    for entry in entries:
        wide = _MARK + _LETTER * len(entry)
        lines, left = (lines, left - wide) if wide <= left or left == width else (lines + 1, width - wide)
    return 2 + LEGEND * min(lines, MOST_LINES)


def _last(one: Drawn) -> str:
    return look.written(one.series.points[-1][1], one.field)


def _legend(entries: Sequence[tuple[Drawn, str]]) -> str:
    items = []
    for one, last in entries:
        value = f" <em>{escape(last)}</em>" if last else ""
        items.append(mark(one.series.name, one.tint, value, dotted="lineStyle" in one.custom))
    return f'<div class="legend">{"".join(items)}</div>'


def mark(name: str, tint: str, more: str = "", *, dotted: bool = False) -> str:
    """Write an entry of a legend."""
    return f'<span><i class="{tint}{" dotted" if dotted else ""}"></i>{escape(name)}{more}</span>'
