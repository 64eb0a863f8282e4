"""Bytes arrive as they were sent, whatever they are."""

import asyncio
import base64
import hashlib
import os
import random
import socket

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.tee.scene import head, saying, scene, tee_before, until
from modelmonitor.evaluator.tee.connection import Waiting

GET = b"GET /x HTTP/1.1\r\nHost: m\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"
FRAGMENTS = [
    GET,
    OK,
    b"HEAD / HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"\r\n",
    b"POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"HTTP/1.0 200\n\n",
    b"\x00",
    b"GET ",
    b"HTTP/1.",
]
CHUNKS = st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=40), max_size=12)


@pytest.mark.parametrize("loop", [uvloop.new_event_loop, asyncio.SelectorEventLoop])
@given(to_model=CHUNKS, to_client=CHUNKS, seed=st.integers(0, 1 << 32))
@settings(max_examples=200)
def test_any_bytes_in_any_pieces_arrive_identical_in_both_directions(loop, to_model, to_client, seed):
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_both_ways(to_model, to_client, random.Random(seed)))


async def _both_ways(to_model, to_client, chance):
    arrived = asyncio.get_running_loop().create_future()

    async def model(reader, writer):
        sending = asyncio.create_task(_send(writer, to_client, chance))
        arrived.set_result(await reader.read())
        await sending
        writer.write_eof()

    async with scene(model) as it:
        reader, writer = await it.connect()
        sending = asyncio.create_task(_send(writer, to_model, chance))
        back = asyncio.create_task(reader.read())
        await sending
        writer.write_eof()
        assert await arrived == b"".join(to_model)
        assert await back == b"".join(to_client)
        await it.alone()


async def _send(writer, chunks, chance):
    data = b"".join(chunks)
    while data:
        size = chance.choice((1, 3, 20, 1000))
        writer.write(data[:size])
        data = data[size:]
        await asyncio.sleep(0)
    await writer.drain()


async def echo(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        b"\0" * 9,
        b"GET  nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"EHLO me\r\n",
    ],
    ids=["tls", "http2", "zeros", "nonsense", "negative length", "smtp"],
)
async def test_what_is_no_http_1_passes_and_is_told_once(data):
    async with scene(echo) as it:
        reader, writer = await it.connect()
        for _ in range(3):
            writer.write(data)
            assert await reader.readexactly(len(data)) == data
        await it.seen.told(0, opaques=1)


@pytest.mark.parametrize(
    ("data", "encrypted"),
    [
        (b"\x16\x03\x01\x02\x00\x01", 1),
        (b"\x16\x03\x03\x00\x05", 1),
        (b"\x00\x16\x03", 0),
        (GET + b"\x16\x03\x01", 0),
    ],
    ids=["TLS 1.0", "TLS 1.2", "other", "after a request"],
)
async def test_a_connection_over_tls_is_told_apart(data, encrypted):
    async with scene(echo) as it:
        reader, writer = await it.connect()
        writer.write(data)
        await reader.readexactly(len(data))
        await until(lambda: it.seen.opaques)
        assert it.seen.encrypted == encrypted


async def test_what_follows_valid_requests_unreadably_does_not_unmake_them():
    async def model(reader, writer):
        await head(reader)
        assert await reader.readexactly(7) == b"\x00rubbish"[:7]
        writer.write(OK + b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with scene(model) as it:
        _, writer = await it.connect()
        writer.write(GET + b"\x00rubbish")
        (told,) = await it.seen.told(1, opaques=1)
    assert (told.status, told.response_body) == (200, b"yes")


async def test_a_websocket_is_an_exchange_then_passes_as_it_is():
    key = base64.b64encode(os.urandom(16))
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324
    agreed = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

    async def model(reader, writer):
        await head(reader)
        writer.write(agreed + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + b"\x81\x02hi")
        await echo(reader, writer)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(
            b"GET /live HTTP/1.1\r\nHost: m\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n"
        )
        assert accept in await head(reader)
        assert await reader.readexactly(4) == b"\x81\x02hi"
        frame = b"\x82\xfe\x04\x00" + bytes(4) + os.urandom(1024)
        for _ in range(20):
            writer.write(frame)
            assert await reader.readexactly(len(frame)) == frame
        (told,) = await it.seen.told(1, opaques=1)
    assert (told.target, told.status, told.outcome) == ("/live", 101, "ok")


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 101 Over\r\n\r\n"])
async def test_a_tunnel_is_an_exchange_then_passes_as_it_is(answer):
    async def model(reader, writer):
        await head(reader)
        writer.write(answer)
        await echo(reader, writer)

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(b"CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n")
        assert await head(reader) == answer
        writer.write(GET)  # what looks like HTTP in a tunnel is none of ours
        assert await reader.readexactly(len(GET)) == GET
        (told,) = await it.seen.told(1, opaques=1)
    assert (told.method, told.target) == ("CONNECT", "db:5432")


async def test_a_declined_tunnel_is_an_exchange_like_others():
    declined = b"HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"
    async with scene(saying(declined, OK)) as it:
        reader, writer = await it.connect()
        writer.write(b"CONNECT db:5432 HTTP/1.1\r\nHost: db:5432\r\n\r\n")
        await head(reader)
        writer.write(GET)
        await reader.readexactly(len(OK))
        assert [one.status for one in await it.seen.told(2)] == [405, 200]


async def test_a_client_may_shut_its_sending_side_and_read_on():
    async def model(reader, writer):
        assert await reader.read() == GET
        for _ in range(10):
            writer.write(b"x" * 100_000)
            await writer.drain()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        writer.write_eof()
        assert await reader.read() == b"x" * 1_000_000
        await it.alone()


async def test_a_model_may_shut_its_sending_side_and_read_on():
    arrived = asyncio.get_running_loop().create_future()

    async def model(reader, writer):
        await reader.readexactly(5)
        writer.write_eof()
        arrived.set_result(await reader.read())

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(b"first")
        assert await reader.read() == b""
        for _ in range(10):
            writer.write(b"x" * 100_000)
            await writer.drain()
        writer.write_eof()
        assert await arrived == b"x" * 1_000_000
        await it.alone()


@pytest.mark.parametrize("chunk", [7_000, 3_000_000])
async def test_a_hundred_megabytes_pass_in_both_directions_within_the_bounds(chunk):
    size = 100_000_000
    request = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    body = random.Random(1).randbytes(chunk)

    async def send(writer, start):
        writer.write(start)
        for offset in range(0, size, chunk):
            writer.write(body[: size - offset])
            await writer.drain()

    async def receive(reader):
        await head(reader)
        digest, left, most = hashlib.blake2b(), size, 0
        while left:
            data = await reader.read(1 << 18)
            digest.update(data)
            left -= len(data)
            most = max(most, it.tee.budget.held)
        return digest.hexdigest(), most

    async def model(reader, writer):
        digest, most = await receive(reader)
        assert digest == expected
        assert most <= 1 << 20 | 1024
        await send(writer, response)
        await reader.read()

    whole = hashlib.blake2b()
    for offset in range(0, size, chunk):
        whole.update(body[: size - offset])
    expected = whole.hexdigest()
    async with scene(model) as it:
        reader, writer = await it.connect()
        await send(writer, request)
        digest, most = await receive(reader)
        assert digest == expected
        assert most <= 1 << 20 | 1024
        (told,) = await it.seen.told()
    assert told.too_large
    assert (told.request_body, told.response_body) == (None, None)


async def test_what_a_client_sends_before_the_model_is_reached_holds_it_too():
    """The very first bytes are more than a model takes that has not accepted yet."""
    loop = asyncio.get_running_loop()
    with socket.socket() as listener, socket.socket() as client:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        async with tee_before(listener.getsockname()) as (tee, _):
            client.connect(("127.0.0.1", tee.port))
            client.setblocking(False)
            client.send(bytes(1_000_000))
            sending = asyncio.create_task(loop.sock_sendall(client, bytes(100_000_000)))
            await until(lambda: any(_buffered(tee)))
            for _ in range(100):
                await asyncio.sleep(0)
            assert sum(_buffered(tee)) <= 1 << 19
            assert not sending.done()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


def test_what_was_sent_early_may_stop_the_client_at_once():
    calls = []

    class Client:
        pause_reading = staticmethod(lambda: calls.append("pause"))
        resume_reading = staticmethod(lambda: calls.append("resume"))

    class FullModel:
        writelines = staticmethod(lambda data: calls.append(b"".join(data)) or Client.pause_reading())

    waiting = Waiting(Client())
    waiting.write(b"early")
    waiting.pour(FullModel())
    assert calls == ["pause", "resume", b"early", "pause"]


@pytest.mark.parametrize("slow", ["model", "client"])
async def test_a_slow_reader_holds_the_sender_and_not_the_bytes(slow):
    go = asyncio.Event()
    total = 200_000_000

    async def send(writer):
        for _ in range(total // 1_000_000):
            writer.write(bytes(1_000_000))
            await writer.drain()
        writer.write_eof()

    async def drink(reader):
        await go.wait()
        size = 0
        while data := await reader.read(1 << 20):
            size += len(data)
        return size

    drunk = asyncio.get_running_loop().create_future()

    async def model(reader, writer):
        if slow == "model":
            drunk.set_result(await drink(reader))
        else:
            await send(writer)
            await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        sender = asyncio.create_task(send(writer)) if slow == "model" else None
        await until(lambda: any(_buffered(it.tee)))
        assert sum(_buffered(it.tee)) <= 1 << 19
        if sender is not None:
            assert not sender.done()
            go.set()
            assert await drunk == total
            await sender
        else:
            go.set()
            assert await drink(reader) == total


def _buffered(tee):
    for client in tee._clients:
        for side in (client, client.model):
            if hasattr(side, "transport"):
                yield side.transport.get_write_buffer_size()
