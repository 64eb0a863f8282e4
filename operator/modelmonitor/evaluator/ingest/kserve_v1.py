"""KServe's v1 protocol (TensorFlow Serving's): `{"instances": […]}` is answered by `{"predictions": […]}`.

An instance is an object (features by name), a list (in the order of the names) or a lone value (of the only
feature).
"""

from typing import Any

from modelmonitor.evaluator.ingest import documents, table
from modelmonitor.evaluator.ingest.message import Message
from modelmonitor.evaluator.ingest.named import Named
from modelmonitor.evaluator.ingest.reading import malformed
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.scheme import Scheme

PATHS = ("/v1/models/*:predict", "/v1/models/*/versions/*:predict")


class KServeV1:
    """Reads messages of one model."""

    def __init__(self, scheme: Scheme) -> None:
        self._named = Named(scheme)
        self._names = scheme.names

    def rows(self, message: Message) -> Rows:
        """Return the predictions of a message."""
        request: Any = documents.document(message.request)
        instances = request.get("instances") if isinstance(request, dict) else None
        if not isinstance(instances, list):
            raise malformed()
        features = table.rows(instances, self._names) if instances else {}
        response = documents.document(message.response)
        return self._named.rows(message, (request, response), (len(instances), features))
