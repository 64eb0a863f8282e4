"""Content encodings undone: gzip and deflate, never into more than a bound.

Gzip is also known by its first bytes: some that log events drop the header and leave the body packed.
"""

import zlib

from modelmonitor.evaluator.ingest.reading import Refused
from modelmonitor.wire.loss import Loss

GZIP = b"\x1f\x8b"
MAX_MEMBERS = 16
"""Gzip streams that one body may be a chain of."""


def decoded(body: bytes, encoding: bytes, limit: int) -> bytes:
    """Return the body as it was before the encodings that its header names, at most `limit` bytes.

    Raises
    ------
    Refused
        ENCODING if an encoding is unknown, or the data are broken or cut short; BODY_TOO_LARGE over the
        limit.
    """
    named = (part.strip() for part in encoding.lower().split(b",")) if encoding else ()
    names = [name for name in named if name not in (b"", b"identity")]
    if not names:
        return _gunzipped(body, limit) if body.startswith(GZIP) else body
    if len(names) > 1:
        raise Refused(Loss.ENCODING)
    if names[0] in (b"gzip", b"x-gzip"):
        return _gunzipped(body, limit)
    if names[0] == b"deflate":
        return _inflated(body, limit)
    raise Refused(Loss.ENCODING)


def _gunzipped(body: bytes, limit: int) -> bytes:
    whole = b""
    for _ in range(MAX_MEMBERS):
        part, body = _unpacked(body, zlib.MAX_WBITS | 16, limit - len(whole))
        whole += part
        if not body.startswith(GZIP):
            return whole
    raise Refused(Loss.ENCODING)


def _inflated(body: bytes, limit: int) -> bytes:
    """Undo deflate with the frame that the standard asks for, or without, as many send it."""
    framed = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0
    return _unpacked(body, zlib.MAX_WBITS if framed else -zlib.MAX_WBITS, limit)[0]


def _unpacked(body: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    stream = zlib.decompressobj(window)
    try:
        part = stream.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(Loss.ENCODING) from None
    if len(part) > limit:
        raise Refused(Loss.BODY_TOO_LARGE)
    if not stream.eof:
        raise Refused(Loss.ENCODING)
    return part, stream.unused_data
