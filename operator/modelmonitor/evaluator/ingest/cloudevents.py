"""Requests and responses that a logger sends as two CloudEvents, paired by their id.

Types `….inference.request` and `….inference.response` of KServe and Seldon. Seldon gives each event an id
of its own and the pair the extension `requestid`. Binary mode (attributes are headers `ce-…`), structured
mode and batches.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from modelmonitor.evaluator.exchange import Exchange, Outcome
from modelmonitor.evaluator.ingest import binary, documents, ids
from modelmonitor.evaluator.ingest.reading import Refused, malformed
from modelmonitor.wire.loss import Loss

STRUCTURED = b"application/cloudevents+json"
BATCH = b"application/cloudevents-batch+json"
_REQUEST, _RESPONSE = ".inference.request", ".inference.response"
_OVERHEAD = 1000
"""About what a waiting half takes beside its body and headers, in bytes."""
_REMEMBERED = 4096
"""Events of which a copy is still known as such: those of a fraction of a second at the highest rates."""
_LOGGED = frozenset((*ids.HEADERS, binary.HEADER))
"""Headers of the exchange that tell us something, where a logger hands them on."""


class _Structured(msgspec.Struct):
    id: str
    type: str
    requestid: str | None = None
    time: str | None = None
    metadata: Any = None
    datacontenttype: str = "application/json"
    data: msgspec.Raw = msgspec.Raw()
    data_base64: str | None = None


_structured = msgspec.json.Decoder(_Structured)
_batch = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class _Half:
    key: str
    is_request: bool
    body: bytes | None
    """None: it was too large to be kept."""
    headers: dict[bytes, bytes]
    arrived: float
    time: str | None
    """As the event has it."""

    @property
    def mark(self) -> int | None:
        """What tells it from every other event but a copy of it; None: it says no time."""
        if self.time is None:
            return None
        return hash((self.key, self.is_request, self.time, len(self.body or b"")))

    @property
    def weight(self) -> int:
        return len(self.body or b"") + sum(map(len, self.headers.values())) + _OVERHEAD


class Pairing:
    """Halves of exchanges that wait for their other half, bounded in time and bytes."""

    def __init__(self, wait_seconds: float = 30.0, max_bytes: int = 8 << 20) -> None:
        self._wait = wait_seconds
        self.max_bytes = max_bytes
        self._bytes = 0
        self._waiting: dict[str, _Half] = {}
        self._paired: dict[int, None] = {}
        """Marks of the last events that found their other half."""
        self._given_up = 0

    @property
    def waiting_bytes(self) -> int:
        """What waits, in bytes."""
        return self._bytes

    def offer_all(self, headers: Mapping[bytes, bytes], body: bytes, now: float) -> list[Exchange | Loss]:
        """Take what one HTTP request brings, a batch or a single event; return what came of it."""
        if not headers.get(b"content-type", b"").lower().startswith(BATCH):
            outcome = self.offer(headers, body, now)
            return [] if outcome is None else [outcome]
        try:
            events = documents.typed(_batch, body)
        except Refused as refused:
            return [refused.loss]
        single = {b"content-type": STRUCTURED}
        outcomes = (self.offer(single, bytes(event), now) for event in events)
        return [outcome for outcome in outcomes if outcome is not None]

    def offer(self, headers: Mapping[bytes, bytes], body: bytes | None, now: float) -> Exchange | Loss | None:
        """Take one event; return the exchange that it completes, or None while it waits for its other half.

        A copy, of the same id and time, of an event that was paired is ignored: delivery may be repeated.
        The body is None where it was too large: of an event in binary mode the rest is known, so that its
        other half does not wait in vain. Halves that are given up for want of room, or for another of the
        same id, are told by `expire`.
        """
        structured = headers.get(b"content-type", b"").lower().startswith(STRUCTURED)
        try:
            if structured and body is not None:
                half = _from_document(body, now)
            else:
                half = _from_headers(headers, body, now)
        except Refused as refused:
            return refused.loss
        if half.weight > self.max_bytes:
            return Loss.BODY_TOO_LARGE
        if half.mark in self._paired:
            return None
        other = self._take(half.key)
        if other is not None and other.is_request != half.is_request:
            self._remember(half, other)
            return _exchange(half, other) if half.is_request else _exchange(other, half)
        self._given_up += other is not None and (half.mark is None or other.mark != half.mark)
        self._keep(half)
        return None

    def expire(self, now: float) -> int:
        """Give up what has waited for too long; return how many halves were given up since the last call."""
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if now - oldest.arrived < self._wait:
                break
            self._give_up(oldest)
        given_up, self._given_up = self._given_up, 0
        return given_up

    def _keep(self, half: _Half) -> None:
        while self._bytes + half.weight > self.max_bytes:
            self._give_up(next(iter(self._waiting.values())))
        self._waiting[half.key] = half
        self._bytes += half.weight

    def _remember(self, *halves: _Half) -> None:
        self._paired.update((half.mark, None) for half in halves if half.mark is not None)
        while len(self._paired) > _REMEMBERED:
            del self._paired[next(iter(self._paired))]

    def _take(self, key: str) -> _Half | None:
        half = self._waiting.pop(key, None)
        self._bytes -= half.weight if half else 0
        return half

    def _give_up(self, half: _Half) -> None:
        self._take(half.key)
        self._given_up += 1


def _exchange(request: _Half, response: _Half) -> Exchange:
    began, ended = instant(request.time), instant(response.time)
    if began is None or ended is None:
        began, ended = request.arrived, response.arrived
    return Exchange(
        method="POST",
        target="/",
        request_headers=request.headers,
        request_body=request.body,
        status=200,
        response_headers=response.headers,
        response_body=response.body,
        outcome=Outcome.OK,
        ended=max(request.arrived, response.arrived),
        seconds=max(ended - began, 0.0),
        too_large=request.body is None or response.body is None,
    )


def _from_headers(headers: Mapping[bytes, bytes], body: bytes | None, now: float) -> _Half:
    event = {
        name: value.decode("utf-8", "replace")
        for name in ("id", "type", "requestid", "time", "metadata")
        if (value := headers.get(b"ce-" + name.encode())) is not None
    }
    own = {name: headers[name] for name in (b"content-type", b"content-encoding") if name in headers}
    return _half(event, own, body, now)


def attributes(body: bytes) -> dict[str, Any]:
    """Return the attributes of an event in structured mode that we look at, and its `data` as bytes.

    Raises
    ------
    Refused
        If it is none.
    """
    event = documents.typed(_structured, body)
    return {**msgspec.structs.asdict(event), "data": _data(event)}


def _from_document(body: bytes, now: float) -> _Half:
    event = attributes(body)
    headers = {b"content-type": event["datacontenttype"].encode()}
    return _half(event, headers, event["data"], now)


def _data(event: _Structured) -> bytes:
    if event.data_base64 is not None:
        try:
            return b64decode(event.data_base64, validate=True)
        except ValueError:
            raise malformed() from None
    data = bytes(event.data)
    if data.startswith(b'"'):  # JSON, or anything else, as a text
        return str(documents.document(data)).encode("utf-8", "replace")
    return data


def _half(event: Mapping[str, Any], headers: dict[bytes, bytes], body: bytes | None, now: float) -> _Half:
    key = ids.text(event.get("requestid")) or ids.text(event.get("id"))
    kind = event.get("type") or ""
    if key is None or not kind.endswith((_REQUEST, _RESPONSE)):
        raise malformed()
    logged = _logged(event.get("metadata"))
    if kind.endswith(_RESPONSE):
        logged.pop(binary.HEADER, None)  # KServe logs the headers of the request with either half
    headers = {**logged, **headers, b"ce-id": key.encode()}
    return _Half(key, kind.endswith(_REQUEST), body, headers, now, event.get("time"))


def _logged(metadata: object) -> dict[bytes, bytes]:
    """Return the headers of the exchange that KServe was told to log with it: an object of lists of texts.

    As the value of a header it may be percent-encoded, which the standard asks for and KServe does not do.
    """
    try:
        text = unquote(metadata) if isinstance(metadata, str) and metadata[:2] == "{%" else metadata
        found = documents.document(text.encode()) if isinstance(text, str) else text
    except (Refused, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    last = {
        name.lower(): value[-1] if isinstance(value, list) and value else value
        for name, value in found.items()
    }
    return {name: value.encode() for name in _LOGGED if isinstance(value := last.get(name.decode()), str)}


def instant(text: object) -> float | None:
    """Return Unix seconds of a time as CloudEvents write it; None if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if isinstance(text, str) else None
    except (ValueError, OverflowError, OSError):
        return None
