"""Feedback that comes as events, as labels."""

import gzip
import json

import pytest

from modelmonitor.evaluator.ingest import feedback

SELDON = {
    b"ce-specversion": b"1.0",
    b"ce-type": b"io.seldon.serving.feedback",
    b"ce-id": b"of-the-event",
    b"ce-requestid": b"p1",
    b"ce-time": b"2026-01-01T00:00:00Z",
    b"content-type": b"application/json",
}
KSERVE = {b"ce-type": b"org.kubeflow.serving.inference.feedback", b"ce-id": b"p1"}
MOMENT = 1767225600.0


def truth(data):
    return json.dumps({"reward": 1.0, "response": {"meta": {"puid": "x"}}, "truth": data}).encode()


@pytest.mark.parametrize(
    ("body", "actual"),
    [
        (truth({"data": {"names": ["churn"], "ndarray": [[1]]}}), 1),
        (truth({"data": {"ndarray": ["yes"]}}), "yes"),
        (truth({"data": {"tensor": {"shape": [1, 2], "values": [0.5, 7]}}}), 0.5),
        (truth({"strData": "yes"}), "yes"),
        (b'{"actual": 0}', 0),
        (gzip.compress(b'{"actual": 0}'), 0),
    ],
)
def test_the_truth_is_found_in_either_form(body, actual):
    assert feedback.items(SELDON, body) == [{"id": "p1", "actual": actual, "time": MOMENT}]
    assert feedback.items(KSERVE, body) == [{"id": "p1", "actual": actual}]


@pytest.mark.parametrize(
    "data", [{"ndarray": [[1, 9], [0, 9]]}, {"tensor": {"shape": [2, 2], "values": [1, 9, 0, 9]}}]
)
def test_each_row_of_a_batch_is_a_label_of_its_own(data):
    found = feedback.items(KSERVE, truth({"data": data}))
    assert found == [{"id": "p1/0", "actual": 1}, {"id": "p1/1", "actual": 0}]


def test_a_structured_event_is_read():
    event = {
        "specversion": "1.0",
        "id": "e",
        "source": "s",
        "type": "a.feedback",
        "requestid": "p1",
        "time": "2026-01-01T00:00:00Z",
        "data": {"actual": 1},
    }
    headers = {b"content-type": b"application/cloudevents+json; charset=utf-8"}
    assert feedback.items(headers, json.dumps(event).encode()) == [{"id": "p1", "actual": 1, "time": MOMENT}]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"{}", b'{"actual": null}'])
def test_feedback_that_is_no_message_is_a_label_without_truth(body):
    assert feedback.items(KSERVE, body) == [{"id": "p1", "actual": None}]


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        {"ndarray": []},
        {"ndarray": 7},
        {"tensor": {"shape": [3], "values": [1]}},
        {"tensor": {"shape": [-1], "values": [1]}},
        {"tensor": {"shape": ["1"], "values": [1]}},
        {"tensor": {"shape": [], "values": [1]}},
    ],
)
def test_a_truth_that_has_no_rows_is_a_label_without_truth(data):
    assert feedback.items(KSERVE, truth({"data": data})) == [{"id": "p1", "actual": None}]
    assert feedback.items(KSERVE, truth(data)) == [{"id": "p1", "actual": None}]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b'{"rows": []}'),
        ({b"ce-type": b"org.kubeflow.serving.inference.request", b"ce-id": b"a"}, b"{}"),
        ({b"content-type": b"application/cloudevents+json"}, b'{".feedback": 1}'),
        ({b"content-type": b"application/cloudevents+json"}, b'{"id": "a", "type": "b.request"}'),
    ],
)
def test_what_is_no_feedback_is_left_to_others(headers, body):
    assert feedback.items(headers, body) is None
