"""Parquet, in batches of rows; only the columns that are needed are decoded."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.errors import Problem, SpecInvalid

try:
    import pyarrow as pa
    from pyarrow import parquet

    from modelmonitor.cli.profiling import arrow
except ImportError as error:
    remedy = "pip install 'modelmonitor[parquet]', or export the table as CSV"
    raise SpecInvalid([Problem("", "pyarrow, to read Parquet", "no such package", remedy)]) from error

_ROWS = 1 << 14


class Table:
    """A file of Parquet."""

    first_row = 1
    remark = ""

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self._path = path
        try:
            with parquet.ParquetFile(path) as file:
                fields, self._rows = list(file.schema_arrow), file.metadata.num_rows
        except pa.ArrowInvalid as error:
            raise SpecInvalid([Problem("", "Parquet", str(error).partition("\n")[0])]) from None
        self.names = tuple(field.name for field in fields)
        self.unusable: Mapping[str, str] = {
            field.name: why for field in fields if (why := arrow.unusable(field.type))
        }

    def chunks(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """Read these columns from the beginning."""
        done = 0
        with parquet.ParquetFile(self._path, buffer_size=1 << 16, pre_buffer=False) as file:
            try:
                for batch in file.iter_batches(_ROWS, columns=list(columns)):
                    done += batch.num_rows
                    cells = {name: arrow.cells(batch.column(name)) for name in columns}
                    yield Chunk(batch.num_rows, cells, self.size * done // self._rows)
            except (pa.ArrowInvalid, OSError) as error:
                raise SpecInvalid([Problem("", "Parquet", str(error).partition("\n")[0])]) from None
