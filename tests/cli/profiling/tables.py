"""Tables for tests: in memory, and written as each format; and the profile of one."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from modelmonitor.cli.profiling import profiling, sources
from modelmonitor.cli.profiling.cells import DecodedCells
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Chunk, Source
from modelmonitor.errors import SpecInvalid

Table = Mapping[str, Sequence[Any]]
FORMATS = ("csv", "parquet", "ndjson")


@dataclass(frozen=True)
class InChunks:
    """A source in memory, in chunks of as many rows as one likes."""

    table: Table
    sizes: Sequence[int] = (1 << 30,)
    first_row: int = 1
    remark: str = ""
    unusable: Mapping[str, str] = field(default_factory=dict)
    size: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.table)

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        rows, start, turn = len(next(iter(self.table.values()))), 0, 0
        while start < rows:
            stop = min(start + self.sizes[turn % len(self.sizes)], rows)
            cells = {name: DecodedCells(self.table[name][start:stop]) for name in columns}
            yield Chunk(stop - start, cells, 1)
            start, turn = stop, turn + 1


def write(path: Path, table: Table) -> Path:
    """Write a table in the format that the ending asks for; None is missing."""
    kind = path.suffix[1:]
    if kind == "parquet":
        parquet.write_table(pa.table(dict(table)), path)
        return path
    rows = zip(*table.values(), strict=True)
    if kind == "ndjson":
        lines = (json.dumps(dict(zip(table, row, strict=True))) for row in rows)
        path.write_text("".join(f"{line}\n" for line in lines))
        return path
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    writer.writerows(["" if it is None else str(it) for it in row] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def unwatched(_: str, chunks: Iterable[Chunk]) -> Iterable[Chunk]:
    return chunks


def of_source(source: Source, **request: Any) -> Profiled:
    return profiling.profiled(Request(**request), source, unwatched)


def of_file(path: Path | str, **request: Any) -> Profiled:
    with sources.opened(str(path)) as source:
        return of_source(source, **request)


def of_table(table: Table, **request: Any) -> Profiled:
    return of_source(InChunks(table), **request)


def refusals(made: "Path | Table", **request: Any) -> list[str]:
    """Return what is said against a table; empty if it is accepted."""
    try:
        of_file(made, **request) if isinstance(made, Path) else of_table(made, **request)
    except SpecInvalid as invalid:
        return [str(problem) for problem in invalid.problems]
    return []


def customers(rows: int = 600, seed: int = 7) -> dict[str, list[Any]]:
    """Make a table of a binary task: two numbers, a text, a truth value, ids; some cells are missing."""
    random = np.random.default_rng(seed)
    score = random.beta(2, 3, rows).round(6)
    age = [None if random.random() < 0.05 else int(it) for it in random.integers(18, 90, rows)]
    return {
        "id": [f"c{number}" for number in range(rows)],
        "age": age,
        "spent": random.lognormal(3, 1, rows).tolist(),
        "plan": [str(it) for it in random.choice(["basic", "plus", "pro"], rows, p=[0.6, 0.3, 0.1])],
        "mobile": [bool(it) for it in random.random(rows) < 0.4],
        "sex": [str(it) for it in random.choice(["f", "m"], rows)],
        "score": score.tolist(),
        "prediction": ["yes" if it >= 0.5 else "no" for it in score],
        "churned": ["yes" if it else "no" for it in random.random(rows) < score],
    }


CHURN: dict[str, Any] = {
    "target": "churned",
    "prediction": "prediction",
    "scores": {"": "score"},
    "positive_class": "yes",
    "ids": ("id",),
}
