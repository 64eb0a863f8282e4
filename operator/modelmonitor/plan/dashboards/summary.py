"""What dashboards show of all objectives together: states, budgets, a table."""

from typing import Any

from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Query, Scale
from modelmonitor.plan.dashboards.tables import Column, Order

NAME = f"{{{{{names.SLO_NAME}}}}}"
"""The legend of a series: its objective."""

OBJECTIVE = "Objective"
LEFT = "Budget left"


def states(title: str, queries: OfMonitor) -> Any:
    """Return a tile for each objective with its state in a word."""
    about = About(
        title,
        "Met: the promise of the period is kept. At risk: kept so far, but an alert is pending or firing "
        "because the budget burns too fast, or less than a quarter of it is left. Breached: the budget of "
        "the period is spent. No data: nothing is measured, so nobody knows. Normal: all met. Start with "
        "what is red.",
    )
    return panels.tiles(about, Query(queries.state(), NAME), style.states())


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
    about = About(
        "All objectives",
        "Every objective with what was promised, what was reached over its own period, and how often people "
        "were called in the time shown; the least budget first. Normal: reached is above target. If not, "
        "click the name for the details.",
    )
    percent, whole = {"unit": "percentunit", "decimals": decimals}, {"unit": "none", "decimals": 0}
    columns = (
        Column("State", queries.state(), tables.word(style.states())),
        Column("Target", queries.target(), percent),
        Column("Reached", queries.sli(), percent),
        Column(LEFT, queries.budget_left(), tables.gauge(style.budget_thresholds())),
        Column("Period", queries.period(), {"unit": "d", "decimals": 0}),
        Column("Pages", queries.raised(pages=True, each=True), whole),
        Column("Tickets", queries.raised(pages=False, each=True), whole),
    )
    panel = tables.joined(about, {names.SLO_NAME: OBJECTIVE}, columns, Order(LEFT))
    panel.field_config.overrides.insert(0, style.by_name(OBJECTIVE, _link(details)))
    return panel


def _link(details: str) -> dict[str, Any]:
    if not details:
        return {"custom.minWidth": 160}
    url = f"{details}?var-objective=${{__value.text}}&var-datasource=${{datasource}}"
    return {"custom.minWidth": 160, "links": [{"title": "Show the details", "url": url}]}
