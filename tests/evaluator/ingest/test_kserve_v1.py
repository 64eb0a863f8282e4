"""KServe's v1 protocol."""

import pytest

from evaluator.ingest import bodies
from evaluator.ingest.bodies import lost
from modelmonitor.wire.config import Protocol, Task
from modelmonitor.wire.loss import Loss

TWO = {"predictions": [0.25, 0.75]}
OBJECTS = [{"age": 39, "income": 1.5}, {"age": 50, "income": 2.5}]
COLUMNS = {"age": [39, 50], "income": [1.5, 2.5]}


def scheme(**kwargs):
    return bodies.scheme(Protocol.KSERVE_V1, **kwargs)


def rows(instances, answer=TWO, headers=None, **kwargs):
    return bodies.rows(scheme(**kwargs), {"instances": instances}, answer, headers)


@pytest.mark.parametrize(
    "instances",
    [
        OBJECTS,
        [[39, 1.5], [50, 2.5]],
        [{"income": [1.5], "age": [39]}, {"age": [50], "income": [2.5]}],
    ],
    ids=["objects", "lists", "objects of lists of one"],
)
def test_instances_become_columns(instances):
    found = rows(instances)
    assert (found.count, found.features, found.scores, found.ids) == (2, COLUMNS, [0.25, 0.75], None)


def test_lone_values_are_the_only_feature():
    assert rows([39, None], numeric=("age",)).features == {"age": [39, None]}
    assert rows([39, "x"], reference=False).features == {}


def test_names_that_an_object_lacks_are_missing_in_its_row():
    found = rows([{"age": 39}, {"income": 2.5, "colour": "x"}])
    assert found.features == {"age": [39, None], "income": [None, 2.5], "colour": [None, "x"]}


def test_a_value_of_the_wrong_shape_is_handed_on():
    for values in ([[1, 2], {"b64": ""}], [[1], [1, 2]], [[1], 2]):
        assert rows([{"age": value} for value in values]).features == {"age": values}


@pytest.mark.parametrize("instances", [[[1], [2]], [[1, 2, 3]] * 2, [[1, 2], [1]], [1, 2]])
def test_lists_of_another_width_are_told_apart(instances):
    assert lost(scheme(), {"instances": instances}, TWO) is Loss.FEATURE_COUNT


@pytest.mark.parametrize(
    "request_",
    [{}, [], {"instances": {}}, {"instances": [{"age": 1}, [1, 2]]}, {"inputs": [[1, 2]]}, b"", b"nul"],
)
def test_what_is_no_request_is_malformed(request_):
    assert lost(scheme(), request_, TWO) is Loss.MALFORMED


@pytest.mark.parametrize(
    "answer", [{}, {"predictions": 1}, {"predictions": [{}, 1]}, {"error": "x"}, "x", None]
)
def test_an_answer_that_is_none_is_told_apart(answer):
    expected = Loss.INCOMPLETE if answer is None else Loss.MALFORMED
    assert lost(scheme(), {"instances": OBJECTS}, answer) is expected


def test_an_answer_about_other_rows_is_told_apart():
    assert lost(scheme(), {"instances": OBJECTS}, {"predictions": [1]}) is Loss.ROW_COUNT
    assert lost(scheme(), {"instances": []}, {"predictions": [1]}) is Loss.ROW_COUNT


def test_no_instances_are_no_rows():
    assert rows([], {"predictions": []}).count == 0


def test_objects_that_share_no_names_are_refused_before_they_fill_the_memory():
    sparse = [{f"c{number}": 1 for number in range(20_000)}, *({} for _ in range(20_000))]
    wide = scheme(max_body_bytes=1 << 22)
    assert lost(wide, {"instances": sparse}, {"predictions": [0] * len(sparse)}) is Loss.MALFORMED


@pytest.mark.parametrize(
    ("predictions", "prediction", "score"),
    [
        ([{"label": "1", "probability": 0.75}] * 2, ["1", "1"], [0.75, 0.75]),
        ([{"0": 0.25, "1": 0.75}, {"0": 0.5, "1": 0.5}], None, [0.75, 0.5]),
        ([[0.25, 0.75], [0.5, 0.5]], None, [0.75, 0.5]),
        ([[0.25], [0.5]], None, [0.25, 0.5]),
        ([1, 0], [1, 0], None),
        (["1", "0"], ["1", "0"], None),
    ],
)
def test_predictions_are_values_lists_or_objects(predictions, prediction, score):
    found = rows(OBJECTS, {"predictions": predictions})
    assert (found.predictions, found.scores) == (prediction, score)


def test_configured_names_are_keys_of_the_prediction_objects():
    answer = {"predictions": [{"y": 1, "p": 0.9, "id": "a"}, {"y": 0, "p": 0.1, "id": "b"}]}
    found = rows(OBJECTS, answer, columns={"prediction": "y", "score": "p", "id": "id"})
    assert (found.predictions, found.scores, found.ids) == ([1, 0], [0.9, 0.1], ["a", "b"])


def test_a_column_of_the_instances_may_hold_the_ids():
    instances = [{**one, "id": number} for number, one in enumerate(OBJECTS)]
    found = rows(instances, columns={"id": "id"})
    assert found.ids == ["0", "1"]
    assert found.features == COLUMNS


def test_a_key_beside_the_instances_may_hold_the_id():
    request = {"instances": OBJECTS, "meta": {"order": "o-1"}}
    found = bodies.rows(scheme(columns={"id": "meta.order"}), request, TWO)
    assert list(found.ids) == ["o-1/0", "o-1/1"]


def test_a_ranking_answers_one_query_with_a_list_or_many_with_lists():
    ranked = {"task": Task.RANKING}
    assert rows(OBJECTS[:1], {"predictions": ["i1", "i2"]}, **ranked).predictions == [["i1", "i2"]]
    assert rows(OBJECTS, {"predictions": [["i1", "i2"], ["i3"]]}, **ranked).predictions == [
        ["i1", "i2"],
        ["i3"],
    ]
