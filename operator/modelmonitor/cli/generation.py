"""What `generate` does, once its options have been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
from pydantic_core import PydanticCustomError

from modelmonitor.api.fields import LabelKey, LabelValue
from modelmonitor.cli import answers, folder, reading, summary
from modelmonitor.cli.monitors import Monitors
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.cli.references import References
from modelmonitor.cli.rendering import Rendered, Request, render
from modelmonitor.plan import Settings


@dataclass(frozen=True, slots=True)
class Output:
    """Where to write, to stdout without a folder, and whether to keep quiet about it."""

    folder: Path | None
    quiet: bool


def run(
    paths: tuple[str, ...],
    namespace: str,
    output: Output,
    *,
    form: str,
    tests: bool,
    reference: str | None = None,
    **settings: Any,
) -> int:
    """Generate, and return the exit status.

    Parameters
    ----------
    form, tests
        As in `rendering.Request`.
    reference
        File of the reference of the only monitor; else references are among what was read.
    settings
        As in `plan.Settings`.
    """
    _check_labels(settings["rule_labels"])
    read = reading.monitors(paths, namespace)
    read.miss_none()
    rendered = _render(read, References.of(read, reference), Request(Settings(**settings), form, tests))
    answers.say(read, quiet=output.quiet)
    if read.findings:
        return PROBLEMS
    if output.folder:
        _write(output.folder, rendered, quiet=output.quiet, tests=tests)
    else:
        _print(rendered, form, quiet=output.quiet)
    return 0


def _check_labels(labels: Mapping[str, str]) -> None:
    """Refuse labels that Kubernetes would refuse, by the checks of the API."""
    for key, value in labels.items():
        for text, kind in ((key, LabelKey), (value, LabelValue)):
            try:
                get_args(kind)[-1].check(text)
            except PydanticCustomError as error:
                expected = (error.context or {})["expected"]
                raise click.BadParameter(
                    f"expected {expected}, got {text!r}", param_hint="--rule-label"
                ) from None


def _render(read: Monitors, references: References, request: Request) -> list[Rendered]:
    """Render every monitor, or add to what was found what is wrong with it."""
    rendered = []
    for found in read.found:
        profile = references.examine(found)
        if not read.findings:
            rendered.append(render(found.monitor, request, profile))
    return rendered


def _write(place: Path, rendered: list[Rendered], *, quiet: bool, tests: bool) -> None:
    written = folder.write(place, [file for one in rendered for file in one.files])
    if quiet:
        return
    said = [
        summary.table(rendered),
        *summary.adapted(rendered),
        *summary.needed(rendered),
        *summary.untested(rendered),
    ]
    click.echo("\n".join([*said, *summary.outcome(place, written, tests=tests)]))


def _print(rendered: list[Rendered], form: str, *, quiet: bool) -> None:
    texts = [file.text for one in rendered for file in one.files if file.name.endswith(".yaml")]
    if form == "prometheus" and len(texts) > 1:
        raise click.UsageError(
            "Prometheus reads one document a file: write several monitors with --output DIR"
        )
    click.echo("---\n".join(texts), nl=False)
    if not quiet:
        for note in (*summary.adapted(rendered), *summary.needed(rendered)):
            click.secho(f"note: {note}", err=True, dim=True)
