"""A table in a file or on standard input, read in chunks as often as it must be."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modelmonitor.cli.profiling.cells import Cells
from modelmonitor.errors import Problem, SpecInvalid

STDIN = "-"
_EXPECTED = "CSV, Parquet, or JSON with one object a line"
_UNREADABLE = {
    b"\x1f\x8b": ("gzip", "gunzip -c FILE | modelmonitor profile -"),
    b"PK": ("a zip archive", "unpack it first (a workbook: save it as CSV)"),
    b"\xff\xfe": ("UTF-16", "iconv -f utf-16 -t utf-8 FILE | modelmonitor profile -"),
    b"\xfe\xff": ("UTF-16", "iconv -f utf-16 -t utf-8 FILE | modelmonitor profile -"),
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows: the cells of each column that was asked for, and how much of the file was read by now."""

    rows: int
    cells: Mapping[str, Cells]
    consumed: int


class Source(Protocol):
    """A file that was opened: the names of its columns are known."""

    first_row: int
    """The line of the first row, where rows are lines."""
    remark: str
    """What the user should know about how it is read, or an empty text."""
    names: tuple[str, ...]
    size: int
    """In bytes."""
    unusable: Mapping[str, str]
    """Columns of which nothing can be counted, and why."""

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read these columns from the beginning.

        Raises
        ------
        SpecInvalid
            With every place at which the file is not what its format asks for.
        """
        ...


@contextmanager
def opened(path: str) -> Iterator[Source]:
    """Open a file whatever its format, which its first bytes tell; `-` is copied into a temporary file first.

    Raises
    ------
    SpecInvalid
        If it has no format that can be read, or no names of columns.
    """
    if path != STDIN:
        yield _source(Path(path))
        return
    with tempfile.NamedTemporaryFile(prefix="modelmonitor-") as spooled:
        shutil.copyfileobj(sys.stdin.buffer, spooled)
        spooled.flush()
        yield _source(Path(spooled.name))


def _source(path: Path) -> Source:
    with path.open("rb") as file:
        start = file.read(4096)
    found = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, (what, remedy) in _UNREADABLE.items():
        if found.startswith(magic):
            raise SpecInvalid([Problem("", _EXPECTED, what, remedy)])
    if re.match(rb"\[\s*[\[{\]]", found):
        remedy = "jq -c '.[]' FILE | modelmonitor profile -"
        raise SpecInvalid([Problem("", _EXPECTED, "one JSON array", remedy)])
    if found.startswith(b"PAR1"):
        from modelmonitor.cli.profiling import parquet

        return parquet.Table(path)
    if found.startswith(b"{"):
        from modelmonitor.cli.profiling import ndjson

        return ndjson.Lines(path)
    if not found:
        raise SpecInvalid([Problem("", "a table with a header", "an empty file")])
    from modelmonitor.cli.profiling import delimited

    return delimited.table(path)
