"""The technical dashboard: for those who find out what is wrong."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.plan.dashboards import objective, panels, style, summary
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Line, Query, Scale, Section
from modelmonitor.plan.slo import Slo

OPEN_SECTIONS = 3
"""So many objectives are unfolded at first: the others ask Prometheus only when they are opened."""


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
            Line(3 * -(-objectives // 12), (summary.states("Objectives", queries),)),
            Line(height, (summary.budgets(queries), _burns(queries), _alerts(queries)), (7, 7, 10)),
        )
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
        about,
        Query(f"sort_desc({queries.burn()})", summary.NAME),
        Scale("suffix:x", 1, low=0, high=15),
        limits,
    )


def _alerts(queries: OfMonitor) -> Any:
    about = About(
        "Alerts",
        "The loudest alert of each objective over time. Normal: quiet. Pending waits to fire, ticket is "
        "for working hours, page calls a person now. A blank line means that the rules did not run.",
    )
    return panels.timeline(about, [Query(queries.alerts(), summary.NAME)])
