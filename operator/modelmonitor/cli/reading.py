"""Reading many files, with a sign of life when it takes long."""

import sys
from collections.abc import Iterator, Sequence

import click

from modelmonitor.cli import sources
from modelmonitor.cli.monitors import Monitors, load
from modelmonitor.cli.sources import Source

MANY = 200


def monitors(paths: Sequence[str], namespace: str) -> Monitors:
    """Read all monitors that the paths lead to."""
    return load(_texts(sources.files(paths)), namespace)


def _texts(files: Sequence[str]) -> Iterator[Source]:
    if len(files) < MANY or not sys.stderr.isatty():
        yield from map(sources.read, files)
        return
    with click.progressbar(files, label="Reading", file=sys.stderr) as shown:
        yield from map(sources.read, shown)
