"""Where tables are shown, and texts of others on it."""

import sys
from collections.abc import Iterable

import click
from rich.console import Console, RenderableType
from rich.text import Text

WIDTH = 100
"""Where nobody looks, such as in a file or a pipe; tables are made for it."""


class Screen(Console):
    """One that leaves it to the program how to end when nobody reads."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Return standard output: without colours if they are not wanted, and wide enough where nobody looks."""
    context = click.get_current_context(silent=True)
    bare = context is not None and context.color is False
    width = None if sys.stdout.isatty() else WIDTH
    return Screen(file=sys.stdout, color_system=None if bare else "auto", highlight=False, width=width)


def show(screen: Console, parts: Iterable[RenderableType]) -> None:
    """Print parts without the spaces that would fill lines up: narrow terminals would break each into two."""
    with screen.capture() as captured:
        for part in parts:
            screen.print(part, crop=False)
    screen.file.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def plain(text: str, style: str = "") -> Text:
    """Return a text as it is: brackets are no markup, and control characters never reach the terminal."""
    return Text("".join(it if it.isprintable() else "�" for it in text), style)
