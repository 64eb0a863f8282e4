"""A response to somebody who reads along: it ends in time, with whoever reads, and with whoever stalls."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from evaluator.counters.worlds import world
from modelmonitor.evaluator import streaming
from modelmonitor.evaluator.captured import WAITING_BYTES, Reader, Readers
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Task

Message = MutableMapping[str, Any]
LONG = 600.0


class Client:
    """Takes messages; leaves when it is told to."""

    def __init__(self) -> None:
        self.text = b""
        self.ended = False
        self.leaves = asyncio.Event()

    async def receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.text += message.get("body", b"")
        self.ended |= message["type"] == "http.response.body" and not message["more_body"]

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def readers() -> Readers:
    return Readers()


@pytest.fixture
def reader(readers: Readers) -> Reader:
    found = readers.join(world(Task.BINARY), "v1")
    assert found is not None
    return found


async def test_traffic_that_never_pauses_does_not_keep_a_reader_beyond_its_time(
    readers: Readers, reader: Reader
) -> None:
    client = Client()

    async def send(message: Message) -> None:
        readers.predicted(Rows(1, {"age": [len(client.text)]}))  # more comes with each piece that is sent
        await client.send(message)

    await streaming.send_all(reader, 0.01, client.receive, send)
    assert client.ended
    assert (client.lines[-1]["end"], client.lines[-1]["lost"]) == ("over", 0)
    assert reader.waiting_bytes == 0


async def test_it_ends_when_the_reader_leaves(reader: Reader) -> None:
    client = Client()
    sending = asyncio.create_task(streaming.send_all(reader, LONG, client.receive, client.send))
    client.leaves.set()
    await sending
    assert reader.ended == ""


async def test_a_reader_that_takes_nothing_is_given_up(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "STALLED_SECONDS", 0.01)
    client = Client()

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    await streaming.send_all(reader, LONG, client.receive, stuck)
    assert not client.ended


async def test_nothing_that_waited_is_lost_at_the_end(readers: Readers, reader: Reader) -> None:
    rows = Rows(1000, {"plan": ["x" * 400] * 1000})
    readers.predicted(rows)
    readers.labelled([f"r{number}" for number in range(5000)], [1] * 5000)
    readers.end("it stops")
    readers.predicted(rows)
    client = Client()
    await streaming.send_all(reader, LONG, client.receive, client.send)
    assert 300_000 < len(client.text) < WAITING_BYTES
    assert sum(line.get("count", 0) for line in client.lines) == client.lines[-1]["sent"] == 1000
    assert sum(len(line["labels"]["ids"]) for line in client.lines if "labels" in line) == 5000
    assert client.lines[-1]["end"] == "it stops"
