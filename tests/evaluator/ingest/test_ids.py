"""What predictions are called."""

import pytest

from evaluator.ingest.bodies import exchange, rows, scheme, tensor
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.evaluator.ingest.ids import Numbered, text

REQUEST = {"id": "oip-request", "parameters": {"own": "own-request"}, "inputs": [tensor("x", [[1, 2]])]}
RESPONSE = {"id": "oip-response", "parameters": {"own": "own-response"}, "outputs": [tensor("p", [0.5])]}
SOURCES = [
    ("request", "parameters", "own-request"),
    ("response", "parameters", "own-response"),
    ("headers", "x-prediction-id", "a"),
    ("answered", "x-prediction-id", "b"),
    ("headers", "x-request-id", "c"),
    ("answered", "x-request-id", "d"),
    ("headers", "ce-id", "e"),
    ("answered", "ce-id", "f"),
    ("request", "id", "oip-request"),
    ("response", "id", "oip-response"),
]


def test_the_first_id_that_is_there_counts():
    of = scheme(columns={"id": "parameters.own"})
    parts = {
        "request": dict(REQUEST),
        "response": dict(RESPONSE),
        "headers": {name: it for where, name, it in SOURCES if where == "headers"},
        "answered": {name: it for where, name, it in SOURCES if where == "answered"},
    }
    for where, name, expected in SOURCES:
        found = rows(of, parts["request"], parts["response"], parts["headers"], parts["answered"])
        assert found.ids == [expected]
        del parts[where][name]
    assert rows(of, parts["request"], parts["response"]).ids is None


def test_the_rows_of_a_batch_are_numbered_from_zero():
    request = {"id": "order-17", "inputs": [tensor("x", [[1, 2]] * 3)]}
    found = rows(scheme(), request, {"outputs": [tensor("p", [0.5] * 3)]})
    assert list(found.ids) == ["order-17/0", "order-17/1", "order-17/2"]


def test_numbered_ids_are_a_sequence():
    ids = Numbered("a", 3)
    assert (len(ids), ids[0], ids[-1], ids[1:]) == (3, "a/0", "a/2", ["a/1", "a/2"])
    assert "a/2" in ids
    with pytest.raises(IndexError):
        ids[3]


def test_a_column_of_another_length_names_nobody_and_the_next_source_does():
    of = scheme(columns={"id": "ids"})
    answer = {"outputs": [tensor("p", [0.5]), tensor("ids", ["a", "b"], "BYTES")]}
    assert rows(of, REQUEST, answer).ids == ["oip-request"]
    answer = {"outputs": [tensor("p", [0.5]), tensor("ids", [""], "BYTES")]}
    assert rows(of, REQUEST, answer, {"ce-id": "e"}).ids == ["e"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(17, "17"), (17.0, "17"), ("x" * 256, "x" * 256)],
)
def test_an_id_is_a_short_text_or_a_whole_number(value, expected):
    assert text(value) == expected


@pytest.mark.parametrize("value", ["x" * 257, "", None, float("nan"), 10**400, [], {}])
def test_anything_else_is_no_id(value):
    assert text(value) is None


def test_a_header_that_is_no_utf_8_is_an_id_all_the_same():
    one = exchange(REQUEST, RESPONSE)
    one.request_headers[b"x-request-id"] = b"\xff7"
    assert Ingest(scheme()).read(one).rows.ids == ["\ufffd7"]
