"""The kinds of panels, each drawn the same way everywhere."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.plan.dashboards import parts, style
from modelmonitor.plan.dashboards.grafana import (
    bargauge,
    common,
    dashboard,
    stat,
    statetimeline,
    timeseries,
)
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale

LAST = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")


def graph(about: About, queries: Sequence[Query], scale: Scale, drawing: Drawing) -> Any:
    """Draw values over time."""
    options = timeseries.Options(legend=parts.legend(last=drawing.last), tooltip=parts.tooltip())
    custom = parts.bars() if drawing.bars else parts.lines(drawing)
    custom.axis_soft_min, custom.axis_soft_max = scale.soft_low, scale.soft_high
    mode = "thresholds" if drawing.by_value else "palette-classic"
    fields = parts.fields(scale, drawing.limits, mode, custom)
    panel = parts.panel("timeseries", about, parts.targets(queries), options)
    panel.interval = drawing.step or None
    panel.field_config = dashboard.FieldConfigSource(fields, list(drawing.overrides))
    return panel


def number(about: About, query: Query, scale: Scale, limits: Any, *, named: bool = False) -> Any:
    """Show one value large, with its name if asked for."""
    mode = common.BigValueTextMode.VALUE_AND_NAME if named else common.BigValueTextMode.VALUE
    options = _stat(mode, common.BigValueColorMode.VALUE)
    return _instant("stat", about, query, options, parts.fields(scale, limits, "thresholds"))


def tiles(about: About, query: Query, words: list[Any]) -> Any:
    """Show each series as a coloured tile with its name and a word for its value."""
    options = _stat(common.BigValueTextMode.VALUE_AND_NAME, common.BigValueColorMode.BACKGROUND_SOLID)
    fields = parts.fields(Scale("none"), style.thresholds(style.UNKNOWN), "thresholds")
    fields.mappings = words
    return _instant("stat", about, query, options, fields)


def bars(about: About, query: Query, scale: Scale, limits: Any) -> Any:
    """Show a bar for each series, in the order of the query."""
    options = bargauge.Options(
        display_mode=common.BarGaugeDisplayMode.BASIC,
        value_mode=common.BarGaugeValueMode.COLOR,
        name_placement=common.BarGaugeNamePlacement.LEFT,
        sizing=common.BarGaugeSizing.AUTO,
        orientation=common.VizOrientation.HORIZONTAL,
        reduce_options=LAST,
        legend=common.VizLegendOptions(
            common.LegendDisplayMode.LIST, common.LegendPlacement.BOTTOM, calcs=[]
        ),
        max_viz_height=40,
    )
    return _instant("bargauge", about, query, options, parts.fields(scale, limits, "thresholds"))


def timeline(about: About, queries: Sequence[Query], words: list[Any]) -> Any:
    """Show states over time, a line for each series."""
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        row_height=0.8,
        merge_values=True,
        align_value=common.TimelineValueAlignment.LEFT,
        legend=parts.legend(last=False),
        tooltip=common.VizTooltipOptions(common.TooltipDisplayMode.SINGLE, common.SortOrder.NONE),
        per_page=None,
    )
    fields = parts.fields(
        Scale("none"),
        style.thresholds(style.UNKNOWN),
        "thresholds",
        statetimeline.FieldConfig(fill_opacity=90),
    )
    fields.mappings = words
    panel = parts.panel("state-timeline", about, parts.targets(queries), options)
    panel.field_config = dashboard.FieldConfigSource(fields, [])
    return panel


def _instant(kind: str, about: About, query: Query, options: Any, fields: Any) -> Any:
    panel = parts.panel(kind, about, parts.targets([query], instant=True), options)
    panel.field_config = dashboard.FieldConfigSource(fields, [])
    return panel


def _stat(text: Any, colour: Any) -> Any:
    return stat.Options(
        graph_mode=common.BigValueGraphMode.NONE,
        color_mode=colour,
        justify_mode=common.BigValueJustifyMode.CENTER,
        text_mode=text,
        reduce_options=LAST,
        orientation=common.VizOrientation.AUTO,
        percent_change_color_mode=common.PercentChangeColorMode.STANDARD,
    )
