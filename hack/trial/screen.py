"""The table of `modelmonitor stats`, under a line that says what happens: in place, or every ten seconds."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from modelmonitor.cli import terminal
from modelmonitor.cli.statistics.asking import Document
from modelmonitor.cli.statistics.tables import tables
from trial import verdicts

SECONDS_BETWEEN_SNAPSHOTS = 10.0
Show = Callable[[str, Document], None]


@contextlib.contextmanager
def screen() -> Iterator[Show]:
    """Give what shows a line and the tables: a screen that is drawn anew, or, without one, snapshots."""
    if not sys.stdout.isatty():
        yield _Snapshots().show
        return
    live = Live(console=terminal.console(), auto_refresh=False)
    try:
        live.start()
        yield lambda line, found: live.update(_page(line, found), refresh=True)
    finally:
        live.stop()


class _Snapshots:
    """Prints a line when it changes, and the tables now and then."""

    def __init__(self) -> None:
        self._line = ""
        self._due = time.monotonic() + SECONDS_BETWEEN_SNAPSHOTS

    def show(self, line: str, found: Document) -> None:
        """Print what is due."""
        _, _, news = line.partition("  ")
        if time.monotonic() >= self._due:
            terminal.console().print(_page(line, found))
            self._due += SECONDS_BETWEEN_SNAPSHOTS
        elif news != self._line:
            print(f"\n{line}", flush=True)
        self._line = news


def _page(line: str, found: Document) -> RenderableType:
    parts = ((part, "") for part in tables(found))
    said = Text(f"      so far: {verdicts.summary(found)}", "yellow")
    return Group("", Text(line, "bold yellow"), said, "", *chain.from_iterable(parts))
