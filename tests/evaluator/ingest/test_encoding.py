"""Packed bodies."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from evaluator.ingest.bodies import exchange, scheme, tensor
from modelmonitor.evaluator.ingest import Ingest, encoding
from modelmonitor.evaluator.ingest.reading import Refused
from modelmonitor.wire.loss import Loss

BODY = b'{"inputs": []}' * 100
RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
RAW = RAW.compress(BODY) + RAW.flush()


def refused(*args):
    with pytest.raises(Refused) as raised:
        encoding.decoded(*args)
    return raised.value.loss


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        (BODY, b""),
        (BODY, b"identity"),
        (gzip.compress(BODY), b"gzip"),
        (gzip.compress(BODY), b" X-GZIP , identity"),
        (gzip.compress(BODY), b""),
        (gzip.compress(BODY), b"identity"),
        (gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), b"gzip"),
        (gzip.compress(BODY) + b"\0" * 512, b"gzip"),
        (zlib.compress(BODY), b"deflate"),
        (RAW, b"deflate"),
    ],
)
def test_what_was_packed_is_unpacked(packed, name):
    assert encoding.decoded(packed, name, len(BODY)) == BODY


@pytest.mark.parametrize(
    ("packed", "name"),
    [
        (BODY, b"br"),
        (BODY, b"gzip"),
        (b"", b"gzip"),
        (gzip.compress(BODY)[:-3], b"gzip"),
        (gzip.compress(BODY)[:-8] + b"\0" * 8, b"gzip"),
        (gzip.compress(BODY)[:30], b""),
        (gzip.compress(gzip.compress(BODY)), b"gzip, gzip"),
        (gzip.compress(b"") * 17, b"gzip"),
        (b"", b"deflate"),
        (b"\xff\xff\xff", b"deflate"),
        (RAW[:-2], b"deflate"),
    ],
)
def test_what_is_unknown_or_broken_is_told_apart(packed, name):
    assert refused(packed, name, 1 << 20) is Loss.ENCODING


@pytest.mark.parametrize("name", [b"gzip", b"deflate"])
def test_a_bomb_is_stopped_at_the_limit(name):
    pack = gzip.compress if name == b"gzip" else zlib.compress
    bomb = pack(b"\0" * (1 << 26))
    tracemalloc.start()
    try:
        assert refused(bomb, name, 1 << 20) is Loss.BODY_TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert refused(pack(BODY), name, len(BODY) - 1) is Loss.BODY_TOO_LARGE


def test_members_share_one_limit():
    assert refused(gzip.compress(BODY) * 3, b"gzip", 2 * len(BODY)) is Loss.BODY_TOO_LARGE


def test_both_bodies_of_an_exchange_may_be_packed():
    request = gzip.compress(json.dumps({"inputs": [tensor("x", [[1, 2]])]}).encode())
    response = zlib.compress(json.dumps({"outputs": [tensor("p", [0.5])]}).encode())
    packed = exchange(request, response, {}, {"content-encoding": "deflate"})
    assert Ingest(scheme()).read(packed).rows.scores == [0.5]


def test_the_limit_of_a_body_holds_for_what_it_unpacks_to():
    bomb = exchange(gzip.compress(b" " * (1 << 21)), b"{}")
    assert Ingest(scheme()).read(bomb).losses == ((Loss.BODY_TOO_LARGE, 1),)
