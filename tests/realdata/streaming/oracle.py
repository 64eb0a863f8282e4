"""What must have been counted, from the rows themselves: numpy and nothing of ours."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from realdata.streaming.merged import Merged

OTHER = "__other__"


def text(value: object) -> str:
    """Return a value as a category: whole numbers without a point, truth values in lower case."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not is_missing(value)


def check_column(merged: Merged, column: Mapping[str, Any], values: Sequence[Any], name: str = "") -> None:
    """Hold what was counted of a column against the values that were sent."""
    feature = name or column["name"]
    missing = sum(map(is_missing, values))
    if column["type"] == "Numeric":
        missing += _check_numbers(merged, column, values, feature)
    else:
        known = set(column["categories"])
        expected = Counter(text(it) if text(it) in known else OTHER for it in values if not is_missing(it))
        assert merged.by("feature_category_total", "category", feature=feature) == expected
    assert merged.total("feature_missing_total", feature=feature) == missing


def _check_numbers(merged: Merged, column: Mapping[str, Any], values: Sequence[Any], feature: str) -> int:
    """Return how many of the values are no numbers."""
    numbers = np.array([it for it in values if is_number(it)], np.float64)
    invalid = sum(not is_number(it) and not is_missing(it) for it in values)
    edges, counts = merged.cells("feature_value", feature=feature)
    assert edges == column["edges"]
    places = np.searchsorted(column["edges"], numbers, side="left")
    assert counts == np.bincount(places, minlength=len(edges) + 1).tolist()
    assert merged.total("feature_invalid_total", feature=feature) == invalid
    beyond = np.count_nonzero((numbers < column["minimum"]) | (numbers > column["maximum"]))
    assert merged.total("feature_out_of_range_total", feature=feature) == beyond
    return invalid


def check_labels(merged: Merged, outcomes: Mapping[str, int], answered: Mapping[str, int]) -> None:
    """Hold what became of labels against the rules, and against what their senders were told."""
    assert merged.by("labels_total", "outcome") == outcomes == answered
    assert merged.total("label_lag_seconds_count") == outcomes["joined"]
