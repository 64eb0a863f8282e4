"""What senders may write, and what it means."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.evaluator.join import labels, truth
from modelmonitor.evaluator.join.labels import LabelsUnreadable
from modelmonitor.evaluator.records import key
from modelmonitor.wire.config import Task

ONE = {"id": "a", "actual": 1}
TWO = {"id": "b", "actual": "yes"}


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (json.dumps([ONE, TWO]), "application/json", [ONE, TWO]),
        (json.dumps(ONE), "application/json; charset=utf-8", [ONE]),
        (json.dumps([ONE]), "", [ONE]),
        ("[]", "application/json", []),
        (f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n", "application/x-ndjson", [ONE, TWO]),
        (f"{json.dumps(ONE)}\r\n\r\n{json.dumps(TWO)}", "application/jsonl", [ONE, TWO]),
        (f"{json.dumps(ONE)}\n{json.dumps(TWO)}", "", [ONE, TWO]),
        (f"{json.dumps(ONE)}\nnonsense\n", "application/x-ndjson", [ONE, None]),
        ("", "application/x-ndjson", []),
    ],
)
def test_a_body_is_a_list_an_object_or_lines(body: str, content_type: str, expected: list[object]) -> None:
    assert labels.items(body.encode(), content_type) == expected


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff\xfe", b'{"id": "a"', b"[" * 100_000, b"a\nb\nc"])
def test_what_is_no_json_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(LabelsUnreadable, match="expected JSON"):
        labels.items(body, "application/json")


def test_a_label_of_nan_does_not_refuse_the_others() -> None:
    one, two = labels.items(b'[{"id": "a", "actual": NaN}, {"id": "b", "actual": 1}]', "application/json")
    assert labels.label(Task.REGRESSION, one).key == 0
    assert labels.label(Task.REGRESSION, two).key == key("b")


@given(st.binary(max_size=60))
def test_no_body_is_a_crash(body: bytes) -> None:
    for content_type in ("application/json", "application/x-ndjson"):
        try:
            items = labels.items(body, content_type)
        except LabelsUnreadable:
            continue
        for item in items:
            for task in Task:
                labels.label(task, item)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries({"id": JSON, "actual": JSON}, optional={"time": JSON}), st.sampled_from(list(Task))
)
def test_no_item_is_a_crash_and_a_valid_one_has_a_label(item: dict[str, object], task: Task) -> None:
    read = labels.label(task, item)
    assert (read.key == 0) == (read.truth == b"")


@pytest.mark.parametrize(
    "item",
    [
        None,
        [],
        "a",
        {},
        {"id": "a"},
        {"actual": 1},
        {"id": "", "actual": 1},
        {"id": None, "actual": 1},
        {"id": ["a"], "actual": 1},
        {"id": "a", "actual": None},
        {"id": "a", "actual": math.nan},
        {"id": "a", "actual": [1]},
        {"id": "a", "actual": ""},
        {"id": "a", "actual": 1, "time": "yesterday"},
        {"id": "a", "actual": 1, "time": "2026-01-01T00:00:00"},
        {"id": "a", "actual": 1, "time": "0001-01-01T00:00:00"},
        {"id": "a", "actual": 1, "time": True},
        {"id": "a", "actual": 1, "time": math.inf},
    ],
)
def test_items_that_say_no_label_are_invalid(item: object) -> None:
    assert labels.label(Task.BINARY, item).key == 0


def test_a_cloud_event_carries_its_label_as_data() -> None:
    event = {"specversion": "1.0", "id": "e1", "type": "feedback", "source": "crm", "data": ONE}
    assert labels.label(Task.BINARY, event) == labels.label(Task.BINARY, ONE)
    assert labels.label(Task.BINARY, {**event, "data": None}).key == 0


def test_ids_that_are_numbers_are_texts() -> None:
    assert labels.label(Task.BINARY, {"id": 17, "actual": 1}).key == key("17")


@pytest.mark.parametrize(
    ("time", "seconds"),
    [(1e9, 1e9), (10, 10.0), ("2001-09-09T01:46:40Z", 1e9), ("2001-09-09T03:46:40+02:00", 1e9), (None, None)],
)
def test_times_are_unix_seconds_or_texts_with_a_zone(time: object, seconds: float | None) -> None:
    read = labels.label(Task.BINARY, {"id": "a", "actual": 1, "time": time})
    assert (read.key, read.time) == (key("a"), seconds)


@pytest.mark.parametrize(
    ("actual", "text"), [(1, "1"), (1.0, "1"), (True, "true"), ("no", "no"), (0.5, "0.5")]
)
def test_a_class_is_written_as_predictions_write_it(actual: object, text: str) -> None:
    assert truth.encode(Task.MULTICLASS, actual) == truth.of_class(text)


@pytest.mark.parametrize("actual", ["1", True, None, math.inf, [1.0], 10**400])
def test_a_value_is_a_finite_number(actual: object) -> None:
    assert truth.encode(Task.REGRESSION, actual) is None


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9)))
def test_values_come_back_as_they_were(values: list[float]) -> None:
    written = [truth.encode(Task.REGRESSION, value) for value in values]
    assert truth.values([label for label in written if label]).tolist() == values


@pytest.mark.parametrize(
    "actual",
    ["a", 1, None, [["a"]], [None], {"a": "much"}, {"a": math.nan}, {"a": True}, list(range(10_001))],
)
def test_relevant_items_are_a_list_of_ids_or_gains_by_id(actual: object) -> None:
    assert truth.encode(Task.RANKING, actual) is None


def test_the_same_relevant_items_are_the_same_label_whatever_their_order_and_form() -> None:
    forms = [["a", "b"], ["b", "a", "b"], {"a": 1, "b": 1.0}, {"b": 1, "c": 0, "a": 1, "d": -2}]
    assert len({truth.encode(Task.RANKING, form) for form in forms}) == 1
