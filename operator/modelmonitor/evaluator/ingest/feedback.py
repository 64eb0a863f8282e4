"""Feedback of loggers as labels: CloudEvents whose type ends with `.feedback`, in binary or structured mode.

The prediction's id is the extension `requestid`, as Seldon sends it, or the event's own; the time is the
event's. The data is `{"actual": …}`, or Seldon's message, whose truth is `{"truth": {"data": …}}` with
`ndarray` or `tensor`, or `{"truth": {"strData": …}}`. Of several rows each is the label of `<id>/<row>`; of a
row with several values the first counts.
"""

from collections.abc import Mapping
from typing import Any

from modelmonitor.evaluator.ingest import cloudevents, documents, encoding
from modelmonitor.evaluator.ingest.reading import Refused

TYPE = ".feedback"
MAX_BYTES = 1 << 20
"""Of one event, unpacked."""
Item = dict[str, Any]


def items(headers: Mapping[bytes, bytes], body: bytes) -> list[Item] | None:
    """Return the labels of an event as `POST /v1/labels` takes them; None if it is no feedback.

    An event that is not understood gives one label without truth, which is invalid.
    """
    try:
        event = _event(headers, body)
    except Refused:
        return None
    if not str(event.get("type")).endswith(TYPE):
        return None
    id_ = event.get("requestid") or event.get("id")
    try:
        rows, time = _rows(documents.document(event["data"])), event.get("time")
    except Refused:
        return [{"id": id_, "actual": None}]
    label = {"time": moment} if (moment := cloudevents.instant(time)) is not None else {}
    return [
        {"id": id_ if len(rows) == 1 else f"{id_}/{number}", "actual": row, **label}
        for number, row in enumerate(rows)
    ]


def _event(headers: Mapping[bytes, bytes], body: bytes) -> Mapping[str, Any]:
    if headers.get(b"content-type", b"").lower().startswith(cloudevents.STRUCTURED):
        return cloudevents.attributes(body) if TYPE.encode() in body else {}
    names = ("id", "type", "requestid", "time")
    found = {name: headers.get(b"ce-" + name.encode(), b"").decode("utf-8", "replace") for name in names}
    if not found["type"].endswith(TYPE):
        return found
    return {**found, "data": encoding.decoded(body, headers.get(b"content-encoding", b""), MAX_BYTES)}


def _rows(document: Any) -> list[Any]:
    """Return the truth of each row."""
    if not isinstance(document, dict):
        return [None]
    if "truth" not in document:
        return [document.get("actual")]
    truth = document["truth"]
    if not isinstance(truth, dict):
        return [None]
    data = truth.get("data")
    if not isinstance(data, dict):
        return [truth.get("strData")]
    return [_first(row) for row in _listed(data)] or [None]


def _listed(data: Mapping[str, Any]) -> list[Any]:
    tensor = data.get("tensor")
    if not isinstance(tensor, dict):
        found = data.get("ndarray")
        return found if isinstance(found, list) else []
    values, shape = tensor.get("values"), tensor.get("shape")
    if not isinstance(values, list) or not isinstance(shape, list) or not shape:
        return []
    rows = shape[0] if isinstance(shape[0], int) else 0
    return values[:: len(values) // rows] if 0 < rows <= len(values) else []


def _first(row: Any) -> Any:
    while isinstance(row, list):
        row = row[0] if row else None
    return row
