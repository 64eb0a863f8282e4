"""Numbers, tiles, bars, timelines and tables as HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from preview import look
from preview.answers import Panel, Series
from preview.chart import LEFT
from preview.history import Span


def numbers(panel: Panel, found: Sequence[Sequence[Series]], height: int) -> str:
    """Draw a number for each series, or a tile with its name."""
    field, options = panel["fieldConfig"]["defaults"], panel["options"]
    tiles = []
    for series in (one for part in found for one in part):
        value = series.points[-1][1]
        word = look.mapped(field.get("mappings", ()), value)
        text = word[0] if word else look.written(value, field)
        colour = word[1] if word else look.threshold(field["thresholds"]["steps"], value)
        name = f"<small>{escape(series.name)}</small>" if options["textMode"] == "value_and_name" else ""
        solid = options["colorMode"] == "background_solid"
        paint = f"background:{colour};color:#fff" if solid else f"color:{colour}"
        size = f"font-size:{min(38, height // 3)}px"
        tiles.append(f'<div class="tile" style="{paint}">{name}<b style="{size}">{escape(text)}</b></div>')
    return f'<div class="tiles">{"".join(tiles) or _NOTHING}</div>'


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
    return f'<table class="bars">{"".join(lines)}</table>' if lines else _NOTHING


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
    """Draw a table as Grafana does after its transformations: merged by labels, columns renamed, sorted."""
    organise = next(it["options"] for it in panel["transformations"] if it["id"] == "organize")
    rows: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
    for series in (one for part in found for one in part):
        row = rows.setdefault(tuple(sorted(series.labels.items())), dict(series.labels))
        row[f"Value #{series.query}"] = series.points[-1][1]
    names = sorted(organise["indexByName"], key=organise["indexByName"].__getitem__)
    titles = {name: organise["renameByName"].get(name, name) for name in names}
    (sort,) = panel["options"]["sortBy"]
    key = next(name for name, title in titles.items() if title == sort["displayName"])
    ordered = sorted(
        rows.values(), key=lambda row: row.get(key, float("inf")), reverse=bool(sort.get("desc"))
    )
    head = "".join(f"<th>{escape(titles[name])}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(_cell(panel, titles[name], row.get(name)) for name in names)}</tr>" for row in ordered
    )
    return f'<table class="table"><tr>{head}</tr>{body}</table>'


def _cell(panel: Panel, title: str, value: Any) -> str:
    field = _column(panel, title)
    if value is None:
        return f"<td>{field['noValue']}</td>"
    if isinstance(value, str):
        return f'<td><a href="#">{escape(value)}</a></td>'
    word = look.mapped(field.get("mappings", ()), value)
    if word:
        return f'<td style="color:{word[1]}">{word[0]}</td>'
    text = escape(look.written(value, field))
    if field.get("custom.cellOptions", {}).get("type") != "gauge":
        return f"<td>{text}</td>"
    colour = look.threshold(field["thresholds"]["steps"], value)
    share = min(max(value, 0), 1) * 100
    bar = f'<div class="bar"><div style="width:{share:.1f}%;background:{colour}"></div></div>'
    return f'<td class="gauge">{bar}<b style="color:{colour}">{text}</b></td>'


def _column(panel: Panel, title: str) -> Mapping[str, Any]:
    field = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byName", "options": title}:
            field.update({each["id"]: each["value"] for each in override["properties"]})
    return field


_NOTHING = '<div class="none">no data</div>'
