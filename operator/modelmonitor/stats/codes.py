"""Classes and groups as positions in their declared order; one more stands for all that are undeclared."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def positions(values: Sequence[object], names: Sequence[str]) -> NDArray[np.int64]:
    """Return the position of each value in `names`; len(names) for any other value.

    Examples
    --------
    >>> positions(["no", "maybe", "yes"], ["yes", "no"]).tolist()
    [1, 2, 0]
    """
    known: dict[object, int] = {name: position for position, name in enumerate(names)}
    return np.fromiter((known.get(it, len(names)) for it in values), np.int64, len(values))


def or_other(codes: ArrayLike, names: Sequence[str]) -> NDArray[np.int64]:
    """Return positions as they are, but len(names) for every number that is none."""
    code = np.asarray(codes, dtype=np.int64)
    return np.where((code >= 0) & (code < len(names)), code, len(names))
