"""Frames that pandas pickled, read without pandas: one class that only keeps parts stands for all of its."""

import io
import lzma
import pickle
from pathlib import Path
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]

_KEPT = {
    "pandas.core.frame": {"DataFrame"},
    "pandas.core.indexes.base": {"Index", "_new_Index"},
    "pandas.core.indexes.range": {"RangeIndex"},
    "pandas.core.internals.managers": {"BlockManager"},
    "pandas._libs.internals": {"_unpickle_block"},
}
_ALLOWED = {
    "builtins": {"slice"},
    "numpy": {"ndarray", "dtype"},
    "numpy.core.multiarray": {"_reconstruct"},
    "numpy.core.numeric": {"_frombuffer"},
}


def read(path: Path) -> Columns:
    """Read a frame pickled and compressed by xz; numbers stay numbers, all else is an array of objects.

    Raises
    ------
    pickle.UnpicklingError
        If the file names anything other than the parts of a frame: it would be code to run.
    """
    frame = _Frames(io.BytesIO(lzma.decompress(path.read_bytes()))).load()
    blocks, (names, _) = frame.state["_mgr"].parts
    columns: Columns = {}
    for values, places, _ in (block.parts for block in blocks):
        numbers = range(places.start, places.stop, places.step) if isinstance(places, slice) else places
        columns |= {str(names.parts[1]["data"][at]): row for at, row in zip(numbers, values, strict=True)}
    return {str(name): _without_nan_in_texts(columns[str(name)]) for name in names.parts[1]["data"]}


def _without_nan_in_texts(column: np.ndarray) -> np.ndarray:
    return np.where(column == column, column, None) if column.dtype == object else column  # noqa: PLR0124


class _Part:
    """What stands for an object of pandas: the arguments it was made from, and its state."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Frames(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in _KEPT.get(module, ()):
            return _Part
        if name in _ALLOWED.get(module, ()):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a frame")
