"""The panels of one objective on the technical dashboard."""

from collections.abc import Sequence
from typing import Any

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Severity
from modelmonitor.plan import promql, slices
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.dashboards import measured, panels, style
from modelmonitor.plan.dashboards.queries import OfObjective
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section, letter
from modelmonitor.plan.scope import FIVE_MINUTES
from modelmonitor.plan.slo import Slo

_CALLED = {Severity.CRITICAL: "pages", Severity.WARNING: "tickets", Severity.INFO: "notes"}


def section(slo: Slo, *, collapsed: bool) -> Section:
    """Return the panels of an objective under its name."""
    queries = OfObjective(slo)
    percent = promql.number(slo.objective.objective)
    lines = (
        Line(8, (sli(queries), budget(queries), traffic(queries))),
        Line(8, (*burns(queries), *measured.panels_of(queries))),
        Line(len(slo.pairs) + 2, (alerts(queries),)),
    )
    return Section(lines, f"{slo.objective.name} · {percent} % over {slo.period}", collapsed)


def sli(queries: OfObjective) -> Any:
    """Draw the share of good events over six hours, a day and the period against the objective."""
    slo, windows = queries.slo, queries.windows()
    objective, budget = float(1 - slo.budget), float(slo.budget)
    about = About(
        "Good minutes" if slices.is_sliced(slo.objective) else "Good events",
        f"Share of {_events(slo)} that were good, over windows of {_and(windows)}. Normal: the line for "
        f"{slo.period} stays above the dashed objective; short windows may dip below it. If the long line "
        "falls towards the objective, the budget is being spent: look at the burn rates below. A gap means "
        "that there was nothing to measure.",
    )
    asked = [Query(queries.sli(window), queries.legend(str(window))) for window in windows]
    colours = (style.FAINT, style.SECOND, style.CALM)[-len(windows) :]
    scale = Scale("percentunit", _decimals(slo), high=1, soft_low=max(0.0, objective - budget))
    return panels.graph(
        about, asked, scale, Drawing(style.limits((objective, style.BAD)), overrides=style.colours(colours))
    )


def budget(queries: OfObjective) -> Any:
    """Draw what is left of the error budget."""
    slo = queries.slo
    about = About(
        "Error budget left",
        f"Share of the budget of the last {slo.period} that is not spent: 100 % is untouched, below 0 % the "
        "objective is breached. Normal: above 25 % and changing slowly. A steep fall is an incident; a "
        "steady one needs work on reliability before new features.",
    )
    scale = Scale("percentunit", 1, high=1, soft_low=0)
    drawing = Drawing(style.budget_thresholds(), by_value=True)
    return panels.graph(about, [Query(queries.budget_left(), queries.legend("left"))], scale, drawing)


def traffic(queries: OfObjective) -> Any:
    """Draw how many good and bad events are counted."""
    minutes = slices.is_sliced(queries.slo.objective)
    about = About(
        "Measured minutes" if minutes else "Traffic",
        f"{'Minutes with a measurement' if minutes else 'Events per second'}, good and bad, exactly as they "
        "are counted against the budget; all groups together. Normal: the usual rhythm of the day and "
        "hardly any red. Red that grows with the traffic is load, red without traffic is a fault. Nothing "
        "at all: see the alert for missing measurements. Counted every five minutes, so the latest bar "
        "comes late.",
    )
    per = "" if minutes else " / ($__interval_ms / 1000)"
    asked = [Query(f"{queries.good()}{per}", "good"), Query(f"{queries.bad()}{per}", "bad")]
    scale = Scale("m" if minutes else "eps", low=0)
    drawing = Drawing(bars=True, overrides=style.colours((style.GOOD, style.BAD)), step=str(FIVE_MINUTES))
    return panels.graph(about, asked, scale, drawing)


def burns(queries: OfObjective) -> list[Any]:
    """Draw how fast the budget burns, a graph for each severity of the alerts."""
    by_severity = {
        severity: [pair for pair in queries.slo.pairs if pair.severity is severity] for severity in Severity
    }
    return [_burn(queries, severity, pairs) for severity, pairs in by_severity.items() if pairs]


def alerts(queries: OfObjective) -> Any:
    """Show the states of the objective's alerts."""
    about = About(
        "Alerts",
        "State of each alert over time. Normal: quiet throughout. Pending has crossed its limit and waits; "
        "ticket is for working hours; page calls a person now: open the runbook named in the alert. A "
        "blank line means that the rules themselves did not run: look at Prometheus.",
    )
    pairs = [Query(queries.burn_alert(pair), pair.name) for pair in queries.slo.pairs]
    return panels.timeline(
        about, [*pairs, Query(queries.absent_alert(), "nothing measured")], style.alert_states()
    )


def _burn(queries: OfObjective, severity: Severity, pairs: Sequence[Pair]) -> Any:
    called = _CALLED[severity]
    about = About(
        f"Burn rate: {called}",
        "How many times too fast the budget is spent: at 1 it lasts exactly the period. Each colour is an "
        "alert: solid is its long window, dotted its short one, the dashed line its limit. It fires when "
        "both are above the limit: "
        f"{'; '.join(f'{pair.name} at {_factor(pair)} for {pair.long} and {pair.short}' for pair in pairs)}. "
        "Normal: below 1 most of the time.",
    )
    asked, overrides = [], []
    for position, pair in enumerate(pairs):
        names = (letter(2 * position), letter(2 * position + 1))
        windows = (pair.long, pair.short)
        asked += [Query(queries.burn(window), queries.legend(f"{pair.name} {window}")) for window in windows]
        overrides += _pair_style(names, style.PAIRS[position])
    limits = style.limits(
        *((float(pair.factor), style.PAIRS[position]) for position, pair in enumerate(pairs))
    )
    scale = Scale("suffix:x", low=0, soft_high=1.2 * max(float(pair.factor) for pair in pairs))
    return panels.graph(about, asked, scale, Drawing(limits, overrides=overrides, last=False))


def _pair_style(names: tuple[str, str], colour: str) -> list[Any]:
    long, short = names
    fixed = {"mode": "fixed", "fixedColor": colour}
    dotted = {"color": fixed, "custom.lineStyle": {"fill": "dot", "dash": [2, 4]}, "custom.lineWidth": 1}
    return [*style.by_query([long], color=fixed), *style.by_query([short], **dotted)]


def _events(slo: Slo) -> str:
    sli = slo.objective.sli
    if slices.is_sliced(slo.objective):
        return "minutes"
    return "labelled predictions" if sli.quality else "events" if sli.events else "requests"


def _and(windows: Sequence[Duration]) -> str:
    *first, last = map(str, windows)
    return f"{', '.join(first)} and {last}" if first else last


def _factor(pair: Pair) -> str:
    return f"{float(pair.factor):.4g}x"


def _decimals(slo: Slo) -> int:
    """Show one digit more than the objective itself has."""
    _, _, digits = promql.number(slo.objective.objective).partition(".")
    return len(digits) + 1
