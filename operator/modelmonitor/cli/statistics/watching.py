"""One look at the statistics, or one after the other until Ctrl-C."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

import click

from modelmonitor.cli.statistics.asking import Document, NoStatistics, asked

if TYPE_CHECKING:
    from rich.console import RenderableType

SECONDS = 2.0


def once(url: str, form: str) -> None:
    """Ask, and print the answer as `text`, `json` or `yaml`."""
    _PRINTERS[form](asked(url))


def watch(url: str, form: str) -> None:
    """Ask every two seconds; the first answer must come, later ones may stay away for a while."""
    first = asked(url)
    if form == "text" and sys.stdout.isatty():
        _live(url, first)
        return
    for found in chain([first], _answers(url)):
        if isinstance(found, NoStatistics):
            click.echo(found.message, err=True)
        else:
            _PRINTERS[form](found)


def _answers(url: str) -> Iterator[Document | NoStatistics]:
    while True:
        time.sleep(SECONDS)
        try:
            yield asked(url)
        except NoStatistics as nothing:
            yield nothing


def _live(url: str, found: Document) -> None:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from modelmonitor.cli import terminal

    live = Live(console=terminal.console(), screen=True, auto_refresh=False)
    try:  # no `with`: it leaves the screen as it is if Ctrl-C comes while it draws for the first time
        live.start()
        for answer in chain([found], _answers(url)):
            if isinstance(answer, NoStatistics):
                live.update(Group(Text(answer.message, "red"), _page(found)), refresh=True)
            else:
                found = answer
                live.update(_page(found), refresh=True)
    finally:
        live.stop()


def _page(found: Document) -> "RenderableType":
    from rich.console import Group
    from rich.padding import Padding

    from modelmonitor.cli.statistics import tables

    try:
        first, *rest = tables.tables(found)
    except (LookupError, TypeError, AttributeError, ValueError):
        raise NoStatistics(
            "expected statistics that this version knows, got others; see them with -o json, or install the "
            "evaluator's version of modelmonitor"
        ) from None
    return Group(first, *(Padding(part, (1, 0, 0, 0)) for part in rest))


def _print_text(found: Document) -> None:
    from modelmonitor.cli import terminal

    terminal.console().print(_page(found))


def _print_json(found: Document) -> None:
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _print_yaml(found: Document) -> None:
    from modelmonitor.plan.yamltext import to_yaml

    click.echo(f"---\n{to_yaml(found)}", nl=False)


_PRINTERS: dict[str, Callable[[Document], None]] = {
    "text": _print_text,
    "json": _print_json,
    "yaml": _print_yaml,
}
