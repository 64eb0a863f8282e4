"""Cells of one column in one chunk, whichever file they came from: asked for as numbers, or as texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from modelmonitor.stats.categories import text_of

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

NESTED = "<a list or an object>"
"""Stands for values that are no scalars, of which nothing can be counted."""
NULLS = frozenset(
    [
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-NaN",
        "-nan",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
"""Texts that mean "missing" in CSV, as pandas reads it."""
_BOOLEANS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Cells as numbers; NaN where there is none."""

    values: Floats
    wrong: int = 0
    """Cells that hold something else; NaN too."""
    example: tuple[int, str] | None = None
    """The first of those: its row in the chunk and its text."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Cells as positions in a list of different texts; -1 where there is none."""

    names: tuple[str, ...]
    codes: Codes

    def counts(self) -> dict[str, int]:
        """Return the rows of each text that occurs."""
        tally = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).tolist()
        return {name: rows for name, rows in zip(self.names, tally, strict=True) if rows}

    def mapped(self, change: Callable[[str], str | None]) -> "Texts":
        """Return other texts in their place; those that become None are missing."""
        changed = [change(name) for name in self.names]
        place = {name: at for at, name in enumerate(dict.fromkeys(it for it in changed if it is not None))}
        table = np.array([-1 if it is None else place[it] for it in changed] + [-1], dtype=np.intp)
        return Texts(tuple(place), table[self.codes])

    def within(self, names: Sequence[str]) -> Codes:
        """Return positions in `names`: len(names) for any other text, -1 where there is none."""
        place = {name: at for at, name in enumerate(names)}
        table = np.array([place.get(it, len(names)) for it in self.names] + [-1], dtype=np.intp)
        return table[self.codes]

    def numbers(self) -> Numbers:
        """Read texts as numbers."""
        parsed = [number(name) for name in self.names]
        table = np.array([np.nan if it is None else it for it in parsed] + [np.nan])
        wrong = np.array([it is None for it in parsed] + [False])[self.codes]
        return Numbers(table[self.codes], int(wrong.sum()), self._first(wrong))

    def all_wrong(self) -> Numbers:
        """Say that texts are no numbers, whatever they look like."""
        wrong = self.codes >= 0
        return Numbers(np.full(len(self.codes), np.nan), int(wrong.sum()), self._first(wrong))

    def _first(self, wrong: NDArray[np.bool_]) -> tuple[int, str] | None:
        at = int(np.argmax(wrong)) if wrong.size else 0
        return (at, self.names[self.codes[at]]) if wrong.size and wrong[at] else None


class Cells(Protocol):
    """What a source gives for each column of a chunk."""

    def numbers(self, *, parse: bool) -> Numbers:
        """Return numbers; `parse`: also those that are declared to be texts."""
        ...

    def texts(self) -> Texts:
        """Return texts; numbers and truth values as the evaluator writes them."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class NumberCells:
    """Cells that are declared to be numbers."""

    values: Floats

    def numbers(self, *, parse: bool) -> Numbers:  # noqa: ARG002 - they are numbers already
        """Return them."""
        return Numbers(self.values)

    def texts(self) -> Texts:
        """Write each different one."""
        different, codes = np.unique(self.values, return_inverse=True)
        return Texts(tuple(str(it) for it in different), codes).mapped(lambda name: text_of(float(name)))


@dataclass(frozen=True, slots=True, eq=False)
class WrittenCells:
    """Cells of CSV, read by the standard library: texts that may mean numbers."""

    values: Sequence[str]

    def numbers(self, *, parse: bool) -> Numbers:  # noqa: ARG002 - CSV declares nothing
        """Read each."""
        try:
            return Numbers(np.array([np.nan if it in NULLS else float(it) for it in self.values], np.float64))
        except ValueError:
            return self.texts().numbers()

    def texts(self) -> Texts:
        """Give each different one a number."""
        return numbered([None if it in NULLS else it for it in self.values]).mapped(written)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedCells:
    """Cells of JSON: each value has a type of its own."""

    values: Sequence[object]

    def numbers(self, *, parse: bool) -> Numbers:
        """Take numbers, and texts if they are to be parsed; truth values are none."""
        if {*map(type, self.values)} <= {int, float, type(None)}:
            try:
                return Numbers(np.array(self.values, dtype=np.float64))
            except OverflowError:  # an integer beyond 1e308
                return Numbers(np.array([_float(it) for it in self.values], dtype=np.float64))
        if parse:
            return self.texts().numbers()
        values = [it if type(it) in (int, float) else None for it in self.values]
        others = numbered([None if type(it) in (int, float) else _text(it) for it in self.values]).all_wrong()
        found = DecodedCells(values).numbers(parse=False).values
        return Numbers(found, others.wrong, others.example)

    def texts(self) -> Texts:
        """Write each different value."""
        return numbered([_text(it) for it in self.values])


def numbered(values: Sequence[str | None]) -> Texts:
    """Give each different text a number, in order of appearance; None and an empty text are missing."""
    place: dict[str | None, int] = {None: -1, "": -1}
    codes = [place.setdefault(it, len(place) - 2) for it in values]
    return Texts(tuple(name for name in place if name), np.array(codes, dtype=np.intp))


def written(text: str) -> str | None:
    """Return what a text of CSV means as a category: truth values in lower case, an empty text is missing.

    >>> written("True"), written("Berlin")
    ('true', 'Berlin')
    """
    return _BOOLEANS.get(text, text) or None


def number(text: str) -> float | None:
    """Read a text as a number; None if it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return NESTED if isinstance(value, list | dict) else text_of(value)


def _float(value: object) -> float:
    try:
        return float(value) if isinstance(value, int | float) else np.nan
    except OverflowError:
        return np.inf
