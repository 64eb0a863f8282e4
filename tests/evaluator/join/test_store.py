"""What every store promises, in memory and in Redis."""

import math

import numpy as np

from evaluator.join.waiting import LAYOUT, MATURITY, START, TOMBSTONES, a_layout, many, records, taken
from modelmonitor.evaluator.join.store import Kept, LabelOutcome, Store
from modelmonitor.evaluator.records import Records, key

DUE = START + MATURITY


async def remember(store: Store, rows: Records) -> Kept:
    return await store.remember(LAYOUT, rows, rows["served"] + MATURITY)


async def mark(store: Store, id_: str, label: bytes, now: float = START) -> LabelOutcome:
    ((outcome, _),) = await store.mark([key(id_)], [label], now)
    return outcome


async def test_a_record_waits_until_it_is_due_and_is_taken_once(store: Store) -> None:
    assert await remember(store, records(["a", "b"])) == Kept()
    assert await store.pending() == 2
    assert await taken(store, DUE - 0.001) == {}
    assert await taken(store, DUE) == {key("a"): None, key("b"): None}
    assert await taken(store, DUE + 1000) == {}
    assert await store.pending() == 0


async def test_records_come_back_as_they_were(store: Store) -> None:
    rows = many(3000, seed=1)
    rows["scores"] = np.random.default_rng(2).random((3000, 1))
    rows["predicted"] = np.arange(3000)
    await remember(store, rows)
    parts: list[bytes] = []
    while batches := await store.take(DUE, 700):
        parts += [batch.records for batch in batches]
    found = np.frombuffer(b"".join(parts), rows.dtype)
    assert np.array_equal(np.sort(found, order="predicted"), rows)


async def test_a_take_is_bounded(store: Store) -> None:
    await remember(store, many(50))
    first = await store.take(DUE, 20)
    assert sum(len(batch.labels) for batch in first) == 20
    assert await store.pending() == 30


async def test_the_first_label_joins_and_tells_the_seconds_since_the_prediction(store: Store) -> None:
    await remember(store, records(["a"]))
    ((outcome, lag),) = await store.mark([key("a")], [b"yes"], START + 12.5)
    assert outcome is LabelOutcome.JOINED
    assert lag == 12.5
    assert await taken(store, DUE) == {key("a"): b"yes"}


async def test_the_same_label_again_is_a_duplicate_before_and_after_it_was_counted(store: Store) -> None:
    await remember(store, records(["a"]))
    await mark(store, "a", b"yes")
    ((outcome, lag),) = await store.mark([key("a")], [b"yes"], START + 5)
    assert outcome is LabelOutcome.DUPLICATE
    assert math.isnan(lag)
    await taken(store, DUE)
    assert await mark(store, "a", b"yes", DUE + 1) is LabelOutcome.DUPLICATE


async def test_another_label_before_the_due_time_replaces_it(store: Store) -> None:
    await remember(store, records(["a"]))
    outcomes = [await mark(store, "a", label) for label in (b"yes", b"no", b"yes", b"no")]
    assert outcomes == [LabelOutcome.JOINED, *[LabelOutcome.CONFLICTING] * 3]
    assert await taken(store, DUE) == {key("a"): b"no"}


async def test_a_label_after_the_record_was_counted_is_late(store: Store) -> None:
    await remember(store, records(["labelled", "silent"]))
    await mark(store, "labelled", b"yes")
    await taken(store, DUE)
    assert await mark(store, "labelled", b"no", DUE + 1) is LabelOutcome.LATE
    assert await mark(store, "silent", b"no", DUE + 1) is LabelOutcome.LATE
    assert await taken(store, DUE + MATURITY) == {}


async def test_a_label_of_an_id_that_was_never_seen_is_unknown_and_leaves_nothing(store: Store) -> None:
    assert await mark(store, "a", b"yes") is LabelOutcome.UNKNOWN
    await remember(store, records(["a"]))
    assert await taken(store, DUE) == {key("a"): None}


async def test_a_tombstone_is_bounded_in_time(store: Store) -> None:
    await remember(store, records(["a"]))
    await taken(store, DUE)
    await store.take(DUE + TOMBSTONES - 0.5, 10)
    assert await mark(store, "a", b"no", DUE + TOMBSTONES) is LabelOutcome.LATE
    await store.take(DUE + TOMBSTONES, 10)
    assert await mark(store, "a", b"no", DUE + TOMBSTONES) is LabelOutcome.UNKNOWN


async def test_labels_of_one_call_are_taken_in_order(store: Store) -> None:
    await remember(store, records(["a", "b"]))
    keys = [key(id_) for id_ in ("a", "b", "a", "a", "c")]
    found = await store.mark(keys, [b"1", b"1", b"1", b"2", b"1"], START)
    assert [outcome.value for outcome, _ in found] == [
        "joined", "joined", "duplicate", "conflicting", "unknown",
    ]  # fmt: skip


async def test_of_two_predictions_of_one_id_the_first_stays(store: Store) -> None:
    assert await remember(store, records(["a", "b"], START)) == Kept()
    assert await remember(store, records(["a", "c"], START + 1)) == Kept(repeated=1)
    assert await taken(store, DUE) == {key("a"): None, key("b"): None}
    assert await taken(store, DUE + 1) == {key("c"): None}


async def test_of_two_predictions_of_one_id_in_one_call_the_first_stays(store: Store) -> None:
    rows = records(["a", "b", "a", "a"])
    rows["predicted"] = [0, 0, 1, 1]
    assert await remember(store, rows) == Kept(repeated=2)
    assert await remember(store, rows) == Kept(repeated=2)
    (batch,) = await store.take(DUE, 10)
    assert np.frombuffer(batch.records, rows.dtype)["predicted"].tolist() == [0, 0]


async def test_the_same_records_can_be_sent_again_whatever_happened_to_them(store: Store) -> None:
    rows = records(["a", "b"])
    rows["scores"] = np.nan
    await remember(store, rows)
    await mark(store, "a", b"yes")
    assert await remember(store, rows) == Kept()
    assert await taken(store, DUE) == {key("a"): b"yes", key("b"): None}
    assert await remember(store, rows) == Kept()
    assert await taken(store, DUE + 1) == {}
    assert await mark(store, "a", b"yes") is LabelOutcome.DUPLICATE


async def test_an_id_that_was_counted_can_wait_anew(store: Store) -> None:
    await remember(store, records(["a"]))
    await mark(store, "a", b"yes")
    await taken(store, DUE)
    assert await remember(store, records(["a"], DUE)) == Kept()
    assert await mark(store, "a", b"yes", DUE) is LabelOutcome.JOINED
    assert await taken(store, DUE + MATURITY) == {key("a"): b"yes"}
    assert await taken(store, DUE + MATURITY + TOMBSTONES) == {}
    assert await store.pending() == 0


async def test_records_that_come_out_of_order_are_taken_when_each_is_due(store: Store) -> None:
    for id_, served in (("late", 50.0), ("early", 0.0), ("middle", 20.0)):
        await remember(store, records([id_], START + served))
    order = [list(await taken(store, DUE + seconds)) for seconds in (0.0, 20.0, 50.0)]
    assert order == [[key("early")], [key("middle")], [key("late")]]


async def test_a_clock_that_steps_back_neither_loses_nor_repeats(store: Store) -> None:
    await remember(store, records(["a", "b"]))
    await remember(store, records(["c"], START - 5000))
    assert set(await taken(store, DUE - 5000)) == {key("c")}
    assert await taken(store, DUE - 9000) == {}
    assert await mark(store, "c", b"no", DUE - 9000) is LabelOutcome.LATE
    assert set(await taken(store, DUE)) == {key("a"), key("b")}


async def test_records_of_two_layouts_come_back_apart(store: Store) -> None:
    one, two = a_layout("1" * 10), a_layout("2" * 20)
    due = np.full(2, DUE)
    await store.remember(one, records(["a", "b"]), due)
    await store.remember(two, records(["c", "d"]), due)
    await store.remember(one, records(["e", "f"]), due)
    found: dict[str, set[int]] = {}
    for batch in await store.take(DUE, 100):
        keys = np.frombuffer(batch.records, records([]).dtype)["key"]
        found.setdefault(batch.layout, set()).update(keys.tolist())
    ids = {layout: {key(id_) for id_ in ids} for layout, ids in ((one.hash, "abef"), (two.hash, "cd"))}
    assert found == ids


async def test_a_layout_is_kept_with_its_records(store: Store) -> None:
    assert await store.layout(LAYOUT.hash) is None
    await remember(store, records(["a"]))
    assert await store.layout(LAYOUT.hash) == LAYOUT.text


async def test_no_records_and_no_labels_are_no_trouble(store: Store) -> None:
    assert await remember(store, records([])) == Kept()
    assert await store.mark([], [], START) == []
    assert await store.take(DUE, 10) == []
