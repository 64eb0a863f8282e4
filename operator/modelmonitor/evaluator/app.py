"""The HTTP port for people and machines: metrics, probes, labels, events, statistics, what is captured.

Raw ASGI.
"""

import hmac
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from modelmonitor import wire
from modelmonitor.evaluator import streaming
from modelmonitor.evaluator.captured import Reader, Readers
from modelmonitor.evaluator.ingest import feedback
from modelmonitor.evaluator.streaming import Receive, Send

Scope = MutableMapping[str, Any]
Token = Callable[[], str | None]
"""Returns a token: None for none, empty if it is not there yet."""

_JSON = "application/json"
_TEXT = "text/plain; charset=utf-8"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose body is whole."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    body: bytes

    def header(self, name: bytes) -> bytes:
        """Return a header's value; empty where there is none."""
        return self.headers.get(name, b"")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes = b""
    type: str = _TEXT
    headers: Mapping[str, str] = field(default_factory=dict)


class Service(Protocol):
    """What the port offers; the pipeline."""

    def metrics(self, accept: bytes, encodings: bytes) -> Answer:
        """Render the scrape."""
        ...

    async def statistics(self) -> object:
        """Return the document of `/v1/stats`."""
        ...

    def complaint(self) -> str:
        """Say why this evaluator is not ready; empty when it is."""
        ...

    readers: Readers
    """Who reads along."""

    def read_along(self) -> Reader | Answer:
        """Let one more read what is captured, or say why not now."""
        ...

    def event(self, request: Request) -> Answer:
        """Take predictions of the SDK, or an event of a logger."""
        ...

    def oversized(self, headers: Mapping[bytes, bytes]) -> None:
        """Take note of predictions or an event whose body was too large."""
        ...

    async def labels(self, request: Request, one: str | None) -> Answer:
        """Take labels; `one` is the prediction id in the path, where there is one."""
        ...

    async def feedback(self, items: Sequence[feedback.Item]) -> Answer:
        """Take labels that came as an event."""
        ...


def json_answer(status: int, document: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with a JSON document."""
    return Answer(status, msgspec.json.encode(document), _JSON, headers or {})


class App:
    """The ASGI application."""

    def __init__(self, service: Service, *, max_event_bytes: int, token: Token, reader_token: Token) -> None:
        """Take events up to a size; labels need the one token, reading along the other."""
        self._service = service
        self._limits = {wire.PATH_EVENTS: max(max_event_bytes, MAX_LABEL_BYTES)}
        self._token, self._reader_token = token, reader_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a defect of ours is a 500 and a log line, never the end of the process."""
        if scope["type"] != "http":
            return
        try:
            if (scope["method"], scope["path"]) == ("GET", wire.PATH_CAPTURED):
                answer = await self._read_along(scope, receive, send)
            else:
                answer = await self._answer(scope, receive)
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            answer = Answer(500, b"internal error; the log of the evaluator says more\n")
        if answer is None:
            return
        headers = {
            "content-type": answer.type,
            "content-length": str(len(answer.body)),
            **answer.headers,
        }
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    async def _read_along(self, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """Send what is captured for as long as was asked; or say why not."""
        headers, lasting = dict(scope["headers"]), streaming.seconds(scope["query_string"])
        token = self._reader_token()
        if (refusal := _unguarded() if token is None else _refusal(token, headers)) is not None:
            return refusal
        if lasting is None:
            return Answer(400, f"seconds: expected 1 to {streaming.LONGEST_SECONDS:.0f}\n".encode())
        reader = self._service.read_along()
        if isinstance(reader, Answer):
            return reader
        who = (scope.get("client") or ("somebody",))[0]
        logger.info("%s reads along what is captured, for %g s", who, lasting)
        try:
            await streaming.send_all(reader, lasting, receive, send)
        finally:
            self._service.readers.leave(reader)
            logger.info("%s has read %d rows, %d were lost to it", who, reader.sent, reader.lost)
        return None

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, path = ("GET" if scope["method"] == "HEAD" else scope["method"]), scope["path"]
        headers = dict(scope["headers"])
        if method == "GET" and (found := await self._page(path, headers)) is not None:
            return found
        if (method, path) not in _POSTS and not (method == "PUT" and path.startswith(_LABEL)):
            return _nowhere(method, path)
        limit = self._limits.get(path, MAX_LABEL_BYTES)
        body = await _read(receive, limit)
        if body is None:
            return Answer(400, b"the body ended early\n")
        if len(body) > limit:
            if path == wire.PATH_EVENTS:
                self._service.oversized(headers)
            return Answer(413, f"expected at most {limit} bytes; send smaller batches\n".encode())
        return await self._taken(Request(method, path, headers, body))

    async def _page(self, path: str, headers: Mapping[bytes, bytes]) -> Answer | None:
        if path == wire.PATH_METRICS:
            return self._service.metrics(headers.get(b"accept", b""), headers.get(b"accept-encoding", b""))
        if path == wire.PATH_STATS:
            return json_answer(200, await self._service.statistics())
        if path == wire.PATH_HEALTH:
            return Answer(200, b"ok\n")
        if path == wire.PATH_READY:
            wrong = self._service.complaint()
            return Answer(503 if wrong else 200, f"{wrong or 'ok'}\n".encode())
        return None

    async def _taken(self, request: Request) -> Answer:
        items = feedback.items(request.headers, request.body) if request.path == wire.PATH_EVENTS else None
        if request.path == wire.PATH_EVENTS and items is None:
            return self._service.event(request)
        if (refusal := _refusal(self._token(), request.headers)) is not None:
            return refusal
        if items is not None:
            return await self._service.feedback(items)
        one = request.path[len(_LABEL) :] if request.path.startswith(_LABEL) else None
        return await self._service.labels(request, one)


MAX_LABEL_BYTES = 2 << 20
"""A body of labels: decoding holds all else up."""
_PATIENCE = 32
"""How many times the limit is read before a client is cut off."""
_LABEL = f"{wire.PATH_LABELS}/"
_POSTS = {("POST", wire.PATH_EVENTS), ("POST", wire.PATH_LABELS)}
_METHODS = {
    wire.PATH_EVENTS: "POST",
    wire.PATH_LABELS: "POST",
    wire.PATH_METRICS: "GET",
    wire.PATH_STATS: "GET",
    wire.PATH_CAPTURED: "GET",
    wire.PATH_HEALTH: "GET",
    wire.PATH_READY: "GET",
}


def _nowhere(method: str, path: str) -> Answer:
    if path in _METHODS:
        text = f"expected {_METHODS[path]}, got {method}\n"
        return Answer(405, text.encode(), headers={"allow": _METHODS[path]})
    return Answer(404, f"expected one of {', '.join(_METHODS)}, got {path}\n".encode())


def _refusal(token: str | None, headers: Mapping[bytes, bytes]) -> Answer | None:
    """Return what somebody is told who does not show the token, if there is one to show."""
    own = headers.get(wire.HEADER_OF_SENDERS.encode(), b"")
    shown = b"Bearer " + own if own else headers.get(b"authorization", b"")
    if token is None or (token and hmac.compare_digest(shown, b"Bearer " + token.encode())):
        return None
    if not token:
        text = b"nobody is let in: there is no token yet in the file, or the Secret, that was named\n"
        return Answer(503, text, headers={"retry-after": "60"})
    text = b"expected the bearer token of this monitor\n"
    return Answer(401, text, headers={"www-authenticate": "Bearer"})


def _unguarded() -> Answer:
    text = b"nobody may read what is captured, for no token guards it: name a Secret with one in "
    return Answer(403, text + b"spec.capture.tokenSecretRef, or a file in --reader-token-file\n")


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Read a body, or the beginning of one that is over the limit; None if the client leaves amid it.

    What is over the limit is read too, up to a bound: a client that is cut off amid it would not learn why.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= _PATIENCE * limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if size <= limit:
            parts.append(message.get("body", b""))
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
