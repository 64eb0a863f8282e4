"""CSV: read by pyarrow where it is installed; where not, by the standard library, about ten times slower."""

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modelmonitor.cli.profiling.cells import WrittenCells
from modelmonitor.cli.profiling.sources import Chunk, Source
from modelmonitor.errors import Problem, SpecInvalid

DELIMITERS = ",;\t|"
_ROWS, _SHOWN = 8192, 5
_LONGEST_HEADER = 1 << 20
_LONGEST_CELL = 1 << 24


def table(path: Path) -> Source:
    """Open a file with a header, whatever separates its columns."""
    names, delimiter = _header(path)
    try:
        from modelmonitor.cli.profiling import delimited_arrow
    except ImportError:
        return Delimited(path, names, delimiter)
    return delimited_arrow.DelimitedArrow(path, names, delimiter)


class Delimited:
    """A file of CSV, as the standard library reads it."""

    first_row = 2
    remark = "read by the standard library: pip install 'modelmonitor[parquet]' makes it ten times as fast"

    def __init__(self, path: Path, names: tuple[str, ...], delimiter: str) -> None:
        self.names, self.size = names, path.stat().st_size
        self.unusable: Mapping[str, str] = {}
        self._path, self._delimiter = path, delimiter

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read these columns from the beginning."""
        csv.field_size_limit(_LONGEST_CELL)
        wanted = [(name, self.names.index(name)) for name in columns]
        ragged = Ragged(len(self.names))
        with self._path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter=self._delimiter, strict=True)
            try:
                next(row for row in reader if row)
                while block := list(itertools.islice(reader, _ROWS)):
                    rows = [row for row in block if row]
                    whole = [row for row in rows if len(row) == len(self.names)]
                    if len(whole) < len(rows):
                        ragged.note(self._lines_of_ragged(reader.line_num, block))
                    values = list(zip(*whole, strict=True)) or [()] * len(self.names)
                    cells = {name: WrittenCells(values[at]) for name, at in wanted}
                    yield Chunk(len(whole), cells, raw.tell())
            except UnicodeDecodeError:
                raise not_utf8(self._path) from None
            except csv.Error as error:
                raise SpecInvalid([Problem(f"line {reader.line_num}", "CSV", str(error))]) from None
        ragged.refuse()

    def _lines_of_ragged(self, last: int, block: list[list[str]]) -> Iterator[tuple[int, int]]:
        """Yield the line and the number of cells of each row that has not as many as the header."""
        line = last
        for row in reversed(block):
            if row and len(row) != len(self.names):
                yield line, len(row)
            line -= 1 + sum(cell.count("\n") for cell in row)


class Ragged:
    """Rows that have not as many cells as the header: some are shown, all are counted."""

    def __init__(self, expected: int) -> None:
        self._expected, self._total = expected, 0
        self._found: list[tuple[int, int]] = []

    def note(self, rows: Iterator[tuple[int, int]] | list[tuple[int, int]]) -> None:
        """Note the line and the number of cells of some rows."""
        found = list(rows)
        self._total += len(found)
        self._found = sorted([*self._found, *found])[:_SHOWN]

    def refuse(self) -> None:
        """Raise SpecInvalid if there was any."""
        if not self._total:
            return
        problems = [
            Problem(f"line {line}", f"{self._expected} cells, as the header has", str(cells))
            for line, cells in self._found
        ]
        if self._total > len(problems):
            more = f"{self._total - len(problems)} more such lines"
            problems.append(
                Problem("", f"{self._expected} cells in every line", more, "quote cells with delimiters")
            )
        raise SpecInvalid(problems)


def not_utf8(path: Path) -> SpecInvalid:
    """Say where a file is not UTF-8."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                got = f"the byte 0x{error.object[error.start]:02x}"
                remedy = "iconv -f latin1 -t utf-8 FILE | modelmonitor profile -"
                return SpecInvalid([Problem(f"line {line}", "UTF-8", got, remedy)])
            line += block.count(b"\n")
    return SpecInvalid([Problem(f"line {line}", "UTF-8", "a file that ends inside of a character")])


def _header(path: Path) -> tuple[tuple[str, ...], str]:
    """Return the names of the columns and what separates them: what stands most often in the header."""
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    if len(start) == _LONGEST_HEADER:
        start = start[: start.rfind(b"\n") + 1]
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise not_utf8(path) from None
    line = text.lstrip("\r\n").partition("\n")[0]
    unquoted = "".join(line.split('"')[::2])
    delimiter = max(DELIMITERS, key=unquoted.count)
    return tuple(next(csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=delimiter))), delimiter
