"""Bodies that are made to fill the memory cost in proportion to their bytes."""

import tracemalloc

import pytest

from evaluator.ingest.bodies import exchange, scheme
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.wire.config import Protocol

SIZE = 1 << 18
V1, V2, MLFLOW = Protocol.KSERVE_V1, Protocol.OPEN_INFERENCE, Protocol.MLFLOW


def filled(head: bytes, unit: bytes, tail: bytes) -> bytes:
    """Return a body of nearly SIZE bytes that repeats a unit."""
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


def keys(head: bytes, value: bytes, tail: bytes) -> bytes:
    """Return a body with as many different names."""
    return head + b",".join(b'"%d":%s' % (number, value) for number in range(SIZE // 20)) + tail


TENSOR = b'{"inputs":[{"name":"a","datatype":"FP64","shape":[%s],"data":['
BOMBS = {
    "empty objects": (V1, filled(b'{"instances":[', b"{},", b"{}]}")),
    "empty lists": (V1, filled(b'{"instances":[', b"[],", b"[]]}")),
    "lone values": (V1, filled(b'{"instances":[', b"0,", b"0]}")),
    "one object of many names": (V1, keys(b'{"instances":[{', b"1", b"}]}")),
    "many names and many objects": (V1, keys(b'{"instances":[{', b"1", b"}," + b"{}," * 40_000 + b"{}]}")),
    "nested objects": (V1, filled(b'{"instances":[', b'{"a":{"a":{}}},', b"{}]}")),
    "values that no shape promised": (V2, filled(TENSOR % b"1", b"0,", b"0]}]}")),
    "lists of one": (V2, filled(TENSOR % b"65000,1", b"[0],", b"[0]]}]}")),
    "a shape of many": (
        V2,
        filled(b'{"inputs":[{"name":"a","datatype":"I","data":[],"shape":[', b"9,", b"9]}]}"),
    ),
    "rows of nothing": (V2, TENSOR % b"1000000000,0" + b"]}]}"),
    "no rows of very much": (V2, TENSOR % b"0,1000000000" + b"]}]}"),
    "tensors": (V2, filled(b'{"inputs":[', b'{"name":"a","datatype":"I","shape":[0],"data":[]},', b"]}")),
    "columns": (MLFLOW, keys(b'{"inputs":{', b"[]", b"}}")),
    "rows of a frame without columns": (
        MLFLOW,
        filled(b'{"dataframe_split":{"columns":[],"data":[', b"[],", b"[]]}}"),
    ),
    "lines": (MLFLOW, filled(b"a\n", b"1\n", b"")),
    "fields": (MLFLOW, filled(b"", b",", b"\n") + b"," * SIZE),
    "nan": (V1, filled(b'{"instances":[', b"NaN,", b"0]}")),
}


@pytest.mark.parametrize(("protocol", "body"), BOMBS.values(), ids=BOMBS)
def test_memory_is_in_proportion_to_the_bytes(protocol, body):
    ingest = Ingest(scheme(protocol))
    headers = {"x-request-id": "x" * 250}
    if body[:1] not in b"{":
        headers["content-type"] = "text/csv"
    answer = b'{"predictions":[' + b"0," * 100_000 + b'0],"outputs":[]}'
    one = exchange(body, answer, headers)
    tracemalloc.start()
    try:
        ingest.read(one)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * (len(body) + len(answer))
