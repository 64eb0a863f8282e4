"""The Redis store with a server that is shared, restarted, full, slow, deaf or gone."""

import asyncio
import contextlib
import multiprocessing
import secrets
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from evaluator.join import replica
from evaluator.join.relay import Relay
from evaluator.join.server import Server
from evaluator.join.waiting import LAYOUT, MATURITY, SCHEME, START, TOMBSTONES, many, records, taken
from modelmonitor.evaluator.join.redis import RedisStore
from modelmonitor.evaluator.join.store import Kept, LabelOutcome, StoreDown, StoreFull
from modelmonitor.evaluator.records import Records, key, record_type

DUE = START + MATURITY
ALWAYS = ("--appendonly", "yes", "--appendfsync", "always")


Open = Callable[..., RedisStore]


@pytest.fixture
async def a_store() -> AsyncIterator[Open]:
    """Opens stores, and closes them all in the end."""
    stores: list[RedisStore] = []

    def open_(url: str, name: str = "loans") -> RedisStore:
        stores.append(RedisStore(url, name, TOMBSTONES))
        return stores[-1]

    yield open_
    for store in stores:
        await store.close()


async def remember(store: RedisStore, rows: Records) -> Kept:
    return await store.remember(LAYOUT, rows, rows["served"] + MATURITY)


async def until_it_answers(store: RedisStore) -> None:
    while True:
        try:
            await store.pending()
        except StoreDown:
            await asyncio.sleep(0.05)
        else:
            return


def keys_of(parts: list[bytes]) -> list[int]:
    rows = np.frombuffer(b"".join(parts), record_type(SCHEME))
    return [int(key_) for key_ in rows["key"]]


async def test_eight_replicas_at_once_take_each_record_exactly_once(server: Server, a_store: Open) -> None:
    name, rows = secrets.token_hex(4), many(5_000)
    replicas = [a_store(server.url, name) for _ in range(8)]
    for number, store in enumerate(replicas):
        await remember(store, rows[number::8])

    async def drain(store: RedisStore) -> list[bytes]:
        found: list[bytes] = []
        while batches := await store.take(DUE, 37):
            found += [batch.records for batch in batches]
        return found

    shares = await asyncio.gather(*map(drain, replicas))
    assert all(shares)
    found = [key_ for share in shares for key_ in keys_of(share)]
    assert len(found) == 5_000
    assert set(found) == set(rows["key"].tolist())


async def test_replicas_that_are_killed_while_they_take_repeat_nothing(server: Server, a_store: Open) -> None:
    name, rows, context = secrets.token_hex(4), many(6_000), multiprocessing.get_context("spawn")
    survivor = a_store(server.url, name)
    for start in range(0, len(rows), 1000):
        await remember(survivor, rows[start : start + 1000])
    told: list[bytes] = []
    for _ in range(2):
        reading, writing = context.Pipe(duplex=False)
        process = context.Process(target=replica.take_and_tell, args=(server.url, name, DUE, writing))
        process.start()
        writing.close()
        told += [await asyncio.to_thread(reading.recv_bytes) for _ in range(20)]
        process.kill()
        process.join()
        while reading.poll():
            try:
                told.append(reading.recv_bytes())
            except EOFError:
                break
    found = Counter(keys_of(told)) + Counter(list(await taken(survivor, DUE)))
    assert set(found.values()) == {1}
    lost = len(rows) - len(found)
    assert 0 <= lost <= 2 * 50 * 2  # what was taken, or on its way to us, when each was killed


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_with_an_append_only_file_a_restart_loses_nothing(how: signal.Signals, a_store: Open) -> None:
    with Server(*ALWAYS) as server:
        store, rows = a_store(server.url), many(1_000)
        await remember(store, rows)
        await store.mark(rows["key"][:3].tolist(), [b"yes"] * 3, START)
        first = keys_of([batch.records for batch in await store.take(DUE, 100)])
        server.stop(how)
        with pytest.raises(StoreDown):
            await store.take(DUE, 100)
        server.start()
        await until_it_answers(store)
        rest = await taken(store, DUE)
        assert sorted([*first, *rest]) == sorted(rows["key"].tolist())
        ((outcome, _),) = await store.mark(rows["key"][:1].tolist(), [b"yes"], DUE)
        assert outcome is LabelOutcome.DUPLICATE


async def test_a_server_that_comes_back_empty_is_used_as_a_new_one(a_store: Open) -> None:
    with Server() as server:
        store = a_store(server.url)
        await remember(store, records(["a"]))
        server.stop(signal.SIGKILL)
        server.start()
        await until_it_answers(store)
        assert await store.layout(LAYOUT.hash) is None
        assert await remember(store, records(["b"])) == Kept()
        assert await store.layout(LAYOUT.hash) == LAYOUT.text
        assert await taken(store, DUE) == {key("b"): None}


async def test_a_full_server_refuses_records_and_labels_but_still_gives_what_is_due(a_store: Open) -> None:
    with Server("--maxmemory-policy", "noeviction") as server:
        store, rows = a_store(server.url), many(20_000)
        await remember(store, rows[:1000])
        server.command(f"CONFIG SET maxmemory {server.used_memory() + (1 << 20)}")
        kept = 1000
        while store.errors == 0:
            with contextlib.suppress(StoreFull):
                await remember(store, rows[kept : kept + 500])
                kept += 500
        server.command(f"CONFIG SET maxmemory {server.used_memory() - (1 << 16)}")
        with pytest.raises(StoreFull):
            await store.mark(rows["key"][:1].tolist(), [b"yes"], START)
        assert await store.pending() == kept
        found = await taken(store, DUE)
        assert set(found) == set(rows["key"][:kept].tolist())
        assert store.errors == 2


async def test_a_call_whose_answer_is_lost_loses_no_record(server: Server, a_store: Open) -> None:
    name, rows = secrets.token_hex(4), many(300)
    async with Relay(server.socket) as relay:
        store, other = a_store(relay.url, name), a_store(server.url, name)
        await store.pending()
        relay.deaf = True
        with pytest.raises(StoreDown) as failure:
            await remember(store, rows)
        assert failure.value.perhaps_done
        relay.deaf = False
        await until_it_answers(store)
        assert await remember(store, rows) == Kept()
        relay.deaf = True
        with pytest.raises(StoreDown):
            await store.take(DUE, 100)
        relay.deaf = False
        assert await other.pending() == 200
        await until_it_answers(store)
        assert await remember(store, rows) == Kept()
        found = await taken(store, DUE)
        assert set(found) == set(rows["key"].tolist())


async def test_a_take_that_was_given_up_and_arrives_late_takes_nothing(server: Server, a_store: Open) -> None:
    name = secrets.token_hex(4)
    store = a_store(server.url, name)
    await remember(store, many(30))
    await store.take(DUE, 10)
    store._takes = 1
    await store.take(DUE, 10)
    store._takes = 5
    await store.take(DUE, 10)
    store._takes = 2
    await store.take(DUE, 10)
    assert await store.pending() == 10


async def test_a_slow_server_costs_a_second_and_then_nothing(server: Server, a_store: Open) -> None:
    async with Relay(server.socket) as relay:
        store = a_store(relay.url, secrets.token_hex(4))
        await remember(store, records(["a"]))
        relay.seconds = 5.0
        began = time.monotonic()
        with pytest.raises(StoreDown, match="within"):
            await store.pending()
        assert time.monotonic() - began >= 1.0
        errors = store.errors
        for _ in range(100):
            with pytest.raises(StoreDown, match="a moment ago"):
                await store.pending()
        assert store.errors == errors == 1
        relay.seconds = 0.0
        await until_it_answers(store)
        assert await taken(store, DUE) == {key("a"): None}


async def test_answers_never_go_to_another_call(server: Server, a_store: Open) -> None:
    name = secrets.token_hex(4)
    async with Relay(server.socket) as relay:
        store = a_store(relay.url, name)
        await remember(store, many(10))
        relay.seconds = 0.6  # there and back: more than a second
        with pytest.raises(StoreDown):
            await store.pending()
        relay.seconds = 0.0
        await until_it_answers(store)
        assert await store.layout(LAYOUT.hash) == LAYOUT.text
        assert await store.pending() == 10


async def test_a_server_that_forgot_the_scripts_is_sent_them_again(server: Server, a_store: Open) -> None:
    store = a_store(server.url, secrets.token_hex(4))
    await remember(store, records(["a"]))
    server.command("SCRIPT FLUSH")
    assert await remember(store, records(["b"])) == Kept()
    assert len(await taken(store, DUE)) == 2


async def test_monitors_do_not_see_each_other(server: Server, a_store: Open) -> None:
    one, two = a_store(server.url, "test/one"), a_store(server.url, "test/two")
    await remember(one, records(["a"]))
    assert await two.pending() == 0
    ((outcome, _),) = await two.mark([key("a")], [b"yes"], START)
    assert outcome is LabelOutcome.UNKNOWN


async def test_everything_expires_when_nobody_comes_back(a_store: Open) -> None:
    with Server() as server:
        store = a_store(server.url)
        await remember(store, records(["a", "b"]))
        await store.mark([key("a")], [b"yes"], START)
        await store.take(DUE, 1)
        names = [line for line in server.command("KEYS *").split(b"\r\n") if b"modelmonitor" in line]
        assert len(names) >= 6
        for name in names:
            seconds = int(server.command(f"TTL {name.decode()}").strip(b":\r\n"))
            assert 0 < seconds <= MATURITY + 7 * 86_400


async def test_nothing_is_left_of_what_was_counted_and_forgotten(a_store: Open) -> None:
    with Server() as server:
        store, rows = a_store(server.url), many(2_000)
        await remember(store, rows[:1000])
        await store.mark(rows["key"][:500].tolist(), [b"yes"] * 500, START)
        await taken(store, DUE)
        again = rows[:10].copy()
        again["served"] = DUE
        await remember(store, again)
        await taken(store, DUE + MATURITY)
        await store.take(DUE + MATURITY + TOMBSTONES, 1024)
        left = server.command("KEYS *")
        assert left.count(b"modelmonitor") == 2
        assert b":layout:" in left
        assert b":taken:" in left


async def test_no_server_at_all_is_a_failure_without_doubt(a_store: Open) -> None:
    store = a_store("unix:///nowhere/redis.sock")
    with pytest.raises(StoreDown) as failure:
        await remember(store, records(["a"]))
    assert not failure.value.perhaps_done
