"""Rows of protocols whose features and predictions have names: KServe v1 and MLflow."""

from typing import Any

from modelmonitor.evaluator.ingest import paths, predictions
from modelmonitor.evaluator.ingest.answers import Answers
from modelmonitor.evaluator.ingest.message import Message, row_ids
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.wire.scheme import Scheme


class Named:
    """Joins the features of a request with the predictions of its response."""

    def __init__(self, scheme: Scheme) -> None:
        self._answers = Answers(scheme)
        self._id = scheme.config.capture.columns.id
        self._id_path = paths.path(self._id) if self._id else None

    def rows(
        self, message: Message, documents: tuple[Any, Any], table: tuple[int, dict[str, Values]]
    ) -> Rows:
        """Return the rows of a request and its response, as decoded, and of the request's features."""
        request, response = documents
        count, features = table
        outputs = predictions.outputs(response)
        own = (self._own_id(features, request), self._own_id(outputs, response)) if self._id else ()
        prediction, score = self._answers.judged(outputs, count)
        return Rows(count, features, prediction, score, row_ids(message, count, own), message.time)

    def _own_id(self, columns: dict[str, Values], document: Any) -> Values | Any:
        """Take the configured id out of the columns, or find it in the document."""
        if self._id in columns:
            return columns.pop(self._id)
        return None if self._id_path is None else paths.found(document, self._id_path)
