"""The join while its Redis is down, comes back, forgets, or serves replicas with other configs."""

import asyncio
import json
import math
from collections import Counter

import numpy as np
import pytest

from evaluator.join.relay import Relay
from evaluator.join.server import Server
from evaluator.join.waiting import MATURITY, SCHEME, START, TOMBSTONES, Clock, a_scheme, many, records
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.redis import RedisStore
from modelmonitor.evaluator.join.store import StoreDown
from modelmonitor.evaluator.records import key
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

DUE = START + MATURITY
LABEL = json.dumps({"id": "a", "actual": 1}).encode()


def a_join(url: str, scheme: Scheme = SCHEME, clock: Clock | None = None, name: str = "loans") -> Join:
    return Join(RedisStore(url, name, TOMBSTONES), scheme, clock or Clock())


async def until_flushed(join: Join) -> None:
    while not await join.flush():  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def all_matured(join: Join, now: float) -> list[int]:
    found: list[int] = []
    while cohorts := await join.mature(now):
        for _, cohort in cohorts:
            found += cohort.records["key"].tolist()
    return found


async def test_ten_minutes_at_2000_predictions_a_second_wait_within_their_bound() -> None:
    scheme = a_scheme(max_bytes=1 << 20)
    with Server() as server:
        server.stop()
        clock = Clock()
        join = a_join(server.url, scheme, clock)
        sent: list[int] = []
        for second in range(600):
            clock.now = START + second
            rows = many(2_000, clock.now, seed=second)
            sent += rows["key"].tolist()
            join.remember(rows)
            assert join._buffer.nbytes <= 1 << 20
            await asyncio.sleep(0)
        kept = len(sent) - join.lost[Loss.STORE_DOWN]
        assert await join.flush() is False
        assert len(join._buffer) == kept > 30_000
        answer = await join.labels(LABEL)
        assert answer.status == 503
        assert answer.retry_after is not None
        assert "send these labels again" in str(answer.body["error"])
        server.start()
        await until_flushed(join)
        assert await join.pending() == kept
        assert sorted(await all_matured(join, clock.now + MATURITY)) == sorted(sent[:kept])
        assert join.lost == {Loss.STORE_DOWN: len(sent) - kept}
        await join.abandon()


async def test_remembering_goes_on_by_itself_when_the_store_is_back() -> None:
    with Server() as server:
        server.stop()
        join = a_join(server.url)
        join.remember(records(["a"]))
        await asyncio.sleep(0.1)  # long enough for a first try
        server.start()
        while len(join._buffer):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert (await join.labels(LABEL)).lags == [0.0]
        await join.abandon()


async def test_predictions_that_may_have_been_counted_long_ago_are_lost_rather_than_repeated(
    server: Server,
) -> None:
    clock = Clock()
    async with Relay(server.socket) as relay:
        join, other = a_join(relay.url, clock=clock, name="doubt"), a_join(server.url, name="doubt")
        join.remember(records(["0"]))
        await join.flush()
        relay.deaf = True
        join.remember(records(["a", "b"]))
        assert await join.flush() is False
        assert sorted(await all_matured(other, DUE)) == sorted(map(key, "0ab"))
        await other.mature(DUE + TOMBSTONES)
        relay.deaf = False
        clock.now = DUE + TOMBSTONES
        join.remember(records(["c"], clock.now))
        await until_flushed(join)
        assert join.lost == {Loss.STORE_DOWN: 2}
        assert await all_matured(join, clock.now + MATURITY) == [key("c")]
        await asyncio.gather(join.abandon(), other.abandon())


async def test_a_replica_with_another_config_counts_a_record_under_its_own_scheme(server: Server) -> None:
    old = a_scheme(Task.MULTICLASS, classes=("a", "b"), implicit="a")
    new = a_scheme(Task.MULTICLASS, classes=("b", "a", "c"))
    one, two = a_join(server.url, old, name="configs"), a_join(server.url, new, name="configs")
    one.remember(records(["labelled", "silent"], scheme=old))
    await one.flush()
    await one.abandon()
    body = json.dumps({"id": "labelled", "actual": "b"}).encode()
    assert (await two.labels(body)).lags == [0.0]
    ((scheme, cohort),) = await two.mature(DUE)
    assert scheme == old
    assert sorted(zip(cohort.actual.tolist(), cohort.explicit.tolist(), strict=True)) == [
        (0, False),
        (1, True),
    ]
    await two.abandon()


async def test_records_whose_config_is_lost_are_counted_as_unreadable(server: Server) -> None:
    one, two = (a_join(server.url, scheme, name="lost") for scheme in (a_scheme(implicit="0"), SCHEME))
    one.remember(records(["a", "b"]))
    await one.flush()
    assert server.command(f"DEL modelmonitor:{{lost}}:layout:{a_scheme(implicit='0').hash}") == b":1\r\n"
    assert await two.mature(DUE) == []
    assert two.lost == {Loss.UNREADABLE: 2}
    await asyncio.gather(one.abandon(), two.abandon())


async def test_a_config_that_is_garbage_stops_nothing_else(server: Server) -> None:
    known, garbage = a_scheme(implicit="1"), a_scheme(implicit="0")
    one, two = a_join(server.url, garbage, name="garbage"), a_join(server.url, known, name="garbage")
    one.remember(records(["a", "b"]))
    await one.flush()
    assert server.command(f"SET modelmonitor:{{garbage}}:layout:{garbage.hash} xyz") == b"+OK\r\n"
    two.remember(records(["c"], scheme=known))
    assert await all_matured(two, DUE) == [key("c")]
    assert two.lost == {Loss.UNREADABLE: 2}
    await asyncio.gather(one.abandon(), two.abandon())


async def test_records_are_not_lost_when_the_store_goes_down_before_their_config_was_read() -> None:
    with Server("--appendonly", "yes", "--appendfsync", "always") as server:
        one, two = a_join(server.url, a_scheme(implicit="0")), a_join(server.url)
        one.remember(records(["a", "b"]))
        await one.flush()
        two._taken = await two._store.take(DUE, 10)
        server.stop()
        assert await two.mature(DUE) == []
        server.start()
        found: list[int] = []
        for _ in range(200):  # it is not asked again for a moment
            found = found or await all_matured(two, DUE)
            await asyncio.sleep(0 if found else 0.05)
        assert sorted(found) == sorted([key("a"), key("b")])
        assert not two.lost
        await asyncio.gather(one.abandon(), two.abandon())


async def test_a_full_server_drops_records_and_refuses_labels_aloud() -> None:
    with Server("--maxmemory-policy", "noeviction") as server:
        join = a_join(server.url)
        join.remember(records(["a"]))
        await join.flush()
        server.command(f"CONFIG SET maxmemory {server.used_memory() - 4096}")
        join.remember(many(500))
        assert await join.flush() is True
        assert join.lost == {Loss.STORE_FULL: 500}
        assert (await join.labels(LABEL)).status == 503
        assert await all_matured(join, DUE) == [key("a")]
        await join.abandon()


@pytest.mark.parametrize("replicas", [1, 2, 8])
async def test_any_number_of_replicas_counts_the_same(server: Server, replicas: int) -> None:
    rng = np.random.default_rng(replicas)
    joins = [a_join(server.url, name=f"many-{replicas}") for _ in range(replicas)]
    ids = [f"{number}" for number in range(3_000)]
    for number, join in enumerate(joins):
        join.remember(records(ids[number::replicas], START + number))
        await join.flush()
    sent = [(id_, int(rng.integers(2))) for id_ in ids if rng.random() < 0.7]
    order = [sent[number] for number in rng.permutation(len(sent))]
    told: Counter[str] = Counter()
    for number, part in enumerate(np.array_split(np.arange(len(order)), 3 * replicas)):
        body = [{"id": order[at][0], "actual": order[at][1]} for at in part] * 2
        answer = await joins[number % replicas].labels(json.dumps(body).encode())
        told.update(outcome.value for _, outcome in answer.results)
    assert told == {"joined": len(sent), "duplicate": len(sent)}
    shares = await asyncio.gather(*(join.mature(DUE + replicas) for join in joins))
    actual = {
        key_: value
        for cohorts in shares
        for _, cohort in cohorts
        for key_, value in zip(cohort.records["key"].tolist(), cohort.actual.tolist(), strict=True)
    }
    assert sum(len(cohort.records) for cohorts in shares for _, cohort in cohorts) == len(ids)
    assert {key_: value for key_, value in actual.items() if not math.isnan(value)} == {
        key(id_): float(value) for id_, value in sent
    }
    await asyncio.gather(*(join.abandon() for join in joins))


async def test_what_redis_holds_is_not_abandoned(server: Server) -> None:
    join = a_join(server.url, name="held")
    join.remember(records(["a"]))
    assert await join.abandon() == 0
    gone = a_join("unix:///nowhere/redis.sock")
    gone.remember(records(["a", "b"]))
    assert await gone.abandon() == 2
    assert gone.lost == {Loss.ABANDONED: 2}
    with pytest.raises(StoreDown):
        await gone.pending()
