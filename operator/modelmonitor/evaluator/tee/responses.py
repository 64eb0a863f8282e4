"""Responses, read from copies of what the model sends."""

import re
import time
from typing import TYPE_CHECKING

import httptools

from modelmonitor.evaluator.tee.bodies import Body
from modelmonitor.evaluator.tee.limits import HEAD_BYTES

if TYPE_CHECKING:
    from modelmonitor.evaluator.tee.conversation import Conversation

_WHERE_RESPONSES_MEET = re.compile(rb"(?<=\n)|(?=HTTP/1\.)")


class Responses:
    """Reads the responses of one connection; the callbacks of its parser, too."""

    __slots__ = ("_body", "_conversation", "_headers", "_in_head", "_parser", "_since", "_status", "now")

    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation
        self._body: Body | None = None
        self._headers: dict[bytes, bytes] = {}
        self._in_head = False
        self._since = 0
        self._status = 0
        self.now = 0.0
        self._parser: httptools.HttpResponseParser | None = self._fresh()

    def feed(self, data: bytes) -> None:
        """Read what the model has sent next."""
        if self._parser is None:
            return
        self.now = time.perf_counter()
        self._since += len(data)
        try:
            if self._conversation.bodyless:
                self._feed_beside_bodyless(data)
            else:
                self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._conversation.garbled()
        except httptools.HttpParserError as error:
            self._conversation.garbled(error)
        else:
            if self._since > HEAD_BYTES:
                self._conversation.garbled()

    def end(self) -> None:
        """Take the end of the stream for the end of a response that says no length."""
        headers = self._headers
        coding = headers.get(b"transfer-encoding", b"").lower()
        if self._status and b"content-length" not in headers and b"chunked" not in coding:
            self.on_message_complete()

    def partial(self) -> tuple[int, dict[bytes, bytes], Body | None]:
        """Hand over what is known of the response that has begun; status 0 if none has."""
        taken = self._status, self._headers, self._body
        self._status, self._headers, self._body = 0, {}, None
        return taken

    def stop(self) -> None:
        """Read nothing more."""
        self._parser = None
        if self._body is not None:
            self._body.drop()

    def on_message_begin(self) -> None:
        """Begin a response."""
        self._in_head = True
        self._headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are left out."""
        if self._in_head:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Take note that the head is whole."""
        self._in_head = False
        status = self._parser.get_status_code() if self._parser is not None else 0
        if status >= 200 or status == 101:  # others only announce the response
            self._status = status
            self._body = self._conversation.reply()

    def on_body(self, piece: bytes) -> None:
        """Take a part of the body."""
        self._since = 0
        if self._body is not None:
            self._body.add(piece)

    def on_message_complete(self) -> None:
        """Take note that the response is whole."""
        self._since = 0
        if self._status:
            self._conversation.answered(*self.partial())

    def _feed_beside_bodyless(self, data: bytes) -> None:
        """Tell the parser what it cannot know: that a response to HEAD or CONNECT ends with its head."""
        for piece in _WHERE_RESPONSES_MEET.split(data):
            if self._parser is None:
                return
            self._parser.feed_data(piece)
            if self._status and self._conversation.ends_with_head(self._status):
                self._parser = self._fresh()
                self.on_message_complete()

    def _fresh(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_headers=True, lenient_optional_cr_before_lf=True)
        return parser
