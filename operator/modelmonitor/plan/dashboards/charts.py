"""Charts whose horizontal axis is no time: bars by category, and curves over a number."""

from collections.abc import Mapping, Sequence
from typing import Any

from modelmonitor.plan.dashboards import parts, style
from modelmonitor.plan.dashboards.grafana import barchart, common, dashboard, trend
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale, value_fields


def beside(about: About, along: tuple[str, str], queries: Sequence[Query], scale: Scale) -> Any:
    """Draw for each category a bar of each query, beside one another.

    Parameters
    ----------
    along
        The label that names the category, and the one by which categories are sorted.
    """
    name, order = along
    options = barchart.Options(
        x_field=name,
        orientation=common.VizOrientation.VERTICAL,
        show_value=common.VisibilityMode.NEVER,
        x_tick_label_spacing=100,
        x_tick_label_max_length=20,
        group_width=0.8,
        legend=parts.legend(last=False),
        tooltip=parts.tooltip(),
    )
    panel = parts.panel("barchart", about, parts.targets(queries, instant=True, table=True), options)
    panel.transformations = _merged(order, {name: name}, queries)
    custom = barchart.FieldConfig(line_width=0, fill_opacity=80)
    colours = [
        style.by_name(query.legend, {"color": {"mode": "fixed", "fixedColor": colour}})
        for query, colour in zip(queries, (style.CALM, style.FAINT), strict=False)
    ]
    fields = parts.fields(scale, None, "palette-classic", custom)
    panel.field_config = dashboard.FieldConfigSource(fields, colours)
    return panel


def curve(about: About, along: Query, queries: Sequence[Query], scale: Scale) -> Any:
    """Draw queries over the values of another one, with which they are joined by their labels."""
    every = (along, *queries)
    options = trend.Options(legend=parts.legend(last=False), tooltip=parts.tooltip(), x_field=along.legend)
    panel = parts.panel("trend", about, parts.targets(every, instant=True, table=True), options)
    panel.transformations = _merged(value_fields(len(every))[0], {}, every)
    custom = parts.lines(Drawing())
    custom.show_points = common.VisibilityMode.ALWAYS
    custom.point_size = 6
    pens: tuple[dict[str, Any], ...] = (style.MEASURED, style.IDEAL)
    looks = [style.by_name(query.legend, pen) for query, pen in zip(queries, pens, strict=False)]
    fields = parts.fields(scale, None, "palette-classic", custom)
    panel.field_config = dashboard.FieldConfigSource(fields, looks)
    return panel


def _merged(order: str, labels: Mapping[str, str], queries: Sequence[Query]) -> list[Any]:
    """Join queries by their labels, sort, and keep nothing but what is drawn."""
    named = dict(zip(value_fields(len(queries)), (query.legend for query in queries), strict=True))
    shown = {**labels, **named}
    return [
        dashboard.DataTransformerConfig("merge", options={}),
        dashboard.DataTransformerConfig("sortBy", options={"fields": {}, "sort": [{"field": order}]}),
        dashboard.DataTransformerConfig("filterFieldsByName", options={"include": {"names": list(shown)}}),
        dashboard.DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {},
                "indexByName": {name: place for place, name in enumerate(shown)},
                "renameByName": named,
            },
        ),
    ]
