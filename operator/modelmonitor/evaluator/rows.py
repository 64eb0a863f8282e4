"""The one internal form of predictions: columns of equal length, whatever protocol they came by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = Sequence[object] | NDArray[np.generic]
"""A column: a list as decoded (numbers, texts, booleans, None), or an array."""


@dataclass(slots=True)
class Rows:
    """Predictions of one or more exchanges.

    Every column has `count` values. A feature that is absent from `features` is missing in every row.
    """

    count: int
    features: dict[str, Values]
    """By name; names that the reference does not know are counted and left out later."""
    predictions: Values | None = None
    """Classes as sent, numbers (Regression), or ranked lists of item ids (Ranking)."""
    scores: Values | None = None
    """Binary: probabilities of the positive class. Multiclass: each row's, in the order of the classes."""
    ids: Sequence[str | None] | None = None
    """Prediction ids; None where there is none."""
    time: float = field(default=0.0)
    """When the prediction was served, Unix time in seconds."""


def merge(parts: Sequence[Rows]) -> Rows:
    """Put the rows of several exchanges into one batch, as served at the time of the first.

    What one part lacks (a feature, predictions, scores, ids) is None in its rows. Parts are small: the few
    milliseconds between them do not matter.
    """
    if len(parts) == 1:
        return parts[0]
    return Rows(
        count=sum(part.count for part in parts),
        features=_features(parts),
        predictions=_joined(parts, [part.predictions for part in parts]),
        scores=_joined(parts, [part.scores for part in parts]),
        ids=_joined(parts, [part.ids for part in parts]),
        time=parts[0].time,
    )


def _features(parts: Sequence[Rows]) -> dict[str, Values]:
    every = [part.features for part in parts]
    names = tuple(every[0])
    if all(tuple(features) == names for features in every):  # most often: nothing needs to be padded
        columns = zip(*(features.values() for features in every), strict=True)
        return {name: list(chain.from_iterable(column)) for name, column in zip(names, columns, strict=True)}
    union = dict.fromkeys(chain.from_iterable(every))
    return {name: _joined(parts, [features.get(name) for features in every]) for name in union}


def _joined(parts: Sequence[Rows], columns: Sequence[Any]) -> Any:
    """Join the columns of the parts; None where no part has one."""
    lacking = sum(column is None for column in columns)
    if lacking == 0:
        return list(chain.from_iterable(columns))
    if lacking == len(columns):
        return None
    padded = (
        repeat(None, part.count) if column is None else column
        for part, column in zip(parts, columns, strict=True)
    )
    return list(chain.from_iterable(padded))


def part(rows: Rows, start: int, stop: int) -> Rows:
    """Return some of the rows."""
    chosen = slice(start, stop)
    return Rows(
        count=len(range(rows.count)[chosen]),
        features={name: values[chosen] for name, values in rows.features.items()},
        predictions=None if rows.predictions is None else rows.predictions[chosen],
        scores=None if rows.scores is None else rows.scores[chosen],
        ids=None if rows.ids is None else rows.ids[chosen],
        time=rows.time,
    )
