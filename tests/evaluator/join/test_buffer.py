"""What waits for the store."""

import numpy as np

from evaluator.join.waiting import LAYOUT, a_layout, many
from modelmonitor.evaluator.join.buffer import Buffer
from modelmonitor.evaluator.join.store import Layout


def drained(buffer: Buffer) -> list[tuple[Layout, list[int]]]:
    found = []
    while buffer.blocks:
        block = buffer.first()
        found.append((block.layout, block.records["key"].tolist()))
        buffer.drop_first()
    return found


def test_records_come_out_in_order_whatever_the_sizes_they_came_in() -> None:
    buffer, rows = Buffer(1 << 20), many(5_000)
    for start, end in ((0, 1), (1, 64), (64, 3_000), (3_000, 3_000), (3_000, 5_000)):
        assert buffer.add(LAYOUT, rows[start:end]) == 0
    assert len(buffer) == 5_000
    assert [key for _, keys in drained(buffer) for key in keys] == rows["key"].tolist()
    assert buffer.nbytes == len(buffer) == 0


def test_records_that_are_on_their_way_are_joined_by_no_others() -> None:
    buffer, rows = Buffer(1 << 20), many(30)
    buffer.add(LAYOUT, rows[:10])
    block = buffer.first()
    buffer.add(LAYOUT, rows[10:20])
    assert block.records["key"].tolist() == rows["key"][:10].tolist()
    buffer.drop_first()
    buffer.add(LAYOUT, rows[20:])
    assert drained(buffer) == [(LAYOUT, rows["key"][10:].tolist())]


def test_layouts_are_kept_apart() -> None:
    buffer, rows, other = Buffer(1 << 20), many(3), a_layout("other")
    for number, layout in enumerate((LAYOUT, other, LAYOUT)):
        buffer.add(layout, rows[number : number + 1])
    assert [layout for layout, _ in drained(buffer)] == [LAYOUT, other, LAYOUT]


def test_the_newest_are_refused_over_the_bound_and_room_comes_back() -> None:
    buffer, rows = Buffer(1 << 16), many(10_000)
    refused = buffer.add(LAYOUT, rows)
    assert buffer.nbytes <= 1 << 16
    kept = len(rows) - refused
    assert kept >= (1 << 16) // rows.itemsize * 3 // 4
    assert [key for _, keys in drained(buffer) for key in keys] == rows["key"][:kept].tolist()
    assert buffer.add(LAYOUT, rows[:100]) == 0


def test_records_larger_than_the_bound_are_refused() -> None:
    buffer = Buffer(1 << 16)
    assert buffer.add(LAYOUT, np.zeros(2, np.dtype([("key", "<u8", (10_000,))]))) == 2
    assert buffer.nbytes == 0
