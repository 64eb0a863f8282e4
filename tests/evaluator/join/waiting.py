"""Schemes, records and a clock for tests of the join."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator.join import layouts
from modelmonitor.evaluator.join.store import Layout, Store
from modelmonitor.evaluator.records import Records, key, record_type
from modelmonitor.wire.config import EvaluatorConfig, Labels, Model, Task
from modelmonitor.wire.scheme import Scheme, scheme

MATURITY = 100.0
TOMBSTONES = 60.0
"""What `tombstone_seconds` makes of it."""
START = 1_700_000_000.0


def a_scheme(task: Task = Task.BINARY, *, classes: tuple[str, ...] = (), **labels: object) -> Scheme:
    """One without a reference; `labels` are the config's."""
    if task is Task.MULTICLASS and not classes:
        classes = ("a", "b", "c")
    model = Model(task=task, classes=classes, ranking_depths=(3, 5))
    settings = Labels(**{"maturity_seconds": MATURITY, **labels})  # type: ignore[arg-type]
    return scheme(EvaluatorConfig(monitor="loans", namespace="test", model=model, labels=settings), None)


SCHEME = a_scheme()
LAYOUT = layouts.write(SCHEME)


def a_layout(name: str) -> Layout:
    return Layout(name, b"{}", MATURITY)


def records(ids: Sequence[str], served: float = START, scheme: Scheme = SCHEME) -> Records:
    """Predictions of these ids; an empty id is none."""
    found = np.zeros(len(ids), record_type(scheme))
    found["key"] = [key(id_) if id_ else 0 for id_ in ids]
    found["served"] = served
    return found


def many(count: int, served: float = START, seed: int = 0) -> Records:
    found = np.zeros(count, record_type(SCHEME))
    found["key"] = np.random.default_rng(seed).integers(1, 2**64 - 1, count, dtype=np.uint64)
    found["served"] = served
    return found


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


async def taken(store: Store, now: float, limit: int = 4096) -> dict[int, bytes | None]:
    """Take all that is due and give the label of each key; fail if one comes twice."""
    found: dict[int, bytes | None] = {}
    while batches := await store.take(now, limit):
        for batch in batches:
            rows = np.frombuffer(batch.records, record_type(SCHEME))
            assert len(rows) == len(batch.labels)
            for row, label in zip(rows, batch.labels, strict=True):
                assert int(row["key"]) not in found, "a record was handed out twice"
                found[int(row["key"])] = label
    return found
