"""A whole backtest in this process: tables in, the report out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

import tools
from cli.backtest import worlds
from modelmonitor import api
from modelmonitor.cli.backtesting.backtest import Backtest
from modelmonitor.cli.backtesting.columns import Columns
from modelmonitor.cli.backtesting.programs import Programs
from modelmonitor.cli.backtesting.progress import Watching
from modelmonitor.cli.backtesting.recording import Recording
from modelmonitor.cli.backtesting.report import Report
from modelmonitor.cli.backtesting.request import Request, Roles, Truth
from modelmonitor.cli.backtesting.subject import Subject
from modelmonitor.cli.profiling import profiling, sources
from modelmonitor.cli.profiling.request import Request as ProfileRequest

Table = Mapping[str, np.ndarray]


def write(path: Path, table: Table) -> Path:
    """Write a table as Parquet."""
    parquet.write_table(pa.table({name: pa.array(list(column)) for name, column in table.items()}), path)
    return path


def spread(table: Table, per_hour: int) -> dict[str, np.ndarray]:
    """Give rows times at equal distances, in their order."""
    count = len(next(iter(table.values())))
    return {**table, "time": worlds.START + (np.arange(count) + 0.5) * 3600 / per_hour}


def backtest(
    folder: Path,
    spec: Mapping[str, Any],
    reference: tuple[Table, ProfileRequest],
    recorded: Table,
    roles: Roles,
) -> Report:
    """Profile one table, and replay the other."""
    known, asked = reference
    with sources.opened(str(write(folder / "reference.parquet", known))) as source:
        profile = profiling.profiled(asked, source, lambda _, chunks: chunks).profile
    subject = Subject.of(api.parse(worlds.monitor(**spec)), profile)
    path = write(folder / "recorded.parquet", recorded)
    request = Request(data=str(path), roles=roles, truth=Truth())
    programs = Programs(tools.binary("prometheus"), tools.binary("promtool"))
    with sources.opened(str(path)) as source:
        recording = Recording(request, Columns(subject.scheme, roles), source, None, worlds.NOW, 30.0)
        recording.check()
        return Backtest(subject, recording, programs, folder, Watching(None, quiet=True)).run()
