"""What panels are put together from: queries, fields, lines, bars, legends."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.plan.dashboards import style
from modelmonitor.plan.dashboards.grafana import common, dashboard, prometheus
from modelmonitor.plan.dashboards.shapes import About, Drawing, Query, Scale, letter

DATASOURCE = common.DataSourceRef("prometheus", "${datasource}")


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


def panel(kind: str, about: About, queries: list[Any], options: Any) -> Any:
    """Return a panel without its fields."""
    return dashboard.Panel(
        type_val=kind,
        title=about.title,
        description=about.description,
        datasource=DATASOURCE,
        targets=queries,
        options=options,
        transparent=None,
    )


def fields(scale: Scale, limits: Any, colour: str, custom: Any = None) -> Any:
    """Return how values of a panel are written and coloured."""
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


def lines(drawing: Drawing) -> Any:
    """Draw values over time as lines."""
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


def bars() -> Any:
    """Draw values over time as stacked bars."""
    return common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.BARS,
        line_width=0,
        fill_opacity=80,
        show_points=common.VisibilityMode.NEVER,
        stacking=common.StackingConfig(common.StackingMode.NORMAL, "A"),
        thresholds_style=common.GraphThresholdsStyleConfig(common.GraphThresholdsStyleMode.OFF),
    )


def legend(*, last: bool) -> Any:
    """Return the legend below a panel."""
    calculated = ["lastNotNull"] if last else []
    return common.VizLegendOptions(
        common.LegendDisplayMode.LIST, common.LegendPlacement.BOTTOM, show_legend=True, calcs=calculated
    )


def tooltip() -> Any:
    """Return what is shown under the pointer: all series at once."""
    return common.VizTooltipOptions(common.TooltipDisplayMode.MULTI, common.SortOrder.NONE)
