"""What is counted of every prediction when it is made, long before its truth is known."""

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.counters.encode import Encoder
from modelmonitor.evaluator.counters.features import Features
from modelmonitor.evaluator.records import Records
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.series import declared
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE, OTHER
from modelmonitor.wire.scheme import Scheme

LOW, HIGH = 0.5, 0.9
"""Confidence below the one is low, above the other high."""


class Predictions:
    """Writes rows as records and counts them."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._task = scheme.task
        self._encoder = Encoder(scheme)
        self._features = Features(bank, scheme)
        self._classes = bank[families.PREDICTIONS]
        self._without_id = bank[families.WITHOUT_ID]
        self._bands = bank.get(families.CONFIDENCE)
        self._groups = Groups(bank, scheme) if families.GROUP in bank else None
        self._names = np.array([*scheme.classes, OTHER, None], dtype=object)  # by code; -1 is the last

    def count(self, rows: Rows) -> Records:
        """Count rows and return their records."""
        encoded = self._encoder.encode(rows)
        records = encoded.records
        self._without_id += np.count_nonzero(records["key"] == 0)
        if self._bands is None:
            self._classes += rows.count
        else:
            other = self._classes.size - 1
            self._classes += np.bincount(_known_or(records["predicted"], other), minlength=other + 1)
            self._bands += _bands(records["scores"])
        if self._groups is not None:
            self._groups.count(records)
        self._features.count({**rows.features, **self._outputs(records)}, rows.count)
        self._features.invalid(FEATURE_PREDICTION, encoded.invalid_predictions)
        self._features.invalid(FEATURE_SCORE, encoded.invalid_scores)
        return records

    def _outputs(self, records: Records) -> dict[str, Values]:
        if self._task is Task.REGRESSION:
            return {FEATURE_PREDICTION: records["value"]}
        if self._task is Task.RANKING:
            return {}
        predicted = self._names[records["predicted"]]
        return {FEATURE_PREDICTION: predicted, FEATURE_SCORE: records["scores"].max(axis=1)}


class Groups:
    """Predictions of each value of the protected columns, and how many of them are of the positive class."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._starts = declared.starts(scheme.groups)
        self._all = bank[families.GROUP]
        self._positive = declared.positive_code(scheme)
        self._selected = bank.get(families.GROUP_SELECTED)

    def count(self, records: Records) -> None:
        """Count predictions, labelled or not."""
        groups = records["groups"] + self._starts
        self._all += np.bincount(groups.ravel(), minlength=self._all.size)
        if self._selected is not None:
            selected = groups[records["predicted"] == self._positive]
            self._selected += np.bincount(selected.ravel(), minlength=self._selected.size)


def _known_or(codes: NDArray[np.integer], other: int) -> NDArray[np.int64]:
    """Return codes of classes, `other` for rows without one."""
    return np.where(codes < 0, other, codes).astype(np.int64)


def _bands(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many rows are of low, middle and high confidence; rows without a score are of none."""
    confidence = np.maximum(scores, 1 - scores)[:, 0] if scores.shape[1] == 1 else scores.max(axis=1)
    low, high = np.count_nonzero(confidence < LOW), np.count_nonzero(confidence > HIGH)
    return np.array([low, np.count_nonzero(confidence >= LOW) - high, high])
