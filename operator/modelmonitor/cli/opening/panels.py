"""One panel: its title, what it is about, and what is drawn of the answers, or why there is nothing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from modelmonitor.cli.opening import chart, frames, look, plots, tables, tiles
from modelmonitor.cli.opening.answers import Panel, Series
from modelmonitor.cli.opening.span import Span

_MOST_NUMBERS = 50


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of the queries of a panel: a list for each query; where nothing came, why."""

    found: Sequence[Sequence[Series]] = ()
    nothing: str = ""
    failed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(part for part in self.found)


@dataclass(frozen=True, slots=True)
class Frame:
    """What a panel is drawn into: the time, its size in pixels, and where links lead."""

    span: Span
    size: tuple[int, int]
    links: Mapping[str, str]


def panel(panel: Panel, answered: Answered, frame: Frame) -> str:
    """Draw a panel with its frame."""
    number, title = panel["id"], escape(panel["title"])
    inside = _nothing(answered) if answered.is_empty else _inside(panel, answered.found, frame)
    numbers = "" if answered.is_empty else _numbers(panel, answered.found)
    about = (
        f'<details class="about"><summary title="What this is" aria-label="About {title}">i</summary>'
        f"<div><p>{escape(panel['description'])}</p>{numbers}</div></details>"
    )
    return (
        f'<section class="panel p{number}" id="panel-{number}" aria-labelledby="title-{number}">'
        f'<h3 id="title-{number}">{title}</h3>{about}<div class="body">{inside}</div></section>'
    )


def _nothing(answered: Answered) -> str:
    head = "no answer" if answered.failed else "no data"
    kind = "none failed" if answered.failed else "none"
    return f'<div class="{kind}"><b>{head}</b><p>{escape(answered.nothing)}</p></div>'


def _inside(panel: Panel, found: Sequence[Sequence[Series]], frame: Frame) -> str:
    kind, size = panel["type"], frame.size
    if kind == "timeseries":
        return chart.graph(panel, found, frame.span, size)
    if kind == "state-timeline":
        return tiles.timeline(panel, found, frame.span, size)
    if kind == "bargauge":
        return tiles.bars(panel, found)
    if kind in {"barchart", "trend"}:
        made = frames.frame(panel, found)
        return plots.beside(panel, made, size) if kind == "barchart" else plots.curve(panel, made, size)
    return tables.table(panel, found, frame.links) if kind == "table" else tiles.numbers(panel, found, size)


def _numbers(panel: Panel, found: Sequence[Sequence[Series]]) -> str:
    """Write the numbers behind a graph, for those who read rather than look."""
    if panel["type"] != "timeseries":
        return ""
    rows = []
    for series in [one for part in found for one in part][:_MOST_NUMBERS]:
        values = [value for _, value in series.points if math.isfinite(value)]
        if values:
            field = chart.field_of(panel, series)
            told = "".join(
                f"<td>{escape(look.written(it, field))}</td>" for it in (values[-1], min(values), max(values))
            )
            rows.append(f'<tr><th scope="row">{escape(series.name)}</th>{told}</tr>')
    head = "".join(f'<th scope="col">{it}</th>' for it in ("Series", "Last", "Least", "Most"))
    return f'<table class="numbers"><tr>{head}</tr>{"".join(rows)}</table>'
