"""JSON in: quick where it is strict JSON, and forgiving where common servers are.

`json.dumps` writes NaN and Infinity, which the standard forbids and many clients read. Such bodies are read
once more by the standard library, if they are small. Numbers too large for a double are infinite, as
elsewhere.
"""

import json
from typing import Any, TypeVar

import msgspec

from modelmonitor.evaluator.ingest.reading import malformed

T = TypeVar("T")
Buffer = bytes | memoryview

LENIENT_BYTES = 4 << 20
"""Larger bodies are not read a second time: it would hold the event loop for too long."""
_document = msgspec.json.Decoder()


def document(body: Buffer) -> Any:
    """Decode any JSON document.

    Raises
    ------
    Refused
        If it is none, not UTF-8, or nested too deeply.
    """
    return typed(_document, body)


def typed(decoder: "msgspec.json.Decoder[T]", body: Buffer) -> T:
    """Decode a JSON document of a known form.

    Raises
    ------
    Refused
        If it is no JSON of this form, not UTF-8, or nested too deeply.
    """
    try:
        return decoder.decode(body)
    except RecursionError:
        raise malformed() from None
    except ValueError as error:
        if len(body) > LENIENT_BYTES or not _forgivable(body, str(error)):
            raise malformed() from None
    try:
        return msgspec.convert(_lenient(bytes(body)), decoder.type)
    except (ValueError, RecursionError):
        raise malformed() from None


def _forgivable(body: Buffer, error: str) -> bool:
    text = bytes(body)
    return b"NaN" in text or b"Infinity" in text or "out of range" in error


def _lenient(body: bytes) -> Any:
    read = json.loads(body.decode())
    if b"\\u" in body:
        json.dumps(read, ensure_ascii=False).encode()  # half a surrogate pair is no text: refuse it
    return read
