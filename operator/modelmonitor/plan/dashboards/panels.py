"""The kinds of panels, each drawn the same way everywhere."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.plan.dashboards import style
from modelmonitor.plan.dashboards.grafana import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale, letter

DATASOURCE = common.DataSourceRef("prometheus", "${datasource}")
LAST = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")


def targets(queries: Sequence[Query], *, instant: bool = False, table: bool = False) -> list[Any]:
    """Return the queries of a panel, named A, B, C and so on."""
    form = prometheus.PromQueryFormat.TABLE if table else prometheus.PromQueryFormat.TIME_SERIES
    return [
        prometheus.Dataquery(
            expr=query.expr,
            format_val=form,
            instant=instant or None,
            range_val=None if instant else True,
            legend_format=query.legend,
            ref_id=letter(position),
        )
        for position, query in enumerate(queries)
    ]


def graph(about: About, queries: Sequence[Query], scale: Scale, drawing: Drawing) -> Any:
    """Draw values over time."""
    options = timeseries.Options(legend=_legend(last=drawing.last), tooltip=_tooltip())
    custom = _bars() if drawing.bars else _lines(drawing)
    custom.axis_soft_min, custom.axis_soft_max = scale.soft_low, scale.soft_high
    mode = "thresholds" if drawing.by_value else "palette-classic"
    fields = _fields(scale, drawing.limits, mode, custom)
    panel = _panel("timeseries", about, targets(queries), options)
    panel.interval = drawing.step or None
    panel.field_config = dashboard.FieldConfigSource(fields, list(drawing.overrides))
    return panel


def number(about: About, query: Query, scale: Scale, limits: Any, *, named: bool = False) -> Any:
    """Show one value large, with its name if asked for."""
    mode = common.BigValueTextMode.VALUE_AND_NAME if named else common.BigValueTextMode.VALUE
    options = _stat(mode, common.BigValueColorMode.VALUE)
    return _instant("stat", about, query, options, _fields(scale, limits, "thresholds"))


def tiles(about: About, query: Query) -> Any:
    """Show the state of each objective as a coloured tile with its name and a word."""
    options = _stat(common.BigValueTextMode.VALUE_AND_NAME, common.BigValueColorMode.BACKGROUND_SOLID)
    fields = _fields(Scale("none"), style.thresholds(style.UNKNOWN), "thresholds")
    fields.mappings = style.states()
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
    return _instant("bargauge", about, query, options, _fields(scale, limits, "thresholds"))


def timeline(about: About, queries: Sequence[Query]) -> Any:
    """Show states of alerts over time, a line for each series."""
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        row_height=0.8,
        merge_values=True,
        align_value=common.TimelineValueAlignment.LEFT,
        legend=_legend(last=False),
        tooltip=common.VizTooltipOptions(common.TooltipDisplayMode.SINGLE, common.SortOrder.NONE),
        per_page=None,
    )
    fields = _fields(
        Scale("none"),
        style.thresholds(style.UNKNOWN),
        "thresholds",
        statetimeline.FieldConfig(fill_opacity=90),
    )
    fields.mappings = style.alert_states()
    panel = _panel("state-timeline", about, targets(queries), options)
    panel.field_config = dashboard.FieldConfigSource(fields, [])
    return panel


def _panel(kind: str, about: About, queries: list[Any], options: Any) -> Any:
    return dashboard.Panel(
        type_val=kind,
        title=about.title,
        description=about.description,
        datasource=DATASOURCE,
        targets=queries,
        options=options,
        transparent=None,
    )


def _instant(kind: str, about: About, query: Query, options: Any, fields: Any) -> Any:
    panel = _panel(kind, about, targets([query], instant=True), options)
    panel.field_config = dashboard.FieldConfigSource(fields, [])
    return panel


def _fields(scale: Scale, limits: Any, colour: str, custom: Any = None) -> Any:
    return dashboard.FieldConfig(
        unit=scale.unit,
        decimals=scale.decimals,
        min_val=scale.low,
        max_val=scale.high,
        thresholds=limits or style.limits(),
        color=dashboard.FieldColor(dashboard.FieldColorModeId(colour)),
        no_value=style.NO_DATA,
        custom=custom,
    )


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


def _lines(drawing: Drawing) -> Any:
    mode = common.GraphThresholdsStyleMode.DASHED if drawing.limits else common.GraphThresholdsStyleMode.OFF
    gradient = common.GraphGradientMode.SCHEME if drawing.by_value else common.GraphGradientMode.NONE
    return common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_width=2,
        line_interpolation=common.LineInterpolation.LINEAR,
        fill_opacity=10 if drawing.by_value else 0,
        gradient_mode=gradient,
        show_points=common.VisibilityMode.NEVER,
        span_nulls=False,
        thresholds_style=common.GraphThresholdsStyleConfig(mode),
    )


def _bars() -> Any:
    return common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.BARS,
        line_width=0,
        fill_opacity=80,
        show_points=common.VisibilityMode.NEVER,
        stacking=common.StackingConfig(common.StackingMode.NORMAL, "A"),
        thresholds_style=common.GraphThresholdsStyleConfig(common.GraphThresholdsStyleMode.OFF),
    )


def _legend(*, last: bool) -> Any:
    calculated = ["lastNotNull"] if last else []
    return common.VizLegendOptions(
        common.LegendDisplayMode.LIST, common.LegendPlacement.BOTTOM, show_legend=True, calcs=calculated
    )


def _tooltip() -> Any:
    return common.VizTooltipOptions(common.TooltipDisplayMode.MULTI, common.SortOrder.NONE)
