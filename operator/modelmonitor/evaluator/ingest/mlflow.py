"""MLflow's scoring server, `/invocations`: frames (JSON or CSV) or tensors in, `{"predictions": …}` out."""

from typing import Any

from modelmonitor.evaluator.ingest import delimited, documents, table
from modelmonitor.evaluator.ingest.message import Message
from modelmonitor.evaluator.ingest.named import Named
from modelmonitor.evaluator.ingest.reading import malformed
from modelmonitor.evaluator.ingest.table import Columns
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.profile import ColumnType
from modelmonitor.wire.scheme import Scheme

PATHS = ("/invocations",)


class MLflow:
    """Reads messages of one model."""

    def __init__(self, scheme: Scheme) -> None:
        self._named = Named(scheme)
        self._names = scheme.names
        self._numeric = frozenset(it.name for it in scheme.columns if it.type is ColumnType.NUMERIC)

    def rows(self, message: Message) -> Rows:
        """Return the predictions of a message."""
        request: Any = None
        if message.request_headers.get(b"content-type", b"").lower().lstrip().startswith(b"text/csv"):
            features = delimited.columns(message.request, self._numeric)
        else:
            request = documents.document(message.request)
            features = self._features(request)
        return self._named.rows(message, (request, documents.document(message.response)), features)

    def _features(self, request: Any) -> tuple[int, Columns]:
        if not isinstance(request, dict):
            raise malformed()
        if (split := request.get("dataframe_split")) is not None:
            return self._split(split)
        if isinstance(inputs := request.get("inputs"), dict):
            return table.columns(inputs)
        for key in ("dataframe_records", "instances", "inputs"):
            if isinstance(rows := request.get(key), list):
                return len(rows), table.rows(rows, self._names) if rows else {}
        raise malformed()

    def _split(self, split: Any) -> tuple[int, Columns]:
        data = split.get("data") if isinstance(split, dict) else None
        if not isinstance(data, list) or not set(map(type, data)) <= {list}:
            raise malformed()
        names = split.get("columns")
        if names is None:
            return len(data), table.lists(data, self._names)
        if not isinstance(names, list) or len(set(names := list(map(str, names)))) < len(names):
            raise malformed()
        if not set(map(len, data)) <= {len(names)}:
            raise malformed()
        return len(data), table.lists(data, names)
