"""Files of labels, read a piece at a time."""

import csv
import datetime as dt
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from modelmonitor.cli.labelling.request import Columns
from modelmonitor.client.labels import Label

_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"": None, "true": True, "True": True, "false": False, "False": False}
_ROWS_AT_ONCE = 10_000

Rows = Iterator[tuple[int, Mapping[str, Any]]]
"""Each with its line, or with its number where there are no lines."""


class Unreadable(Exception):
    """A file of labels is none; says where, what was expected, and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """The labels of a file, of which `done()` of `total` has been read, in bytes or rows; None is unknown."""

    labels: Iterator[Label]
    done: Callable[[], int]
    total: int | None


@contextmanager
def opened(file: str, columns: Columns) -> Iterator[Source]:
    """Open a file for reading, by the end of its name; `-` is NDJSON on standard input.

    Raises
    ------
    Unreadable
        If its kind is not known; later, while it is read, if a column is absent or a row is wrong.
    """
    kind = Path(file).suffix.lower()
    if kind in (".parquet", ".pq"):
        yield _parquet(file, columns)
    elif kind not in (".csv", ".ndjson", ".jsonl") and file != "-":
        got = kind or "no ending"
        raise Unreadable(f"{file}: expected .csv, .ndjson, .jsonl, .parquet or .pq, got {got}; convert it")
    elif file == "-":
        yield Source(_labels(_ndjson(sys.stdin.buffer, file), columns, file), lambda: 0, None)
    else:
        with Path(file).open("rb") as binary:
            of_csv = kind == ".csv"
            rows = _csv(binary, file) if of_csv else _ndjson(binary, file)
            labels = _labels(rows, columns, file, as_written=not of_csv)
            yield Source(labels, binary.tell, Path(file).stat().st_size)


def _labels(rows: Rows, columns: Columns, file: str, *, as_written: bool = True) -> Iterator[Label]:
    wanted = [columns.id, columns.actual, *([columns.time] if columns.time else [])]
    for line, row in rows:
        place = f"{file}:{line}"
        if missing := [name for name in wanted if name not in row]:
            raise Unreadable(
                f"{place}: expected the column {missing[0]!r}, got {', '.join(map(str, row)) or 'none'}; "
                "name the columns by --id, --actual and --time"
            )
        if row[columns.id] in (None, ""):
            raise Unreadable(f"{place}: expected an id, got nothing; leave out what has none")
        actual = row[columns.actual] if as_written else _meant(row[columns.actual])
        yield Label(
            str(row[columns.id]), actual, _seconds(row[columns.time], place) if columns.time else None
        )


def _csv(binary: BinaryIO, file: str) -> Rows:
    reader = csv.DictReader(io.TextIOWrapper(binary, "utf-8-sig", newline=""))
    try:
        for row in reader:
            if None in row or None in row.values():
                got = "more" if None in row else "fewer"
                raise Unreadable(f"{file}:{reader.line_num}: expected a value for each column, got {got}")
            yield reader.line_num, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}:{reader.line_num + 1}: expected CSV in UTF-8, got {error}") from error


def _ndjson(binary: BinaryIO, file: str) -> Rows:
    for line, text in enumerate(binary, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            raise Unreadable(f"{file}:{line}: expected a JSON object on each line, got {error}") from error
        if not isinstance(row, dict):
            raise Unreadable(f"{file}:{line}: expected a JSON object on each line, got {text[:40]!r}")
        yield line, row


def _parquet(file: str, columns: Columns) -> Source:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise Unreadable(
            f"{file}: expected pyarrow to read it, got none; pip install 'modelmonitor[parquet]', or "
            "convert the file to CSV"
        ) from error
    try:
        opened = parquet.ParquetFile(file)
    except (ArrowException, OSError) as error:
        raise Unreadable(f"{file}: expected Parquet, got {error}") from error
    at = 0

    def rows() -> Rows:
        nonlocal at
        wanted = [
            name for name in (columns.id, columns.actual, columns.time) if name in opened.schema_arrow.names
        ]
        for batch in opened.iter_batches(_ROWS_AT_ONCE, columns=wanted):
            for row in batch.to_pylist():
                at += 1
                yield at, row

    return Source(_labels(rows(), columns, file), lambda: at, opened.metadata.num_rows)


def _meant(text: str) -> Any:
    """Read a cell of CSV: numbers, booleans and lists as in JSON; `007` is a text."""
    if text in _WORDS:
        return _WORDS[text]
    if _JSON_NUMBER.fullmatch(text) or text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _seconds(value: Any, place: str) -> float | None:
    """Read a time: Unix seconds, or a date and time, in UTC where they name no zone; nothing is now."""
    if value in (None, ""):
        return None
    try:
        if isinstance(value, str):
            value = float(value) if _JSON_NUMBER.fullmatch(value) else dt.datetime.fromisoformat(value)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
        if isinstance(value, dt.datetime):
            value = (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
        return float(value)
    except (ValueError, TypeError) as error:
        raise Unreadable(
            f"{place}: expected a time such as 1764158400 or 2026-11-26T12:00:00Z, got {value!r}"
        ) from error
