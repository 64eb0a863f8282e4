"""What the commands answer: problems and remarks for people on stderr, the same for programs on stdout."""

import json
from typing import Any

import click

from modelmonitor.cli.monitors import Monitors
from modelmonitor.plan.yamltext import to_yaml

_SHOWN_KINDS = 5


def say(read: Monitors, *, quiet: bool = False) -> None:
    """Print every problem and, unless `quiet`, what was left out."""
    for finding in sorted(read.findings, key=lambda one: (one.file, one.line, one.column)):
        place, _, text = str(finding).partition(" ")
        click.echo(f"{click.style(place, bold=True)} {text}", err=True)
    if not quiet:
        for remark in remarks(read):
            click.secho(f"note: {remark}", err=True, dim=True)
    if read.findings:
        files = len({finding.file for finding in read.findings})
        click.secho(f"{count(len(read.findings), 'problem')} in {count(files, 'file')}", err=True, fg="red")


def remarks(read: Monitors) -> list[str]:
    """Say what was left out, and why."""
    said = []
    if read.others:
        kinds = [f"{number} {kind}" for kind, number in read.others.most_common(_SHOWN_KINDS)]
        more = ["…"] if len(read.others) > _SHOWN_KINDS else []
        said.append(
            f"left out {count(read.others.total(), 'object')} of other kinds: {', '.join(kinds + more)}"
        )
    if read.found and read.without:
        names = ", ".join(read.without[:3]) + (", …" if len(read.without) > 3 else "")
        said.append(f"no ModelMonitor in {count(len(read.without), 'file')}: {names}")
    return said


def structured(read: Monitors, form: str) -> str:
    """Write the answer as `json` or `yaml`."""
    answer: dict[str, Any] = {
        "valid": not read.findings,
        "files": read.texts,
        "monitors": len(read.found),
        "objectives": read.objectives(),
        "problems": [finding.to_dict() for finding in read.findings],
        "notes": remarks(read),
    }
    return to_yaml(answer) if form == "yaml" else json.dumps(answer, indent=2, ensure_ascii=False) + "\n"


def count(number: int, noun: str) -> str:
    """Write a number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
