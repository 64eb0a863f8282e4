"""A reference for a new monitor from a table."""

import click

from modelmonitor.cli.profiling import sources, terminal
from modelmonitor.cli.profiling.profiling import Profiled, profiled
from modelmonitor.cli.profiling.request import Request as Roles
from modelmonitor.errors import SpecInvalid


def learnt(path: str, roles: Roles, what: str = "") -> Profiled:
    """Profile a table.

    Parameters
    ----------
    what
        What it is, for messages. Default: its path.

    Raises
    ------
    click.ClickException
        With every reason why it cannot be a reference.
    """
    try:
        with sources.opened(path) as source:
            return profiled(roles, source, terminal.Watching(source.size, quiet=False))
    except SpecInvalid as invalid:
        raise click.ClickException("\n".join(f"{what or path}: {it}" for it in invalid.problems)) from invalid
