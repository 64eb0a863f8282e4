"""The join from predictions and labels to cohorts, on both stores."""

import asyncio
import dataclasses
import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evaluator.join.waiting import LAYOUT, MATURITY, SCHEME, START, TOMBSTONES, Clock, a_scheme, many, records
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.labels import LabelAnswer
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.store import LabelOutcome, Store
from modelmonitor.evaluator.records import key, sampled
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

DUE = START + MATURITY
SEED = 20_260_101


def a_join(store: Store, scheme: Scheme = SCHEME, clock: Clock | None = None) -> Join:
    return Join(store, scheme, clock or Clock())


async def send(join: Join, *labels: tuple[object, object]) -> LabelAnswer:
    items = [{"id": id_, "actual": actual} for id_, actual in labels]
    return await join.labels(json.dumps(items).encode(), "application/json")


def outcomes(answer: LabelAnswer) -> list[str]:
    return [outcome.value for _, outcome in answer.results]


async def matured(join: Join, now: float) -> dict[int, float]:
    """What came true for each key; NaN: nothing is known."""
    found: dict[int, float] = {}
    for _, cohort in await join.mature(now):
        for key_, actual in zip(cohort.records["key"].tolist(), cohort.actual.tolist(), strict=True):
            assert key_ not in found
            found[key_] = actual
    return found


async def test_every_label_is_answered_in_order_and_counted(store: Store) -> None:
    clock = Clock()
    join = a_join(store, a_scheme(sampling=0.9), clock)
    outside = next(str(n) for n in range(99) if not sampled(np.array([key(str(n))], np.uint64), 0.9)[0])
    join.remember(records(["a", "b", outside], scheme=a_scheme(sampling=0.9)))
    clock.now += 7
    body = [
        {"id": "a", "actual": 1},
        {"id": "a", "actual": "1"},
        {"id": "b", "actual": 1, "time": START + 3},
        {"id": "b", "actual": 0},
        {"id": "elsewhere", "actual": 0},
        {"id": outside, "actual": 0},
        {"id": "a"},
        "nonsense",
    ]
    answer = await join.labels(json.dumps(body).encode(), "application/json")
    assert outcomes(answer) == [
        "joined", "duplicate", "joined", "conflicting", "unknown", "unsampled", "invalid", "invalid",
    ]  # fmt: skip
    assert answer.status == 200
    assert answer.lags == [7.0, 3.0]
    assert answer.counts[LabelOutcome.INVALID] == answer.counts[LabelOutcome.JOINED] == 2
    document = json.loads(json.dumps(answer.body))
    assert document["results"][2] == {"id": "b", "outcome": "joined"}
    assert document["results"][7] == {"id": None, "outcome": "invalid"}
    assert document["counts"]["unknown"] == 1
    assert await matured(join, DUE) == {key("a"): 1.0, key("b"): 0.0}
    assert outcomes(await send(join, ("a", 1), ("a", 0))) == ["duplicate", "late"]
    assert not join.lost


async def test_what_came_true_in_the_future_came_true_now(store: Store) -> None:
    clock = Clock()
    join = a_join(store, clock=clock)
    join.remember(records(["a"]))
    clock.now += 7
    assert (await join.labels(json.dumps({"id": "a", "actual": 1, "time": 1e308}).encode())).lags == [7.0]


async def test_a_label_that_follows_its_prediction_at_once_is_joined(store: Store) -> None:
    join = a_join(store)
    for number in range(5):
        join.remember(records([str(number)]))
        assert outcomes(await send(join, (number, 1))) == ["joined"]


async def test_one_label_may_come_by_itself_and_its_status_tells(store: Store) -> None:
    join = a_join(store)
    join.remember(records(["a", "b"]))
    bodies = [b"1", b'{"actual": 0}', b'"yes"', b'{"id": "b", "actual": 1}', b"null", b"{"]
    answers = [await join.label("a", body) for body in bodies]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 400, 400]
    assert [outcomes(answer) for answer in answers[:4]] == [["joined"], *[["conflicting"]] * 3]
    assert (await join.label("c", b"1")).status == 404


async def test_a_body_that_is_no_json_is_refused(store: Store) -> None:
    answer = await a_join(store).labels(b"{", "application/json")
    assert answer.status == 400
    assert "expected JSON" in str(answer.body["error"])
    assert answer.results == []


async def test_predictions_without_an_id_do_not_wait(store: Store) -> None:
    join = a_join(store)
    join.remember(records(["", "a", ""]))
    await join.flush()
    assert await join.pending() == 1


async def test_the_sample_is_exact_and_the_same_on_every_replica(store: Store) -> None:
    scheme, rows = a_scheme(sampling=0.25), many(20_000, seed=SEED)
    one, two = a_join(store, scheme), a_join(MemoryStore(16 << 20, TOMBSTONES), scheme)
    one.remember(rows)
    two.remember(rows)
    expected = {int(key_) for key_ in rows["key"] if key_ <= 2**62}
    assert set(await matured(one, DUE)) == set(await matured(two, DUE)) == expected
    assert 0.24 < len(expected) / len(rows) < 0.26


async def test_of_two_predictions_of_one_id_the_later_is_counted_as_lost(store: Store) -> None:
    join = a_join(store)
    join.remember(records(["a", "b", "a"]))
    await join.flush()
    join.remember(records(["a"], START - 1))
    await join.flush()
    assert join.lost == {Loss.REPEATED_ID: 2}
    assert len(await matured(join, DUE)) == 2


async def test_a_prediction_from_the_future_matures_with_those_of_now(store: Store) -> None:
    join = a_join(store)
    rows = records(["a", "b"], START + 1e6)
    rows["served"][1] = math.nan
    join.remember(rows)
    assert len(await matured(join, DUE)) == 2
    assert rows["served"][0] == START + 1e6  # the caller's array is not ours


async def test_silence_counts_as_the_implied_class_once_it_has_lasted(store: Store) -> None:
    join = a_join(store, a_scheme(implicit="0"))
    join.remember(records(["sold", "silent"]))
    await send(join, ("sold", 1))
    assert await matured(join, DUE - 1) == {}
    ((_, cohort),) = await join.mature(DUE)
    told = dict(zip(cohort.records["key"].tolist(), cohort.explicit.tolist(), strict=True))
    assert told == {key("sold"): True, key("silent"): False}
    assert sorted(cohort.actual.tolist()) == [0.0, 1.0]


async def test_rankings_are_joined_with_what_was_relevant(store: Store) -> None:
    scheme = a_scheme(Task.RANKING)
    join = a_join(store, scheme)
    rows = records(["q1", "q2", "q3"], scheme=scheme)
    rows["items"][:, :2] = [key("x"), key("y")]
    join.remember(rows)
    answer = await send(join, ("q1", ["y", "z"]), ("q2", {"x": 2.5}), ("q3", "x"))
    assert outcomes(answer) == ["joined", "joined", "invalid"]
    ((_, cohort),) = await join.mature(DUE)
    order = np.argsort(np.argsort(rows["key"]))
    by_key = np.argsort(cohort.records["key"])[order]
    assert cohort.gains is not None
    assert np.array_equal(cohort.actual[by_key], [2.0, 1.0, math.nan], equal_nan=True)
    assert cohort.gains[by_key].tolist() == [[0, 1.0, 0, 0, 0], [2.5, 0, 0, 0, 0], [0] * 5]


async def test_what_waits_keeps_its_scheme_when_the_config_changes(store: Store) -> None:
    old = a_scheme(Task.MULTICLASS, classes=("a", "b"))
    new = a_scheme(Task.MULTICLASS, classes=("b", "a", "c"))
    join = a_join(store, old)
    join.remember(records(["one"], scheme=old))
    join.use(new)
    join.remember(records(["two"], scheme=new))
    assert outcomes(await send(join, ("one", "b"), ("two", "b"))) == ["joined", "joined"]
    found = [(scheme, cohort.actual.tolist()) for scheme, cohort in await join.mature(DUE)]
    assert sorted(found, key=lambda it: len(it[0].classes)) == [(old, [1.0]), (new, [0.0])]


async def test_configs_that_come_and_go_take_no_room_for_ever(store: Store) -> None:
    schemes = [a_scheme(Task.MULTICLASS, classes=(f"class {number}", "b")) for number in range(20)]
    join = a_join(store)
    for number, scheme in enumerate(schemes):
        join.use(scheme)
        join.remember(records([str(number)], scheme=scheme))
    found: list[Scheme] = []
    while matured := await join.mature(DUE):
        found += [scheme for scheme, _ in matured]
    assert sorted(one.hash for one in found) == sorted(one.hash for one in schemes)
    assert len(join._schemes) < 10
    assert join.lost == {}


async def test_records_whose_config_is_not_the_one_they_name_are_not_guessed_at(store: Store) -> None:
    join = a_join(store)
    wrong = dataclasses.replace(LAYOUT, hash="0123456789")
    await store.remember(wrong, records(["a"]), np.array([DUE]))
    assert await join.mature(DUE) == []
    assert join.lost == {Loss.UNREADABLE: 1}


async def test_labels_of_one_request_leave_others_their_turn(store: Store) -> None:
    join = a_join(store)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    answer = await send(join, *[(str(number), 1) for number in range(5_000)])
    task.cancel()
    assert answer.counts == {LabelOutcome.UNKNOWN: 5_000}
    assert turns >= 15


async def test_what_is_due_comes_in_bounded_portions(store: Store) -> None:
    join = a_join(store)
    join.remember(many(40_000))
    first = sum(len(cohort.records) for _, cohort in await join.mature(DUE))
    second = sum(len(cohort.records) for _, cohort in await join.mature(DUE))
    assert first < 40_000
    assert first + second == 40_000


async def test_nothing_is_lost_when_the_caller_gives_up_while_it_matures(store: Store) -> None:
    join = a_join(store)
    join.remember(many(3_000))
    await join.flush()
    found = 0
    for turns in range(12):
        task = asyncio.create_task(join.mature(DUE))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            found += sum(len(cohort.records) for _, cohort in task.result())
    found += sum(len(cohort.records) for _, cohort in await join.mature(DUE))
    assert found == 3_000


async def test_a_full_store_drops_the_newest_and_says_so() -> None:
    join = a_join(MemoryStore(1 << 18, TOMBSTONES))
    join.remember(many(10_000))
    await join.flush()
    assert join.lost[Loss.STORE_FULL] == 10_000 - await join.pending() > 0


async def test_a_burst_beyond_the_bound_is_cut_and_told() -> None:
    join = a_join(MemoryStore(1 << 16, TOMBSTONES), a_scheme(max_bytes=1 << 16))
    join.remember(many(100_000))
    assert join._buffer.nbytes <= 1 << 16
    await join.flush()
    assert join.lost == {Loss.STORE_FULL: 100_000 - await join.pending()}


async def test_what_waits_in_memory_at_the_end_is_counted_as_abandoned() -> None:
    join = a_join(MemoryStore(1 << 20, TOMBSTONES))
    join.remember(records(["a", "b", "c"]))
    join.remember(records(["old"], START - MATURITY))
    assert set(await matured(join, START)) == {key("old")}
    assert await join.abandon() == 3
    assert join.lost == {Loss.ABANDONED: 3}


EVENTS = st.lists(
    st.tuples(st.sampled_from(["predict", "label", "wait", "mature"]), st.integers(0, 9), st.integers(0, 2)),
    max_size=60,
)


@given(EVENTS)
def test_counts_are_those_of_a_direct_computation_whatever_the_order(
    events: list[tuple[str, int, int]],
) -> None:
    asyncio.run(replay(events))


async def replay(events: list[tuple[str, int, int]]) -> None:
    clock = Clock()
    join = a_join(MemoryStore(16 << 20, TOMBSTONES), clock=clock)
    served: dict[str, float] = {}
    truth: dict[str, float] = {}
    counted: dict[int, float] = {}
    joined = 0
    for what, number, value in events:
        id_ = str(number)
        if what == "predict" and id_ not in served:
            served[id_] = clock.now
            join.remember(records([id_], clock.now))
        elif what == "label":
            answer = await send(join, (id_, value))
            joined += outcomes(answer) == ["joined"]
            if id_ in served and key(id_) not in counted:
                truth[id_] = float(value)
        elif what == "wait":
            clock.now += number * 20
        else:
            counted |= await matured(join, clock.now)
    counted |= await matured(join, clock.now + MATURITY)
    expected = {key(id_): truth.get(id_, math.nan) for id_ in served}
    assert counted.keys() == expected.keys()
    assert np.array_equal(list(counted.values()), [expected[id_] for id_ in counted], equal_nan=True)
    assert joined == len(truth)
    assert not join.lost
