"""Requests, read from copies of what the client sends."""

import contextlib
import time
from typing import TYPE_CHECKING

import httptools

from modelmonitor.evaluator.tee.bodies import Asked
from modelmonitor.evaluator.tee.limits import HEAD_BYTES, SMALL_HEAD

if TYPE_CHECKING:
    from modelmonitor.evaluator.tee.conversation import Conversation

TLS = b"\x16\x03"
"""How the ClientHello of every version of TLS begins."""
_PER_HEADER = 128


class Requests:
    """Reads the requests of one connection; the callbacks of its parser, too."""

    __slots__ = (
        "_asked", "_conversation", "_headers", "_in_head", "_muted",
        "_now", "_parser", "_since", "_started", "_target",
    )  # fmt: skip

    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation
        self._asked: Asked | None = None
        self._headers: dict[bytes, bytes] = {}
        self._in_head = False
        self._muted = False
        self._now = self._started = 0.0
        self._since = 0
        self._target = b""
        self._parser: httptools.HttpRequestParser | None = self._fresh()

    def feed(self, data: bytes) -> None:
        """Read what the client has sent next."""
        if self._parser is None:
            return
        self._now = time.perf_counter()
        self._since += len(data)
        while data and self._parser is not None:
            try:
                self._parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                self._expect_body()
            except httptools.HttpParserError as error:
                encrypted = self._asked is None and data.startswith(TLS)
                self._conversation.unreadable(error, encrypted=encrypted)
        if self._since > HEAD_BYTES:
            self._conversation.unreadable()

    def between(self) -> bool:
        """Say whether no request has begun that has not ended."""
        return self._parser is not None and not self._in_head and (self._asked is None or self._asked.whole)

    def stop(self) -> None:
        """Read nothing more."""
        self._parser = None

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._started = self._now
        self._headers = {}
        self._target = b""

    def on_url(self, piece: bytes) -> None:
        """Take a part of the target."""
        self._target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are left out."""
        if self._in_head:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Take note that the head is whole."""
        self._in_head = False
        parser = self._parser
        if self._muted or parser is None:
            return
        asked = Asked(parser.get_method().decode(), self._target.decode("latin-1"), self._started)
        if parser.should_upgrade():
            asked.upgrade = True
            asked.framing = _framing(self._headers)
        self._asked = asked
        self._conversation.ask(asked, self._headers, self._head_bytes())

    def on_body(self, piece: bytes) -> None:
        """Take a part of the body."""
        self._since = 0
        asked = self._asked
        if asked is not None and asked.body is not None:
            asked.body.add(piece)

    def on_message_complete(self) -> None:
        """Take note that the request is whole."""
        self._since = 0
        asked = self._asked
        if asked is not None and not asked.framing:
            asked.whole = True

    def _head_bytes(self) -> int:
        """Return what the head weighs: exactly only if it may be a large one."""
        if self._since <= SMALL_HEAD:
            return SMALL_HEAD
        lines = sum(len(name) + len(value) + _PER_HEADER for name, value in self._headers.items())
        return max(SMALL_HEAD, len(self._target) + lines)

    def _expect_body(self) -> None:
        """Go on behind the head of a request to upgrade: the parser leaves its body out, as if accepted."""
        asked = self._asked
        if asked is None or not asked.framing:
            return
        self._parser = self._fresh()
        self._muted = True
        with contextlib.suppress(httptools.HttpParserError):  # the next bytes will tell
            self._parser.feed_data(b"POST / HTTP/1.1\r\n" + asked.framing + b"\r\n\r\n")
        self._muted = False
        asked.framing = b""

    def _fresh(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_headers=True, lenient_optional_cr_before_lf=True)
        return parser


def _framing(headers: dict[bytes, bytes]) -> bytes:
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return b"transfer-encoding: chunked"
    length = headers.get(b"content-length", b"0")
    return b"content-length: " + length if length.strip(b"0") else b""
