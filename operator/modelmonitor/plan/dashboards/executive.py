"""The executive dashboard: is the promise kept, and for how long still."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.api.duration import Duration
from modelmonitor.plan import promql
from modelmonitor.plan.dashboards import panels, style, summary, worth
from modelmonitor.plan.dashboards.queries import OfMonitor
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Subject
from modelmonitor.plan.slo import Slo

_MONTH = Duration.parse("30d")


def sections(subject: Subject, details: str) -> list[Section]:
    """Return the objectives, if there are some, and what is known of the model.

    Parameters
    ----------
    details
        Address of the technical dashboard; empty: there is none.
    """
    found = [Section(_objectives(subject, details))] if subject.slos else []
    return found + (list(worth.sections(subject.records)) if subject.records else [])


def _objectives(subject: Subject, details: str) -> tuple[Line, ...]:
    """Return the state in a few numbers, budgets over the period, and a table of all objectives."""
    queries, count = OfMonitor(subject.monitor), len(subject.slos)
    top = (_met(queries, count), _least(queries), _raised(queries, pages=True), _raised(queries, pages=False))
    return (
        Line(4, top),
        Line(3 * -(-count // 12), (summary.states("State now", queries),)),
        Line(max(8, min(count + 2, 16)), (summary.budgets(queries), _burn_down(queries)), (8, 16)),
        Line(max(5, min(count + 2, 20)), (summary.table(queries, _decimals(subject.slos), details),)),
    )


def since(slos: Sequence[Slo]) -> str:
    """Return the longest period as the begin of a time range; Grafana reads one unit, not 1d12h."""
    minutes = max((slo.period for slo in slos), default=_MONTH).milliseconds // 60_000
    return f"now-{minutes // 1440}d" if minutes % 1440 == 0 else f"now-{minutes}m"


def _met(queries: OfMonitor, count: int) -> Any:
    about = About(
        "Objectives met",
        "How many objectives are met over their period. Normal: all of them. One that is breached or not "
        "measured is missing here; the tiles below say which.",
    )
    limits = style.thresholds(style.BAD, (count, style.GOOD))
    return panels.number(about, Query(queries.met(), "met"), Scale(f"suffix:/ {count}", 0), limits)


def _least(queries: OfMonitor) -> Any:
    about = About(
        "Least budget left",
        "The objective that is nearest to its limit, and the share of its error budget that is left. "
        "Normal: more than 25 %. Below zero the promise of this period is broken: agree on what is put "
        "aside until it is repaired.",
    )
    query = Query(f"bottomk(1, {queries.budget_left()})", summary.NAME)
    return panels.number(about, query, Scale("percentunit", 0), style.budget_thresholds(), named=True)


def _raised(queries: OfMonitor, *, pages: bool) -> Any:
    if pages:
        about = About(
            "Pages",
            "How often somebody was called at once, in the time shown. Normal: none or very few; each one "
            "is an incident with a story worth asking for.",
        )
        limits = style.thresholds(style.GOOD, (1, style.WARNING), (5, style.BAD))
    else:
        about = About(
            "Tickets",
            "How often work for office hours was raised, in the time shown. Normal: a few. Many tickets "
            "and no pages mean slow, steady loss.",
        )
        limits = style.thresholds(style.GOOD, (5, style.WARNING))
    return panels.number(
        about, Query(queries.raised(pages=pages), about.title.lower()), Scale("none", 0), limits
    )


def _burn_down(queries: OfMonitor) -> Any:
    about = About(
        "Error budget over time",
        "What was left of each error budget. Normal: lines that move slowly and stay well above zero. A "
        "cliff is an incident, a steady slope a weakness; the line rises again as old incidents leave the "
        "period.",
    )
    drawing = Drawing(style.limits((0, style.BAD)))
    scale = Scale("percentunit", 0, high=1, soft_low=-0.05)
    return panels.graph(about, [Query(queries.budget_left(), summary.NAME)], scale, drawing)


def _decimals(slos: Sequence[Slo]) -> int:
    digits = (promql.number(slo.objective.objective).partition(".")[2] for slo in slos)
    return max(map(len, digits)) + 1
