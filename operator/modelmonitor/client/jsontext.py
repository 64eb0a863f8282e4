"""Whatever a model's code hands over, as JSON that every reader takes."""

import enum
import json
import math
import sys
from collections.abc import Mapping, Set
from typing import Any


def text(value: object) -> bytes:
    """Write a value as JSON in UTF-8.

    Numbers and arrays of numpy, pandas, torch and the like become plain ones. NaN, `pandas.NA` and `NaT`
    become null: the value is missing. Infinity, for which JSON has no word, becomes the largest number
    there is, so that it counts in the outermost bin. Dates become texts,
    durations seconds.

    Raises
    ------
    TypeError
        For an object that is none of these, such as a function.

    >>> text({"age": 41, "income": float("nan"), "ratio": float("-inf")})
    b'{"age":41,"income":null,"ratio":-1.7976931348623157e+308}'
    """
    try:
        written = _ENCODER.encode(value)
    except (ValueError, TypeError):  # not finite, or a key that is no text
        written = _ENCODER.encode(_plain(value))
    return written.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """Rebuild containers with texts as keys and finite numbers."""
    if isinstance(value, float):
        return None if math.isnan(value) else max(-sys.float_info.max, min(sys.float_info.max, value))
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _plain(_converted(value))


def _converted(value: Any) -> Any:
    """Convert, by what it can do, an object that JSON does not know."""
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    for method in ("tolist", "isoformat", "total_seconds", "__float__"):
        if hasattr(value, method):
            return getattr(value, method)()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return list(value)
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    if isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"expected numbers, texts and the like, got {type(value).__qualname__}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_converted)
