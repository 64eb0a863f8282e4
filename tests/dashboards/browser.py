"""Chromium without a window, told what to do over its debugging port."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

PATIENCE = 60.0
HOW = "no Chromium here: apt-get install chromium, or put chromium or google-chrome on the PATH"


def program() -> str:
    """Return the browser; skip the test where there is none, and say how to get it."""
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next(filter(None, found), "") or pytest.skip(HOW)


@dataclass
class Page:
    """A page of the browser, with all that it complained about, and every address that it asked for."""

    socket: aiohttp.ClientWebSocketResponse
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _number: int = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and return its result."""
        self._number += 1
        await self.socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = await asyncio.wait_for(self.socket.receive_json(), PATIENCE)
            self._note(message)
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    async def show(self, url: str) -> None:
        """Go to an address."""
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    async def ask(self, expression: str) -> Any:
        """Evaluate JavaScript."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until JavaScript is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(AssertionError):  # while it goes to another page
                if await self.ask(expression):
                    return
            assert time.monotonic() < deadline, expression
            await asyncio.sleep(0.05)

    async def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=9)

    def _note(self, message: dict[str, Any]) -> None:
        told = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif message.get("method") == "Runtime.consoleAPICalled" and told["type"] in {"error", "warning"}:
            self.complaints.append(json.dumps(told["args"]))
        elif message.get("method") == "Log.entryAdded" and told["entry"]["level"] in {"error", "warning"}:
            self.complaints.append(told["entry"]["text"])
        elif message.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.asynccontextmanager
async def page(folder: Path, width: int = 1440) -> AsyncIterator[Page]:
    """Start a browser with one page; it ends with the block."""
    command = [program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
               f"--window-size={width},1000", f"--user-data-dir={folder}", "about:blank"]  # fmt: skip
    with _start(command) as process:
        try:
            port = await _port(folder / "DevToolsActivePort", lambda: process.poll() is None)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                    (found,) = [it for it in await answer.json() if it["type"] == "page"]
                async with session.ws_connect(found["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    opened = Page(socket)
                    for domain in ("Page", "Runtime", "Log", "Network"):
                        await opened.call(f"{domain}.enable")
                    yield opened
        finally:
            process.terminate()
            process.wait()


async def _port(file: Path, alive: Callable[[], bool]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and alive():
        if len(lines := _written(file).split()) == 2:
            return lines[0]
        await asyncio.sleep(0.05)
    raise AssertionError("expected a browser that can be told what to do, got none")


def _written(file: Path) -> str:
    return file.read_text() if file.exists() else ""
