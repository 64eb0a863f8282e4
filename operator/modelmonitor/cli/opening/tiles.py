"""Numbers, tiles, bars and timelines as HTML."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

from modelmonitor.cli.opening import chart, look, tables
from modelmonitor.cli.opening.answers import Panel, Series
from modelmonitor.cli.opening.chart import LEFT
from modelmonitor.cli.opening.span import Span

SIZES = range(12, 39, 2)
"""Sizes of large numbers in pixels."""


def numbers(panel: Panel, found: Sequence[Sequence[Series]], area: tuple[int, int]) -> str:
    """Draw a number for each series, or a tile with its name."""
    field, options = panel["fieldConfig"]["defaults"], panel["options"]
    every, tiles = [one for part in found for one in part], []
    for series in every:
        value = series.points[-1][1]
        word = look.mapped(field.get("mappings", ()), value)
        text = word[0] if word else look.written(value, field)
        tint = word[1] if word else look.threshold(field["thresholds"]["steps"], value)
        name = f"<small>{escape(series.name)}</small>" if options["textMode"] == "value_and_name" else ""
        kind = "solid" if options["colorMode"] == "background_solid" else "plain"
        width = area[0] / len(every) / max(len(text), 1)
        size = min(SIZES[-1], area[1] // 3, round(1.35 * width))
        number = f'<b class="f{max(size // 2 * 2, SIZES[0])}">{escape(text)}</b>'
        tiles.append(f'<div class="tile {kind} {tint}">{name}{number}</div>')
    return f'<div class="tiles">{"".join(tiles)}</div>'


def bars(panel: Panel, found: Sequence[Sequence[Series]]) -> str:
    """Draw a horizontal bar for each series."""
    field = panel["fieldConfig"]["defaults"]
    low, high, lines = field["min"], field["max"], []
    for series in (one for part in found for one in part):
        value = series.points[-1][1]
        tint = look.threshold(field["thresholds"]["steps"], value)
        bar = tables.bar((value - low) / (high - low), tint)
        text = f'<b class="{tint}">{escape(look.written(value, field))}</b>'
        lines.append(f'<tr><th scope="row">{escape(series.name)}</th><td>{bar}</td><td>{text}</td></tr>')
    return f'<table class="bars">{"".join(lines)}</table>'


def timeline(panel: Panel, found: Sequence[Sequence[Series]], span: Span, size: tuple[int, int]) -> str:
    """Draw states over time, a lane for each series, and what each is now."""
    series, (width, height) = [one for part in found for one in part], size
    lane = (height - 24) / max(len(series), 1)
    left = LEFT + 70
    scale = (width - left) / span.seconds
    mappings, parts = panel["fieldConfig"]["defaults"]["mappings"], []
    for position, one in enumerate(series):
        top, middle = position * lane, (position + 0.5) * lane + 4
        parts.append(f'<text x="{left - 8}" y="{middle:.1f}" class="value">{escape(one.name)}</text>')
        for at, until, value in _stretches(one, span):
            word = look.mapped(mappings, value)
            where = f'x="{left + (at - span.start) * scale:.1f}" y="{top + lane * 0.1:.1f}"'
            size_of = f'width="{(until - at) * scale:.1f}" height="{lane * 0.8:.1f}"'
            parts.append(f'<rect {where} {size_of} class="{word[1] if word else "t-none"}"/>')
    words = mappings[0]["options"].values()
    marks = "".join(chart.mark(it["text"], look.tint(it["color"])) for it in words)
    legend = f'<div class="legend">{marks}<span class="heard">{escape(_now(series, mappings))}</span></div>'
    return chart.svg(width, height - 24, parts) + legend


def _now(series: Sequence[Series], mappings: Sequence[dict[str, object]]) -> str:
    """Say in words what each lane is at its end, for those who do not see it."""
    last = [(one.name, look.mapped(mappings, one.points[-1][1])) for one in series]
    return "; ".join(f"{name}: {word[0]}" for name, word in last if word)


def _stretches(series: Series, span: Span) -> list[tuple[float, float, float]]:
    """Return from when to when a series has each value; a gap ends it."""
    found: list[tuple[float, float, float]] = []
    step = min((right[0] - left[0] for left, right in pairwise(series.points)), default=60.0)
    for at, value in series.points:
        until = min(at + step, span.end)
        if found and found[-1][2] == value and found[-1][1] >= at:
            found[-1] = (found[-1][0], until, value)
        else:
            found.append((at, until, value))
    return found
