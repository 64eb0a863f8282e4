"""What waits for those who read along: complete while there is room, counted where there is none."""

import json
import math
import tracemalloc
from typing import Any

import numpy as np
import pytest

from evaluator.counters.worlds import world
from modelmonitor.evaluator import captured
from modelmonitor.evaluator.captured import WAITING_BYTES, Reader, Readers
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Task

SCHEME = world(Task.BINARY)


def reading(readers: Readers) -> Reader:
    reader = readers.join(SCHEME, "v1")
    assert reader is not None
    list(reader.waiting())
    return reader


def taken(reader: Reader) -> list[dict[str, Any]]:
    """Take all that waits."""
    return [json.loads(line) for line in b"".join(reader.waiting()).splitlines()]


def rows(count: int, text: str = "x") -> Rows:
    features = {"age": np.arange(count, dtype="<f4"), "plan": [text] * count}
    return Rows(count, features, ["yes"] * count, [0.25] * count, [f"r{n}" for n in range(count)], 7.0)


def test_rows_come_as_they_were_captured_and_labels_as_they_were_sent() -> None:
    readers = Readers()
    reader = reading(readers)
    readers.predicted(rows(2))
    readers.labelled(["r0", "r1"], ["yes", False])
    features = {"age": [0.0, 1.0], "plan": ["x", "x"]}
    assert taken(reader) == [
        {"count": 2, "time": 7.0, "features": features, "predictions": ["yes", "yes"],
         "scores": [0.25, 0.25], "ids": ["r0", "r1"]},
        {"labels": {"ids": ["r0", "r1"], "actuals": ["yes", False]}},
    ]  # fmt: skip
    assert (reader.sent, reader.lost, reader.waiting_bytes) == (2, 0, 0)


@pytest.mark.parametrize(
    "values",
    [[1.5, None, math.inf, -math.inf], [10**400, 1, None, 2], ["\ud800", "a", "b", None]],
    ids=["infinite", "hundreds of digits", "half a character"],
)
def test_no_value_is_too_strange(values: list[Any]) -> None:
    readers = Readers()
    reader = reading(readers)
    readers.predicted(Rows(4, {"a": values}))
    assert taken(reader)[0]["features"]["a"] == values
    assert reader.lost == 0


def test_a_large_batch_is_whole_and_no_line_of_it_is_long() -> None:
    readers = Readers()
    reader = reading(readers)
    readers.predicted(rows(5000))
    lines = taken(reader)
    assert sum(line["count"] for line in lines) == reader.sent == 5000
    assert max(line["count"] for line in lines) <= captured.LINE_CELLS
    assert [it for line in lines for it in line["ids"]] == [f"r{n}" for n in range(5000)]


def test_what_a_slow_reader_has_no_room_for_is_counted_and_costs_no_memory() -> None:
    readers = Readers()
    slow, quick = reading(readers), reading(readers)
    many = rows(1000, "x" * 100)
    held = 0
    tracemalloc.start()
    for _ in range(50):
        readers.predicted(many)
        held += sum(line["count"] for line in taken(quick))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert slow.waiting_bytes <= WAITING_BYTES
    assert (held, quick.lost) == (50_000, 0)
    assert slow.lost > 40_000
    assert sum(line["count"] for line in taken(slow)) + slow.lost == 50_000
    assert peak < 4 * WAITING_BYTES
    assert json.loads(slow.standing())["lost"] == slow.lost


def test_where_nobody_has_room_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = Readers()
    slow = reading(readers)
    while slow.has_room and slow.put(b"x" * 1024, 0):
        pass
    monkeypatch.setattr(captured, "_line", lambda _: pytest.fail("written in vain"))
    readers.predicted(rows(10))
    assert slow.lost == 10
    readers.leave(slow)
    readers.predicted(rows(10))
    readers.labelled(["r"], [1])
    assert (slow.lost, bool(readers)) == (10, False)


def test_two_may_read_at_once_and_are_told_when_it_ends() -> None:
    readers = Readers()
    first, second = reading(readers), reading(readers)
    assert readers.join(SCHEME, "v1") is None
    readers.leave(first)
    third = readers.join(SCHEME, "v1")
    assert third is not None
    assert taken(third)[0]["classes"] == list(SCHEME.classes)
    readers.end("it stops")
    assert [json.loads(it.standing()).get("end") for it in (first, second, third)] == [
        None, "it stops", "it stops"
    ]  # fmt: skip


def test_rows_that_cannot_be_written_are_lost_to_readers_alone() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    readers = Readers()
    reader = reading(readers)
    readers.predicted(Rows(1, {"a": [nested]}))
    readers.labelled(["r"], [nested])
    assert (reader.lost, reader.lost_labels, taken(reader)) == (1, 1, [])
