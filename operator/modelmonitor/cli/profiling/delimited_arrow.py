"""CSV as pyarrow reads it: all cells as texts, whose meaning only the whole file tells."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from modelmonitor.cli.profiling.arrow import ArrowTexts
from modelmonitor.cli.profiling.cells import NULLS
from modelmonitor.cli.profiling.delimited import Ragged, not_utf8
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.errors import Problem, SpecInvalid

_BLOCK = 1 << 20


class DelimitedArrow:
    """A file of CSV."""

    first_row = 2
    remark = ""

    def __init__(self, path: Path, names: tuple[str, ...], delimiter: str) -> None:
        self.names, self.size = names, path.stat().st_size
        self.unusable: Mapping[str, str] = {}
        self._path, self._delimiter = path, delimiter

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read these columns from the beginning."""
        ragged = Ragged(len(self.names))
        with self._path.open("rb") as file:
            try:
                with self._reader(file, columns, ragged) as reader:
                    for batch in reader:
                        cells = {
                            name: ArrowTexts(batch.column(at), declared=False)
                            for at, name in enumerate(columns)
                        }
                        yield Chunk(batch.num_rows, cells, file.tell())
            except pa.ArrowInvalid as error:
                raise self._refusal(error) from None
        ragged.refuse()

    def _reader(self, file: Any, columns: Sequence[str], ragged: Ragged) -> Any:
        def skip(row: Any) -> str:
            ragged.note([(row.number, row.actual_columns)])
            return "skip"

        return csv.open_csv(
            file,
            csv.ReadOptions(use_threads=False, block_size=_BLOCK),  # with threads, rows have no numbers
            csv.ParseOptions(delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=skip),
            csv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()),
                include_columns=list(columns),
                null_values=sorted(NULLS),
                strings_can_be_null=True,
            ),
        )

    def _refusal(self, error: pa.ArrowInvalid) -> SpecInvalid:
        said = str(error)
        if "UTF8" in said:
            return not_utf8(self._path)
        if "straddl" in said:
            got, remedy = "a row of more than 1 MiB", "close a quote that was left open, or shorten the cell"
            return SpecInvalid([Problem("", "rows that end", got, remedy)])
        return SpecInvalid([Problem("", "CSV", said.partition("\n")[0])])
