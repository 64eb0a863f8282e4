"""The pages of some monitors: which address shows what."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, quote, urlsplit

import click

from modelmonitor import wire
from modelmonitor.api.v1alpha1 import DashboardKind
from modelmonitor.cli.opening import asking, page
from modelmonitor.cli.opening.answers import Asking
from modelmonitor.cli.opening.page import Board
from modelmonitor.cli.opening.sources import Key, Opened, Source
from modelmonitor.cli.opening.told import told
from modelmonitor.cli.opening.view import View
from modelmonitor.plan import names

_LISTED = "Monitors"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a page, or where it is."""

    status: int
    text: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """Monitors and the Prometheus of each.

    Attributes
    ----------
    prometheus
        Returns the one that holds the series of a monitor.
    """

    source: Source
    prometheus: Callable[[Opened], Asking]
    clock: Callable[[], float] = time.time

    def get(self, target: str) -> Answer:
        """Answer a request for a path with its query."""
        parts = urlsplit(target)
        asked = dict(parse_qsl(parts.query))
        try:
            return self._answer(parts.path.strip("/").split("/"), asked)
        except click.ClickException as error:
            why = escape(error.format_message())
            text = f'<main class="none failed"><b>no dashboard</b><p>{why}</p></main>'
            return Answer(200, page.document("modelmonitor", text, self._view(asked)))

    def first(self, key: Key) -> str:
        """Return the path of the first dashboard of a monitor."""
        return path(key, next(iter(self.source.opened(key).dashboards)))

    def _answer(self, steps: list[str], asked: Mapping[str, str]) -> Answer:
        keys = self.source.keys()
        if steps == [""]:
            if len(keys) == 1:
                return Answer(302, location=self.first(keys[0]))
            return Answer(200, self._listed(asked))
        key = (steps[0], steps[1] if len(steps) > 1 else "")
        if key not in keys:
            return Answer(404, "there is no such page\n")
        if len(steps) == 2:
            return Answer(302, location=self.first(key))
        return self._board(key, steps[2], asked)

    def _board(self, key: Key, name: str, asked: Mapping[str, str]) -> Answer:
        opened = self.source.opened(key)
        found = next((it for it in opened.dashboards if it.value.lower() == name), None)
        if found is None:
            return Answer(404, "this monitor has no such dashboard\n")
        board = Board(
            opened.dashboards[found], links_of(opened), home="/" if len(self.source.keys()) > 1 else ""
        )
        seen, prometheus = self._view(asked), self.prometheus(opened)
        above = told(opened.monitor, prometheus, seen.end, opened.troubles, wire.RUNBOOKS)
        answered = asking.answered(prometheus, board.dashboard, seen)
        return Answer(200, page.page(board, seen, answered, above))

    def _view(self, asked: Mapping[str, str]) -> View:
        return View.of(asked, int(self.clock()))

    def _listed(self, asked: Mapping[str, str]) -> str:
        rows = "".join(self._row(key) for key in self.source.keys())  # noqa: SIM118 - it is no mapping
        head = '<tr><th scope="col">Namespace</th><th scope="col">Monitor</th></tr>'
        table = f'<table class="monitors">{head}{rows}</table>'
        body = f'<header><h1>{_LISTED}</h1></header><main id="content">{table}</main>'
        return page.document(_LISTED, body, self._view(asked))

    def _row(self, key: Key) -> str:
        namespace, name = map(escape, key)
        return f'<tr><td>{namespace}</td><th scope="row"><a href="/{namespace}/{name}">{name}</a></th></tr>'


def path(key: Key, kind: DashboardKind) -> str:
    """Return the path of a dashboard."""
    return f"/{quote(key[0])}/{quote(key[1])}/{kind.value.lower()}"


def links_of(opened: Opened) -> dict[str, str]:
    """Return where links between the dashboards of a monitor lead."""
    return dict(_links(opened))


def _links(opened: Opened) -> Iterator[tuple[str, str]]:
    key = (opened.monitor.namespace, opened.monitor.name)
    for kind in opened.dashboards:
        yield f"/d/{names.dashboard_uid(opened.monitor, kind)}", path(key, kind)
