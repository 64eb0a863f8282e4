"""One run of `modelmonitor labels push`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from modelmonitor.cli.labelling import answer, reached
from modelmonitor.cli.labelling.files import Source, Unreadable, opened
from modelmonitor.cli.labelling.pushing import NotTaken, Push
from modelmonitor.cli.labelling.request import Request
from modelmonitor.cli.legible import legible
from modelmonitor.cli.program import PROBLEMS


def run(request: Request, output: str) -> int:
    """Send a file, answer as `text` or `json`, and return the exit status."""
    endpoint = reached.endpoint(request)
    push = Push(endpoint, request.wait)
    problem = ""
    try:
        with opened(request.file, request.columns) as source, _shown(source, push) as push.sent:
            push.send(source.labels)
    except (Unreadable, NotTaken, TypeError) as error:
        problem = str(error) if isinstance(error, Unreadable) else f"{endpoint.name}: {error}"
    finally:
        endpoint.close()
    if output == "json":
        click.echo(answer.structured(push.outcomes, problem))
    elif push.outcomes.total():
        click.echo(answer.table(push.outcomes))
    if problem:
        click.secho(legible(problem), err=True, fg="red")
    return 0 if answer.good(push.outcomes) and not problem else PROBLEMS


@contextmanager
def _shown(source: Source, push: Push) -> Iterator[Callable[[], None]]:
    """Show on a terminal how far we are and how much longer it takes; give what moves it."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Sending", total=source.total)

        def move() -> None:
            said = f"Sending: {push.outcomes.total():,} labels, {push.outcomes['unknown']:,} unknown"
            progress.update(task, completed=source.done(), description=said)

        yield move
