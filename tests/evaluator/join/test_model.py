"""Both stores against a model in dictionaries, whatever comes in whatever order, with clocks that jump."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from evaluator.join.server import Server
from evaluator.join.waiting import LAYOUT, MATURITY, START, TOMBSTONES, records
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.join.redis import RedisStore
from modelmonitor.evaluator.join.store import Kept, LabelOutcome, Store
from modelmonitor.evaluator.records import Records, key

IDS = st.sampled_from("abcdefgh")
LABELS = st.sampled_from([b"yes", b"no"])


@dataclass
class Waits:
    record: bytes
    served: float
    label: bytes | None = None


@dataclass
class Counted:
    served: float
    label: bytes | None
    expires: float


class Machine(RuleBasedStateMachine):
    """The oracle is what the interface says, word by word."""

    def __init__(self, stores: Callable[[], list[Store]]) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stores = stores()
        self.now = self.latest = START
        self.waits: dict[int, Waits] = {}
        self.counted: dict[int, Counted] = {}
        self.sent: list[Records] = []
        self.turn = 0

    @property
    def store(self) -> Store:
        """Each replica in turn."""
        self.turn += 1
        return self.stores[self.turn % len(self.stores)]

    def teardown(self) -> None:
        for store in self.stores:
            self.loop.run_until_complete(store.close())
        self.loop.close()

    @rule(seconds=st.floats(-80, 120))
    def clock_moves(self, seconds: float) -> None:
        self.now += seconds
        self.latest = max(self.latest, self.now)

    @rule(ids=st.lists(IDS, max_size=6), ago=st.floats(0, 150), predicted=st.lists(st.integers(0, 1)))
    def predictions_come(self, ids: list[str], ago: float, predicted: list[int]) -> None:
        rows = records(ids, self.now - ago)
        rows["predicted"][: len(predicted)] = predicted[: len(ids)]
        self.remember(rows)
        self.sent.append(rows)

    @rule(number=st.integers(0, 20))
    def predictions_are_sent_again(self, number: int) -> None:
        if self.sent:
            rows = self.sent[number % len(self.sent)]
            known = [self.known(int(row["key"])) for row in rows]
            self.remember(rows[np.array(known, np.bool_)])

    def known(self, key_: int) -> bool:
        """Whether it waits, or its tombstone is there for certain."""
        return key_ in self.waits or (key_ in self.counted and self.counted[key_].expires > self.latest)

    def remember(self, rows: Records) -> None:
        repeated, seen = 0, set()
        for row in rows:
            id_, served = int(row["key"]), float(row["served"])
            if id_ in seen:
                repeated += 1
            elif id_ in self.waits:
                repeated += self.waits[id_].record != row.tobytes()
            elif id_ not in self.counted or self.counted[id_].served != served:
                self.counted.pop(id_, None)
                self.waits[id_] = Waits(row.tobytes(), served)
            seen.add(id_)
        got = self.loop.run_until_complete(self.store.remember(LAYOUT, rows, rows["served"] + MATURITY))
        assert got == Kept(repeated=repeated)

    @rule(labels=st.lists(st.tuples(IDS, LABELS), max_size=5))
    def labels_come(self, labels: list[tuple[str, bytes]]) -> None:
        keys = [key(id_) for id_, _ in labels]
        got = self.loop.run_until_complete(self.store.mark(keys, [label for _, label in labels], self.now))
        for id_, (_, label), (outcome, lag) in zip(keys, labels, got, strict=True):
            assert outcome in self.expected(id_, label)
            assert np.isnan(lag) == (outcome is not LabelOutcome.JOINED)
            if id_ in self.waits:
                assert np.isnan(lag) or lag == self.now - self.waits[id_].served
                self.waits[id_].label = label

    def expected(self, id_: int, label: bytes) -> set[LabelOutcome]:
        if id_ in self.waits:
            there = self.waits[id_].label
            if there is None:
                return {LabelOutcome.JOINED}
            return {LabelOutcome.DUPLICATE if there == label else LabelOutcome.CONFLICTING}
        if id_ not in self.counted:
            return {LabelOutcome.UNKNOWN}
        found = LabelOutcome.DUPLICATE if self.counted[id_].label == label else LabelOutcome.LATE
        return {found} if self.known(id_) else {found, LabelOutcome.UNKNOWN}

    @rule(limit=st.sampled_from([1, 2, 5, 100]))
    def time_to_count(self, limit: int) -> None:
        due = {id_ for id_, one in self.waits.items() if one.served + MATURITY <= self.now}
        batches = self.loop.run_until_complete(self.store.take(self.now, limit))
        assert sum(len(batch.labels) for batch in batches) == min(limit, len(due))
        for batch in batches:
            assert batch.layout == LAYOUT.hash
            rows = np.frombuffer(batch.records, records([]).dtype)
            for row, label in zip(rows, batch.labels, strict=True):
                assert int(row["key"]) in due
                one = self.waits.pop(int(row["key"]))
                assert (one.record, one.label) == (row.tobytes(), label)
                self.counted[int(row["key"])] = Counted(one.served, one.label, self.now + TOMBSTONES)

    @invariant()
    def all_that_waits_is_pending(self) -> None:
        assert self.loop.run_until_complete(self.store.pending()) == len(self.waits)


@pytest.mark.parametrize("limit", [16 << 20, 1 << 15])
def test_the_memory_store_is_the_model(limit: int) -> None:
    run_state_machine_as_test(
        lambda: Machine(lambda: [MemoryStore(limit, TOMBSTONES)]),
        settings=settings(max_examples=80, stateful_step_count=40, deadline=None),
    )


def test_two_replicas_of_the_redis_store_are_the_model(server: Server) -> None:
    def stores() -> list[Store]:
        name = secrets.token_hex(4)
        return [RedisStore(server.url, name, TOMBSTONES) for _ in range(2)]

    run_state_machine_as_test(
        lambda: Machine(stores),
        settings=settings(max_examples=30, stateful_step_count=40, deadline=None),
    )
