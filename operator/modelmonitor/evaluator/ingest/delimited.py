"""CSV as MLflow takes it: a line of names, then rows; numbers where the reference has numbers."""

import csv
import io
from collections.abc import Collection

from modelmonitor.evaluator.ingest.reading import malformed
from modelmonitor.evaluator.ingest.table import Columns

MISSING = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"))


def columns(body: bytes, numeric: Collection[str]) -> tuple[int, Columns]:
    r"""Return the number of rows and their columns; what is no number in a numeric column stays a text.

    Raises
    ------
    Refused
        If it is not UTF-8, has no names or the same one twice, or a row has more or fewer values than names.

    Examples
    --------
    >>> columns(b"age,city\n39,Bonn\n,Ulm\n", {"age"})
    (2, {'age': [39.0, None], 'city': ['Bonn', 'Ulm']})
    """
    flat: list[str] = []
    try:
        lines = (row for row in csv.reader(io.StringIO(body.decode(), newline=""), strict=True) if row)
        names = next(lines, [])
        for row in lines:
            if len(row) != len(names):
                raise malformed()
            flat.extend(row)
    except (ValueError, csv.Error):
        raise malformed() from None
    if not names or len(set(names)) < len(names):
        raise malformed()
    return len(flat) // len(names), {
        name: list(map(_number if name in numeric else _text, flat[number :: len(names)]))
        for number, name in enumerate(names)
    }


def _text(value: str) -> str | None:
    return None if value in MISSING else value


def _number(value: str) -> float | str | None:
    if value in MISSING:
        return None
    try:
        return float(value)
    except ValueError:
        return value
