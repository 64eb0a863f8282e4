"""Requests and responses of loggers, paired."""

import base64
import gzip
import json
from urllib.parse import quote

import pytest

from evaluator.ingest.bodies import packed, scheme, tensor
from modelmonitor.evaluator.exchange import Exchange
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.evaluator.ingest.cloudevents import Pairing
from modelmonitor.wire.config import Protocol
from modelmonitor.wire.loss import Loss

KSERVE = "org.kubeflow.serving.inference."
SELDON = "io.seldon.serving.inference."
REQUEST = json.dumps({"instances": [{"age": 39}]}).encode()
RESPONSE = json.dumps({"predictions": [0.75]}).encode()


def headers(kind, id_="a", **more):
    """Return the headers of an event as KServe's logger sends it."""
    attributes = {
        "ce-specversion": "1.0",
        "ce-type": kind,
        "ce-id": id_,
        "ce-source": "http://localhost:9081/",
        "ce-time": "2026-01-01T00:00:00.100000000Z",
        "ce-inferenceservicename": "churn",
        "ce-namespace": "ml",
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return {name.encode(): value.encode() for name, value in attributes.items()}


def rows(exchange, protocol=Protocol.KSERVE_V1):
    assert isinstance(exchange, Exchange)
    reading = Ingest(scheme(protocol)).read(exchange)
    assert reading.rows, reading
    return reading.rows


def test_a_request_and_its_response_become_an_exchange():
    pairing = Pairing()
    assert pairing.offer(headers(KSERVE + "request"), REQUEST, 100.0) is None
    later = headers(KSERVE + "response", ce_time="2026-01-01T00:00:00.350Z")
    exchange = pairing.offer(later, RESPONSE, 101.0)
    found = rows(exchange)
    assert (found.features, found.scores, found.ids) == ({"age": [39]}, [0.75], ["a"])
    assert (exchange.status, exchange.ended) == (200, 101.0)
    assert exchange.seconds == pytest.approx(0.25)
    assert (pairing.waiting_bytes, pairing.expire(1e9)) == (0, 0)


def test_the_response_may_come_first():
    pairing = Pairing()
    assert pairing.offer(headers(KSERVE + "response"), RESPONSE, 100.0) is None
    exchange = pairing.offer(headers(KSERVE + "request", ce_time="yesterday"), REQUEST, 100.5)
    assert rows(exchange).scores == [0.75]
    assert exchange.seconds == 0.0


def test_seldon_pairs_by_its_request_id():
    pairing = Pairing()
    assert pairing.offer(headers(SELDON + "request", "e1", ce_requestid="r"), REQUEST, 0.0) is None
    exchange = pairing.offer(headers(SELDON + "response", "e2", ce_requestid="r"), RESPONSE, 0.0)
    assert rows(exchange).ids == ["r"]


def test_pairs_may_overlap():
    pairing = Pairing()
    for id_ in "abc":
        assert pairing.offer(headers(KSERVE + "request", id_), REQUEST, 0.0) is None
    found = [rows(pairing.offer(headers(KSERVE + "response", id_), RESPONSE, 0.0)).ids for id_ in "bca"]
    assert found == [["b"], ["c"], ["a"]]


def test_packed_bodies_are_known_by_their_first_bytes():
    pairing = Pairing()
    pairing.offer(headers(KSERVE + "request"), gzip.compress(REQUEST), 0.0)
    exchange = pairing.offer(
        headers(KSERVE + "response", content_encoding="gzip"), gzip.compress(RESPONSE), 0.0
    )
    assert rows(exchange).scores == [0.75]


def test_headers_that_kserve_logs_are_the_exchanges():
    request, length = packed("inputs", tensor("x", [[39, 1.5]], "FP32"))
    logged = {name.title(): [value] for name, value in length.items()} | {"X-Request-Id": ["r1"], "odd": 7}
    pairing = Pairing()
    pairing.offer(headers(KSERVE + "request", ce_metadata=json.dumps(logged)), request, 0.0)
    answer = json.dumps({"outputs": [tensor("p", [0.5])]}).encode()
    exchange = pairing.offer(headers(KSERVE + "response", ce_metadata="[nonsense"), answer, 0.0)
    found = rows(exchange, Protocol.OPEN_INFERENCE)
    assert (found.features, found.ids) == ({"age": [39.0], "income": [1.5]}, ["r1"])


def test_the_length_of_a_requests_json_is_not_taken_for_that_of_its_response():
    request, length = packed("inputs", tensor("x", [[39, 1.5]], "FP32"))
    answer, _ = packed("outputs", tensor("p", [0.5], "FP32"))
    logged = {"ce_metadata": json.dumps({name.title(): [value] for name, value in length.items()})}
    for given in (logged, {}):
        pairing = Pairing()
        pairing.offer(headers(KSERVE + "request", **given), request, 0.0)
        exchange = pairing.offer(headers(KSERVE + "response", **given), answer, 0.0)
        found = rows(exchange, Protocol.OPEN_INFERENCE)
        assert (found.features, found.scores) == ({"age": [39.0], "income": [1.5]}, [0.5])


def test_headers_that_are_logged_percent_encoded_are_read():
    pairing = Pairing()
    metadata = quote(json.dumps({"X-Request-Id": ["r 1%"]}), safe="{}:[],-")
    assert metadata.startswith("{%22")
    pairing.offer(headers(KSERVE + "request", ce_metadata=metadata), REQUEST, 0.0)
    assert rows(pairing.offer(headers(KSERVE + "response"), RESPONSE, 0.0)).ids == ["r 1%"]


@pytest.mark.parametrize("order", ["rrss", "rsrs", "srrs", "ssrr", "rssr"])
def test_copies_of_events_are_counted_once(order):
    pairing = Pairing()
    offered = {"r": (headers(KSERVE + "request"), REQUEST), "s": (headers(KSERVE + "response"), RESPONSE)}
    outcomes = [pairing.offer(*offered[half], 0.0) for half in order]
    assert sum(isinstance(it, Exchange) for it in outcomes) == 1
    assert pairing.expire(1e9) == 0


def test_an_id_that_is_used_again_is_another_prediction():
    pairing = Pairing()
    for second in ("01", "02"):
        time = {"ce_time": f"2026-01-01T00:00:{second}Z"}
        assert pairing.offer(headers(KSERVE + "request", **time), REQUEST, 0.0) is None
        assert isinstance(pairing.offer(headers(KSERVE + "response", **time), RESPONSE, 0.0), Exchange)


def test_events_without_a_time_are_no_copies():
    pairing = Pairing()
    timeless = {name: it for name, it in headers(KSERVE + "request").items() if name != b"ce-time"}
    for _ in range(3):
        assert pairing.offer(timeless, REQUEST, 0.0) is None
    assert isinstance(pairing.offer(headers(KSERVE + "response"), RESPONSE, 0.0), Exchange)
    assert pairing.expire(0.0) == 2
    pairing.offer(timeless, REQUEST, 0.0)
    assert pairing.expire(1e9) == 1


def test_no_more_copies_are_known_than_a_bound():
    pairing = Pairing()
    for number in range(10_000):
        pairing.offer(headers(KSERVE + "request", str(number)), REQUEST, 0.0)
        pairing.offer(headers(KSERVE + "response", str(number)), RESPONSE, 0.0)
    assert pairing.offer(headers(KSERVE + "request", "9999"), REQUEST, 0.0) is None
    assert pairing.expire(1e9) == 0
    assert pairing.offer(headers(KSERVE + "request", "0"), REQUEST, 0.0) is None
    assert pairing.expire(1e9) == 1


@pytest.mark.parametrize("halves", [(None, RESPONSE), (REQUEST, None), (None, None)])
def test_an_exchange_of_which_a_half_was_too_large_is_lost_once(halves):
    pairing = Pairing()
    assert pairing.offer(headers(KSERVE + "request"), halves[0], 0.0) is None
    exchange = pairing.offer(headers(KSERVE + "response"), halves[1], 0.0)
    assert Ingest(scheme(Protocol.KSERVE_V1)).read(exchange).losses == ((Loss.BODY_TOO_LARGE, 1),)
    assert pairing.expire(1e9) == 0


def structured(kind, data, id_="a", **more):
    return {"specversion": "1.0", "type": kind, "id": id_, "source": "x", "data": data, **more}


STRUCTURED = {b"content-type": b"application/cloudevents+json; charset=utf-8"}
BATCH = {b"content-type": b"application/cloudevents-batch+json"}


@pytest.mark.parametrize(
    "data",
    [
        {"data": {"instances": [{"age": 39}]}},
        {"data": REQUEST.decode()},
        {"data": None, "data_base64": base64.b64encode(REQUEST).decode()},
    ],
    ids=["json", "text", "base64"],
)
def test_structured_events_are_read(data):
    event = {**structured(KSERVE + "request", None), **data}
    pairing = Pairing()
    assert pairing.offer(STRUCTURED, json.dumps(event).encode(), 0.0) is None
    exchange = pairing.offer(headers(KSERVE + "response"), RESPONSE, 0.0)
    assert rows(exchange).features == {"age": [39]}


def test_a_batch_may_hold_many_pairs_and_halves():
    answer = json.loads(RESPONSE)
    batch = [
        structured(KSERVE + "request", json.loads(REQUEST), "a"),
        structured(KSERVE + "request", json.loads(REQUEST), "b"),
        structured(KSERVE + "response", answer, "b"),
        {"type": "x"},
        structured(KSERVE + "response", answer, "a"),
        structured(KSERVE + "response", answer, "c"),
    ]
    pairing = Pairing()
    first, broken, second = pairing.offer_all(BATCH, json.dumps(batch).encode(), 0.0)
    assert (rows(first).ids, broken, rows(second).ids) == (["b"], Loss.MALFORMED, ["a"])
    assert pairing.expire(1e9) == 1


def test_offer_all_takes_single_events_too():
    pairing = Pairing()
    assert pairing.offer_all(headers(KSERVE + "request"), REQUEST, 0.0) == []
    assert len(pairing.offer_all(headers(KSERVE + "response"), RESPONSE, 0.0)) == 1
    assert pairing.offer_all(BATCH, b"{", 0.0) == [Loss.MALFORMED]


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({}, b""),
        (headers("com.example.other"), REQUEST),
        (headers(SELDON.replace("inference.", "feedback")), REQUEST),
        ({name: it for name, it in headers(KSERVE + "request").items() if name != b"ce-id"}, REQUEST),
        (headers(KSERVE + "request", "x" * 300), REQUEST),
        (STRUCTURED, b"{"),
        (STRUCTURED, b"[]"),
        (STRUCTURED, json.dumps(structured(KSERVE + "request", None, data_base64="%")).encode()),
        (BATCH, b"[]"),
    ],
)
def test_what_is_no_half_of_a_prediction_is_malformed(given, body):
    pairing = Pairing()
    assert pairing.offer(given, body, 0.0) is Loss.MALFORMED
    assert pairing.waiting_bytes == 0


def test_halves_are_given_up_after_the_wait():
    pairing = Pairing(wait_seconds=30.0)
    pairing.offer(headers(KSERVE + "request", "a"), REQUEST, 100.0)
    pairing.offer(headers(KSERVE + "request", "b"), REQUEST, 120.0)
    assert pairing.expire(129.9) == 0
    assert pairing.expire(130.0) == 1
    assert pairing.offer(headers(KSERVE + "response", "a"), RESPONSE, 131.0) is None
    assert isinstance(pairing.offer(headers(KSERVE + "response", "b"), RESPONSE, 131.0), Exchange)
    assert (pairing.expire(1e9), pairing.waiting_bytes) == (1, 0)


def test_another_half_of_the_same_kind_takes_the_place_of_the_first():
    pairing = Pairing()
    pairing.offer(headers(KSERVE + "request"), b"{}", 0.0)
    pairing.offer(headers(KSERVE + "request"), REQUEST, 0.0)
    assert pairing.expire(0.0) == 1
    assert rows(pairing.offer(headers(KSERVE + "response"), RESPONSE, 0.0)).features == {"age": [39]}


def test_the_oldest_are_given_up_when_room_is_short():
    pairing = Pairing(max_bytes=100_000)
    for number in range(1_000):
        pairing.offer(headers(KSERVE + "request", str(number)), b"x" * 4_000, 0.0)
        assert pairing.waiting_bytes <= 100_000
    given_up = pairing.expire(0.0)
    assert isinstance(pairing.offer(headers(KSERVE + "response", "999"), RESPONSE, 0.0), Exchange)
    assert given_up + pairing.expire(1e9) == 999
    assert 970 < given_up < 990


def test_a_half_that_has_no_room_alone_is_told_apart():
    pairing = Pairing(max_bytes=100_000)
    assert pairing.offer(headers(KSERVE + "request"), b"x" * 100_000, 0.0) is Loss.BODY_TOO_LARGE
    long = headers(KSERVE + "request", ce_metadata=json.dumps({"ce-id": "x" * 100_000}), content_type="x")
    assert pairing.offer(long, b"", 0.0) is None
    long = headers(KSERVE + "request", ce_metadata=json.dumps({"x-request-id": "x" * 100_000}))
    assert pairing.offer(long, b"", 0.0) is Loss.BODY_TOO_LARGE


def test_a_clock_that_steps_back_keeps_halves_within_the_bound():
    pairing = Pairing(max_bytes=50_000)
    for number in range(100):
        pairing.offer(headers(KSERVE + "request", str(number)), REQUEST, 1000.0 - number)
    assert pairing.waiting_bytes <= 50_000
    assert pairing.expire(2000.0) == 100
