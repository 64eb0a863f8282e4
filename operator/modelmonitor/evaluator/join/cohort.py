"""From bytes of matured records and their labels to a cohort, under the scheme that they were binned with."""

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.join import truth
from modelmonitor.evaluator.records import NO_ITEM, Cohort, Records, record_type
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme

Floats = NDArray[np.float64]


def cohort(scheme: Scheme, records: bytes, labels: list[bytes | None]) -> Cohort:
    """Read records of this scheme with their labels.

    A label that was sent for another task is none. Where there is none, silence is the label if the scheme
    says so.

    Raises
    ------
    ValueError
        If the bytes are not such records.
    """
    rows = np.frombuffer(records, record_type(scheme))
    if len(rows) != len(labels):
        raise ValueError(f"records: expected {len(labels)}, got {len(rows)}; another layout wrote them")
    kind, silence = truth.KINDS[scheme.task], truth.implied(scheme)
    sent = [label if label and label[:1] == kind else None for label in labels]
    told = [silence if label is None else label for label in sent]
    explicit = np.array([label is not None for label in sent], np.bool_)
    if scheme.task is Task.RANKING:
        return _of_rankings(rows, explicit, told)
    actual = np.full(len(rows), np.nan)
    there = [label for label in told if label is not None]
    labelled = np.array([label is not None for label in told], np.bool_)
    actual[labelled] = (
        truth.values(there) if scheme.task is Task.REGRESSION else truth.codes(there, scheme.classes)
    )
    return Cohort(records=rows, explicit=explicit, actual=actual)


def _of_rankings(rows: Records, explicit: NDArray[np.bool_], labels: list[bytes | None]) -> Cohort:
    items = rows["items"]
    actual = np.full(len(rows), np.nan)
    gains, ideal = np.zeros(items.shape), np.zeros(items.shape)
    for number, label in enumerate(labels):
        if label is not None:
            relevant = truth.relevant(label)
            actual[number] = len(relevant)
            gains[number] = _gains(items[number], relevant)
            best = np.sort(relevant["gain"])[::-1][: items.shape[1]]
            ideal[number, : len(best)] = best
    return Cohort(records=rows, explicit=explicit, actual=actual, gains=gains, ideal=ideal)


def _gains(ranked: NDArray[np.uint64], relevant: NDArray[np.void]) -> Floats:
    """Give each rank its item's gain; an item that is ranked twice gains once, at its best rank."""
    gains = np.zeros(len(ranked))
    known, firsts = np.unique(ranked, return_index=True)
    _, ranks, places = np.intersect1d(known, relevant["item"], assume_unique=True, return_indices=True)
    gains[firsts[ranks]] = relevant["gain"][places]
    gains[ranked == NO_ITEM] = 0.0
    return gains
