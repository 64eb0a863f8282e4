"""The technical dashboard: for those who find out what is wrong."""

from typing import Any

from modelmonitor.api import ModelMonitor
from modelmonitor.plan.dashboards import objective, panels, style, summary, traffic
from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Subject

OPEN_SECTIONS = 3
"""So many objectives are unfolded at first: the others ask Prometheus only when they are opened."""


def sections(subject: Subject, detailed: int) -> list[Section]:
    """Return an overview of the selected objectives, the model's traffic, and the first objectives."""
    found = [overview(subject.monitor, len(subject.slos))] if subject.slos else []
    found += traffic.sections(subject.records) if subject.records else []
    return found + [
        objective.section(slo, collapsed=position >= OPEN_SECTIONS)
        for position, slo in enumerate(subject.slos[:detailed])
    ]


def choices(subject: Subject) -> tuple[Choice, ...]:
    """Return the choice of objectives, all at first."""
    objectives = tuple((slo.objective.name, slo.objective.name) for slo in subject.slos)
    about = "The objectives of the overview at the top."
    return (Choice("objective", "Objective", about, objectives, several=True),) if objectives else ()


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
    return panels.timeline(about, [Query(queries.alerts(), summary.NAME)], style.alert_states())
