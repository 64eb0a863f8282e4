"""What the panels of the demo's dashboards show, asked of the demo's own Prometheus."""

import time
from collections.abc import Iterator

from demo.story import Story
from demo.workload import NAMESPACE
from modelmonitor.cli.opening import answers
from preview import history

LAST_HOUR = 3600
MAY_BE_EMPTY = {
    "Lost on the way": "nothing was lost",
    "Accelerator": "there is none",
    "Accelerator memory": "there is none",
}
"""Panels that the story may leave empty, and why."""
FED_WITHIN = 330.0
"""Seconds within which records of the period, fed every five minutes, have begun."""
OF_A_DAY = "1d{"
"""Records of a day are fed every five minutes, one from another: the story may be over before."""


def empty(story: Story) -> list[str]:
    """Return the queries that yield nothing over the last hour, of panels that must not be empty."""
    return [place for place, query, step in _queries(story) if not _yields(story, query, step)]


def _queries(story: Story) -> Iterator[tuple[str, str, int]]:
    span = _span()
    for dashboard in story.session.items("configmaps", NAMESPACE, "grafana_dashboard=1"):
        board = answers.read(dashboard)
        for panel in (it for it in answers.panels(board) if it["title"] not in MAY_BE_EMPTY):
            step = answers.step_of(panel, span)
            values = answers.variables(board, span, step)
            for target in panel["targets"]:
                if OF_A_DAY in target["expr"]:
                    continue
                place = f"{board['title']}: {panel['title']}: {target['expr']}"
                yield place, answers.filled(target["expr"], values), step


def _yields(story: Story, query: str, step: int) -> bool:
    span = _span()
    found = story.session.prometheus(
        "query_range", query=query, start=str(span.start), end=str(span.end), step=str(step)
    )
    return bool(found and found["result"])


def _span() -> history.Span:
    now = int(time.time())
    return history.Span(now - LAST_HOUR, now)
