"""Counts of categories: how values are told apart, and the laws of merging."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.stats.categories import Categories, text_of

NAMES = ("a", "b", "1", "true")
VALUES = st.lists(
    st.sampled_from(["a", "b", "z", "", None, 1, 1.0, True, False, 0, "1", math.nan, 2.5])
    | st.text(max_size=2),
    max_size=60,
)


def test_unseen_categories_are_one_cell_and_missing_ones_another():
    counted = Categories.empty(["a", "b"]).count(["a", "new", None, math.nan, "a"])
    assert counted.cells.tolist() == [2, 0, 1, 2]
    assert counted.cell_names == ("c:a", "c:b", "c:__other__", "missing")
    assert counted.rows == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [("1", "1"), (1, "1"), (1.0, "1"), (np.float32(1), "1"), (np.int64(1), "1"), (True, "true"),
     (np.False_, "false"), (None, None), (math.nan, None), (math.inf, "inf"), ("", None), (2.5, "2.5")],
)  # fmt: skip
def test_a_category_is_the_same_however_its_number_is_written(value, text):
    assert text_of(value) == text


def test_a_boolean_and_a_one_in_one_batch_stay_apart():
    assert Categories.empty(NAMES).count([True, 1, 1.0, "1"]).counts.tolist() == [0, 0, 3, 1, 0]


def test_arrays_count_like_lists():
    texts = ["a", "z", "b", "a"]
    expected = Categories.empty(NAMES).count(texts)
    assert Categories.empty(NAMES).count(np.array(texts)) == expected
    assert Categories.empty(NAMES).count(np.array(texts, dtype=object)) == expected


def test_what_is_no_scalar_is_an_error_and_not_a_category():
    with pytest.raises(TypeError):
        Categories.empty(NAMES).count([["a"]])


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_one_by_one_in_any_order_or_split_over_replicas_is_the_same(parts):
    whole = Categories.empty(NAMES).count([value for part in parts for value in part])
    backwards = Categories.empty(NAMES)
    for part in reversed(parts):
        for value in reversed(part):
            backwards = backwards.count([value])
    merged = Categories.empty(NAMES)
    for part in parts:
        merged = Categories.empty(NAMES).count(part) + merged
    assert whole == backwards == merged


@given(st.tuples(VALUES, VALUES, VALUES))
def test_merging_is_associative_and_commutative_and_survives_json(columns):
    a, b, c = (Categories.empty(NAMES).count(column) for column in columns)
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert Categories.from_dict(json.loads(json.dumps(a.to_dict()))) == a


@pytest.mark.parametrize("names", [("a", "a"), ("a", "__other__")])
def test_categories_that_could_be_confused_are_refused(names):
    with pytest.raises(ValueError, match="expected categories that differ"):
        Categories.empty(names)


def test_counts_of_other_categories_are_not_added():
    with pytest.raises(ValueError, match="same cells on both sides"):
        Categories.empty(["a"]) + Categories.empty(["b"])
