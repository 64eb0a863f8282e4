"""All dashboards of a monitor in one file that needs nothing else, to be sent, kept or printed."""

import copy
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from modelmonitor import wire
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.cli.opening import asking, page
from modelmonitor.cli.opening.answers import Asking
from modelmonitor.cli.opening.page import Board
from modelmonitor.cli.opening.sources import Opened
from modelmonitor.cli.opening.told import told
from modelmonitor.cli.opening.view import View
from modelmonitor.cli.reaching.prometheus import NotAnswered
from modelmonitor.plan import names

_APART = 10_000
"""Between the numbers of panels of two dashboards."""


def exported(opened: Opened, prometheus: Asking, since: str, end: int) -> str:
    """Return the page up to a time, every row unfolded.

    Raises
    ------
    NotAnswered
        If no panel at all is answered: such a page tells nobody anything.
    """
    seen = View(end=end, since=since, whole=True)
    every = [
        (kind, numbered(dashboard, place * _APART))
        for place, (kind, dashboard) in enumerate(opened.dashboards.items(), start=1)
    ]
    links = {f"/d/{names.dashboard_uid(opened.monitor, kind)}": f"#{kind.value.lower()}" for kind, _ in every}
    title = f"{opened.monitor.name} ({opened.monitor.namespace})"
    above = told(opened.monitor, prometheus, seen.end, opened.troubles, wire.RUNBOOKS)
    top = f'<header><h1>{escape(title)}</h1></header><div id="told">{above}</div>'
    answered = [asking.answered(prometheus, dashboard, seen) for _, dashboard in every]
    panels = [it for found in answered for it in found.values()]
    if panels and all(it.failed for it in panels):
        raise NotAnswered(panels[0].nothing)
    parts = [
        page.part(Board(dashboard, links), seen, found)
        for (_, dashboard), found in zip(every, answered, strict=True)
    ]
    articles = "".join(_articles([kind for kind, _ in every], [it.html for it in parts]))
    body = f'{top}<main id="content">{articles}</main>'
    return page.document(title, body, seen, "".join(it.places for it in parts))


def numbered(dashboard: dict[str, Any], offset: int) -> dict[str, Any]:
    """Return a dashboard whose panels have other numbers, so that several fit on one page."""
    moved = copy.deepcopy(dashboard)
    for panel in moved["panels"]:
        for one in (panel, *panel.get("panels", ())):
            one["id"] += offset
    return moved


def _articles(kinds: Sequence[DashboardKind], parts: Sequence[str]) -> Iterator[str]:
    for kind, html in zip(kinds, parts, strict=True):
        yield f'<article id="{kind.value.lower()}">{html}</article>'
