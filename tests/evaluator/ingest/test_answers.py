"""Which output is the prediction and which the score, by names and by types."""

import numpy as np
import pytest

from evaluator.ingest.bodies import listed, scheme
from modelmonitor.evaluator.ingest.answers import Answers
from modelmonitor.evaluator.ingest.reading import Refused
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss

YES_NO = ("yes", "no")
THREE = ("a", "b", "c")


def judged(outputs, count=2, **kwargs):
    prediction, score = Answers(scheme(**kwargs)).judged(outputs, count)
    return listed(prediction), listed(score)


@pytest.mark.parametrize(
    ("output", "prediction", "score"),
    [
        ([0.25, 1], None, [0.25, 1]),
        ([0.25, None], None, [0.25, None]),
        ([[0.25], [0.5]], None, [0.25, 0.5]),
        ([[0.75, 0.25], [0.5, 0.5]], None, [0.25, 0.5]),
        ([{"0": 0.75, "1": 0.25}, {"1": 0.5}], None, [0.25, 0.5]),
        (np.array([0.25, 0.5], "f4"), None, [0.25, 0.5]),
        (np.array([[0.75, 0.25], [0.5, 0.5]]), None, [0.25, 0.5]),
        (np.array([[0.25], [0.5]]), None, [0.25, 0.5]),
        ([1, 0], [1, 0], None),
        ([[1], [0]], [1, 0], None),
        ([True, False], [True, False], None),
        (["1", "0"], ["1", "0"], None),
        (np.array([1, 0], "i4"), [1, 0], None),
        ([2.5, 0.5], [2.5, 0.5], None),
        ([None, None], [None, None], None),
    ],
)
def test_the_only_output_of_a_binary_model_is_told_by_its_type(output, prediction, score):
    assert judged({"output-0": output}) == (prediction, score)


def test_the_vector_is_in_the_order_of_the_declared_classes_whichever_is_positive():
    output = {"p": [[0.9, 0.1], [0.2, 0.8]]}
    assert judged(output, classes=("no", "yes"), positive="yes")[1] == [0.1, 0.8]
    assert judged(output, classes=("yes", "no"), positive="yes")[1] == [0.9, 0.2]


@pytest.mark.parametrize(
    ("outputs", "prediction", "score"),
    [
        ({"predict": [1.0, 0.0], "predict_proba": [[0.2, 0.8], [0.6, 0.4]]}, [1.0, 0.0], [0.8, 0.4]),
        ({"probabilities": [0.8, 0.4], "label": ["1", "0"]}, ["1", "0"], [0.8, 0.4]),
        ({"output_0": [[0.2, 0.8], [0.6, 0.4]], "output_1": [1, 0]}, [1, 0], [0.8, 0.4]),
        ({"shap": [0.1, 0.2], "predictions": [0.7, 0.3]}, None, [0.7, 0.3]),
        ({"score": [7, 9]}, None, [7, 9]),
        ({"predict": [1, 0], "explanations": [[], []]}, [1, 0], None),
        ({"class_embedding": [[1.5, 2.5], [3.5, 4.5]], "score": [0.8, 0.4]}, None, [0.8, 0.4]),
        ({"class_embedding": [[1.5, 2.5], [3.5, 4.5]], "score": [0.8, 0.4], "y": [1, 0]}, [1, 0], [0.8, 0.4]),
        ({"0": [0.2, 0.6], "1": [0.8, 0.4]}, None, [0.8, 0.4]),
    ],
)
def test_several_outputs_are_told_apart_by_their_names_then_types(outputs, prediction, score):
    assert judged(outputs) == (prediction, score)


def test_configured_names_are_taken_whatever_their_type():
    outputs = {"a": [0.5, 0.25], "b": [1, 0], "predict": ["x", "y"]}
    assert judged(outputs, columns={"prediction": "a", "score": "b"}) == ([0.5, 0.25], [1, 0])
    assert judged(outputs, columns={"score": "a"}) == (["x", "y"], [0.5, 0.25])
    assert judged(outputs, columns={"prediction": "b"}) == ([1, 0], [0.5, 0.25])
    assert judged(outputs, columns={"prediction": "gone", "score": "gone"}) == (None, None)


def test_a_configured_score_leaves_a_prediction_that_looks_like_one():
    outputs = {"predict": [1.0, 0.0], "p1": [0.9, 0.2]}
    assert judged(outputs, columns={"score": "p1"}) == ([1.0, 0.0], [0.9, 0.2])


@pytest.mark.parametrize(
    ("outputs", "prediction", "score"),
    [
        ({"o": [[0.2, 0.3, 0.5], [1, 0, 0]]}, None, [[0.2, 0.3, 0.5], [1, 0, 0]]),
        ({"o": np.array([[0.25, 0.25, 0.5], [1, 0, 0]])}, None, [[0.25, 0.25, 0.5], [1, 0, 0]]),
        ({"o": [{"b": 0.5, "a": 0.5}, None]}, None, [[0.5, 0.5, None], [None, None, None]]),
        ({"c": [0.5, 0.1], "a": [0.2, 0.8], "b": [0.3, 0.1]}, None, [[0.2, 0.3, 0.5], [0.8, 0.1, 0.1]]),
        ({"o": [2.0, 0.0]}, [2.0, 0.0], None),
        ({"o": ["a", "b"], "score": [0.9, 0.8]}, ["a", "b"], None),
    ],
)
def test_several_classes_have_a_vector_in_their_order(outputs, prediction, score):
    assert judged(outputs, task=Task.MULTICLASS, classes=THREE) == (prediction, score)


@pytest.mark.parametrize("output", [[[0.1, 0.2, 0.7]] * 2, [[], []], np.ones((2, 3))])
def test_a_vector_of_another_width_than_the_classes_is_malformed(output):
    with pytest.raises(Refused) as refused:
        judged({"proba": output})
    assert refused.value.loss is Loss.MALFORMED
    with pytest.raises(Refused):
        judged({"proba": [[0.5, 0.5]] * 2}, task=Task.MULTICLASS, classes=THREE)
    with pytest.raises(Refused):
        judged({"value": [[1, 2], [3, 4]]}, task=Task.REGRESSION)


def test_a_regression_takes_the_output_that_is_named_so_or_the_first():
    assert judged({"x": [[1, 2], [3, 4]], "y": [1.5, 2.5]}, task=Task.REGRESSION) == ([1.5, 2.5], None)
    assert judged({"x": [1.5, 2.5], "y": [3.5, 4.5]}, task=Task.REGRESSION) == ([1.5, 2.5], None)
    assert judged({"x": [1.5, 2.5], "predict": [[3.5], [4]]}, task=Task.REGRESSION) == ([3.5, 4], None)


@pytest.mark.parametrize(
    ("output", "count", "lists"),
    [
        ([["i1", "i2"], ["i3"]], 2, [["i1", "i2"], ["i3"]]),
        ([["i1", "i2"], None], 2, [["i1", "i2"], []]),
        (["i1", "i2", "i3"], 1, [["i1", "i2", "i3"]]),
        ([["i1", "i2"]], 1, [["i1", "i2"]]),
        (["i1"], 1, [["i1"]]),
        (["i1", "i2"], 2, [["i1"], ["i2"]]),
        (np.array([[4, 2], [1, 3]]), 2, [[4, 2], [1, 3]]),
        (np.array([4, 2, 1]), 1, [[4, 2, 1]]),
    ],
)
def test_a_ranking_is_a_list_of_items_for_each_row(output, count, lists):
    prediction, score = Answers(scheme(task=Task.RANKING)).judged({"items": output}, count)
    assert list(map(list, prediction)) == lists
    assert score is None


def test_an_answer_without_outputs_has_neither():
    assert judged({}) == (None, None)
    assert judged({}, task=Task.RANKING) == (None, None)


def test_outputs_of_other_rows_are_told_apart():
    with pytest.raises(Refused) as refused:
        judged({"predict": [1, 0, 1]})
    assert refused.value.loss is Loss.ROW_COUNT
