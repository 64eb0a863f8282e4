"""From predictions as they were sent to records that can wait for their truth, and to codes that count."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator import records
from modelmonitor.evaluator.counters.numeric import Floats, to_numbers
from modelmonitor.evaluator.records import Records
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.evaluator.texts import class_text
from modelmonitor.stats import categories
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Slice
from modelmonitor.wire.scheme import Scheme

NO_CLASS = -1
Codes = NDArray[np.int64]
Known = Mapping[str | None, int]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Records, row by row, and how many predictions and scores were sent that are none."""

    records: Records
    invalid_predictions: int = 0
    invalid_scores: int = 0


class Encoder:
    """Writes predictions of one scheme as records.

    A class is known by its name (`texts.class_text`), never by its position. A row without a class gets the
    one that its scores speak for. A score outside [0, 1] is none; of a vector with such a number, nothing is
    used.
    """

    def __init__(self, scheme: Scheme) -> None:
        self._type = records.record_type(scheme)
        self._scheme = scheme
        self._classes: dict[str | None, int] = {name: code for code, name in enumerate(scheme.classes)}
        self._classes[None] = self._classes[""] = NO_CLASS  # of texts alone, none passes `class_text`
        self._segments = [_Place(one) for one in scheme.segments]
        self._groups = [_Place(one) for one in scheme.groups]

    def encode(self, rows: Rows) -> Encoded:
        """Return the records of rows; those without an id have the key 0."""
        found = np.zeros(rows.count, self._type)
        found["served"] = rows.time
        if rows.ids is not None:
            found["key"] = [records.key(one) if one else 0 for one in rows.ids]
        for name, places in (("segments", self._segments), ("groups", self._groups)):
            for position, place in enumerate(places):
                found[name][:, position] = place.codes(rows)
        if self._scheme.task is Task.REGRESSION:
            return self._number(found, rows)
        if self._scheme.task is Task.RANKING:
            return self._ranking(found, rows)
        return self._class(found, rows)

    def _class(self, found: Records, rows: Rows) -> Encoded:
        found["scores"], invalid_scores = _scores(rows, found["scores"].shape)
        found["predicted"] = self._decided(found["scores"])
        if rows.predictions is None:
            return Encoded(found, 0, invalid_scores)
        named = codes(rows.predictions, self._classes, len(self._scheme.classes), class_text)
        np.copyto(found["predicted"], named, casting="same_kind", where=named != NO_CLASS)
        nameless = np.flatnonzero(found["predicted"] == NO_CLASS)
        invalid = sum(not _missing(rows.predictions[row]) for row in nameless.tolist())
        return Encoded(found, invalid, invalid_scores)

    def _decided(self, scores: Floats) -> Codes:
        """Return the class that scores speak for."""
        if self._scheme.task is Task.BINARY:
            chosen = (scores[:, 0] >= self._scheme.config.model.decision_threshold).astype(np.int64)
        else:
            chosen = np.argmax(scores, axis=1)
        return np.where(np.isnan(scores[:, 0]), NO_CLASS, chosen)

    def _number(self, found: Records, rows: Rows) -> Encoded:
        if rows.predictions is None:
            found["value"] = np.nan
            return Encoded(found)
        found["value"], invalid = to_numbers(rows.predictions)
        return Encoded(found, invalid)

    def _ranking(self, found: Records, rows: Rows) -> Encoded:
        invalid, depth = 0, found["items"].shape[1]
        for row, items in enumerate(() if rows.predictions is None else rows.predictions):
            if isinstance(items, Sequence | np.ndarray) and not isinstance(items, str | bytes):
                texts = [class_text(item) for item in items[:depth]]
                keys = [records.NO_ITEM if text is None else records.key(text) for text in texts]
                found["items"][row, : len(keys)] = keys
            else:
                invalid += items is not None
        return Encoded(found, invalid)


class _Place:
    """Where rows belong among the declared values of a column; the number of values stands for all others."""

    def __init__(self, one: Slice) -> None:
        self._column = one.column
        self._known: Known = {value: code for code, value in enumerate(one.values)}

    def codes(self, rows: Rows) -> Codes | int:
        values = rows.features.get(self._column)
        other = len(self._known)
        return other if values is None else codes(values, self._known, other, categories.text_of)


def codes(values: Values, known: Known, other: int, text: Callable[[object], str | None]) -> Codes:
    """Return the code of each value's text; `other` where the text has none."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    if set(map(type, listed)) != {str}:
        listed = [text(value) for value in listed]
    return np.array([known.get(value, other) for value in listed], np.int64)  # type: ignore[arg-type]


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float | np.floating) and bool(np.isnan(value)))


def _scores(rows: Rows, shape: tuple[int, int]) -> tuple[Floats, int]:
    """Return usable scores, NaN in all other rows, and how many of these have something else."""
    if rows.scores is None:
        return np.full(shape, np.nan), 0
    scores = _matrix(rows.scores, shape)
    unusable = ~((scores >= 0) & (scores <= 1)).all(axis=1)
    scores[unusable] = np.nan
    absent = sum(value is None for value in rows.scores) if unusable.any() else 0
    return scores, int(np.count_nonzero(unusable)) - absent


def _matrix(values: Values, shape: tuple[int, int]) -> Floats:
    """Return a row of scores for each prediction; NaN where it is no such row."""
    count, width = shape
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu" and values.size == count * width:
        return values.reshape(shape).astype(np.float64)
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    if width == 1:
        return to_numbers(listed)[0].reshape(shape)
    vectors = (_vector(value, width) for value in listed)
    return to_numbers(list(itertools.chain.from_iterable(vectors)))[0].reshape(shape)


def _vector(value: object, width: int) -> list[object]:
    vector = value.tolist() if isinstance(value, np.ndarray) else value
    return vector if isinstance(vector, list) and len(vector) == width else [None] * width
