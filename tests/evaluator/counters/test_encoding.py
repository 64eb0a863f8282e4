"""What a record keeps of a prediction."""

import math

import numpy as np
import pytest

from evaluator.counters import worlds
from evaluator.counters.worlds import world
from modelmonitor.evaluator import records
from modelmonitor.evaluator.counters.encode import Encoder
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Task


def test_a_class_is_known_by_its_name_and_never_by_its_place():
    found = Encoder(world(Task.BINARY)).encode(Rows(5, {}, ["yes", "no", 1, "maybe", None]))
    assert found.records["predicted"].tolist() == [1, 0, 2, 2, -1]
    assert found.invalid_predictions == 0


def test_a_score_that_hits_the_threshold_is_positive():
    found = Encoder(world(Task.BINARY)).encode(Rows(3, {}, scores=[0.5, math.nextafter(0.5, 0), None]))
    assert found.records["predicted"].tolist() == [1, 0, -1]


def test_what_was_sent_counts_more_than_what_scores_say():
    found = Encoder(world(Task.BINARY)).encode(Rows(2, {}, ["no", None], [0.9, 0.9]))
    assert found.records["predicted"].tolist() == [0, 1]


@pytest.mark.parametrize("others", [[], [None], ["yes"], ["no", 1]])
def test_an_empty_text_is_no_class_whatever_comes_with_it(others):
    scores = [0.9] * (1 + len(others))
    found = Encoder(world(Task.BINARY)).encode(Rows(len(scores), {}, ["", *others], scores))
    assert found.records["predicted"][0] == 1
    alone = Encoder(world(Task.BINARY)).encode(Rows(1, {}, [""]))
    assert (alone.records["predicted"].tolist(), alone.invalid_predictions) == ([-1], 1)


def test_of_several_classes_the_likeliest_is_predicted():
    found = Encoder(world(Task.MULTICLASS)).encode(Rows(2, {}, scores=[[0.1, 0.2, 0.7], [0.5, 0.5, 0.0]]))
    assert found.records["predicted"].tolist() == [2, 0]


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.01, 1.01, "0.5", True])
def test_a_score_that_is_no_probability_is_none_and_is_counted(score):
    found = Encoder(world(Task.BINARY)).encode(Rows(2, {}, scores=[score, 0.25]))
    assert np.isnan(found.records["scores"][0, 0])
    assert found.records["scores"][1, 0] == 0.25
    assert found.invalid_scores == 1


@pytest.mark.parametrize("vector", [[0.5, 0.5], [0.5, 0.5, None], [0.5, 0.6, 1.2], "abc", {"a": 1.0}])
def test_a_vector_with_a_wrong_number_is_not_used_at_all(vector):
    found = Encoder(world(Task.MULTICLASS)).encode(Rows(2, {}, scores=[vector, [0.2, 0.3, 0.5]]))
    assert np.isnan(found.records["scores"][0]).all()
    assert found.records["scores"][1].tolist() == [0.2, 0.3, 0.5]
    assert found.invalid_scores == 1


def test_scores_in_arrays_are_read_like_lists():
    encoder = Encoder(world(Task.MULTICLASS))
    values = np.array([[0.25, 0.25, 0.5], [0.5, 0.5, 2.0]], np.float32)
    from_array, from_list = (encoder.encode(Rows(2, {}, scores=it)) for it in (values, values.tolist()))
    assert from_array.records.tobytes() == from_list.records.tobytes()
    assert from_array.invalid_scores == from_list.invalid_scores == 1


def test_ranked_items_are_kept_up_to_the_largest_depth():
    lists = [["x", 2, 3.0, "w"], ["x"], None, "x", [None, "x"]]
    found = Encoder(world(Task.RANKING)).encode(Rows(5, {}, lists))
    x = records.key("x")
    assert found.records["items"].tolist() == [
        [x, records.key("2"), records.key("3")], [x, 0, 0], [0, 0, 0], [0, 0, 0], [0, x, 0]
    ]  # fmt: skip
    assert found.invalid_predictions == 1


def test_ids_are_hashed_and_rows_without_one_have_none():
    found = Encoder(world(Task.REGRESSION)).encode(
        Rows(3, {}, [1.0, 2.0, 3.0], ids=["order-17", None, ""], time=9.5)
    )
    assert found.records["key"].tolist() == [records.key("order-17"), 0, 0]
    assert found.records["served"].tolist() == [9.5] * 3


def test_an_undeclared_segment_or_group_is_the_one_behind_all_others():
    features = {"region": ["north", worlds.ODD, "moon", None]}
    found = Encoder(world(Task.REGRESSION)).encode(Rows(4, features, [1.0] * 4))
    assert found.records["segments"].tolist() == [[0], [1], [2], [2]]
    assert found.records["groups"].tolist() == [[2, 0], [2, 1], [2, 2], [2, 2]]
