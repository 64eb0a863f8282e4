"""What of a response is the prediction and what the score.

A configured name is taken (`columns.prediction`, `columns.score`); what is not configured is chosen among
the other outputs. Names come first: `prob` or `score` in it is a score; `predict`, `label` or `class` a
prediction. Then types:

- Regression, Ranking: the first output is the prediction, for Regression the first with one value a row.
- Classes: vectors with a number for each class, objects from class to number, and (Binary) fractions within
  [0, 1] are scores; texts, booleans, whole numbers and other fractions are predictions.
- Outputs that are named like the classes are the vector of their scores.

The vector of a binary model is in the order of the declared classes, whichever of them is the positive one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelmonitor.evaluator.ingest.reading import Refused, malformed
from modelmonitor.evaluator.rows import Values
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

Outputs = Mapping[str, Values]
"""By name, a value for each row; a value may be a list or an object, an array may have two dimensions."""
Judged = tuple[Values | None, Values | None]
"""Predictions and scores, in the forms that `Rows` promises."""

_VECTORS = {list, dict}


class Answers:
    """The outputs of one model, judged by its config."""

    def __init__(self, scheme: Scheme) -> None:
        self._task = scheme.task
        self._classes = scheme.classes
        self._classes_set = set(scheme.classes)
        self._columns = scheme.config.capture.columns
        self._has_scores = scheme.task in (Task.BINARY, Task.MULTICLASS)
        declared = scheme.config.model.classes or (scheme.profile.classes if scheme.profile else ())
        self._order = declared if set(declared) == set(scheme.classes) else scheme.classes
        self._positive = self._order.index(scheme.classes[1]) if scheme.task is Task.BINARY else 0

    def judged(self, outputs: Outputs, count: int) -> Judged:
        """Return the predictions and the scores of `count` rows.

        Raises
        ------
        Refused
            ROW_COUNT if the outputs have other rows, MALFORMED if a vector has not a number for each class.
        """
        prediction, score = self._chosen(outputs)
        return (
            None if prediction is None else self.predictions(prediction, count),
            None if score is None else self.scores(score, count),
        )

    def predictions(self, values: Values, count: int) -> Values:
        """Bring predictions into form: one value a row, or a list of items where the model ranks."""
        if self._task is Task.RANKING:
            return _counted(_ranked(values, count), count)
        return _single(_counted(values, count))

    def scores(self, values: Values, count: int) -> Values | None:
        """Bring scores into form; None where there can be none: a lone number among several classes."""
        if not self._has_scores:
            return None
        values = _counted(values, count)
        if isinstance(values, np.ndarray):
            return self._of_array(values)
        nested = not _VECTORS.isdisjoint(map(type, values))
        if self._task is Task.BINARY:
            return [self._of_positive(value) for value in values] if nested else values
        return [self._vector(value) for value in values] if nested else None

    def _of_array(self, values: np.ndarray) -> Values | None:
        width = 1 if values.ndim == 1 else values.shape[1]
        if self._task is Task.BINARY and width <= 2:
            return values if values.ndim == 1 else values[:, self._positive if width == 2 else 0]
        if self._task is Task.MULTICLASS and width in (1, len(self._classes)):
            return values if width > 1 else None
        raise malformed()

    def _of_positive(self, value: object) -> object:
        if isinstance(value, list):
            if not 1 <= len(value) <= 2:
                raise malformed()
            return value[self._positive if len(value) == 2 else 0]
        return value.get(self._classes[1]) if isinstance(value, dict) else value

    def _vector(self, value: object) -> list[object]:
        if isinstance(value, dict):
            return [value.get(name) for name in self._classes]
        if not isinstance(value, list):
            return [None] * len(self._classes)
        if len(value) != len(self._classes):
            raise malformed()
        return value

    def _chosen(self, outputs: Outputs) -> Judged:
        columns = self._columns
        prediction, score = outputs.get(columns.prediction or ""), outputs.get(columns.score or "")
        rest = {name: it for name, it in outputs.items() if name not in (columns.prediction, columns.score)}
        if self._has_scores and columns.score is None:
            score = self._guessed_score(rest)
        if columns.prediction is None:
            prediction = self._guessed_prediction(rest)
        return prediction, score

    def _guessed_score(self, outputs: dict[str, Values]) -> Values | None:
        """Take the score out of the outputs."""
        if len(outputs) > 1 and outputs.keys() == self._classes_set:
            return list(map(list, zip(*(outputs.pop(name) for name in self._order), strict=False)))
        names = sorted(outputs, key=_named_prediction, reverse=True) if len(outputs) > 1 else list(outputs)
        for looks_like_score in (_named_score, _vectors, self._fractions):
            for name in names:
                if looks_like_score(name, outputs[name]):
                    return outputs.pop(name)
        return None

    def _guessed_prediction(self, outputs: Outputs) -> Values | None:
        if self._task is not Task.RANKING:
            single = {name: it for name, it in outputs.items() if not _vectors(name, it)}
            outputs = single if single or self._has_scores else outputs
        for name, values in outputs.items():
            if _named_prediction(name) and not _named_score(name, values):
                return values
        others = (it for name, it in outputs.items() if not self._fractions(name, it))
        return next(others, None)

    def _fractions(self, _: str, values: Values) -> bool:
        """Say whether these look like probabilities of the positive class; one may be missing."""
        if self._task is not Task.BINARY or (isinstance(values, np.ndarray) and values.dtype.kind != "f"):
            return False
        numbers: Any = _lone(values.tolist() if isinstance(values, np.ndarray) else values)
        kinds = set(map(type, numbers))
        if float not in kinds or not kinds <= {float, int, type(None)}:
            return False
        return not any(value is not None and (value < 0 or value > 1) for value in numbers)


def _named_score(name: str, _: Values) -> bool:
    name = name.lower()
    return "prob" in name or "score" in name


def _named_prediction(name: str) -> bool:
    name = name.lower()
    return "predict" in name or "label" in name or "class" in name


def _vectors(_: str, values: Values) -> bool:
    """Say whether rows have several values each."""
    if isinstance(values, np.ndarray):
        return values.ndim == 2 and values.shape[1] > 1
    kinds = set(map(type, values))
    return dict in kinds or (list in kinds and any(type(it) is list and len(it) > 1 for it in values))


def _counted(values: Values, count: int) -> Values:
    if len(values) != count:
        raise Refused(Loss.ROW_COUNT)
    return values


def _single(values: Values) -> Values:
    """Take the only element out of each row's list."""
    if isinstance(values, np.ndarray):
        if values.ndim > 1 and values.shape[1] != 1:
            raise malformed()
        return values.reshape(-1)
    values = _lone(values)
    if list in set(map(type, values)):
        raise malformed()
    return values


def _lone(values: Sequence[object]) -> Sequence[object]:
    """Take the element out of the lists that have only one."""
    if list not in set(map(type, values)):
        return values
    return [value[0] if type(value) is list and len(value) == 1 else value for value in values]


def _ranked(values: Values, count: int) -> Values:
    """Return a list of items for each row; the answer to a single query may be one flat list."""
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if list in set(map(type, values)):
        return [value if type(value) is list else [] if value is None else [value] for value in values]
    return [list(values)] if count == 1 else [[value] for value in values]
