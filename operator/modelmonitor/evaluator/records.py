"""What is kept of a prediction until its truth is known: a record of fixed size, and what it becomes."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme

Records = NDArray[np.void]
"""A structured array of `record_type`."""

NO_ITEM = 0
"""In a ranked list: there was no item at this rank."""


def record_type(scheme: Scheme) -> np.dtype[np.void]:
    """Return the fields of a record, little-endian and packed, so that it is the same bytes on every replica.

    `key` (hash of the id, 0: none), `served` (Unix time); Binary and Multiclass: `predicted` (code; the
    number of classes: one that was not declared; -1: none), `scores` (NaN: none); Regression: `value`;
    Ranking: `items` (hashes of the ranked ids, best first); `segments`, `groups` (codes; the number of
    values: other).
    """
    fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [("key", "<u8"), ("served", "<f8")]
    if scheme.task in (Task.BINARY, Task.MULTICLASS):
        scores = 1 if scheme.task is Task.BINARY else len(scheme.classes)
        fields += [("predicted", "<i2"), ("scores", "<f8", (scores,))]
    elif scheme.task is Task.REGRESSION:
        fields += [("value", "<f8")]
    else:
        fields += [("items", "<u8", (max(scheme.config.model.ranking_depths),))]
    fields += [("segments", "<i2", (len(scheme.segments),)), ("groups", "<i2", (len(scheme.groups),))]
    return np.dtype(fields)


def key(text: str) -> int:
    """Hash an id, or a ranked item's, to 64 bits: the same on every machine, never 0.

    >>> key("order-17")
    12707826150444820856
    """
    return (
        int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")
        or 1
    )


def sampled(keys: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """Say which ids wait for a label: the same ones on every replica and at the label's sender."""
    return keys <= np.uint64(min(int(share * 2**64), 2**64 - 1))


def waiting(records: Records, share: float) -> NDArray[np.bool_]:
    """Say which records wait for a label: those with an id, of the sample."""
    keys: NDArray[np.uint64] = records["key"]
    return np.not_equal(keys, 0) & sampled(keys, share)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Matured predictions of one scheme, row by row, with what came true.

    `actual`: codes of classes (the number of classes: one that was not declared), or values; NaN: unlabelled.
    Ranking: `actual` is the number of relevant items, `gains` those of the item at each rank, `ideal` the
    largest gains of all relevant items, descending; both (n, K).
    """

    records: Records
    explicit: NDArray[np.bool_]
    """True where somebody sent the label; False where silence implied it, or there is none."""
    actual: NDArray[np.float64]
    gains: NDArray[np.float64] | None = None
    ideal: NDArray[np.float64] | None = None
