"""What dashboards show of all objectives together: states, budgets, a table."""

from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.grafana import common, dashboard
from modelmonitor.plan.dashboards.grafana import table as tables
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Query, Scale, letter

NAME = f"{{{{{names.SLO_NAME}}}}}"
"""The legend of a series: its objective."""

OBJECTIVE = "Objective"
LEFT = "Budget left"
COLUMNS = ("State", "Target", "Reached", LEFT, "Period", "Pages", "Tickets")


def states(title: str, queries: OfMonitor) -> Any:
    """Return a tile for each objective with its state in a word."""
    about = About(
        title,
        "Met: the promise of the period is kept. At risk: kept so far, but an alert is pending or firing "
        "because the budget burns too fast, or less than a quarter of it is left. Breached: the budget of "
        "the period is spent. No data: nothing is measured, so nobody knows. Normal: all met. Start with "
        "what is red.",
    )
    return panels.tiles(about, Query(queries.state(), NAME))


def budgets(queries: OfMonitor) -> Any:
    """Return a bar for each objective with what is left of its error budget."""
    about = About(
        "Error budget left",
        "How much may still go wrong in this period, the least first: 100 % is untouched, nothing left "
        "means breached. Normal: more than 25 %.",
    )
    scale = Scale("percentunit", 0, low=0, high=1)
    return panels.bars(about, Query(f"sort({queries.budget_left()})", NAME), scale, style.budget_thresholds())


def table(queries: OfMonitor, decimals: int, details: str) -> Any:
    """Return a line for each objective, the least budget first; its name leads to the details."""
    panel = dashboard.Panel(
        type_val="table",
        title="All objectives",
        description="Every objective with what was promised, what was reached over its own period, and how "
        "often people were called in the time shown; the least budget first. Normal: reached is above "
        "target. If not, click the name for the details.",
        datasource=panels.DATASOURCE,
        targets=panels.targets(_queries(queries), instant=True, table=True),
        transformations=_transformations(),
        options=_options(),
        transparent=None,
    )
    fields = dashboard.FieldConfig(unit="short", no_value=style.NO_DATA, custom=tables.FieldConfig())
    panel.field_config = dashboard.FieldConfigSource(fields, _columns(decimals, details))
    return panel


def _options() -> Any:
    options = tables.Options(
        show_header=True,
        cell_height=common.TableCellHeight.SM,
        sort_by=[common.TableSortByFieldState(LEFT, desc=False)],
    )
    options.footer = None  # the SDK's default is a key that Grafana no longer knows
    return options


def _queries(queries: OfMonitor) -> list[Query]:
    expressions = (
        queries.state(),
        queries.target(),
        queries.sli(),
        queries.budget_left(),
        queries.period(),
        queries.raised(pages=True, each=True),
        queries.raised(pages=False, each=True),
    )
    return [Query(expression, "") for expression in expressions]


def _transformations() -> list[Any]:
    renamed = {f"Value #{letter(position)}": column for position, column in enumerate(COLUMNS)}
    order = {name: position for position, name in enumerate((names.SLO_NAME, *renamed))}
    organised = {
        "excludeByName": {"Time": True},
        "indexByName": order,
        "renameByName": {names.SLO_NAME: OBJECTIVE, **renamed},
    }
    return [
        dashboard.DataTransformerConfig("merge", options={}),
        dashboard.DataTransformerConfig("organize", options=organised),
    ]


def _columns(decimals: int, details: str) -> list[Any]:
    percent = {"unit": "percentunit", "decimals": decimals}
    return [
        style.by_name(OBJECTIVE, _link(details)),
        style.by_name("State", {"mappings": style.states(), "custom.cellOptions": {"type": "color-text"}}),
        style.by_name("Target", percent),
        style.by_name("Reached", percent),
        style.by_name(LEFT, _gauge()),
        style.by_name("Period", {"unit": "d", "decimals": 0}),
        *(style.by_name(column, {"unit": "none", "decimals": 0}) for column in ("Pages", "Tickets")),
    ]


def _gauge() -> dict[str, Any]:
    bar = {"type": "gauge", "mode": "basic", "valueDisplayMode": "color"}
    limits = {
        "unit": "percentunit",
        "decimals": 0,
        "min": 0,
        "max": 1,
        "thresholds": style.budget_thresholds(),
    }
    return {**limits, "color": {"mode": "thresholds"}, "custom.cellOptions": bar}


def _link(details: str) -> dict[str, Any]:
    if not details:
        return {"custom.minWidth": 160}
    url = f"{details}?var-objective=${{__value.text}}&var-datasource=${{datasource}}"
    return {"custom.minWidth": 160, "links": [{"title": "Show the details", "url": url}]}
