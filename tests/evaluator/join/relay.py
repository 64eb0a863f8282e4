"""Between a store and its server: a TCP relay that can be slow, silent, or gone."""

import asyncio
from pathlib import Path


class Relay:
    """Passes bytes on after `seconds`; while it is `deaf`, the server obeys but no answer comes back."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.seconds = 0.0
        self.deaf = False
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def __aenter__(self) -> "Relay":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        try:
            await asyncio.gather(
                self._pass(reader, server_writer, answers=False),
                self._pass(server_reader, writer, answers=True),
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            server_writer.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(1 << 16):
            await asyncio.sleep(self.seconds)
            if not (answers and self.deaf):
                writer.write(data)
        writer.close()
