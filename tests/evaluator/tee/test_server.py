"""Listening, many clients, too few descriptors, and the end."""

import asyncio
import os
import resource
import sys
from asyncio.subprocess import PIPE
from contextlib import asynccontextmanager

import pytest
import uvloop

from evaluator.tee.scene import head, scene, until
from modelmonitor.evaluator.tee.limits import Limits

GET = b"GET /x HTTP/1.1\r\nHost: m\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes"
THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))


async def answering(reader, writer):
    while await head(reader):
        writer.write(OK)


async def test_clients_beyond_the_bound_wait_and_are_served_when_others_leave():
    sparing = isinstance(asyncio.get_running_loop(), uvloop.Loop)  # the other accepts all that wait in one go
    async with scene(answering, Limits(connections=10)) as it:
        clients = [await it.connect() for _ in range(30)]  # by the kernel, not yet by the tee
        for reader, writer in clients:
            writer.write(GET)
            assert await reader.readexactly(len(OK)) == OK
            if sparing:
                assert it.tee.connections <= 12
            writer.close()
        await it.seen.told(30)


async def test_a_tee_that_cannot_resume_for_want_of_descriptors_tries_again():
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with scene(answering, Limits(connections=1)) as it:
        first, second = await it.connect(), await it.connect()
        first[1].write(GET)
        await first[0].readexactly(len(OK))
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, allowed[1]))  # whatever is opened now fails
        try:
            first[1].transport.abort()
            await until(lambda: not it.tee.connections)
            for _ in range(10):
                await asyncio.sleep(0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, allowed)
        second[1].write(GET)
        assert await second[0].readexactly(len(OK)) == OK


async def test_requests_under_way_are_answered_after_the_end_has_begun():
    asked, answer = asyncio.Event(), asyncio.Event()

    async def model(reader, writer):
        if await head(reader):
            asked.set()
            await answer.wait()
            writer.write(OK)
            assert await reader.read() == b""

    async with scene(model) as it:
        busy, writer = await it.connect()
        writer.write(GET)
        idle, _ = await it.connect()
        await asked.wait()
        draining = asyncio.create_task(it.tee.drain(20))
        assert await idle.read() == b""
        with pytest.raises(OSError, match="onnect"):
            await it.connect()
        answer.set()
        assert await busy.read() == OK
        await draining
        assert it.tee.connections == 0
        await it.seen.told()


async def test_requests_that_are_not_answered_in_time_fail():
    async def model(reader, writer):
        await reader.read()

    async with scene(model) as it:
        reader, writer = await it.connect()
        writer.write(GET)
        await until(lambda: it.tee.budget.held > 0)
        await it.tee.drain(0.01)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        (told,) = await it.seen.told()
    assert told.outcome == "error"


async def test_the_end_under_load_loses_no_request_that_was_read():
    """Clients that ask as fast as they can get whole answers, then the end of the connection."""
    answered, halves = 0, []

    async def client(it):
        nonlocal answered
        reader, writer = await it.connect()
        try:
            while True:
                writer.write(GET)
                if (await reader.readexactly(len(OK))) != OK:
                    raise AssertionError
                answered += 1
                if answered == 2000:
                    enough.set()
        except asyncio.IncompleteReadError as end:
            halves.append(end.partial)
        except ConnectionError:
            pass

    enough = asyncio.Event()
    async with scene(answering) as it:
        clients = [asyncio.create_task(client(it)) for _ in range(20)]
        await enough.wait()
        await it.tee.drain(20)
        await asyncio.gather(*clients)
        assert it.tee.connections == 0
        told = it.seen.exchanges
    assert not any(halves)
    assert {one.outcome for one in told} == {"ok"}
    assert len(told) == answered


async def test_thousands_of_clients_at_once():
    """Clients, tee and model are processes of their own: each has as many descriptors as it may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(10_000 if THOROUGH else 2000, hard // 2 - 200)
    async with elsewhere(MODEL) as model, elsewhere(TEE, model) as tee:
        clients = [await asyncio.open_connection("127.0.0.1", tee) for _ in range(count)]
        for _ in range(2):
            for _, writer in clients:
                writer.write(GET)
            for reader, _ in clients:
                assert await reader.readexactly(len(OK)) == OK
        await left(clients)


async def test_a_tee_with_few_descriptors_serves_all_clients_one_after_the_other():
    """60 descriptors are enough for 15 clients at a time; 100 have connected."""
    async with elsewhere(MODEL) as model, elsewhere(TEE, model, 60) as tee:
        clients = [await asyncio.open_connection("127.0.0.1", tee) for _ in range(100)]
        for reader, writer in clients:
            writer.write(GET)
            assert await reader.readexactly(len(OK)) == OK
            writer.close()
        await left(clients)


SERVE = """
import asyncio, sys, resource, uvloop
async def main():
    print(await start(*map(int, sys.argv[1:])), flush=True)
    await asyncio.Event().wait()
"""
MODEL = (
    SERVE
    + f"""
class Model(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.transport.write({OK!r} * data.count(b"\\r\\n\\r\\n"))
async def start():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = await asyncio.get_running_loop().create_server(Model, "127.0.0.1", 0, backlog=4096)
    return server.sockets[0].getsockname()[1]
uvloop.run(main())
"""
)
TEE = (
    SERVE
    + """
from evaluator.tee.scene import Recorder
from modelmonitor.evaluator.tee.server import Tee
async def start(model, descriptors=0):
    if descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    tee = Tee(("127.0.0.1", model), Recorder())
    await tee.start("127.0.0.1", 0)
    return tee.port
uvloop.run(main())
"""
)


@asynccontextmanager
async def elsewhere(script, *arguments):
    """Run a script that serves in a process of its own; yield the port that it prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE)
    try:
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.communicate()


async def left(clients):
    """Let all clients leave, and wait until they have."""
    for _, writer in clients:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for _, writer in clients), return_exceptions=True)
