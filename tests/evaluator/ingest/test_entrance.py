"""Which requests are predictions, and what never happens: an exception."""

import dataclasses
import logging

import pytest

from evaluator.ingest.bodies import exchange, scheme, tensor
from modelmonitor.evaluator.ingest import Ingest, paths
from modelmonitor.wire.config import Protocol
from modelmonitor.wire.loss import Loss

REQUEST = {"inputs": [tensor("x", [[1, 2]])]}
RESPONSE = {"outputs": [tensor("p", [0.5])]}


@pytest.mark.parametrize(
    ("protocol", "target", "wanted"),
    [
        (Protocol.OPEN_INFERENCE, "/v2/models/churn/infer", True),
        (Protocol.OPEN_INFERENCE, "/v2/models/churn/versions/3/infer?trace=1", True),
        (Protocol.OPEN_INFERENCE, "/v2/models/churn/ready", False),
        (Protocol.OPEN_INFERENCE, "/v2/models/a/b/infer", False),
        (Protocol.OPEN_INFERENCE, "/v2/models/churn/infer/x", False),
        (Protocol.OPEN_INFERENCE, "/x?/v2/models/churn/infer", False),
        (Protocol.OPEN_INFERENCE, "/metrics", False),
        (Protocol.KSERVE_V1, "/v1/models/churn:predict", True),
        (Protocol.KSERVE_V1, "/v1/models/churn/versions/2:predict", True),
        (Protocol.KSERVE_V1, "/v1/models/churn:explain", False),
        (Protocol.KSERVE_V1, "/v1/models/churn", False),
        (Protocol.MLFLOW, "/invocations", True),
        (Protocol.MLFLOW, "/invocations/", False),
        (Protocol.MLFLOW, "/ping", False),
        (Protocol.JSON, "/invocations", False),
    ],
)
def test_each_protocol_has_its_paths(protocol, target, wanted):
    ingest = Ingest(scheme(protocol))
    assert ingest.wants("POST", target) is wanted
    assert not ingest.wants("GET", target)


@pytest.mark.parametrize(
    ("pattern", "path", "wanted"),
    [
        ("/score", "/score", True),
        ("/score", "/score2", False),
        ("/a.b", "/axb", False),
        ("/*/score", "/x/score", True),
        ("/*/score", "//score", True),
        ("/*/score", "/x/y/score", False),
        ("/v*-*", "/v1-2-3", True),
        ("/*ab*b", "/aabab", True),
        ("/*", "/a\n", True),
    ],
)
def test_a_star_stands_for_anything_but_a_slash(pattern, path, wanted):
    ingest = Ingest(scheme(Protocol.JSON, paths=("/other", pattern)))
    assert ingest.wants("POST", path) is wanted


def test_many_stars_and_a_long_path_cost_no_time():
    assert not paths.targets(["/" + "*a" * 20 + "b"]).fullmatch("/" + "a" * 50_000)


@pytest.mark.parametrize("status", [0, 100, 204 - 5, 302, 404, 500])
def test_answers_other_than_2xx_have_no_rows_and_lose_none(status):
    reading = Ingest(scheme()).read(exchange(REQUEST, RESPONSE, status=status))
    assert (reading.rows, reading.losses) == (None, ())


@pytest.mark.parametrize("part", ["request_body", "response_body"])
def test_a_body_that_is_not_there_has_a_reason(part):
    one = dataclasses.replace(exchange(REQUEST, RESPONSE), **{part: None})
    assert Ingest(scheme()).read(one).losses == ((Loss.INCOMPLETE, 1),)
    assert Ingest(scheme()).read(dataclasses.replace(one, too_large=True)).losses == (
        (Loss.BODY_TOO_LARGE, 1),
    )


@pytest.mark.parametrize("where", ["request", "response"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"inputs": [], "outputs": [], "id": "\xff"}',
        b"[" * 500_000,
        b'{"x": NaN',
        b"[NaN, " + b"[" * 500_000,
        b'{"inputs": [], "outputs": [], "parameters": {"x": NaN, "y": "\\ud800"}}',
        b'{"inputs": [], "outputs": [], "parameters": {"x": ' + b"9" * 5000 + b"}}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_is_malformed(where, body):
    bodies = {"request": REQUEST, "response": RESPONSE, where: body}
    assert Ingest(scheme()).read(exchange(**bodies)).losses == ((Loss.MALFORMED, 1),)


def test_nan_infinity_and_numbers_without_bound_are_read():
    request = (
        b'{"id": "\\ud83d\\ude00", "inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP64", '
        b'"data": [NaN, 1e999, -Infinity, 1]}]}'
    )
    response = b'{"outputs": [{"name": "p", "shape": [2], "datatype": "FP64", "data": [0.5, NaN]}]}'
    rows = Ingest(scheme()).read(exchange(request, response)).rows
    assert str(rows.features) == "{'age': [nan, -inf], 'income': [inf, 1]}"
    assert str(rows.scores) == "[0.5, nan]"
    assert rows.ids[0] == "\U0001f600/0"


def test_a_large_body_that_is_not_strict_json_is_not_read_twice():
    request = b'{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [NaN, 1]}]}'
    for spaces, losses in ((1 << 22, ((Loss.MALFORMED, 1),)), (1 << 20, ())):
        read = Ingest(scheme(max_body_bytes=1 << 23)).read(exchange(request + b" " * spaces, RESPONSE))
        assert read.losses == losses


class Trap(dict):
    """Headers that fail: a stand-in for any defect of ours."""

    def get(self, *_):
        raise KeyError("secret")


def test_a_defect_of_ours_is_counted_and_told_once_a_minute_without_the_body(caplog):
    ingest = Ingest(scheme())
    one = dataclasses.replace(exchange(REQUEST, RESPONSE), request_headers=Trap())
    with caplog.at_level(logging.ERROR):
        for ended in (100.0, 130.0, 159.0, 161.0):
            reading = ingest.read(dataclasses.replace(one, ended=ended))
            assert reading.losses == ((Loss.INTERNAL, 1),)
    assert [record.message.partition(",")[0] for record in caplog.records] == ["ingest: KeyError in get"] * 2
    assert "secret" not in caplog.text
