"""Predictions and outcomes by protected group: what fairness is computed from. Exact; 48 bytes a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.codes import or_other
from modelmonitor.stats.counters import Counters
from modelmonitor.stats.outcomes import Outcomes


@dataclass(frozen=True, slots=True, eq=False)
class Groups(Counters):
    """Predictions and, once labelled, outcomes by group; the last group holds undeclared values."""

    SHARED: ClassVar = frozenset({"groups"})

    groups: tuple[str, ...]
    selected: NDArray[np.int64]
    """All predictions, labelled or not; shape (groups + 1, 2): [group, predicted positive]."""
    confusion: NDArray[np.int64]
    """Labelled ones; shape (groups + 1, 2, 2): [group, actually positive, predicted positive]."""

    @classmethod
    def count_predictions(cls, group: ArrayLike, selected: ArrayLike, groups: Sequence[str]) -> "Groups":
        """Count predictions by the position of their group in `groups` and whether they are positive."""
        size = len(groups) + 1
        cell = or_other(group, groups) * 2 + np.asarray(selected, dtype=bool)
        counts = np.bincount(cell, minlength=size * 2).reshape(size, 2)
        return cls(tuple(groups), counts, np.zeros((size, 2, 2), dtype=np.int64))

    @classmethod
    def count_labelled(
        cls, group: ArrayLike, actual: ArrayLike, selected: ArrayLike, groups: Sequence[str]
    ) -> "Groups":
        """Count labelled predictions, beside `count_predictions`, by whether they are actually positive."""
        size = len(groups) + 1
        truth, choice = np.asarray(actual, dtype=bool), np.asarray(selected, dtype=bool)
        cell = or_other(group, groups) * 4 + truth * 2 + choice
        counts = np.bincount(cell, minlength=size * 4).reshape(size, 2, 2)
        return cls(tuple(groups), np.zeros((size, 2), dtype=np.int64), counts)

    @property
    def outcomes(self) -> Outcomes:
        """The four outcomes of each declared group; arrays of shape (groups,)."""
        counts = self.confusion[:-1].astype(np.float64)
        return Outcomes(counts[:, 1, 1], counts[:, 0, 1], counts[:, 1, 0], counts[:, 0, 0])
