"""Predictions on their way: copied where the model runs, written and sent by the courier's thread.

The body of `POST /v1/events` is `{"rows": [{"features", "prediction"?, "score"?, "id"?, "time"}, ...]}`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from modelmonitor.client import jsontext
from modelmonitor.client.courier import GATHERED, Parcel
from modelmonitor.client.endpoint import Endpoint
from modelmonitor.client.losses import Losses

_LARGEST_BODY = 1 << 19
_AS_THEY_ARE = frozenset({str, float, int, bool, type(None)})


class Asked(NamedTuple):
    """What a model was asked, copied before it answers: `batch` is None for one row."""

    features: Mapping[Any, Any] | Sequence[Mapping[Any, Any]]
    """A mapping of values, or for a batch of columns; or a mapping for each row of the batch."""
    id: Any
    """A text or None; for a batch a list of those."""
    batch: int | None = None


class Answered(NamedTuple):
    """A prediction, or a batch of them."""

    asked: Asked
    prediction: Any
    score: Any
    time: float

    @property
    def size(self) -> int:
        """How many rows it has."""
        return 1 if self.asked.batch is None else self.asked.batch

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give its rows as they are sent."""
        if self.asked.batch is None:
            yield _row(self.asked.features, self.prediction, self.score, self.asked.id, self.time)
            return
        columns = (self.prediction, self.score, self.asked.id)
        for row in zip(_each(self.asked.features), *columns, strict=True):
            yield _row(*row, self.time)


def asked(features: Any, id: Any) -> Asked:  # noqa: A002 - the word of the protocol
    """Copy what a model is asked, one level deep.

    Raises
    ------
    TypeError, ValueError
        If the features are neither a mapping nor rows of them, or the ids of a batch are not as many.
    """
    if isinstance(features, Mapping):
        return Asked(dict(features), _text(id))
    if hasattr(features, "columns") and hasattr(features, "to_dict"):  # a DataFrame
        columns = {name: features[name].tolist() for name in features.columns}
        return Asked(columns, _ids(id, len(features)), len(features))
    if hasattr(features, "to_dict"):  # a row of one
        return Asked(features.to_dict(), _text(id))
    if isinstance(features, Sequence) and all(isinstance(one, Mapping) for one in features):
        return Asked([dict(one) for one in features], _ids(id, len(features)), len(features))
    expected = "a mapping, a sequence of mappings or a DataFrame"
    raise TypeError(f"features: expected {expected}, got {type(features).__qualname__}")


def answered(asked: Asked, prediction: Any, score: Any, time: float) -> Answered:
    """Copy what the model answered, one level deep.

    Raises
    ------
    ValueError
        If the predictions or scores of a batch are not as many as its rows.
    """
    if asked.batch is None:
        return Answered(asked, _single(prediction), _single(score), time)
    return Answered(asked, _column(prediction, asked.batch), _column(score, asked.batch), time)


class Predictions:
    """Carries predictions to the evaluator."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.losses = Losses("predictions")

    def forget(self) -> None:
        """Begin anew, as a forked process does."""
        self._endpoint.close()
        self.losses.forget()

    def pack(self, things: Sequence[Answered]) -> list[Parcel]:
        """Write bodies of bounded size."""
        parcels: list[Parcel] = []
        rows: list[bytes] = []
        size = 0
        for row in self._written(things):
            if len(rows) == GATHERED or size + len(row) > _LARGEST_BODY:
                parcels.append(_parcel(rows))
                rows, size = [], 0
            rows.append(row)
            size += len(row)
        return [*parcels, _parcel(rows)] if rows else parcels

    def deliver(self, parcel: Parcel) -> Parcel | None:
        """Send a body; an evaluator that is busy gets it again."""
        answer = self._endpoint.post("/v1/events", parcel.content)
        if answer.busy:
            self.losses.add(0, f"{self._endpoint.name}: busy (status {answer.status})")
            return parcel.delayed(answer.retry_after)
        if not answer.good:
            self.losses.add(parcel.count, f"{self._endpoint.name}: refused with status {answer.status}")
        return None

    def _written(self, things: Sequence[Answered]) -> Iterator[bytes]:
        for row in (row for thing in things for row in thing.rows()):
            try:
                yield jsontext.text(row)
            except Exception as error:  # noqa: BLE001 - objects of the model's own may do anything
                self.losses.add(1, f"a prediction cannot be written as JSON: {error}")


def _parcel(rows: Sequence[bytes]) -> Parcel:
    return Parcel(b'{"rows":[' + b",".join(rows) + b"]}", len(rows))


def _row(features: Any, prediction: Any, score: Any, id: Any, time: float) -> dict[str, Any]:  # noqa: A002
    row = {"features": features, "time": time}
    if prediction is not None:
        row["prediction"] = prediction
    if score is not None:
        row["score"] = score
    if id is not None:
        row["id"] = id
    return row


def _each(features: Any) -> Iterator[Mapping[Any, Any]]:
    """Give the features of each row of a batch."""
    if not isinstance(features, Mapping):
        return iter(features)
    rows = zip(*features.values(), strict=True)
    return (dict(zip(features, values, strict=True)) for values in rows)


def _text(id: Any) -> str | None:  # noqa: A002
    return None if id is None else str(id)


def _ids(ids: Any, count: int) -> list[str | None]:
    return [_text(id) for id in _column(ids, count)]  # noqa: A001


def _column(values: Any, count: int) -> Sequence[Any]:
    """Copy a value for each row; a batch of one may come with a bare value."""
    copy = _copy(values)
    if copy is None:
        return [None] * count
    if count == 1 and not isinstance(copy, list):
        return [copy]
    if not isinstance(copy, list) or len(copy) != count:
        got = f"{len(copy)}" if isinstance(copy, list) else type(copy).__qualname__
        raise ValueError(f"a batch of {count}: expected as many predictions, scores and ids, got {got}")
    return copy


def _single(value: Any) -> Any:
    """Copy what was predicted for one row: an array with one element, as many models answer, is that."""
    if type(value) in _AS_THEY_ARE:
        return value
    copy = _copy(value)
    is_array = isinstance(copy, list) and not isinstance(value, list | tuple)
    return copy[0] if is_array and len(copy) == 1 else copy


def _copy(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, list | tuple) else value
