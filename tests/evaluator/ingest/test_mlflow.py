"""MLflow's scoring protocol."""

import pytest

from evaluator.ingest import bodies
from evaluator.ingest.bodies import lost
from modelmonitor.wire.config import Protocol
from modelmonitor.wire.loss import Loss

TWO = {"predictions": [0.25, 0.75]}
COLUMNS = {"age": [39, 50], "income": [1.5, None]}
LISTS = [[39, 1.5], [50, None]]
OBJECTS = [{"age": 39, "income": 1.5}, {"age": 50, "income": None}]
CSV = {"content-type": "text/csv; charset=utf-8"}


def scheme(**kwargs):
    return bodies.scheme(Protocol.MLFLOW, **kwargs)


def rows(request, answer=TWO, headers=None, **kwargs):
    return bodies.rows(scheme(**kwargs), request, answer, headers)


@pytest.mark.parametrize(
    "request_",
    [
        {"dataframe_split": {"columns": ["age", "income"], "index": [0, 1], "data": LISTS}},
        {"dataframe_split": {"data": LISTS}, "params": {"threshold": 0.5}},
        {"dataframe_records": OBJECTS},
        {"instances": OBJECTS},
        {"instances": LISTS},
        {"inputs": COLUMNS},
        {"inputs": {"age": [[39], [50]], "income": [[1.5], [None]]}},
        {"inputs": LISTS},
    ],
)
def test_every_form_of_a_request_becomes_the_same_columns(request_):
    found = rows(request_)
    assert (found.count, found.features, found.scores) == (2, COLUMNS, [0.25, 0.75])


def test_one_row_of_inputs_may_be_lone_values():
    found = rows({"inputs": {"age": 39, "income": 1.5}}, {"predictions": [1]})
    assert (found.count, found.features) == (1, {"age": [39], "income": [1.5]})


def test_the_order_of_the_columns_is_the_requests_own():
    split = {"columns": ["income", "age"], "data": [[1.5, 39], [None, 50]]}
    assert rows({"dataframe_split": split}).features == COLUMNS


def test_names_that_are_numbers_are_texts():
    found = rows({"dataframe_split": {"columns": [0, 1], "data": LISTS}}, numeric=("0", "1"))
    assert found.features == {"0": [39, 50], "1": [1.5, None]}


def test_nan_in_a_frame_is_read_although_the_standard_forbids_it():
    body = b'{"dataframe_split": {"columns": ["age", "income"], "data": [[39, NaN], [50, -Infinity]]}}'
    found = rows(body)
    assert found.features["age"] == [39, 50]
    assert str(found.features["income"]) == "[nan, -inf]"


@pytest.mark.parametrize(
    "request_",
    [
        {},
        [],
        {"dataframe_split": []},
        {"dataframe_split": {"columns": ["age"]}},
        {"dataframe_split": {"columns": "age", "data": [[1]]}},
        {"dataframe_split": {"columns": ["age", "age"], "data": [[1, 2]]}},
        {"dataframe_split": {"columns": ["age", "income"], "data": [[1, 2], [3]]}},
        {"dataframe_split": {"columns": ["age", "income"], "data": [[1, 2], 3]}},
        {"dataframe_split": {"columns": ["age", "income"], "data": {"a": 1}}},
        {"dataframe_records": {"age": 1}},
        {"inputs": {"age": [1, 2], "income": [1]}},
        {"inputs": "x"},
    ],
)
def test_what_is_no_request_is_malformed(request_):
    assert lost(scheme(), request_, TWO) is Loss.MALFORMED


def test_lists_of_another_width_are_told_apart():
    assert lost(scheme(), {"dataframe_split": {"data": [[1, 2, 3]]}}, TWO) is Loss.FEATURE_COUNT
    assert lost(scheme(), {"inputs": [[1, 2, 3]]}, TWO) is Loss.FEATURE_COUNT


@pytest.mark.parametrize(
    ("answer", "prediction", "score"),
    [
        ({"predictions": ["1", "0"]}, ["1", "0"], None),
        ({"predictions": [[0.75, 0.25], [0.5, 0.5]]}, None, [0.25, 0.5]),
        ({"predictions": [{"0": 0.75, "1": 0.25}, {"0": 0.5, "1": 0.5}]}, None, [0.25, 0.5]),
        ({"predictions": {"label": [1, 0], "probability": [0.75, 0.25]}}, [1, 0], [0.75, 0.25]),
        ([1, 0], [1, 0], None),
    ],
)
def test_answers_are_values_lists_records_or_columns(answer, prediction, score):
    found = rows({"inputs": LISTS}, answer)
    assert (found.predictions, found.scores) == (prediction, score)


def test_csv_is_read_with_numbers_where_the_reference_has_them():
    body = b'city,age,income\r\n"Bonn, am Rhein",39,1.5\r\nUlm,,n/k\r\n'
    found = rows(body, headers=CSV, categorical=("city",))
    assert found.features == {
        "city": ["Bonn, am Rhein", "Ulm"],
        "age": [39.0, None],
        "income": [1.5, "n/k"],
    }


@pytest.mark.parametrize("gap", ["", "NA", "NaN", "null", "None"])
def test_what_pandas_writes_for_a_gap_is_missing(gap):
    body = f"income,city\n{gap},Bonn\n2.5,{gap}\n".encode()
    found = rows(body, headers=CSV, categorical=("city",))
    assert found.features == {"income": [None, 2.5], "city": ["Bonn", None]}


@pytest.mark.parametrize(
    "body",
    [b"", b"\n\n", b"age,income\n1\n", b"age,age\n1,2\n", b"age\n\xff\n", b'age\n"' + b"x" * 200_000],
    ids=["empty", "blank", "ragged", "twice", "no utf-8", "endless field"],
)
def test_csv_that_is_none_is_malformed(body):
    assert lost(scheme(), body, TWO, CSV) is Loss.MALFORMED


def test_a_column_may_hold_the_ids():
    body = b"order,age,income\no1,39,1.5\no2,50,2.5\n"
    found = rows(body, headers=CSV, columns={"id": "order"})
    assert found.ids == ["o1", "o2"]
    assert set(found.features) == {"age", "income"}
