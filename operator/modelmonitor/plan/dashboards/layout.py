"""Where panels stand: sections of lines become a grid of 24 columns with numbered panels."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from modelmonitor.plan.dashboards.grafana import dashboard
from modelmonitor.plan.dashboards.shapes import Line, Section

COLUMNS = 24


def arrange(sections: Iterable[Section]) -> list[Any]:
    """Place the panels of sections one below the other and number them in reading order."""
    numbers, placed, y = count(1), [], 0
    for section in sections:
        row = _row(section, y, next(numbers)) if section.title else None
        inside, end = _lines(section.lines, y + (row is not None), numbers)
        if row is not None and section.collapsed:
            row.panels, inside, end = inside, [], y + 1
        placed += [row, *inside] if row is not None else inside
        y = end
    return placed


def _row(section: Section, y: int, number: int) -> Any:
    where = dashboard.GridPos(1, COLUMNS, 0, y)
    return dashboard.RowPanel(section.collapsed, section.title, grid_pos=where, id_val=number, panels=[])


def _lines(lines: Sequence[Line], y: int, numbers: Iterable[int]) -> tuple[list[Any], int]:
    placed, number = [], iter(numbers)
    for line in lines:
        x = 0
        for panel, width in zip(line.panels, line.widths or _even(len(line.panels)), strict=True):
            panel.grid_pos, panel.id_val = dashboard.GridPos(line.height, width, x, y), next(number)
            placed.append(panel)
            x += width
        y += line.height
    return placed, y


def _even(parts: int) -> list[int]:
    """Share the columns as evenly as they go; the first ones are the wider ones."""
    width, wider = divmod(COLUMNS, parts)
    return [width + (part < wider) for part in range(parts)]
