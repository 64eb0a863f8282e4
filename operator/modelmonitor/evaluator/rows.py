"""The one internal form of predictions: columns of equal length, whatever protocol they came by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = Sequence[object] | NDArray[np.generic]
"""A column: a list as decoded (numbers, texts, booleans, None), or an array."""


@dataclass(frozen=True, slots=True)
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
