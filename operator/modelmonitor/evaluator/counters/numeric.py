"""A column as doubles: what is missing, and what is no number, is NaN."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.rows import Values

Floats = NDArray[np.float64]
_PLAIN = frozenset({float, int, type(None), np.float64, np.float32, np.int64, np.int32})
"""What numpy reads as numbers by itself; of its own scalars those that joined arrays leave in lists."""


def to_numbers(values: Values) -> tuple[Floats, int]:
    """Return a column as doubles, and how many of its values are neither numbers nor missing.

    None and NaN are missing. Texts are no numbers, even if they look like one, nor are truth values, lists
    and objects; integers too large for a double are infinite.

    >>> to_numbers([1, 2.5, None, "3", True])
    (array([1. , 2.5, nan, nan, nan]), 2)
    """
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "fiu" and values.ndim == 1:
            return values.astype(np.float64, copy=False), 0
        return _one_by_one(values.tolist())
    if set(map(type, values)) <= _PLAIN:
        try:
            return np.array(values, dtype=np.float64), 0
        except OverflowError:
            pass
    return _one_by_one(values)


def _one_by_one(values: Sequence[object]) -> tuple[Floats, int]:
    numbers, invalid = np.full(len(values), math.nan), 0
    for row, value in enumerate(values):
        if isinstance(value, np.generic):
            value = value.item()  # noqa: PLW2901 - the same value as Python has it
        if value is None:
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            numbers[row] = _double(value)
        else:
            invalid += 1
    return numbers, invalid


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
