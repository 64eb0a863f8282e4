"""docs/reference/cli.md, from the commands' own help."""

from collections.abc import Iterator

import click

from modelmonitor.cli import main

_HEADER = """\
# Command line

Generated from the commands' own help by `make generate`. Every command exits with 0 when all is good, 1
when problems were found, 2 when it was called wrongly, and 130 when it was interrupted. Problems go to
stderr, each as `<file>:<line>: <path>: expected <what>, got <value>; <what to do>`.
"""
_WIDTH = 100


def page() -> str:
    """Write the page: the program's help, then each command's."""
    context = click.Context(main, info_name="modelmonitor", max_content_width=_WIDTH, terminal_width=_WIDTH)
    sections = [f"## modelmonitor\n\n{_help(main, context)}"]
    sections += [
        f"## {inner.command_path}\n\n{_help(inner.command, inner)}" for inner in _within(main, context)
    ]
    return "\n".join([_HEADER, *sections])


def _within(group: click.Group, context: click.Context) -> Iterator[click.Context]:
    """Give each command of a group, and after a group its own."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            inner = click.Context(command, context, name, max_content_width=_WIDTH, terminal_width=_WIDTH)
            yield inner
            if isinstance(command, click.Group):
                yield from _within(command, inner)


def _help(command: click.Command, context: click.Context) -> str:
    lines = (line.rstrip() for line in command.get_help(context).splitlines())
    return "```text\n" + "\n".join(lines) + "\n```\n"
