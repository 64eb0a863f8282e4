"""A dashboard as one HTML page, laid out on Grafana's grid."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from preview import answers, boards, chart, frames, plots
from preview.answers import Panel, Series
from preview.history import Span

WIDTH, UNIT, GAP = 1600, 30, 8
Asked = Callable[[Panel], Sequence[Sequence[Series]]]

_STYLE = (Path(__file__).parent / "page.css").read_text()


def page(dashboard: dict[str, Any], asked: Asked, span: Span) -> tuple[str, int]:
    """Return the page and its height in pixels."""
    choices = "".join(f"<span>{escape(_chosen(it))}</span>" for it in dashboard["templating"]["list"])
    named = {it["name"]: it["current"]["text"] for it in dashboard["templating"]["list"] if "current" in it}
    links = "".join(f"<span>↗ {escape(it['title'])}</span>" for it in dashboard["links"])
    time = f"<span>{escape(dashboard['time']['from'])} to now</span>"
    drawn, bottom = [], 0
    for panel in dashboard["panels"]:
        shown = {**panel, "title": answers.filled(panel["title"], named)}
        drawn.append(_row(shown) if panel["type"] == "row" else _panel(shown, asked(panel), span))
        bottom = max(bottom, panel["gridPos"]["y"] + panel["gridPos"]["h"])
    height = bottom * (UNIT + GAP) + 60
    title = escape(dashboard["title"])
    head = f'<!doctype html><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    top = f"<header>{title}{choices}{links}{time}</header>"
    return f'{head}{top}<main style="width:{WIDTH}px">{"".join(drawn)}</main>', height


def _chosen(variable: dict[str, Any]) -> str:
    """Write a choice and what is chosen at first."""
    chosen = variable.get("current", {}).get("text")
    return (
        f"{variable['label']}: {chosen if isinstance(chosen, str) else 'All'}"
        if chosen
        else variable["label"]
    )


def _box(panel: Panel) -> tuple[int, int, int, int]:
    place, column = panel["gridPos"], WIDTH / 24
    left, top = round(place["x"] * column), place["y"] * (UNIT + GAP)
    return left, top, round(place["w"] * column) - GAP, place["h"] * (UNIT + GAP) - GAP


def _row(panel: Panel) -> str:
    left, top, _, _ = _box(panel)
    folded, sign = (f" ({len(panel['panels'])} panels)", "+") if panel["collapsed"] else ("", "-")
    return f'<h1 style="left:{left}px;top:{top}px">{sign} {escape(panel["title"] + folded)}</h1>'


def _panel(panel: Panel, found: Sequence[Sequence[Series]], span: Span) -> str:
    left, top, width, height = _box(panel)
    inside = _inside(panel, found, span, (width - 22, height - 44))
    where = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    title = f'<h2>{escape(panel["title"])} <small class="about">i</small></h2>'
    body = f'<div class="body" style="height:{height - 42}px">{inside}</div>'
    return f'<section style="{where}" title="{escape(panel["description"])}">{title}{body}</section>'


def _inside(panel: Panel, found: Sequence[Sequence[Series]], span: Span, size: tuple[int, int]) -> str:
    kind = panel["type"]
    if kind == "timeseries":
        return chart.graph(panel, found, span, size)
    if kind == "state-timeline":
        return boards.timeline(panel, found, span, size)
    if kind == "bargauge":
        return boards.bars(panel, found)
    if kind in {"barchart", "trend"}:
        made = frames.frame(panel, found)
        return plots.beside(panel, made, size) if kind == "barchart" else plots.curve(panel, made, size)
    return boards.table(panel, found) if kind == "table" else boards.numbers(panel, found, size)
