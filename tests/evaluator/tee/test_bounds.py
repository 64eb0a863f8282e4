"""Copies are bounded in bytes, and dropped before a stream is slowed."""

import asyncio

from evaluator.tee.scene import head, scene
from modelmonitor.evaluator.tee.limits import HEAD_BYTES, PIPELINED, Limits

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"
GET = b"GET /x HTTP/1.1\r\n\r\n"


def post(body):
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def hanging(reader, writer):
    await reader.read()


async def test_copies_of_all_connections_share_one_budget():
    """Ten requests of 1,000 bytes hang; the budget is enough for four."""
    asked = 0
    all_asked, answer = asyncio.Event(), asyncio.Event()

    async def model(reader, writer):
        nonlocal asked
        await head(reader)
        await reader.readexactly(1000)
        asked += 1
        if asked == 10:
            all_asked.set()
        await answer.wait()
        writer.write(OK)
        await reader.read()

    async with scene(model, Limits(copy_bytes=4 * 2024 + 500)) as it:
        clients = [await it.connect() for _ in range(10)]
        for _, writer in clients:
            writer.write(post(bytes(1000)))
        await all_asked.wait()
        assert it.tee.budget.held == 4 * 2024
        answer.set()
        for reader, _ in clients:
            assert await reader.readexactly(len(OK)) == OK
        told = await it.seen.told(10)
        assert it.tee.budget.held == 0
    copied = [one.request_body for one in told if one.request_body is not None]
    assert copied == [bytes(1000)] * 4
    assert not any(one.too_large for one in told)


async def test_one_connection_holds_no_more_than_its_share():
    async def model(reader, writer):
        for _ in range(10):
            await head(reader)
            await reader.readexactly(1000)
        writer.write(OK * 10)
        await reader.read()

    async with scene(model, Limits(connection_bytes=4 * 2024 - 500)) as it:
        reader, writer = await it.connect()
        writer.write(post(bytes(1000)) * 10)
        assert await reader.readexactly(len(OK) * 10) == OK * 10
        told = await it.seen.told(10)
    assert [one.request_body is not None for one in told] == [True] * 3 + [False] * 7
    assert [one.response_body for one in told] == [b"yes"] * 4 + [None] * 6


async def test_a_body_in_tiny_chunks_costs_what_it_weighs():
    async def model(reader, writer):
        await reader.readuntil(b"0\r\n\r\n")
        held.set_result(it.tee.budget.held)
        writer.write(OK)
        await reader.read()

    held = asyncio.get_running_loop().create_future()
    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"2\r\nab\r\n" * 1000 + b"0\r\n\r\n"
        )
        await reader.readexactly(len(OK))
        (told,) = await it.seen.told()
    assert told.request_body == b"ab" * 1000
    assert await held == 1024 + 2000


async def test_an_endless_head_is_not_read():
    async with scene(hanging) as it:
        _, writer = await it.connect()
        writer.write(b"GET / HTTP/1.1\r\nA: ")
        for _ in range(HEAD_BYTES // 1000 + 300):
            writer.write(b"x" * 1000)
            await writer.drain()
        await it.seen.told(0, opaques=1)
        assert it.tee.budget.held == 0


async def test_an_endless_head_of_a_response_is_not_read():
    async def model(reader, writer):
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(HEAD_BYTES // 10 + 30000):
            writer.write(b"AAAA: b\r\n")
        await reader.read()

    async with scene(model) as it:
        _, writer = await it.connect()
        writer.write(GET)
        (told,) = await it.seen.told(1, opaques=1)
    assert (told.status, told.outcome) == (0, "error")


async def test_endless_trailers_are_not_read():
    async with scene(hanging) as it:
        _, writer = await it.connect()
        writer.write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n")
        for _ in range(HEAD_BYTES // 1000 + 300):
            writer.write(b"A: " + b"x" * 1000 + b"\r\n")
            await writer.drain()
        async with asyncio.timeout(10):
            while not it.seen.opaques:
                await it.seen.changed.wait()


async def test_more_requests_under_way_than_the_bound_pass_unread():
    count = PIPELINED + 50

    async def model(reader, writer):
        for _ in range(count):
            await head(reader)
        writer.write(OK * count)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET * count)
        assert await reader.readexactly(len(OK) * count) == OK * count
        told = await it.seen.told(PIPELINED, opaques=1)
    assert {one.status for one in told} == {200}


async def test_a_defect_of_the_observer_harms_no_stream(caplog):
    async def model(reader, writer):
        for _ in range(3):
            await head(reader)
            writer.write(OK)
        await reader.read()

    async with scene(model) as it:
        it.seen.exchanges = None
        reader, writer = await it.connect()
        for _ in range(3):
            writer.write(GET)
            assert await reader.readexactly(len(OK)) == OK
    assert "AttributeError" in caplog.text


async def test_many_requests_to_upgrade_in_one_read_are_no_depth():
    upgrade = b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"

    async def model(reader, writer):
        await reader.readexactly(len(upgrade) * 5000)
        writer.write(OK * 5000)
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(upgrade * 5000)
        assert await reader.readexactly(len(OK) * 5000) == OK * 5000
        assert it.seen.opaques <= 1
        assert {one.status for one in it.seen.exchanges} == {200}
