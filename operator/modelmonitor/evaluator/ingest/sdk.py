"""Rows that our own client posts, `{"rows": [{"features": {…}, "prediction", "score", "id", "time"}]}`.

A score is a number, a list in the order of the classes, or an object from class to number. Only `features`
must be there. A row that is wrong costs itself only.
"""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from modelmonitor.evaluator.ingest import documents, ids, table
from modelmonitor.evaluator.ingest.answers import Answers
from modelmonitor.evaluator.ingest.reading import Reading, Refused
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme


class _Row(msgspec.Struct):
    features: dict[str, Any]
    prediction: Any = None
    score: Any = None
    id: str | int | None = None
    time: float | None = None


class _Typed(msgspec.Struct):
    rows: list[_Row]


class _Untyped(msgspec.Struct):
    rows: list[Any]


_typed = msgspec.json.Decoder(_Typed)
_untyped = msgspec.json.Decoder(_Untyped)


def read(body: bytes, scheme: Scheme) -> Reading:
    """Return the rows of a body, and how many of them were malformed; never raises.

    The rows' time is the latest of theirs, 0 where none has one: the caller holds it against its clock.
    """
    answers = Answers(scheme)
    sent: list[Any] = [None]
    try:
        rows = documents.typed(_typed, body).rows
        return Reading(_together(rows, answers))
    except Refused:
        pass
    try:
        sent = documents.typed(_untyped, body).rows
        good = [row for one in sent if (row := _checked(one, answers)) is not None]
        losses = ((Loss.MALFORMED, len(sent) - len(good)),) if len(good) < len(sent) else ()
        return Reading(_together(good, answers) if good else None, losses)
    except Refused as refused:
        return Reading(None, ((refused.loss, len(sent)),))


def _checked(sent: Any, answers: Answers) -> _Row | None:
    try:
        row = msgspec.convert(sent, _Row)
        _together([row], answers)
    except (ValueError, Refused):
        return None
    return row


def _together(rows: Sequence[_Row], answers: Answers) -> Rows:
    count = len(rows)
    predictions = [row.prediction for row in rows]
    scores = [row.score for row in rows]
    times = [row.time for row in rows if row.time is not None and math.isfinite(row.time)]
    return Rows(
        count,
        table.records([row.features for row in rows]) if rows else {},
        answers.predictions(predictions, count) if _any(predictions) else None,
        answers.scores(scores, count) if _any(scores) else None,
        ids.of_rows([row.id for row in rows], count),
        max(times, default=0.0),
    )


def _any(values: Sequence[Any]) -> bool:
    return any(value is not None for value in values)
