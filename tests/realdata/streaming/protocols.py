"""Rows as requests of the protocols that models speak: the callers' side, from their specifications."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Columns = Mapping[str, Sequence[Any]]
"""Features by name, as JSON has them: None is missing."""


@dataclass(frozen=True)
class Request:
    """One request about rows `start` to `stop`, and what their predictions are called."""

    path: str
    body: bytes
    start: int
    stop: int
    ids: Sequence[str | None]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return self.stop - self.start


Body = Callable[[Columns], tuple[str, dict[str, Any]]]
"""From the columns of a few rows to the path and the document."""


def open_inference(columns: Columns) -> tuple[str, dict[str, Any]]:
    """A tensor for each column."""
    inputs = [
        {"name": name, "shape": [len(values)], "datatype": _datatype(values), "data": list(values)}
        for name, values in columns.items()
    ]
    return "/v2/models/replay/infer", {"inputs": inputs}


def open_inference_matrix(columns: Columns) -> tuple[str, dict[str, Any]]:
    """One tensor without names, row by row."""
    shape = [len(next(iter(columns.values()))), len(columns)]
    data = [value for row in zip(*columns.values(), strict=True) for value in row]
    tensor = {"name": "input-0", "shape": shape, "datatype": "FP64", "data": data}
    return "/v2/models/replay/versions/2/infer", {"inputs": [tensor]}


def mlflow_split(columns: Columns) -> tuple[str, dict[str, Any]]:
    """MLflow's `dataframe_split`."""
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return "/invocations", {"dataframe_split": {"columns": list(columns), "data": rows}}


def kserve_v1(columns: Columns) -> tuple[str, dict[str, Any]]:
    """KServe's v1: an object for each row."""
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return "/v1/models/replay:predict", {"instances": rows}


def requests(columns: Columns, sizes: Sequence[int], body: Body, name: str) -> list[Request]:
    """Cut rows into requests of these sizes; each is named by a header, but every fiftieth is not.

    Rows of a batch are then called `<id>/<number>`, as the documentation says.
    """
    found, start = [], 0
    for number, size in enumerate(sizes):
        stop = start + size
        some = {column: values[start:stop] for column, values in columns.items()}
        path, document = body(some)
        id_ = None if number % 50 == 49 else f"{name}-{number}"
        ids: list[str | None] = [id_ if size == 1 or id_ is None else f"{id_}/{row}" for row in range(size)]
        found.append(_request((path, document), (start, stop), ids, {"x-request-id": id_} if id_ else {}))
        start = stop
    return found


def named_requests(columns: Columns, sizes: Sequence[int], body: Body, id_column: str) -> list[Request]:
    """Cut rows into requests of these sizes; a column holds their ids."""
    found, start = [], 0
    for size in sizes:
        stop = start + size
        some = {column: values[start:stop] for column, values in columns.items()}
        ids = [None if it is None else str(it) for it in some[id_column]]
        found.append(_request(body(some), (start, stop), ids, {}))
        start = stop
    return found


def _request(
    asked: tuple[str, dict[str, Any]], rows: tuple[int, int], ids: list[str | None], headers: dict[str, str]
) -> Request:
    own = {"content-type": "application/json", "x-rows": f"{rows[0]}-{rows[1]}", **headers}
    return Request(asked[0], json.dumps(asked[1]).encode(), *rows, ids, own)


def _datatype(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    return "BOOL" if kinds == {bool} else "BYTES" if str in kinds else "INT64" if kinds == {int} else "FP64"
