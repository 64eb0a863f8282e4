"""Numbers, tiles, bars, timelines and tables as HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from preview import frames, look
from preview.answers import Panel, Series
from preview.chart import LEFT
from preview.history import Span


def numbers(panel: Panel, found: Sequence[Sequence[Series]], area: tuple[int, int]) -> str:
    """Draw a number for each series, or a tile with its name."""
    field, options = panel["fieldConfig"]["defaults"], panel["options"]
    every, tiles = [one for part in found for one in part], []
    for series in every:
        value = series.points[-1][1]
        word = look.mapped(field.get("mappings", ()), value)
        text = word[0] if word else look.written(value, field)
        colour = word[1] if word else look.threshold(field["thresholds"]["steps"], value)
        name = f"<small>{escape(series.name)}</small>" if options["textMode"] == "value_and_name" else ""
        solid = options["colorMode"] == "background_solid"
        paint = f"background:{colour};color:#fff" if solid else f"color:{colour}"
        width = area[0] / len(every) / max(len(text), 1)
        size = f"font-size:{min(38, area[1] // 3, round(1.5 * width))}px"
        tiles.append(f'<div class="tile" style="{paint}">{name}<b style="{size}">{escape(text)}</b></div>')
    return f'<div class="tiles">{"".join(tiles) or NOTHING}</div>'


def bars(panel: Panel, found: Sequence[Sequence[Series]]) -> str:
    """Draw a horizontal bar for each series."""
    field = panel["fieldConfig"]["defaults"]
    low, high, lines = field["min"], field["max"], []
    for series in (one for part in found for one in part):
        value = series.points[-1][1]
        colour = look.threshold(field["thresholds"]["steps"], value)
        share = min(max((value - low) / (high - low), 0), 1) * 100
        text = f'<b style="color:{colour}">{escape(look.written(value, field))}</b>'
        look_of_bar = f"width:{share:.1f}%;background:{colour}55;border-right:2px solid {colour}"
        bar = f'<div class="bar"><div style="{look_of_bar}"></div></div>'
        lines.append(f"<tr><td>{escape(series.name)}</td><td>{bar}</td><td>{text}</td></tr>")
    return f'<table class="bars">{"".join(lines)}</table>' if lines else NOTHING


def timeline(panel: Panel, found: Sequence[Sequence[Series]], span: Span, size: tuple[int, int]) -> str:
    """Draw states over time, a lane for each series."""
    series, (width, height) = [one for part in found for one in part], size
    lane = (height - 24) / max(len(series), 1)
    left = LEFT + 70
    scale = (width - left) / (span.end - span.start)
    mappings, parts = panel["fieldConfig"]["defaults"]["mappings"], []
    for position, one in enumerate(series):
        top, middle = position * lane, (position + 0.5) * lane + 4
        parts.append(f'<text x="{left - 8}" y="{middle:.1f}" text-anchor="end">{escape(one.name)}</text>')
        for at, until, value in _stretches(one, span):
            word = look.mapped(mappings, value)
            where = f'x="{left + (at - span.start) * scale:.1f}" y="{top + lane * 0.1:.1f}"'
            size_of = f'width="{(until - at) * scale:.1f}" height="{lane * 0.8:.1f}"'
            parts.append(f'<rect {where} {size_of} fill="{word[1] if word else "none"}"/>')
    words = mappings[0]["options"].values()
    marks = [f'<i style="background:{look.colour(it["color"])}"></i>{it["text"]}' for it in words]
    legend = "".join(f"<span>{mark}</span>" for mark in marks)
    drawn = f'<svg width="{width}" height="{height - 24}">{"".join(parts)}</svg>'
    return f'{drawn}<div class="legend">{legend}</div>'


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


def table(panel: Panel, found: Sequence[Sequence[Series]]) -> str:
    """Draw a table as Grafana does after its transformations, sorted by the column that is asked for."""
    made = frames.frame(panel, found)
    if not made.rows:
        return NOTHING
    (sort,) = panel["options"]["sortBy"]
    by = sort["displayName"]
    there = [row for row in made.rows if by in row]
    there.sort(key=lambda row: row[by], reverse=bool(sort.get("desc")))
    rows = [*there, *(row for row in made.rows if by not in row)]
    head = "".join(f"<th>{escape(name)}</th>" for name in made.columns)
    body = "".join(
        f"<tr>{''.join(_cell(panel, name, row.get(name)) for name in made.columns)}</tr>" for row in rows
    )
    return f'<table class="table"><tr>{head}</tr>{body}</table>'


def _cell(panel: Panel, title: str, value: Any) -> str:
    field = column(panel, title)
    if value is None:
        return "<td></td>"
    if isinstance(value, str):
        shown = f'<a href="#">{escape(value)}</a>' if "links" in field else escape(value)
        return f"<td>{shown}</td>"
    word = look.mapped(field.get("mappings", ()), value)
    if word:
        return f'<td style="color:{word[1]}">{word[0]}</td>'
    text = escape(look.written(value, field))
    kind = field.get("custom.cellOptions", {}).get("type")
    if kind == "color-background":
        return f'<td style="background:{look.blues(value)}">{text}</td>'
    if kind != "gauge":
        return f"<td>{text}</td>"
    colour = look.threshold(field["thresholds"]["steps"], value)
    share = min(max(value / field["max"], 0), 1) * 100
    bar = f'<div class="bar"><div style="width:{share:.1f}%;background:{colour}"></div></div>'
    return f'<td class="gauge">{bar}<b style="color:{colour}">{text}</b></td>'


def column(panel: Panel, title: str) -> Mapping[str, Any]:
    """Return how the values of a column look, with what is said of it alone."""
    field = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"]["overrides"]:
        matcher = override["matcher"]
        if matcher == {"id": "byName", "options": title} or matcher["id"] == "byType":
            field.update({each["id"]: each["value"] for each in override["properties"]})
    return field


NOTHING = '<div class="none">no data</div>'
