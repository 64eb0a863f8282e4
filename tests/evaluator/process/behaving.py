"""A model that serves badly in a chosen way, and what a client sees of it."""

import contextlib
import hashlib
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from evaluator.running import PATIENCE

Behaviour = Callable[[socket.socket], None]
"""Is called with the connection once a request was read whole; the connection is closed afterwards."""
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client sees: all bytes that came, and how it ended."""

    answer: bytes
    ending: str
    """`closed`, `reset` (or refused: a connection that cannot be used either), or `silence`."""


def see(port: int, request: bytes, seconds: float = PATIENCE) -> Seen:
    """Send a request, and watch until the connection ends or nothing more comes for so long."""
    parts = []
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as client:
            client.sendall(request)
            while part := client.recv(1 << 16):
                parts.append(part)
    except TimeoutError:
        return Seen(b"".join(parts), "silence")
    except ConnectionError:
        return Seen(b"".join(parts), "reset")
    return Seen(b"".join(parts), "closed")


@contextlib.contextmanager
def behaving(
    behaviours: Mapping[str, Behaviour], port: int = 0, digests: list[str] | None = None
) -> Iterator[int]:
    """Serve until the end of the block; each request chooses its behaviour by the end of its target.

    The SHA-256 of the body of each request goes to `digests`.
    """
    received = [] if digests is None else digests

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(ConnectionError, TimeoutError):
                self.request.settimeout(PATIENCE)
                if how := read(self.request, received):
                    behaviours[how](self.request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 1024

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing: what goes wrong here is seen by the client."""

    with Server(("127.0.0.1", port), Connection) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def read(connection: socket.socket, digests: list[str]) -> str:
    """Read a request whole; return what follows the `?` of its target, or nothing if it did not come."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    missing, digest = int(length[1]) if length else 0, hashlib.sha256()
    while True:
        digest.update(rest)
        missing -= len(rest)
        if missing <= 0:
            break
        rest = _more(connection)
    digests.append(digest.hexdigest())
    return head.split()[1].decode().partition("?")[2]


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(1 << 16)
    if not part:
        raise ConnectionAbortedError
    return part


def response(status: str, content: bytes, *headers: str, length: int | None = None) -> bytes:
    """Write a response; `length` is what it claims."""
    size = len(content) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"content-length: {size}", "content-type: application/json", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def saying(content: bytes) -> Behaviour:
    """Send this, then close."""
    return lambda connection: connection.sendall(content)


def dripping(content: bytes, seconds: float = 0.001) -> Behaviour:
    """Send this a byte at a time."""

    def drip(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return drip


def resetting(content: bytes = b"") -> Behaviour:
    """Send this, then reset the connection."""

    def reset(connection: socket.socket) -> None:
        connection.sendall(content)
        time.sleep(0.05 if content else 0)  # a reset overtakes what is still on its way
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.close()

    return reset


def hanging(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    connection.recv(1)
