"""Open Inference v2 in JSON."""

import pytest

from evaluator.ingest.bodies import listed, lost, packed, read, rows, scheme, tensor
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss

ANSWER = {
    "model_name": "churn",
    "model_version": "3",
    "id": "a1",
    "outputs": [tensor("predict", [0.25, 0.75])],
}
NAMED = {
    "id": "a1",
    "parameters": {"content_type": "pd"},
    "inputs": [tensor("age", [39, 50], "INT64"), tensor("income", [1.5, None], shape=(2, 1))],
    "outputs": [{"name": "predict"}],
}


def test_tensors_of_one_column_are_features_by_name():
    found = rows(scheme(), NAMED, ANSWER)
    assert found.count == 2
    assert found.features == {"age": [39, 50], "income": [1.5, None]}
    assert found.scores == [0.25, 0.75]
    assert found.predictions is None
    assert list(found.ids) == ["a1/0", "a1/1"]
    assert found.time == 1_700_000_000.0


@pytest.mark.parametrize("data", [[39, 1.5, 50, 2.5], [[39, 1.5], [50, 2.5]]], ids=["flat", "nested"])
def test_the_columns_of_one_tensor_have_the_references_names_in_order(data):
    found = rows(scheme(), {"inputs": [tensor("x", data, shape=(2, 2))]}, ANSWER)
    assert found.features == {"age": [39, 50], "income": [1.5, 2.5]}


def test_configured_names_come_before_the_references():
    named = scheme(columns={"names": ("b", "a")})
    found = rows(named, {"inputs": [tensor("x", [[1, 2], [3, 4]])]}, ANSWER)
    assert found.features == {"b": [1, 3], "a": [2, 4]}


def test_one_row_of_one_tensor_is_read_as_well():
    answer = {"outputs": [tensor("predict", [[0.5]])]}
    found = rows(scheme(), {"inputs": [tensor("x", [[39, 1.5]])]}, answer)
    assert (found.count, found.features, found.scores) == (1, {"age": [39], "income": [1.5]}, [0.5])


def test_a_wide_tensor_has_the_names_that_the_others_leave():
    mixed = scheme(numeric=("age", "income", "debt"), categorical=("city",))
    inputs = [
        tensor("numbers", [[1, 2], [3, 4]]),
        tensor("city", ["Bonn", "Ulm"], "BYTES"),
        tensor("income", [[7], [8]]),
    ]
    found = rows(mixed, {"inputs": inputs}, ANSWER)
    assert found.features == {"city": ["Bonn", "Ulm"], "income": [7, 8], "age": [1, 3], "debt": [2, 4]}


def test_wide_tensors_share_the_names_in_their_order():
    four = scheme(numeric=("a", "b", "c", "d"))
    inputs = [tensor("x", [[1, 2], [3, 4]]), tensor("y", [[5, 6], [7, 8]])]
    found = rows(four, {"inputs": inputs}, ANSWER)
    assert found.features == {"a": [1, 3], "b": [2, 4], "c": [5, 7], "d": [6, 8]}


def test_a_tensor_of_higher_rank_is_flattened_row_by_row():
    found = rows(
        scheme(numeric=("a", "b", "c", "d")),
        {"inputs": [tensor("x", [[[1, 2], [3, 4]], [[5, 6], [7, 8]]])]},
        ANSWER,
    )
    assert found.features == {"a": [1, 5], "b": [2, 6], "c": [3, 7], "d": [4, 8]}


def test_unknown_tensors_keep_their_names_and_known_ones_may_be_absent():
    found = rows(scheme(), {"inputs": [tensor("age", [1, 2]), tensor("colour", ["x", "y"], "BYTES")]}, ANSWER)
    assert found.features == {"age": [1, 2], "colour": ["x", "y"]}


def test_the_only_column_of_a_model_may_have_any_name():
    found = rows(scheme(numeric=("age",)), {"inputs": [tensor("input-0", [[1], [2]])]}, ANSWER)
    assert found.features == {"age": [1, 2]}


@pytest.mark.parametrize("data", [[[1, 2, 3], [4, 5, 6]], [[1], [2]]], ids=["wider", "narrower"])
def test_a_tensor_of_another_width_is_told_apart(data):
    assert lost(scheme(), {"inputs": [tensor("x", data)]}, ANSWER) is Loss.FEATURE_COUNT


def test_without_a_reference_rows_count_and_a_nameless_tensor_has_no_features():
    found = rows(scheme(reference=False), {"inputs": [tensor("x", [[1, 2], [3, 4]])]}, ANSWER)
    assert (found.count, found.features, found.scores) == (2, {}, [0.25, 0.75])


def test_values_of_a_wrong_type_are_handed_on_as_they_are():
    found = rows(
        scheme(), {"inputs": [tensor("age", ["x", [1]], shape=(2,)), tensor("income", [True, {}])]}, ANSWER
    )
    assert found.features == {"age": ["x", [1]], "income": [True, {}]}


def test_an_answer_about_other_rows_is_told_apart():
    request = {"inputs": [tensor("x", [[1, 2]])]}
    assert lost(scheme(), request, ANSWER) is Loss.ROW_COUNT


def test_an_empty_batch_is_no_rows_and_no_loss():
    answer = {"outputs": [tensor("predict", [])]}
    for shape in ((0, 2), (0, 0), (0, 10**18)):
        found = rows(scheme(), {"inputs": [tensor("x", [], shape=shape)]}, answer)
        assert found.count == 0


def test_of_equal_names_the_last_counts():
    found = rows(
        scheme(), {"inputs": [tensor("age", [1, 2]), tensor("income", [3, 4]), tensor("age", [5, 6])]}, ANSWER
    )
    assert found.features == {"age": [5, 6], "income": [3, 4]}


BIG = 2**62
BROKEN = {
    "no inputs": {"instances": []},
    "inputs are no list": {"inputs": {}},
    "no shape": {"inputs": [{"name": "x", "datatype": "FP64", "data": [1]}]},
    "no data": {"inputs": [{"name": "x", "datatype": "FP64", "shape": [1]}]},
    "data are no list": {"inputs": [tensor("x", 1.0, shape=(1,))]},
    "scalar": {"inputs": [tensor("x", [1], shape=())]},
    "negative": {"inputs": [tensor("x", [1, 2], shape=(-1, -2))]},
    "product overflows": {"inputs": [tensor("x", [1], shape=(BIG, BIG))]},
    "rows of nothing": {"inputs": [tensor("x", [], shape=(10**18, 0))]},
    "rank": {"inputs": [tensor("x", [1], shape=(1,) * 5000)]},
    "huge numbers in a shape": {"inputs": [tensor("x", [1], shape=(10**300,) * 8)]},
    "fractional shape": {"inputs": [tensor("x", [1], shape=(1.5,))]},
    "too few": {"inputs": [tensor("x", [1, 2, 3], shape=(2, 2))]},
    "too many": {"inputs": [tensor("x", [1, 2, 3], shape=(1, 2))]},
    "ragged": {"inputs": [tensor("x", [[1, 2], [3]], shape=(2, 2))]},
    "uneven": {"inputs": [tensor("x", [[1, 2, 3], [4]], shape=(2, 2))]},
    "half nested": {"inputs": [tensor("x", [[1, 2], 3], shape=(2, 2))]},
    "texts in place of rows": {"inputs": [tensor("x", [["a", "b"], "cd"], shape=(2, 2))]},
    "nested deeper than its shape": {"inputs": [tensor("x", [[[1, 2]], [[3, 4]]], shape=(2, 2))]},
    "other rows": {"inputs": [tensor("age", [1, 2]), tensor("income", [1, 2, 3])]},
    "binary without a header": {
        "inputs": [{"name": "x", "shape": [1], "datatype": "INT8", "parameters": {"binary_data_size": 1}}]
    },
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
def test_what_is_no_message_is_malformed(request_):
    assert lost(scheme(), request_, ANSWER) is Loss.MALFORMED


@pytest.mark.parametrize("answer", [{}, {"outputs": None}, {"error": "no"}, [], b"", b"{", b"\xff"])
def test_an_answer_that_is_none_is_malformed(answer):
    assert lost(scheme(), NAMED, answer) is Loss.MALFORMED


def test_request_and_response_are_binary_or_json_independently():
    request = (tensor("age", [39, 50], "INT32"), tensor("income", [1.5, 2.5], "FP32"))
    answer = tensor("predict", [0.25, 0.75], "FP32")
    as_json = ({"inputs": list(request)}, {})
    answer_as_json = ({"outputs": [answer]}, {})
    for asked, headers in (as_json, packed("inputs", *request)):
        for answered, answer_headers in (answer_as_json, packed("outputs", answer)):
            found = rows(scheme(), asked, answered, headers, answer_headers)
            assert listed(found.features) == {"age": [39, 50], "income": [1.5, 2.5]}
            assert listed(found.scores) == [0.25, 0.75]


def test_fractions_that_a_writer_of_json_shortened_are_fractions():
    answer = {"outputs": [tensor("out", [1, 0], "FP32")]}
    assert rows(scheme(), NAMED, answer).scores == [1.0, 0.0]
    answer = {"outputs": [tensor("out", [1, 0], "INT64")]}
    assert rows(scheme(), NAMED, answer).predictions == [1, 0]


def test_a_column_may_hold_the_ids():
    named = scheme(columns={"id": "customer"})
    request = {**NAMED, "inputs": [*NAMED["inputs"], tensor("customer", ["c7", "c8"], "BYTES")]}
    found = rows(named, request, ANSWER, {"x-request-id": "r"})
    assert found.ids == ["c7", "c8"]
    assert set(found.features) == {"age", "income"}
    answer = {"outputs": [*ANSWER["outputs"], tensor("customer", [[7.0], [8.0]])]}
    assert rows(named, NAMED, answer).ids == ["7", "8"]


def test_a_parameter_may_hold_the_id():
    named = scheme(columns={"id": "parameters.order"})
    found = rows(named, {**NAMED, "parameters": {"order": 17}}, ANSWER)
    assert list(found.ids) == ["17/0", "17/1"]


def test_a_million_rows_are_read():
    count = 1_000_000
    request = {"inputs": [tensor("age", [1] * count), tensor("income", [2] * count)]}
    found = rows(
        scheme(max_body_bytes=1 << 24),
        request,
        {"id": "b", "outputs": [tensor("predict", [0] * count, "INT8")]},
    )
    assert found.count == len(found.predictions) == len(found.ids) == count
    assert found.ids[count - 1] == "b/999999"


def test_a_task_without_classes_takes_the_value():
    answer = {"outputs": [tensor("predict", [[120.5], [80]])]}
    found = rows(scheme(task=Task.REGRESSION), NAMED, answer)
    assert (found.predictions, found.scores) == ([120.5, 80.0], None)


def test_rankings_are_rows_of_items():
    answer = {"outputs": [tensor("items", [["i9", "i2"], ["i3", "i1"]], "BYTES")]}
    found = rows(scheme(task=Task.RANKING), NAMED, answer)
    assert (found.predictions, found.scores) == ([["i9", "i2"], ["i3", "i1"]], None)


def test_json_with_a_reading_error_gives_no_exception_and_one_loss():
    reading = read(scheme(), b"[" * 200_000, ANSWER)
    assert reading.losses == ((Loss.MALFORMED, 1),)
