"""Tables: of several queries joined by their labels, and of one query spread over rows and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelmonitor.plan.dashboards import parts, style
from modelmonitor.plan.dashboards.grafana import common, dashboard
from modelmonitor.plan.dashboards.grafana import table as tables
from modelmonitor.plan.dashboards.shapes import About, Query, value_fields

WHOLE = {"unit": "locale", "decimals": 0}
"""Look of counts: every digit."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values: its title, what fills it, and how it looks."""

    title: str
    expr: str
    look: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """By which column lines are sorted at first."""

    column: str
    descending: bool = False


def word(words: list[Any]) -> dict[str, Any]:
    """Write a value as a coloured word."""
    return {"mappings": words, "custom.cellOptions": {"type": "color-text"}}


def gauge(limits: Any, unit: str = "percentunit", *, decimals: int = 0, high: float = 1) -> dict[str, Any]:
    """Draw a value as a bar from nothing to `high`, in the colour of its limit."""
    bar = {"type": "gauge", "mode": "basic", "valueDisplayMode": "color"}
    ends = {"unit": unit, "decimals": decimals, "min": 0, "max": high, "thresholds": limits}
    return {**ends, "color": {"mode": "thresholds"}, "custom.cellOptions": bar}


def joined(about: About, labels: Mapping[str, str], columns: Sequence[Column], order: Order) -> Any:
    """Return a line for each set of labels, which all queries have, with a value of each query.

    Parameters
    ----------
    labels
        Labels and the titles of their columns.
    """
    asked = [Query(column.expr, "") for column in columns]
    titles = (column.title for column in columns)
    named = dict(zip(value_fields(len(columns)), titles, strict=True))
    transformations = [
        dashboard.DataTransformerConfig("merge", options={}),
        _organised({**labels, **named}),
    ]
    looks = [style.by_name(column.title, dict(column.look)) for column in columns if column.look]
    return _table(about, asked, transformations, (order, looks))


def matrix(about: About, query: Query, axes: tuple[str, str], look: Mapping[str, Any]) -> Any:
    """Return a line for each value of the first label and a column for each of the second."""
    rows, columns = axes
    spread = {"rowField": rows, "columnField": columns, "valueField": "Value"}
    transformations = [
        dashboard.DataTransformerConfig("sortBy", options={"fields": {}, "sort": [{"field": columns}]}),
        dashboard.DataTransformerConfig("groupingToMatrix", options=spread),
        _organised({f"{rows}\\{columns}": query.legend}),
    ]
    return _table(about, [query], transformations, (Order(query.legend), [style.of_numbers(dict(look))]))


def _organised(names: Mapping[str, str]) -> Any:
    return dashboard.DataTransformerConfig(
        "organize",
        options={
            "excludeByName": {"Time": True},
            "indexByName": {name: position for position, name in enumerate(names)},
            "renameByName": {name: title for name, title in names.items() if name != title},
        },
    )


def _table(
    about: About, asked: Sequence[Query], transformations: list[Any], shown: tuple[Order, list[Any]]
) -> Any:
    order, looks = shown
    options = tables.Options(
        show_header=True,
        cell_height=common.TableCellHeight.SM,
        sort_by=[common.TableSortByFieldState(order.column, desc=order.descending)],
    )
    options.footer = None  # the SDK's default is a key that Grafana no longer knows
    panel = parts.panel("table", about, parts.targets(asked, instant=True, table=True), options)
    panel.transformations = transformations
    fields = dashboard.FieldConfig(unit="short", no_value=style.NO_DATA, custom=tables.FieldConfig())
    panel.field_config = dashboard.FieldConfigSource(fields, looks)
    return panel
