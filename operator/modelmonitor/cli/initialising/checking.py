"""What is written, held to what `validate` asks: a defect of ours must not become the user's."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import click

from modelmonitor import api, plan
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.errors import SpecInvalid

Body = Callable[[Seen], Mapping[str, Any]]
"""Makes the monitor that would be there."""


def checked(seen: Seen, body: Body) -> Seen:
    """Find what the reference does not allow, so that it is left out, and say what that is.

    Raises
    ------
    click.ClickException
        If the monitor would be refused all the same.
    """
    refused = _refused(seen, body)
    kept = dataclasses.replace(seen, refused=refused)
    if left := _refused(kept, body):
        reasons = [reason for found in left.values() for reason in found]
        raise click.ClickException("\n".join(["the monitor would be refused:", *reasons]))
    for block, reasons in refused.items():
        click.secho(f"to do: {block} is left out: {reasons[0]}", err=True, fg="yellow")
    return kept


def _refused(seen: Seen, body: Body) -> dict[str, list[str]]:
    """Return what is wrong with what would be there, by the block of the spec."""
    refused: dict[str, list[str]] = {}
    try:
        problems = plan.check(api.parse(body(seen)), seen.profile)
    except SpecInvalid as error:
        problems = list(error.problems)
    for problem in problems:
        block = problem.path.removeprefix("spec.").partition(".")[0].partition("[")[0]
        refused.setdefault(block, []).append(str(problem))
    return refused
