"""A real Redis server in a folder of its own, which a test may stop, kill and start again."""

import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import redis_server


class Server:
    """Listens on a Unix socket: no port is taken, and a restart finds the same address."""

    def __init__(self, *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mm-redis-")
        self.socket = Path(self._folder.name) / "socket"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", "socket", "--save", "", "--loglevel", "warning"]
        self._process = subprocess.Popen(
            [redis_server.binary(), *options, *self._options],
            cwd=self._folder.name,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.command("PING").startswith(b"+PONG"):
            assert self._process.poll() is None, "the server ended at once"
            time.sleep(0.005)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def command(self, text: str) -> bytes:
        """Run one command and give the first bytes of the answer; nothing while there is no server."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(10)
                connection.connect(str(self.socket))
                connection.sendall(text.encode() + b"\r\n")
                return connection.recv(1 << 16)
        except OSError:
            return b""

    def used_memory(self) -> int:
        lines = self.command("INFO memory").split(b"\r\n")
        return next(int(line.split(b":")[1]) for line in lines if line.startswith(b"used_memory:"))

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(signal.SIGKILL)
        self._folder.cleanup()
