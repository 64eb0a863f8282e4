"""A categorical column as counts of declared categories.

Exact: nothing is lost but which unseen category it was. Memory: 8 bytes a category.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from modelmonitor.stats.distribution import Counts, Distribution

OTHER = "__other__"


def text_of(value: object) -> str | None:
    """Return the category that `value` is, whichever way it was written; None if it is missing.

    A reference read from CSV says `1` where JSON says 1 or 1.0, and nothing where JSON says "": whole numbers
    are written without a fraction, booleans as in JSON, and an empty text is missing.

    Examples
    --------
    >>> text_of(3.0), text_of(True), text_of("3"), text_of(""), text_of(float("nan"))
    ('3', 'true', '3', None, None)
    """
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)


def count_categories(values: Iterable[object], place: Mapping[str, int]) -> Counts:
    """Return how many of `values` are of each category, of another one, and (last) missing.

    Parameters
    ----------
    values : iterable of scalars
        Told apart by `text_of`.
    place : mapping of category to 0, 1, ..., k - 1

    Returns
    -------
    ndarray of int64, shape (k + 2,)

    Raises
    ------
    TypeError
        For a value that is no scalar (a list, a dict).

    Examples
    --------
    >>> count_categories(["a", "z", None, "a"], {"a": 0, "b": 1})
    array([2, 0, 1, 1])
    """
    counts = np.zeros(len(place) + 2, dtype=np.int64)
    for text, rows in _tally(values).items():
        counts[place.get(text, -2) if text else -1] += rows
    return counts


def _tally(values: Iterable[object]) -> Counter[str | None]:
    """Count texts at the speed of C where all are texts; 1, 1.0 and True are one key but not one text."""
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    tally = Counter(listed)
    if all(isinstance(value, str) or value is None for value in tally):
        return tally
    return Counter(map(text_of, listed))


@dataclass(frozen=True, eq=False)
class Categories(Distribution):
    """Counts of a categorical column: declared categories, all others together, and what is missing."""

    SHARED: ClassVar[frozenset[str]] = frozenset({"names"})

    names: tuple[str, ...]
    """The declared categories; they differ."""
    counts: Counts
    """Rows of each category and last of all others, shape (len(names) + 1,)."""
    missing: int = 0

    def __post_init__(self) -> None:
        if len({*self.names, OTHER}) <= len(self.names):
            raise ValueError(f"names: expected categories that differ, none {OTHER}, got {list(self.names)}")
        self._freeze(len(self.names) + 1)

    @classmethod
    def empty(cls, names: Iterable[str]) -> Self:
        """Return the counts of no rows."""
        declared = tuple(names)
        return cls(declared, np.zeros(len(declared) + 1, dtype=np.int64))

    def count(self, values: Iterable[object]) -> Self:
        """Return it with `values` counted too; see `count_categories`."""
        more = count_categories(values, {name: i for i, name in enumerate(self.names)})
        return type(self)(self.names, self.counts + more[:-1], self.missing + int(more[-1]))

    @property
    def cell_names(self) -> tuple[str, ...]:
        """The names of the cells in series: c:<category>, ..., c:__other__, missing."""
        return (*(f"c:{name}" for name in (*self.names, OTHER)), "missing")
