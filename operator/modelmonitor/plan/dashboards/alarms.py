"""The alerts of a model that are about no objective, over time."""

from typing import Any

from modelmonitor.api.severity import Severity
from modelmonitor.plan import names
from modelmonitor.plan.dashboards import panels, style
from modelmonitor.plan.dashboards.shapes import About, Line, Query
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.drift.look import narrowed

_LOUD = f'{names.SEVERITY}="{Severity.CRITICAL}"'


def line(records: Records) -> Line:
    """Return the line of panels with the timeline."""
    return Line(3 + (2 * len(records.alerts)) // 3, (timeline(records),))


def timeline(records: Records) -> Any:
    """Show the state of each alert over time, the loudest where it is raised of several."""
    about = About(
        "Alerts of the model",
        "State of each alert over time. Normal: quiet. Pending has crossed its limit and waits; ticket is "
        "for working hours; page calls a person now: open the runbook named in the alert. A blank line "
        "means that no evaluator is scraped.",
    )
    asked = [Query(_state(records, alert), alert.removeprefix("Model")) for alert in records.alerts]
    return panels.timeline(about, asked, style.alert_states())


def _state(records: Records, alert: str) -> str:
    of_alert = records.scope.recorded("ALERTS", {"alertname": alert})

    def raised(*matchers: str) -> str:
        return f"max({narrowed(of_alert, *matchers)})"

    firing = 'alertstate="firing"'
    return "\nor ".join(
        (
            f"{style.PAGE} * {raised(firing, _LOUD)}",
            f"{style.TICKET} * {raised(firing)}",
            raised('alertstate="pending"'),
            f"{style.QUIET} * max({records.of(names.THROUGHPUT)})",
        )
    )
