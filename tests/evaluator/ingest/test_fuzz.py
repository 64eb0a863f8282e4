"""Mutated bodies through every reader: no exception, no defect, no leak.

`MODELMONITOR_THOROUGH=1` gives each reader a million bodies.
"""

import base64
import gc
import gzip
import json
import os
import random
import resource
import tracemalloc
import zlib

import pytest

from evaluator.ingest.bodies import exchange, packed, scheme, tensor
from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.ingest import Ingest, Reading, encoding, sdk
from modelmonitor.evaluator.ingest.cloudevents import Pairing
from modelmonitor.evaluator.ingest.reading import Refused
from modelmonitor.wire.config import Protocol, Task
from modelmonitor.wire.loss import Loss

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
BODIES = 1_000_000 if THOROUGH else 20_000
TRACED = 2_000
LIMIT = 1 << 16
TOKENS = [
    b"NaN", b"-Infinity", b"null", b"true", b"-1", b"1e999", b"9" * 30, b"0", b"1", b"1.0", b"[]", b"{}",
    b"[[", b"]", b"}", b'"', b",", b":", b'"a"', b"\xff", b"\x00", b"\\ud800", b'"binary_data_size":',
    b'"shape":[-1]', b'"shape":[4611686018427387904,4]', b'{"0":0.5,"1":0.5}', b"[0.5,0.5]",
]  # fmt: skip


def mutated(draw: random.Random, body: bytes) -> bytes:
    """Change a body in one to four places: a bit, a cut, a copy, a token."""
    changed = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(changed) + 1)
        to = min(at + draw.randint(1, 12), len(changed))
        match draw.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << draw.randrange(8)
            case 1:
                del changed[at:to]
            case 2:
                changed[at:at] = changed[to - 20 if to > 20 else 0 : to]
            case 3:
                changed[at:to] = draw.choice(TOKENS)
            case 4:
                changed[at:at] = draw.choice(TOKENS)
            case _:
                if draw.random() < 0.2:
                    del changed[at:]
    return bytes(changed[:LIMIT])


X = tensor("x", [[39, 1.5], [50, 2.5]], "FP32")
AGE, INCOME = tensor("age", [[39], [50]], "INT64"), tensor("income", [1.5, None])
V2 = {"id": "a", "outputs": [tensor("predict", [1.0, 0.0]), tensor("proba", [[0.2, 0.8], [0.6, 0.4]])]}
V1 = {"predictions": [{"label": "1", "probability": 0.75}, {"label": "0", "probability": 0.25}]}
ROWS = [{"age": 39, "income": 1.5, "id": 7}, {"age": 50, "income": None, "id": "b"}]
CSV = b'age,income,id\n39,1.5,"a"\n50,,b\n'
TEXTS = tensor("id", ["a", "bc"], "BYTES")


def v2(**kwargs):
    return scheme(Protocol.OPEN_INFERENCE, **kwargs)


def named(protocol, **kwargs):
    return scheme(protocol, columns={"id": "id"}, **kwargs)


def written(document):
    return json.dumps(document).encode()


MAPPED = {"features": "data[*].in", "prediction": "out[*].label", "score": "out[*].p", "id": "data[*].in.id"}
THREE = {"task": Task.MULTICLASS, "classes": ("a", "b", "c")}
RANKED = {"predictions": [["i1", "i2"], ["i3"]]}
BINARY, LENGTH = packed("inputs", X, TEXTS, id="b")
ANSWER, ANSWERED = packed("outputs", tensor("p", [[0.2, 0.8], [0.6, 0.4]], "FP64"))
CASES = {
    "v2 wide": (v2(), written({"inputs": [X], "id": "r"}), written(V2), {}, {}),
    "v2 named": (v2(columns={"id": "id"}), written({"inputs": [AGE, INCOME, TEXTS]}), written(V2), {}, {}),
    "v2 binary": (v2(columns={"id": "id"}), BINARY, ANSWER, LENGTH, ANSWERED),
    "v1 objects": (named(Protocol.KSERVE_V1), written({"instances": ROWS}), written(V1), {}, {}),
    "v1 lists": (
        scheme(Protocol.KSERVE_V1, **THREE),
        written({"instances": [[39, 1.5], [50, None]]}),
        written({"predictions": [[0.2, 0.3, 0.5], [1, 0, 0]]}),
        {},
        {},
    ),
    "v1 ranking": (
        scheme(Protocol.KSERVE_V1, task=Task.RANKING), written({"instances": ROWS}), written(RANKED), {}, {}
    ),
    "mlflow split": (
        named(Protocol.MLFLOW),
        written({"dataframe_split": {"columns": ["age", "income"], "data": [[39, 1.5], [50, None]]}}),
        written({"predictions": [[0.2, 0.8], [0.6, 0.4]]}),
        {},
        {},
    ),
    "mlflow columns": (
        scheme(Protocol.MLFLOW, task=Task.REGRESSION),
        written({"inputs": {"age": [39, 50], "income": [[1.5], [2.5]]}}),
        written({"predictions": {"value": [1, 2.5]}}),
        {},
        {},
    ),
    "mlflow csv": (
        named(Protocol.MLFLOW), CSV, written({"predictions": [1, 0]}), {"content-type": "text/csv"}, {}
    ),
    "json": (
        scheme(Protocol.JSON, columns=MAPPED),
        written({"data": [{"in": one} for one in ROWS]}),
        written({"out": [{"label": "1", "p": 0.75}, {"p": [0.5, 0.5]}]}),
        {},
        {},
    ),
}  # fmt: skip


def checked(reading: Reading) -> bool:
    """Hold a reading against what `Rows` promises; say whether it has rows."""
    assert all(loss is not Loss.INTERNAL and number > 0 for loss, number in reading.losses)
    if reading.rows is None:
        assert reading.losses
        return False
    rows = reading.rows
    assert rows.count >= 0
    assert all(len(column) == rows.count for column in rows.features.values())
    for column in (rows.predictions, rows.scores, rows.ids):
        assert column is None or len(column) == rows.count
    return True


def reader(name):
    """Return a function that reads one mutation of a case."""
    of, request, response, headers, answered = CASES[name]
    ingest = Ingest(of)

    def one(draw: random.Random) -> bool:
        asked, answer, given = request, response, headers
        if draw.random() < 0.6:
            asked = mutated(draw, request)
        if asked is request or draw.random() < 0.3:
            answer = mutated(draw, response)
        if headers is LENGTH and draw.random() < 0.1:
            given = {key: str(draw.randint(0, len(asked) + 2)) for key in LENGTH}
        return checked(ingest.read(exchange(asked, answer, given, answered)))

    return one


def client(_name):
    of = scheme()
    body = written({"rows": [{"features": one, "score": 0.5, "id": "a", "time": 1.0} for one in ROWS]})
    return lambda draw: checked(sdk.read(mutated(draw, body), of))


def events(_name):
    """Return a function that offers one mutated event, in one of three modes."""
    pairing, ingest = Pairing(max_bytes=1 << 18), Ingest(scheme(Protocol.KSERVE_V1))
    one = {
        "specversion": "1.0", "id": "a", "type": "org.kubeflow.serving.inference.request",
        "time": "2026-01-01T00:00:00.1Z", "metadata": {"X": ["y"]}, "data": {"instances": ROWS},
    }  # fmt: skip
    other = {
        **one, "data": None, "type": one["type"].replace("request", "response"),
        "data_base64": base64.b64encode(written(V1)).decode(),
    }  # fmt: skip
    batch = written([one, other])

    def offer(draw: random.Random) -> bool:
        if draw.random() < 0.3:
            kind = draw.choice((one["type"], other["type"])).encode()
            mutations = {
                key: mutated(draw, value) for key, value in (("id", b"a"), ("time", one["time"].encode()))
            }
            headers = {b"ce-type": kind, **{b"ce-" + key.encode(): it for key, it in mutations.items()}}
            outcomes = pairing.offer_all(headers, mutated(draw, written({"instances": ROWS})), draw.random())
        else:
            structured = {b"content-type": b"application/cloudevents-batch+json"}
            fresh = batch.replace(b"00.1Z", b"00.%06dZ" % draw.randrange(10**6))  # a copy would be ignored
            outcomes = pairing.offer_all(structured, mutated(draw, fresh), draw.random())
        assert 0 <= pairing.waiting_bytes <= 1 << 18
        pairing.expire(draw.random() * 40)
        pairs = [checked(ingest.read(it)) for it in outcomes if isinstance(it, Exchange)]
        return any(pairs)

    return offer


def unpacking(_name):
    bodies = {
        b"gzip": gzip.compress(BINARY, mtime=0),
        b"deflate": zlib.compress(BINARY),
        b"": gzip.compress(CSV),
    }

    def unpack(draw: random.Random) -> bool:
        name = draw.choice([*bodies])
        try:
            unpacked = encoding.decoded(mutated(draw, bodies[name]), name, 4096)
        except Refused:
            return False
        assert len(unpacked) <= 4096
        return True

    return unpack


READERS = dict.fromkeys(CASES, reader) | {"our client": client, "events": events, "packed": unpacking}


@pytest.mark.parametrize("name", READERS)
def test_no_mutated_body_raises_or_leaks(name):
    one, draw = READERS[name](name), random.Random(17)
    read = sum(one(draw) for _ in range(BODIES // 5))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read += sum(one(draw) for _ in range(BODIES - BODIES // 5))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000
    assert 0.01 < read / BODIES < 0.99, "the mutations are too harsh or too mild to prove anything"
    assert growth(one, draw) < 100_000


def growth(one, draw: random.Random) -> int:
    """Return how many bytes more there are after many bodies than after a few."""
    tracemalloc.start()
    try:
        for _ in range(TRACED // 10):
            one(draw)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(TRACED):
            one(draw)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
