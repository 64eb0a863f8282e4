"""The memory store within its bound."""

import tracemalloc

import numpy as np

from evaluator.join.waiting import LAYOUT, MATURITY, START, TOMBSTONES, a_layout, many, records, taken
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import LabelOutcome, StoreFull
from modelmonitor.evaluator.records import Records

DUE = START + MATURITY


async def remember(store: MemoryStore, rows: Records) -> int:
    return (await store.remember(LAYOUT, rows, rows["served"] + MATURITY)).full


async def test_a_hundred_thousand_predictions_of_two_classes_wait_in_12_mib() -> None:
    rows = many(100_000)
    await remember(MemoryStore(1 << 20, TOMBSTONES), rows[:1])  # what numpy loads when it is first used
    tracemalloc.start()
    store = MemoryStore(16 << 20, TOMBSTONES)
    for start in range(0, len(rows), 200):
        assert await remember(store, rows[start : start + 200]) == 0
    keys = rows["key"].tolist()
    for start in range(0, len(keys), 256):
        await store.mark(keys[start : start + 256], [b"yes"] * len(keys[start : start + 256]), START)
    now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now <= store.nbytes <= 16 << 20
    assert peak <= 12 << 20


async def test_over_the_bound_the_newest_are_dropped_and_told() -> None:
    store = MemoryStore(1 << 20, TOMBSTONES)
    rows = many(30_000)
    dropped = sum([await remember(store, rows[start : start + 500]) for start in range(0, len(rows), 500)])
    assert store.nbytes <= 1 << 20
    kept = len(rows) - dropped
    assert kept == await store.pending() >= 8_000
    assert set(await taken(store, DUE)) == set(rows["key"][:kept].tolist())


async def test_there_is_room_again_once_records_have_matured() -> None:
    store = MemoryStore(1 << 20, TOMBSTONES)
    for turn in range(10):
        rows = many(6_000, START + turn * MATURITY, seed=turn)
        assert await remember(store, rows) == 0
        assert len(await taken(store, DUE + turn * MATURITY)) == 6_000
    assert store.nbytes <= 1 << 20


async def test_tombstones_make_way_for_predictions() -> None:
    store = MemoryStore(1 << 20, 1e9)
    first = many(8_000)
    await remember(store, first)
    await taken(store, DUE)
    assert store.nbytes > 1 << 18
    assert await remember(store, many(10_000, DUE, seed=1)) == 0
    ((outcome, _),) = await store.mark([int(first["key"][0])], [b"yes"], DUE)
    assert outcome is LabelOutcome.UNKNOWN


async def test_an_id_that_waits_anew_outlives_the_tombstone_of_the_first_time() -> None:
    store = MemoryStore(1 << 20, TOMBSTONES)
    rows = many(3_000)
    await remember(store, rows)
    await taken(store, DUE)
    again = rows[:10].copy()
    again["served"] = DUE
    await remember(store, again)
    await store.take(DUE + TOMBSTONES, 1)
    found = await store.mark(again["key"].tolist(), [b"yes"] * 10, DUE + TOMBSTONES)
    assert {outcome for outcome, _ in found} == {LabelOutcome.JOINED}


async def test_all_memory_is_given_back_when_all_is_forgotten() -> None:
    store = MemoryStore(16 << 20, TOMBSTONES)
    rows = many(20_000)
    empty = store.nbytes
    await remember(store, rows)
    keys = rows["key"].tolist()
    await store.mark(keys, [str(key).encode() for key in keys], START)
    await taken(store, DUE)
    await store.take(DUE + TOMBSTONES, 1)
    assert store.nbytes == empty


async def test_labels_that_do_not_fit_are_refused() -> None:
    store = MemoryStore(1 << 16, TOMBSTONES)
    await remember(store, records(["a", "b"]))
    key_a, key_b = records(["a", "b"])["key"].tolist()
    await store.mark([key_a], [b"x" * 40_000], START)
    try:
        await store.mark([key_b], [b"y" * 40_000], START)
    except StoreFull:
        refused = True
    assert refused
    assert store.nbytes <= 1 << 16
    assert await taken(store, DUE) == {key_a: b"x" * 40_000, key_b: None}


async def test_a_label_may_push_out_the_tombstone_that_the_next_one_means() -> None:
    store = MemoryStore(1 << 16, TOMBSTONES)
    await remember(store, many(600))
    await taken(store, DUE)
    await remember(store, records(["a"], DUE))
    keys = [records(["a"])["key"][0].item(), int(many(1)["key"][0])]
    free = (1 << 16) - store.nbytes
    found = await store.mark(keys, [b"x" * free, b"yes"], DUE)
    assert [outcome for outcome, _ in found] == [LabelOutcome.JOINED, LabelOutcome.UNKNOWN]


async def test_large_records_keep_to_the_bound_as_well() -> None:
    kind = np.dtype([("key", "<u8"), ("served", "<f8"), ("items", "<u8", (1000,))])
    rows = np.zeros(40, kind)
    rows["key"] = np.arange(1, 41)
    store = MemoryStore(1 << 18, TOMBSTONES)
    kept = await store.remember(a_layout("ranked"), rows, np.full(40, DUE))
    assert 20 <= await store.pending() == 40 - kept.full
    assert store.nbytes <= 1 << 18


async def test_numbers_of_chunks_are_used_again_and_lead_to_the_right_rows() -> None:
    store = MemoryStore(16 << 20, TOMBSTONES)
    store._number = (1 << 22) - 2
    rows = many(5_000)
    await remember(store, rows)
    keys = rows["key"].tolist()
    found = await store.mark(keys, [str(key).encode() for key in keys], START)
    assert {outcome for outcome, _ in found} == {LabelOutcome.JOINED}
    assert await taken(store, DUE) == {key: str(key).encode() for key in keys}


async def test_a_layout_is_forgotten_with_the_last_of_its_records() -> None:
    store = MemoryStore(1 << 20, TOMBSTONES)
    for name in ("first", "second"):
        await store.remember(a_layout(name), many(10, seed=len(name)), np.full(10, DUE))
    assert sum([len(batch.labels) for batch in await store.take(DUE, 100)]) == 20
    assert await store.layout("first") == b"{}"
    await store.take(DUE + TOMBSTONES, 100)
    assert [await store.layout(name) for name in ("first", "second")] == [None, None]


async def test_a_layout_stays_when_its_records_push_out_all_tombstones_of_their_own() -> None:
    limit = 1 << 16
    store = MemoryStore(limit, TOMBSTONES)
    for row in many(2_000)[:, None]:
        if store.nbytes < limit - 8_000:
            await store.remember(a_layout("other"), row, np.array([DUE]))
    for seed in (1, 2, 3):
        await store.remember(LAYOUT, many(90, seed=seed), np.full(90, START))
        assert await store.layout(LAYOUT.hash) == LAYOUT.text
        assert [batch.layout for batch in await store.take(START, 1_000)] == [LAYOUT.hash]
