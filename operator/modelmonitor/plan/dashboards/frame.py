"""What surrounds the panels: title, variables, links, time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.plan.dashboards import choices
from modelmonitor.plan.dashboards.choices import Choice
from modelmonitor.plan.dashboards.grafana import dashboard
from modelmonitor.plan.dashboards.layout import arrange
from modelmonitor.plan.dashboards.shapes import Section


@dataclass(frozen=True, slots=True)
class Frame:
    """What a dashboard has beside its panels.

    Attributes
    ----------
    since
        Begin of the time range, such as now-6h.
    choices
        What readers choose at the top.
    links
        Titles and addresses of what else to look at.
    """

    uid: str
    title: str
    description: str
    tags: tuple[str, ...]
    since: str
    refresh: str
    choices: tuple[Choice, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def framed(frame: Frame, sections: Sequence[Section]) -> Any:
    """Return the whole dashboard."""
    variables = [_datasource(), *map(choices.variable, frame.choices)]
    return dashboard.Dashboard(
        uid=frame.uid,
        title=frame.title,
        description=frame.description,
        tags=list(frame.tags),
        timezone="browser",
        editable=False,
        graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
        time=dashboard.DashboardDashboardTime(frame.since, "now"),
        refresh=frame.refresh,
        panels=arrange(sections),
        templating=dashboard.DashboardDashboardTemplating(variables),
        links=[_link(title, address) for title, address in frame.links],
    )


def _datasource() -> Any:
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.DATASOURCE,
        name="datasource",
        label="Prometheus",
        description="The Prometheus that runs the rules of this monitor.",
        query="prometheus",
        regex="",
        refresh=dashboard.VariableRefresh.ON_DASHBOARD_LOAD,
        **choices.NOT_AN_INTERVAL,
    )


def _link(title: str, address: str) -> Any:
    outside = address.startswith("http")
    return dashboard.DashboardLink(
        title=title,
        type_val=dashboard.DashboardLinkType.LINK,
        icon="doc" if outside else "dashboard",
        url=address,
        target_blank=outside,
        include_vars=not outside,
        tags=[],
    )
