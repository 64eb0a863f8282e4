"""Charts whose horizontal axis is no time: bars by category, and curves over a number."""

from collections.abc import Mapping
from html import escape
from typing import Any

from modelmonitor.cli.opening import chart, look
from modelmonitor.cli.opening.answers import Panel
from modelmonitor.cli.opening.chart import LEFT, Axis
from modelmonitor.cli.opening.frames import Frame
from modelmonitor.cli.opening.tables import column

_NAMES = 34
"""Pixels below bars for the names of categories."""


def beside(panel: Panel, made: Frame, size: tuple[int, int]) -> str:
    """Draw a group of bars for each category."""
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
            tint = _tint(panel, value, number)
            parts.append(f'<rect {where} height="{axis.y(0) - top:.1f}" class="{tint}"/>')
        middle, below = left + wide / 2, axis.height - 4
        turned = f'transform="rotate(-25 {middle:.1f} {below - 22})"' if wide < 70 else ""
        anchor = "value" if turned else "time"
        text = escape(_short(str(row.get(name, ""))))
        parts.append(f'<text x="{middle:.1f}" y="{below - 22}" {turned} class="{anchor}">{text}</text>')
    return chart.svg(size[0], axis.height, parts) + _legend(panel, values)


def curve(panel: Panel, made: Frame, size: tuple[int, int]) -> str:
    """Draw lines over the values of the column that is the horizontal axis."""
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
        parts.append(f'<text x="{x(tick):.1f}" y="{axis.height - 20}" class="time">{text}</text>')
    for number, value in enumerate(values):
        points = [(x(row[name]), axis.y(row[value])) for row in made.rows]
        tint, field = _tint(panel, value, number), column(panel, value)
        dash = field.get("custom.lineStyle", {}).get("dash")
        dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""
        path = "L".join(f"{left:.1f},{top:.1f}" for left, top in points)
        parts.append(f'<path d="M{path}" class="line {tint}" stroke-width="2"{dashes}/>')
        if field.get("custom.showPoints", "always") == "always":
            parts += [
                f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.5" class="{tint}"/>' for left, top in points
            ]
    return chart.svg(size[0], axis.height, parts) + _legend(panel, values)


def _axis(panel: Panel, values: list[float], size: tuple[int, int]) -> Axis:
    defaults = panel["fieldConfig"]["defaults"]
    low, high = defaults.get("min", min(values)), defaults.get("max", max(values))
    top = high if high > low else low + 1
    return Axis(low=low, high=top, width=size[0], height=size[1] - 24, bottom=_NAMES)


def _tint(panel: Panel, name: str, number: int) -> str:
    fixed: Mapping[str, Any] = column(panel, name).get("color", {})
    return look.tint(fixed.get("fixedColor") or look.PALETTE[number % len(look.PALETTE)])


def _legend(panel: Panel, values: list[str]) -> str:
    marks = "".join(chart.mark(value, _tint(panel, value, number)) for number, value in enumerate(values))
    return f'<div class="legend">{marks}</div>'


def _short(text: str) -> str:
    return text if len(text) <= 16 else f"{text[:15]}…"
