"""What Grafana's transformations make of the answers to a panel: columns, and rows by their names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor.cli.opening.answers import Panel, Series

Row = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A table: names of columns in their order, and rows in theirs."""

    columns: list[str]
    rows: list[Row]


def frame(panel: Panel, found: Sequence[Sequence[Series]]) -> Frame:
    """Return the table of a panel; the latest value of each series."""
    alone = len(panel["targets"]) == 1
    rows = [
        {**series.labels, "Value" if alone else f"Value #{series.query}": series.points[-1][1]}
        for part in found
        for series in part
    ]
    made = Frame(_names(rows), rows)
    for step in panel["transformations"]:
        made = _STEPS[step["id"]](made, step["options"])
    return made


def _names(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _merged(made: Frame, _: Options) -> Frame:
    merged: dict[tuple[tuple[str, str], ...], Row] = {}
    for row in made.rows:
        labels = {name: value for name, value in row.items() if not name.startswith("Value")}
        merged.setdefault(tuple(sorted(labels.items())), {}).update(row)
    return Frame(made.columns, list(merged.values()))


def _sorted(made: Frame, options: Options) -> Frame:
    (by,) = options["sort"]
    key = by["field"]
    return Frame(made.columns, sorted(made.rows, key=lambda row: row.get(key, float("inf"))))


def _spread(made: Frame, options: Options) -> Frame:
    row_name, column_name, value = (options[it] for it in ("rowField", "columnField", "valueField"))
    head = f"{row_name}\\{column_name}"
    rows: dict[str, Row] = {}
    for row in made.rows:
        of_row = rows.setdefault(row[row_name], {head: row[row_name]})
        of_row[row[column_name]] = row[value]
    names = dict.fromkeys(row[column_name] for row in made.rows)
    return Frame([head, *names], list(rows.values()))


def _kept(made: Frame, options: Options) -> Frame:
    names = options["include"]["names"]
    return Frame([name for name in made.columns if name in names], made.rows)


def _organised(made: Frame, options: Options) -> Frame:
    order, renamed = options["indexByName"], options["renameByName"]
    kept = [name for name in made.columns if not options["excludeByName"].get(name)]
    kept.sort(key=lambda name: order.get(name, len(order)))
    rows = [{renamed.get(name, name): row[name] for name in kept if name in row} for row in made.rows]
    return Frame([renamed.get(name, name) for name in kept], rows)


_STEPS: dict[str, Callable[[Frame, Options], Frame]] = {
    "merge": _merged,
    "sortBy": _sorted,
    "groupingToMatrix": _spread,
    "filterFieldsByName": _kept,
    "organize": _organised,
}
