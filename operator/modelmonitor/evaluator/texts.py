"""How a class, a ranked item or an id is written, however a model or a label's sender spells it."""

import math

import numpy as np

LONGEST_INTEGER = 1024
"""In bits; no identifier has more, and writing longer ones takes quadratic time."""


def class_text(value: object) -> str | None:
    """Return the one text of a class, a ranked item or an id; None where the value is none of them.

    Predictions, labels and the reference agree on it: a whole number is written without a point, whatever
    its type, and truth values in lower case. No value, an empty text, NaN, infinity, lists and objects are
    no class.

    >>> [class_text(value) for value in (1, 1.0, "1", True, 0.5, "", None, float("nan"), [1])]
    ['1', '1', '1', 'true', '0.5', None, None, None, None]
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, int) and value.bit_length() <= LONGEST_INTEGER:
        return str(value)
    return None


def _of_float(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() else repr(value)
