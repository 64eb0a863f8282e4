"""What `profile` does, once its options have been read."""

from dataclasses import dataclass
from pathlib import Path

import click

from modelmonitor.cli.profiling import output, sources, terminal
from modelmonitor.cli.profiling.profiling import Profiled, profiled
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.errors import SpecInvalid


@dataclass(frozen=True, slots=True)
class Output:
    """Where the profile goes (`-`: stdout; nothing: nowhere), as what, and what is told about it."""

    path: str
    place: output.Place
    form: str
    """Of the summary: text or json."""
    quiet: bool


def run(path: str, request: Request, wanted: Output) -> int:
    """Profile a file, say what was found, and return the exit status."""
    name = "<stdin>" if path == sources.STDIN else path
    try:
        with sources.opened(path) as source:
            found = profiled(request, source, terminal.Watching(source.size, wanted.quiet))
        text = _text(found, wanted)
    except SpecInvalid as invalid:
        for problem in invalid.problems:
            click.echo(f"{click.style(f'{name}:', bold=True)} {terminal.printable(str(problem))}", err=True)
        return PROBLEMS
    if wanted.path == sources.STDIN:
        click.echo(text, nl=False)
    elif wanted.path:
        output.write(Path(wanted.path), text)
    if not wanted.quiet:
        _tell(found, wanted, len(text.encode()))
    return 0


def _text(found: Profiled, wanted: Output) -> str:
    if wanted.path.endswith(".json"):
        return output.document(found.profile)
    return output.config_map(found.profile, wanted.place)


def _tell(found: Profiled, wanted: Output, size: int) -> None:
    to_stderr = wanted.path == sources.STDIN
    if wanted.form == "json":
        click.echo(terminal.summary(found), nl=False, err=to_stderr)
        return
    shown = terminal.console(to_stderr=to_stderr)
    terminal.show(found, shown)
    if wanted.path:
        shown.print(f"{'stdout' if to_stderr else wanted.path}: {size:,} bytes", markup=False, soft_wrap=True)
    else:
        shown.print("nothing was written: say where with -o")
