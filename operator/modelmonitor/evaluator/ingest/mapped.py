"""Plain JSON of any shape, by paths: `columns.features`, `.prediction`, `.score`, `.id` (see `paths`).

Features are an object or a list of objects, a list (one row, in the order of the names) or a list of lists,
or an object of columns; without a path, the whole request. Prediction and score are looked for in the
response, the id in the request, then the response. `[*]` or a list where there are several rows gives a
value to each row. Where a path leads nowhere, the value is missing.
"""

from typing import Any

from modelmonitor.errors import Problem, SpecInvalid
from modelmonitor.evaluator.ingest import documents, paths, table
from modelmonitor.evaluator.ingest.answers import Answers
from modelmonitor.evaluator.ingest.message import Message, row_ids
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.wire.scheme import Scheme

_FORM = "a path such as data[*].score"


class Mapped:
    """Reads messages of one model.

    Raises
    ------
    SpecInvalid
        With every configured path that is none.
    """

    def __init__(self, scheme: Scheme) -> None:
        columns = scheme.config.capture.columns
        texts = {key: getattr(columns, key) for key in ("features", "prediction", "score", "id")}
        self._paths = {key: paths.path(text) for key, text in texts.items() if text is not None}
        if wrong := [key for key, steps in self._paths.items() if steps is None]:
            raise SpecInvalid([Problem(f"capture.columns.{key}", _FORM, repr(texts[key])) for key in wrong])
        self._answers = Answers(scheme)
        self._names = scheme.names

    def rows(self, message: Message) -> Rows:
        """Return the predictions of a message."""
        request, response = documents.document(message.request), documents.document(message.response)
        features = self._found("features", request) if "features" in self._paths else request
        prediction, score = self._found("prediction", response), self._found("score", response)
        count, named = (self._answered(prediction, score), {}) if features is None else self._table(features)
        own = (self._found("id", request), self._found("id", response))
        return Rows(
            count,
            named,
            None if prediction is None else self._answers.predictions(_by_row(prediction, count), count),
            None if score is None else self._answers.scores(_by_row(score, count), count),
            row_ids(message, count, own),
            message.time,
        )

    def _found(self, key: str, document: Any) -> Any:
        steps = self._paths.get(key)
        return None if steps is None else paths.found(document, steps)

    def _table(self, features: Any) -> tuple[int, dict[str, Values]]:
        if isinstance(features, dict):
            return table.columns(features)
        if not isinstance(features, list):
            features = [features]
        if not features:
            return 0, {}
        one_row = paths.EACH not in (self._paths.get("features") or ()) and len(self._names) != 1
        if one_row and not {dict, list} & set(map(type, features)):
            features = [features]
        return len(features), table.rows(features, self._names)

    def _answered(self, *values: Any) -> int:
        """Return the number of rows that an answer speaks of."""
        for key, value in zip(("prediction", "score"), values, strict=True):
            if isinstance(value, list) and paths.EACH in (self._paths.get(key) or ()):
                return len(value)
        return 1


def _by_row(value: Any, count: int) -> Any:
    """Return a value for each row; the list that answers a single row is a vector or a ranking."""
    if not isinstance(value, list):
        return [value]
    return value if count != 1 or len(value) == 1 else [value]
