"""Wherever a model listens, callers reach it as they would without a tee, and look as they did before."""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from evaluator.tee.scene import closed_port, tee_before
from modelmonitor import listening
from modelmonitor.evaluator.tee.server import Tee
from modelmonitor.evaluator.tee.upstream import LOCALHOST, Upstream

POD = "127.0.0.2"
"""An address of this machine that is none of those by which programs know themselves, as a pod's is."""
WITHOUT_IPV6 = pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")


@asynccontextmanager
async def model(host: str, port: int = 0, name: str = "") -> AsyncIterator[int]:
    """Tell callers whom one takes them for; `::` is IPv6 alone, as asyncio listens."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((name or writer.get_extra_info("peername")[0]).encode())
        writer.close()

    if host == "both":
        server = await asyncio.start_server(answer, sock=listening.listener("::", port, 5))
    else:
        server = await asyncio.start_server(answer, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def tee(port: int, listen: str) -> AsyncIterator[Tee]:
    """Start a tee before a model that may listen at any address."""
    async with tee_before((LOCALHOST, port), listen) as (found, _):
        yield found


async def ask(found: Tee, reached: str, source: str = "") -> str:
    """Connect to an address of the tee, and return what the model says; empty if it is not there."""
    local = (source, 0) if source else None
    reader, writer = await asyncio.open_connection(reached, found.port, local_addr=local)
    try:
        return (await reader.read()).decode()
    except ConnectionResetError:
        return ""
    finally:
        writer.close()


@WITHOUT_IPV6
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - of a test
@pytest.mark.parametrize("caller", ["127.0.0.1", "::1"])
async def test_a_model_is_reached_whichever_family_it_listens_for(host: str, caller: str) -> None:
    async with model(host) as port, tee(port, caller) as found:
        assert await ask(found, caller) in ("127.0.0.1", "::1")


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", POD])  # noqa: S104 - of a test
@pytest.mark.parametrize("reached", ["127.0.0.1", POD])
async def test_a_caller_from_within_looks_as_it_did_before(host: str, reached: str) -> None:
    """A mesh's proxy passes requests on from an address of its own."""
    if (host, reached) != (POD, "127.0.0.1"):
        async with model(host) as port, tee(port, reached) as found:
            assert await ask(found, reached, "127.0.0.6") == "127.0.0.6"


async def test_the_way_that_led_to_the_model_is_taken_again_until_it_is_closed() -> None:
    port = await closed_port()
    async with tee(port, POD) as found:
        assert await ask(found, POD) == ""
        async with model(POD, port, "there"):
            assert await ask(found, POD) == "there"
            async with model("127.0.0.1", port, "elsewhere"):
                assert await ask(found, POD) == "there"
        async with model("127.0.0.1", port, "elsewhere"):
            assert await ask(found, POD) == "elsewhere"


async def test_nothing_waits_for_more_to_send() -> None:
    async with model("127.0.0.1") as port, tee(port, POD) as found:
        reader, writer = await asyncio.open_connection(POD, found.port, local_addr=(POD, 0))
        await reader.read()
        (client,) = found._clients
        sending = client.model.transport.get_extra_info("socket")
        assert sending.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()


class Refusing(socket.socket):
    """A socket of a machine that lets nobody choose the address to connect from."""

    def bind(self, _: Any) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")


class Unoptional(socket.socket):
    """A socket of a machine that does not know Linux' options."""

    def setsockopt(self, level: int, option: int, *value: Any) -> None:
        if (level, option) == (socket.IPPROTO_IP, 24):
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")
        super().setsockopt(level, option, *value)


class Answer(asyncio.Protocol):
    """What a model says."""

    def __init__(self) -> None:
        self.said = b""
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.said += data

    def connection_lost(self, _: Exception | None) -> None:
        self.ended.set()


async def answer(upstream: Upstream, reached: str = POD, source: str = "192.0.2.7") -> str:
    """Connect as for a caller, by default one from outside, and return what the model says."""
    said = Answer()
    await upstream.connect(
        lambda: said, asyncio.BaseTransport({"sockname": (reached, 1), "peername": (source, 2)})
    )
    await said.ended.wait()
    return said.said.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", POD])  # noqa: S104 - of a test
async def test_a_machine_that_refuses_addresses_to_come_from_reaches_the_model_all_the_same(
    host: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with model(host, name="there") as port:
        upstream = Upstream(LOCALHOST, port)
        with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
            patched.setattr(socket, "socket", Refusing)
            assert [await answer(upstream) for _ in range(3)] == ["there"] * 3
            assert await answer(upstream, POD, "127.0.0.6") == "there"
    warnings = [
        one.getMessage() for one in caplog.records if "from 127.0.0.2, got refused" in one.getMessage()
    ]
    assert len(warnings) == 1


async def test_where_addresses_are_refused_the_one_that_was_reached_comes_before_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with model(POD, name="there") as port, model("127.0.0.1", port, "loopback"):
        upstream = Upstream(LOCALHOST, port)
        with monkeypatch.context() as patched:
            patched.setattr(socket, "socket", Refusing)
            assert await answer(upstream) == "there"


async def test_where_an_option_is_unknown_callers_look_as_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    async with model("127.0.0.1") as port:
        monkeypatch.setattr(socket, "socket", Unoptional)
        assert await answer(Upstream(LOCALHOST, port)) == POD


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.3", "localhost"])
async def test_whether_the_model_accepts_connections_can_be_asked(host: str) -> None:
    async with model("0.0.0.0") as port:  # noqa: S104 - of a test
        assert await Upstream(host, port).accepts()
    assert not await Upstream(host, await closed_port()).accepts()
    assert not await Upstream("no.such.host.invalid", 80).accepts()


@WITHOUT_IPV6
async def test_a_model_that_listens_for_ipv6_alone_is_up() -> None:
    async with model("::1") as port:
        assert await Upstream(LOCALHOST, port).accepts()
        assert not await Upstream(POD, port).accepts()
