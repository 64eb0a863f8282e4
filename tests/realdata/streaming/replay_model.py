"""A model that answers what was recorded: of the rows `x-rows: start-stop` that a request is about.

Its first argument is a JSON file, {"outputs": [{name, datatype, data}]} to be answered by the Open Inference
Protocol, or {"predictions": [...]}. It prints its port. Each answer tells the CRC of the request's body, so
that callers see that it came as they sent it.
"""

import asyncio
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import httptools
import uvloop

RECORDED: dict[str, list[Any]] = json.loads(Path(sys.argv[1]).read_text())


def answer(start: int, stop: int) -> dict[str, object]:
    if "predictions" in RECORDED:
        return {"predictions": RECORDED["predictions"][start:stop]}
    return {"model_name": "replay", "outputs": [tensor(one, start, stop) for one in RECORDED["outputs"]]}


def tensor(output: dict[str, Any], start: int, stop: int) -> dict[str, object]:
    data = output["data"][start:stop]
    shape = [len(data)]
    if isinstance(data[0], list):
        shape.append(len(data[0]))
        data = [value for row in data for value in row]
    return {"name": output["name"], "datatype": output["datatype"], "shape": shape, "data": data}


class Connection(asyncio.Protocol):
    """One client."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._digest, self._rows = 0, (0, 0)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-rows":
            start, stop = map(int, value.split(b"-"))
            self._rows = start, stop

    def on_body(self, body: bytes) -> None:
        self._digest = zlib.crc32(body, self._digest)

    def on_message_complete(self) -> None:
        body = json.dumps(answer(*self._rows)).encode()
        head = f"content-type: application/json\r\nx-body: {self._digest}\r\ncontent-length: {len(body)}"
        self._transport.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)  # type: ignore[attr-defined]


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=128)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
