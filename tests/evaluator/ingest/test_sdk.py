"""Rows that our own client posts."""

import json

import pytest

from evaluator.ingest.bodies import scheme
from modelmonitor.evaluator.ingest import sdk
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss

GOOD = {"features": {"age": 39}, "prediction": "1", "score": 0.75, "id": "a", "time": 1_700_000_000.5}


def read(*rows, **kwargs):
    return sdk.read(json.dumps({"rows": rows}).encode(), scheme(**kwargs))


def test_rows_become_columns():
    other = {"features": {"age": 50, "income": 2}, "score": [0.5, 0.5], "id": 17, "time": 1_700_000_000}
    reading = read(GOOD, other, {"features": {}})
    assert reading.losses == ()
    assert reading.rows.features == {"age": [39, 50, None], "income": [None, 2, None]}
    assert reading.rows.predictions == ["1", None, None]
    assert reading.rows.scores == [0.75, 0.5, None]
    assert reading.rows.ids == ["a", "17", None]
    assert reading.rows.time == 1_700_000_000.5


def test_what_no_row_has_is_absent():
    rows = read({"features": {"age": 1}}).rows
    assert (rows.predictions, rows.scores, rows.ids, rows.time) == (None, None, None, 0.0)


def test_scores_are_numbers_vectors_or_objects():
    rows = read(*({"features": {}, "score": score} for score in (0.25, [0.75, 0.25], {"1": 0.25}))).rows
    assert rows.scores == [0.25, 0.25, 0.25]
    classes = {"task": Task.MULTICLASS, "classes": ("a", "b")}
    rows = read(
        *({"features": {}, "score": score} for score in ([0.75, 0.25], {"b": 0.5}, None, 0.9)), **classes
    ).rows
    assert rows.scores == [[0.75, 0.25], [None, 0.5], [None, None], [None, None]]


def test_a_ranking_is_a_list_of_items():
    ranked = [
        {"features": {}, "prediction": ["i1", "i2"]},
        {"features": {}},
        {"features": {}, "prediction": "i3"},
    ]
    assert read(*ranked, task=Task.RANKING).rows.predictions == [["i1", "i2"], [], ["i3"]]
    assert read(ranked[0], task=Task.RANKING).rows.predictions == [["i1", "i2"]]


BAD = {
    "no features": {"prediction": 1},
    "features are a list": {"features": [1]},
    "no object": 7,
    "nothing": None,
    "a vector of three": {"features": {}, "score": [0.1, 0.2, 0.7]},
    "a list of classes": {"features": {}, "prediction": [1, 0]},
    "id of another type": {"features": {}, "id": []},
    "time as a text": {"features": {}, "time": "now"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_row_that_is_wrong_costs_itself_only(bad):
    reading = read(bad, GOOD, bad, GOOD)
    assert reading.losses == ((Loss.MALFORMED, 2),)
    assert reading.rows.features == {"age": [39, 39]}
    reading = read(bad)
    assert (reading.rows, reading.losses) == (None, ((Loss.MALFORMED, 1),))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"rows": 1}', b"{}", b"\xff", b'{"rows": [' + b"[" * 100_000])
def test_a_body_that_is_none_is_one_loss(body):
    reading = sdk.read(body, scheme())
    assert (reading.rows, reading.losses) == (None, ((Loss.MALFORMED, 1),))


def test_no_rows_are_no_loss():
    reading = read()
    assert (reading.rows.count, reading.losses) == (0, ())


def test_nan_and_infinity_are_read():
    reading = sdk.read(b'{"rows": [{"features": {"age": NaN}, "score": Infinity, "time": NaN}]}', scheme())
    assert str(reading.rows.features) == "{'age': [nan]}"
    assert (reading.rows.scores, reading.rows.time) == ([float("inf")], 0.0)


def test_rows_that_share_no_names_are_lost_before_they_fill_the_memory():
    sparse = [{"features": {f"c{number}": 1}} for number in range(2_000)]
    reading = read(*sparse)
    assert (reading.rows, reading.losses) == (None, ((Loss.MALFORMED, 2_000),))
