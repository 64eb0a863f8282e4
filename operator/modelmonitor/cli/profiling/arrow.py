"""Cells of one column as pyarrow holds them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from modelmonitor.cli.profiling.cells import Cells, Floats, NumberCells, Numbers, Texts, written


@dataclass(frozen=True, slots=True, eq=False)
class ArrowTexts:
    """Texts; of CSV, they may mean numbers, else they are declared to be texts."""

    array: Any
    declared: bool

    def numbers(self, *, parse: bool) -> Numbers:
        """Read each, all at once where all are numbers."""
        if self.declared and not parse:
            return self.texts().all_wrong()
        try:
            return Numbers(self.array.cast(pa.float64()).to_numpy(zero_copy_only=False))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return self.texts().numbers()

    def texts(self) -> Texts:
        """Give each different one a number."""
        encoded = self.array if pa.types.is_dictionary(self.array.type) else self.array.dictionary_encode()
        codes = encoded.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
        texts = Texts(tuple(encoded.dictionary.to_pylist()), codes.astype(np.intp, copy=False))
        return texts.mapped(written if not self.declared else _not_empty)


def cells(array: Any) -> Cells:
    """Return the cells of a declared column, times as Unix seconds; `unusable` says which have none."""
    kind = array.type
    if pa.types.is_boolean(kind):
        return ArrowTexts(array.cast(pa.string()), declared=True)
    if is_text(kind):
        return ArrowTexts(array, declared=True)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return NumberCells(_unix_seconds(array))
    return NumberCells(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))


def _unix_seconds(array: Any) -> Floats:
    microseconds = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)), safe=False)
    return np.asarray(microseconds.cast(pa.int64()).cast(pa.float64()).to_numpy(zero_copy_only=False)) / 1e6


def is_text(kind: Any) -> bool:
    """Say whether a column holds texts, also by reference to a dictionary."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def unusable(kind: Any) -> str:
    """Say why nothing can be counted of a declared column, or return an empty text."""
    types = pa.types
    if types.is_temporal(kind):
        return "a time: what it means for the model (hour, weekday, age) is not in it"
    if types.is_null(kind):
        return "always missing"
    if types.is_boolean(kind) or is_text(kind) or types.is_integer(kind):
        return ""
    return "" if types.is_floating(kind) or types.is_decimal(kind) else f"of type {kind}"


def _not_empty(text: str | None) -> str | None:
    return text or None
