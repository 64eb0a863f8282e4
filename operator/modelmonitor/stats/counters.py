"""The one way in which counts and sums merge: field by field, by addition.

Merging is associative and commutative by construction: exactly for integers, up to the rounding of floats for
sums. What both sides must have in common before their numbers mean the same (classes, edges) is `SHARED`.
"""

import operator
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np


class Counters:
    """Counts that merge with `+` and that JSON can carry; a frozen dataclass of numbers and arrays."""

    __slots__ = ()

    SHARED: ClassVar[frozenset[str]]
    """Fields that must be equal on both sides: a number, or a tuple of numbers or texts."""
    LARGEST: ClassVar[frozenset[str]] = frozenset()
    """Fields that merge by taking the larger number."""

    def __add__(self, other: Self) -> Self:
        """Return the counts of both; raise ValueError if they were not counted in the same cells."""
        return type(self)(**{name: self._merged(name, other) for name in _names(type(self))})

    def _merged(self, name: str, other: Self) -> Any:
        mine, theirs = getattr(self, name), getattr(other, name)
        same = mine == theirs if name in self.SHARED else np.shape(mine) == np.shape(theirs)
        if not same:
            raise ValueError(
                f"{type(self).__name__}.{name}: expected the same cells on both sides, got {mine!r} and "
                f"{theirs!r}; merge only what was counted under one config"
            )
        merge = max if name in self.LARGEST else operator.add
        return mine if name in self.SHARED else merge(mine, theirs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, texts and lists."""
        return {name: _plain(getattr(self, name)) for name in _names(type(self))}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote, also after a trip through JSON."""
        return cls(**{name: cls._restored(name, document[name]) for name in _names(cls)})

    @classmethod
    def _restored(cls, name: str, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return tuple(value) if name in cls.SHARED else np.asarray(value)


def _names(kind: Any) -> list[str]:
    return [it.name for it in fields(kind)]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
