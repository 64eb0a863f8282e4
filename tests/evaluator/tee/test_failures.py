"""What a client sees, and what is told, when the model or the client fails."""

import asyncio
import socket
import struct

import pytest

from evaluator.tee.scene import closed_port, head, scene, tee_before, until
from modelmonitor.evaluator.exchange import Outcome
from modelmonitor.evaluator.tee import connection

GET = b"GET /x HTTP/1.1\r\nHost: m\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"


def reset(writer):
    """Close a connection by a reset."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def test_a_model_that_refuses_resets_the_client_and_the_request_is_an_error():
    async with tee_before(("127.0.0.1", await closed_port())) as (tee, seen):
        reader, writer = await asyncio.open_connection("127.0.0.1", tee.port)
        writer.write(POST)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        (told,) = await seen.told()
    assert (told.target, told.status, told.outcome) == ("/x", 0, Outcome.ERROR)


@pytest.mark.parametrize("said", [GET, POST[:-3], b"\x16\x03\x01"], ids=["whole", "head", "tls"])
async def test_a_request_that_comes_after_the_model_has_refused_is_told_and_reset_at_once(monkeypatch, said):
    monkeypatch.setattr(connection, "GRACE", 1000)
    async with tee_before(("127.0.0.1", await closed_port())) as (tee, seen):
        reader, writer = await asyncio.open_connection("127.0.0.1", tee.port)
        await until(lambda: any(client.refused for client in tee._clients))
        writer.write(said)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert [one.outcome for one in seen.exchanges] + ["opaque"] * seen.opaques == (
            ["opaque"] if said[0] == 0x16 else [Outcome.ERROR]
        )


async def test_a_client_that_says_nothing_to_a_model_that_refuses_is_reset_and_not_told():
    async with tee_before(("127.0.0.1", await closed_port())) as (tee, seen):
        reader, _ = await asyncio.open_connection("127.0.0.1", tee.port)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert tee.connections == 0
        await seen.told(0)


async def test_a_client_that_leaves_a_model_that_refuses_is_forgotten(monkeypatch):
    monkeypatch.setattr(connection, "GRACE", 1000)
    async with tee_before(("127.0.0.1", await closed_port())) as (tee, seen):
        _, writer = await asyncio.open_connection("127.0.0.1", tee.port)
        await until(lambda: any(client.refused for client in tee._clients))
        writer.close()
        await until(lambda: not tee.connections)
        await seen.told(0)


async def test_a_model_that_resets_resets_the_client():
    async def model(reader, writer):
        await head(reader)
        reset(writer)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        (told,) = await it.seen.told()
        await it.alone()
    assert (told.status, told.outcome) == (0, Outcome.ERROR)


async def test_a_model_that_closes_without_an_answer_closes_the_client_and_is_an_error():
    async def model(reader, writer):
        await head(reader)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        assert await reader.read() == b""
        (told,) = await it.seen.told()
        writer.close()
        await it.alone()
    assert (told.status, told.outcome) == (0, Outcome.ERROR)


@pytest.mark.parametrize("ends", ["closes", "resets"])
async def test_half_a_body_arrives_as_half_a_body_and_is_an_error(ends):
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    read = asyncio.Event()

    async def model(reader, writer):
        await head(reader)
        writer.write(half)
        await read.wait()
        if ends == "resets":
            reset(writer)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        assert await reader.readexactly(len(half)) == half
        read.set()
        if ends == "resets":
            with pytest.raises(ConnectionResetError):
                await reader.read()
        else:
            assert await reader.read() == b""
        (told,) = await it.seen.told()
        writer.close()
        await it.alone()
    assert (told.status, told.response_body, told.outcome) == (200, None, Outcome.ERROR)
    assert told.request_body == b""


@pytest.mark.parametrize("ends", ["closes", "resets"])
async def test_a_client_that_gives_up_on_a_hanging_model_is_a_timeout_and_the_model_sees_it_leave(ends):
    asked, left = asyncio.Event(), asyncio.Event()

    async def model(reader, writer):
        await head(reader)
        asked.set()
        try:
            assert await reader.read() == b""
            assert ends == "closes"
        except ConnectionResetError:
            assert ends == "resets"
        left.set()

    async with scene(model) as it:
        _, writer = await it.connect()
        writer.write(GET)
        await asked.wait()
        if ends == "resets":
            reset(writer)
        else:
            writer.close()
        (told,) = await it.seen.told()
        await left.wait()
        await it.alone()
    assert (told.status, told.outcome) == (0, Outcome.TIMEOUT)
    assert told.seconds > 0


async def test_a_client_that_leaves_amid_the_response_is_a_timeout():
    async def model(reader, writer):
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        await reader.readuntil(b"half")
        writer.close()
        (told,) = await it.seen.told()
        await it.alone()
    assert (told.status, told.response_body, told.outcome) == (200, None, Outcome.TIMEOUT)


async def test_a_client_that_leaves_amid_its_request_is_to_blame():
    async def model(reader, writer):
        await head(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert await reader.read() == b"hel"

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(POST[:-2])
        await head(reader)
        writer.close()
        (told,) = await it.seen.told()
        await it.alone()
    assert (told.status, told.request_body, told.outcome) == (0, None, Outcome.REJECTED)


async def test_a_client_that_leaves_between_requests_is_no_failure():
    async def model(reader, writer):
        await head(reader)
        writer.write(OK)
        assert await reader.read() == b""

    async with scene(model) as it:
        await it.say(GET, len(OK))
        (told,) = await it.seen.told()
        await it.alone()
    assert told.outcome is Outcome.OK


async def test_a_model_that_closes_an_idle_connection_closes_it_for_the_client():
    async def model(reader, writer):
        await head(reader)
        writer.write(OK)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        assert await reader.read() == OK
        await it.alone()  # though the client keeps its side open
        (told,) = await it.seen.told()
    assert told.outcome is Outcome.OK


async def test_all_requests_under_way_fail_with_the_connection():
    async def model(reader, writer):
        for _ in range(3):
            await head(reader)
        writer.write(OK)
        await writer.drain()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET * 3)
        assert await reader.read() == OK
        told = await it.seen.told(3)
    assert [one.outcome for one in told] == [Outcome.OK, Outcome.ERROR, Outcome.ERROR]
    assert [one.status for one in told] == [200, 0, 0]


async def test_a_response_that_is_no_http_is_an_error_and_passes():
    async def model(reader, writer):
        await head(reader)
        writer.write(b"220 smtp ready\r\n")
        assert await reader.readexactly(4) == b"HELO"
        writer.write(b"250 ok\r\n")

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        await reader.readuntil(b"ready\r\n")
        (told,) = await it.seen.told(1, opaques=1)
        writer.write(b"HELO")
        assert await reader.read() == b"250 ok\r\n"
    assert (told.status, told.outcome) == (0, Outcome.ERROR)


async def test_an_answer_before_a_reset_arrives_though_the_client_still_sends():
    """A model that refuses a long body answers and closes: its kernel resets when it is sent more."""
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        listener.setblocking(False)
        client.setblocking(False)
        async with tee_before(listener.getsockname()) as (tee, seen):
            await _answer_and_reset(loop, listener, client, tee.port, refusal)
            assert await loop.sock_recv(client, 1000) == refusal
            with pytest.raises(ConnectionResetError):
                await loop.sock_recv(client, 1000)
            (told,) = await seen.told()
    assert (told.status, told.outcome) == (413, Outcome.REJECTED)


async def _answer_and_reset(loop, listener, client, port, refusal):
    await loop.sock_connect(client, ("127.0.0.1", port))
    model, _ = await loop.sock_accept(listener)
    model.setblocking(False)
    await loop.sock_sendall(client, b"POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n")
    assert await loop.sock_recv(model, 1000)
    client.send(b"more")  # the tee learns of all three at once, and of the client first
    model.send(refusal)
    model.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    model.close()
