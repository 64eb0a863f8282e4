"""What `profile` shows: how far it has come, and what it found."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.profiling.shapes import picture
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.cli.terminal import Screen
from modelmonitor.wire.profile import Column, ColumnType

_READINGS = {"survey": "1/2 Looking", "count": "2/2 Counting"}
_NARROWEST = 100


def console(*, to_stderr: bool) -> Console:
    """Return where to show: without colours if they are not wanted, and wide enough where nobody looks."""
    context = click.get_current_context(silent=True)
    plain = context is not None and context.color is False
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else _NARROWEST
    return Screen(file=stream, color_system=None if plain else "auto", highlight=False, width=width)


@dataclass(frozen=True, slots=True)
class Watching:
    """Shows how far each reading has come, on a terminal."""

    size: int
    quiet: bool

    def __call__(self, reading: str, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """Pass chunks on."""
        if self.quiet or not sys.stderr.isatty():
            yield from chunks
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TextColumn("{task.fields[rows]:,} rows, {task.fields[pace]:,.0f}/s"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console(to_stderr=True), transient=True) as progress:
            task = progress.add_task(_READINGS[reading], total=self.size, rows=0, pace=0.0)
            rows = 0
            for chunk in chunks:
                yield chunk
                rows += chunk.rows
                elapsed = progress.tasks[0].elapsed or 1.0
                progress.update(task, completed=chunk.consumed, rows=rows, pace=rows / max(elapsed, 1e-3))


def show(found: Profiled, out: Console) -> None:
    """Print a table of the columns, the quality, and what is worth a word."""
    profile = found.profile
    out.print(_table(found))
    if profile.metrics:
        out.print("  ".join(f"{it.name} {it.value:.4g}" for it in profile.metrics), soft_wrap=True)
    for name, why in found.features.excluded.items():
        out.print(f"left out: {printable(f'{name}: {why}')}", markup=False, soft_wrap=True)
    for note in found.notes:
        out.print(f"note: {note}", markup=False, soft_wrap=True)
    task = f", {profile.task}" if profile.task else ""
    out.print(f"{profile.rows:,} rows, {len(profile.columns)} features{task}, profile {profile.hash}")


def summary(found: Profiled) -> str:
    """Write the same as JSON, for programs."""
    profile = found.profile
    answer: dict[str, Any] = {
        "rows": profile.rows,
        "task": profile.task,
        "profile": profile.hash,
        "classes": list(profile.classes),
        "columns": [_about(column, found) for column in _columns(found)],
        "excluded": dict(found.features.excluded),
        "segments": {one.column: dict(zip(one.values, one.counts, strict=True)) for one in profile.segments},
        "groups": {one.column: dict(zip(one.values, one.counts, strict=True)) for one in profile.groups},
        "metrics": {it.name: {"value": it.value, "rows": it.rows} for it in profile.metrics},
        "notes": list(found.notes),
    }
    return json.dumps(answer, indent=2, ensure_ascii=False) + "\n"


def _table(found: Profiled) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("COLUMN", "TYPE"):
        table.add_column(name, no_wrap=True)
    for name in ("MISSING", "CELLS"):
        table.add_column(name, no_wrap=True, justify="right")
    for name in ("SHAPE", "VALUES"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for column in _columns(found):
        missing = f"{column.missing / max(found.profile.rows, 1):.1%}" if column.missing else "-"
        kind, cells = column.type.lower(), str(len(column.counts))
        table.add_row(
            _plain(column.name), kind, missing, cells, picture(column), _plain(_values(column, found))
        )
    return table


def _columns(found: Profiled) -> list[Column]:
    outcomes = (found.profile.prediction, found.profile.score)
    return [*found.profile.columns, *(column for column in outcomes if column)]


def _about(column: Column, found: Profiled) -> dict[str, Any]:
    about: dict[str, Any] = {"name": column.name, "type": column.type, "cells": len(column.counts)}
    about["missing"] = column.missing
    if remark := found.features.remarks.get(column.name):
        about["remark"] = remark
    return about


def _values(column: Column, found: Profiled) -> str:
    """Tell the range or the first categories, and what is worth a word."""
    if column.type is ColumnType.NUMERIC:
        told = f"{column.minimum:g} … {column.maximum:g}"
    else:
        told = ", ".join(column.categories[:4]) + (", …" if len(column.categories) > 4 else "")
    remark = found.features.remarks.get(column.name)
    return f"{told} ({remark})" if remark else told


def printable(text: str) -> str:
    r"""Keep control characters from reaching the terminal.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return "".join(it if it.isprintable() else "�" for it in text)


def _plain(text: str) -> str:
    """Keep brackets from being read as markup."""
    return escape(printable(text))
