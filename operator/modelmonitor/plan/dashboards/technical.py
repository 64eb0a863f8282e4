"""The technical dashboard: for those who find out what is wrong."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.plan import names
from modelmonitor.plan.dashboards import objective, panels, style
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Line, Query, Scale, Section
from modelmonitor.plan.slo import Slo

OPEN_SECTIONS = 3
"""So many objectives are unfolded at first: the others ask Prometheus only when they are opened."""

_NAME = f"{{{{{names.SLO_NAME}}}}}"


def sections(monitor: ModelMonitor, slos: Sequence[Slo], detailed: int) -> list[Section]:
    """Return an overview of the selected objectives, then all there is about each of the first ones."""
    details = [
        objective.section(slo, collapsed=position >= OPEN_SECTIONS)
        for position, slo in enumerate(slos[:detailed])
    ]
    return [overview(monitor, len(slos)), *details]


def overview(monitor: ModelMonitor, objectives: int) -> Section:
    """Return where to look first: states, budgets, burn rates and alerts of the selected objectives."""
    queries, height = OfMonitor(monitor, selected=True), min(objectives + 3, 16)
    return Section(
        (
            Line(3 * -(-objectives // 12), (_states(queries),)),
            Line(height, (_budgets(queries), _burns(queries), _alerts(queries)), (7, 7, 10)),
        )
    )


def _states(queries: OfMonitor) -> Any:
    about = About(
        "Objectives",
        "State of each selected objective. Met: the period is within its objective. At risk: still met, "
        "but an alert is firing because the budget burns too fast. Breached: the budget of the period is "
        "spent. No data: nothing is measured. Normal: all met. Start with what is red, in its section "
        "below.",
    )
    return panels.tiles(about, Query(queries.state(), _NAME))


def _budgets(queries: OfMonitor) -> Any:
    about = About(
        "Error budget left",
        "Share of each period's error budget that is not spent, the least first. Normal: more than 25 %. "
        "Below zero the objective is breached.",
    )
    scale = Scale("percentunit", 0, low=0, high=1)
    return panels.bars(
        about, Query(f"sort({queries.budget_left()})", _NAME), scale, style.budget_thresholds()
    )


def _burns(queries: OfMonitor) -> Any:
    about = About(
        "Burn rate now",
        "How many times too fast each budget was spent in the last five minutes, the fastest first. "
        "Normal: below 1, at which the budget lasts exactly the period. Above 6 for long, somebody is "
        "paged.",
    )
    limits = style.thresholds(style.GOOD, (1, style.WARNING), (6, style.BAD))
    return panels.bars(
        about, Query(f"sort_desc({queries.burn()})", _NAME), Scale("suffix:x", 1, low=0, high=15), limits
    )


def _alerts(queries: OfMonitor) -> Any:
    about = About(
        "Alerts",
        "The loudest alert of each objective over time. Normal: quiet. Pending waits to fire, ticket is "
        "for working hours, page calls a person now. A blank line means that the rules did not run.",
    )
    return panels.timeline(about, [Query(queries.alerts(), _NAME)])
