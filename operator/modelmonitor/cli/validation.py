"""What `validate` does, once its options have been read."""

from dataclasses import dataclass

import click

from modelmonitor.cli import answers, reading
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.cli.references import References


@dataclass(frozen=True, slots=True)
class Answer:
    """The form of the answer, `text`, `json` or `yaml`, and whether good news is kept quiet."""

    form: str
    quiet: bool


def run(
    paths: tuple[str, ...], namespace: str, reference: str | None, answer: Answer, *, allow_none: bool
) -> int:
    """Validate, answer, and return the exit status."""
    read = reading.monitors(paths, namespace)
    references = References.of(read, reference)
    for found in read.found:
        references.examine(found)
    if not allow_none:
        read.miss_none()
    good = not read.findings
    if answer.form != "text":
        click.echo("" if good and answer.quiet else answers.structured(read, answer.form), nl=False)
        return 0 if good else PROBLEMS
    answers.say(read, quiet=answer.quiet)
    if good and not answer.quiet:
        held = answers.count(len(read.found), "monitor"), answers.count(read.objectives(), "objective")
        click.secho(f"good: {' with '.join(held)}", fg="green")
    return 0 if good else PROBLEMS
