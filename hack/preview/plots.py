"""Charts whose horizontal axis is no time: bars by category, and curves over a number."""

from collections.abc import Mapping
from html import escape
from typing import Any

from preview import chart, look
from preview.answers import Panel
from preview.boards import NOTHING, column
from preview.chart import LEFT, Axis
from preview.frames import Frame

_NAMES = 34
"""Pixels below bars for the names of categories."""


def beside(panel: Panel, made: Frame, size: tuple[int, int]) -> str:
    """Draw a group of bars for each category."""
    if not made.rows:
        return NOTHING
    name = panel["options"]["xField"]
    values = [it for it in made.columns if it != name]
    axis = _axis(panel, [row.get(it, 0.0) for row in made.rows for it in values], size)
    wide = (size[0] - LEFT) / len(made.rows)
    bar, parts = wide * 0.8 / len(values), [chart.grid(axis, panel["fieldConfig"]["defaults"])]
    for place, row in enumerate(made.rows):
        left = LEFT + place * wide
        for number, value in enumerate(values):
            top = axis.y(row.get(value, 0.0))
            where = f'x="{left + wide * 0.1 + number * bar:.1f}" y="{top:.1f}" width="{bar * 0.97:.1f}"'
            fill = _colour(panel, value, number)
            parts.append(f'<rect {where} height="{axis.y(0) - top:.1f}" fill="{fill}" opacity="0.8"/>')
        middle, below = left + wide / 2, axis.height - 4
        turned = f'transform="rotate(-25 {middle:.1f} {below - 22})"' if wide < 70 else ""
        anchor = "end" if turned else "middle"
        text = escape(_short(str(row.get(name, ""))))
        parts.append(f'<text x="{middle:.1f}" y="{below - 22}" {turned} text-anchor="{anchor}">{text}</text>')
    svg = f'<svg width="{size[0]}" height="{axis.height}">{"".join(parts)}</svg>'
    return svg + _legend(panel, values)


def curve(panel: Panel, made: Frame, size: tuple[int, int]) -> str:
    """Draw lines over the values of the column that is the horizontal axis."""
    if not made.rows:
        return NOTHING
    name = panel["options"]["xField"]
    values = [it for it in made.columns if it != name]
    defaults = panel["fieldConfig"]["defaults"]
    axis = _axis(panel, [row[it] for row in made.rows for it in values], size)
    xs = [float(row[name]) for row in made.rows]
    low, high = min(xs), max(xs)

    def x(value: float) -> float:
        return LEFT + (value - low) / ((high - low) or 1) * (size[0] - LEFT - 12)

    parts = [chart.grid(axis, defaults)]
    for tick in chart.ticks(low, high):
        text = escape(look.written(tick, {**defaults, "decimals": 0}))
        parts.append(f'<text x="{x(tick):.1f}" y="{axis.height - 20}" text-anchor="middle">{text}</text>')
    for number, value in enumerate(values):
        points = [(x(row[name]), axis.y(row[value])) for row in made.rows]
        colour, field = _colour(panel, value, number), column(panel, value)
        dash = field.get("custom.lineStyle", {}).get("dash")
        dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
        path = "L".join(f"{left:.1f},{top:.1f}" for left, top in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        if field.get("custom.showPoints", "always") == "always":
            parts += [
                f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.5" fill="{colour}"/>' for left, top in points
            ]
    svg = f'<svg width="{size[0]}" height="{axis.height}">{"".join(parts)}</svg>'
    return svg + _legend(panel, values)


def _axis(panel: Panel, values: list[float], size: tuple[int, int]) -> Axis:
    defaults = panel["fieldConfig"]["defaults"]
    low, high = defaults.get("min", min(values)), defaults.get("max", max(values))
    top = high if high > low else low + 1
    return Axis(low=low, high=top, width=size[0], height=size[1] - 24, bottom=_NAMES)


def _colour(panel: Panel, name: str, number: int) -> str:
    fixed: Mapping[str, Any] = column(panel, name).get("color", {})
    return look.colour(fixed.get("fixedColor") or look.PALETTE[number % len(look.PALETTE)])


def _legend(panel: Panel, values: list[str]) -> str:
    marks = "".join(
        f'<span><i style="border-top: 3px solid {_colour(panel, value, number)}"></i>{escape(value)}</span>'
        for number, value in enumerate(values)
    )
    return f'<div class="legend">{marks}</div>'


def _short(text: str) -> str:
    return text if len(text) <= 16 else f"{text[:15]}…"
