"""The end of the whole evaluator under load: what was asked is answered, and what is lost is told."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from evaluator import running
from evaluator.process import churn
from evaluator.process.behaving import response
from evaluator.running import Evaluator

GOOD = response("200 OK", json.dumps(churn.answer(0.75)).encode())
CLIENTS = 50


class Model:
    """Answers requests once it is let, and knows which ones it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0
        self.let = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]

    def leave(self) -> None:
        """Go away as a killed process does."""
        assert self._server
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def end(self) -> None:
        self.let.set()
        self.leave()
        await asyncio.gather(*self._serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await head_of(reader):
                await reader.readexactly(len(churn.request(churn.body(40)).partition(b"\r\n\r\n")[2]))
                self.asked.append(head.partition(b"x-request-id: ")[2].partition(b"\r\n")[0].decode())
                await self.let.wait()
                writer.write(GOOD)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


async def head_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


@asynccontextmanager
async def scene(folder: Path, *arguments: str) -> AsyncIterator[tuple[Evaluator, Model]]:
    model = Model()
    await model.start()
    try:
        with running.evaluator(
            folder, churn.config(), churn.REFERENCE, *arguments, upstream=model.port
        ) as evaluator:
            yield evaluator, model
    finally:
        await model.end()


async def until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(running.PATIENCE):
        while not fact():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def ended(evaluator: Evaluator) -> int:
    """Wait until the process has ended, and return its status."""
    await until(lambda: evaluator.process.poll() is not None)
    return int(evaluator.process.returncode)


def ask(id_: str) -> bytes:
    return churn.request(churn.body(40), f"x-request-id: {id_}")


async def test_requests_under_way_are_answered_and_others_are_not_begun(tmp_path: Path) -> None:
    async with scene(tmp_path) as (evaluator, model):
        clients = [await asyncio.open_connection("127.0.0.1", evaluator.proxy) for _ in range(CLIENTS)]
        idle = [await asyncio.open_connection("127.0.0.1", evaluator.proxy) for _ in range(CLIENTS)]
        for number, (_, writer) in enumerate(clients):
            writer.write(ask(f"r{number}"))
        await until(lambda: len(model.asked) == CLIENTS)
        evaluator.process.send_signal(signal.SIGTERM)
        for reader, writer in idle:
            assert await reader.read() == b""
            writer.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", evaluator.proxy)
        assert (await asyncio.to_thread(evaluator.get, "/healthz")) == b"ok\n"
        model.let.set()
        for reader, writer in clients:
            assert await reader.read() == GOOD
            writer.close()
        assert await ended(evaluator) == 0
    said = f"{CLIENTS} predictions that waited for their labels are given up"
    assert said in evaluator.log.read_text()
    assert "Traceback" not in evaluator.log.read_text()


async def test_requests_that_are_not_answered_in_time_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with scene(tmp_path, "--drain-seconds", "0.3") as (evaluator, model):
        reader, writer = await asyncio.open_connection("127.0.0.1", evaluator.proxy)
        writer.write(ask("r"))
        await until(lambda: bool(model.asked))
        evaluator.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
        assert await ended(evaluator) == 0


@pytest.mark.parametrize("model_goes_first", [True, False])
async def test_it_ends_though_the_model_goes_away(tmp_path: Path, model_goes_first: bool) -> None:
    async with scene(tmp_path) as (evaluator, model):
        reader, writer = await asyncio.open_connection("127.0.0.1", evaluator.proxy)
        writer.write(ask("r"))
        await until(lambda: bool(model.asked))
        if model_goes_first:
            model.leave()
        evaluator.process.send_signal(signal.SIGTERM)
        if not model_goes_first:
            await until(lambda: "stopping" in evaluator.log.read_text())
            model.leave()
        assert await reader.read() == b""
        writer.close()
        assert await ended(evaluator) == 0


async def test_under_load_whatever_reaches_the_model_is_answered(tmp_path: Path) -> None:
    async with scene(tmp_path) as (evaluator, model):
        model.let.set()
        answered, unanswered = [], []

        async def talk(client: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", evaluator.proxy)
            for number in range(1_000_000):
                id_ = f"{client}-{number}"
                try:
                    writer.write(ask(id_))
                    assert await reader.readexactly(len(GOOD)) == GOOD
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    unanswered.append(getattr(error, "partial", b""))
                    writer.close()
                    return
                answered.append(id_)

        talking = [asyncio.create_task(talk(client)) for client in range(CLIENTS)]
        await until(lambda: len(answered) > 10 * CLIENTS)
        evaluator.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*talking)
        assert await ended(evaluator) == 0
        assert sorted(model.asked) == sorted(answered)
        assert unanswered == [b""] * CLIENTS
