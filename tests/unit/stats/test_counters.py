"""The laws of whatever is counted: merging, order, batches, replicas and JSON change nothing."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.groups import Groups
from modelmonitor.stats.ranking import Rankings, judge
from modelmonitor.stats.regression import Errors, error_edges
from modelmonitor.stats.scores import ScoreByActual, score_edges

CLASSES = ("a", "b", "c")
EDGES = score_edges([0.3, 0.5, 0.7])
SCORE = st.floats(0, 1) | st.sampled_from([0.3, 0.5, 0.7, math.nan, 1.5])
CODE = st.integers(-1, 4)
NUMBER = st.floats(-1e6, 1e6) | st.sampled_from([0.0, math.nan, math.inf])


@dataclass(frozen=True)
class Kind:
    """One kind of counters: how a row looks, and how a batch of rows is counted."""

    name: str
    row: st.SearchStrategy
    count: object


def columns(rows, width):
    return [np.array([row[at] for row in rows]) for at in range(width)]


def codes(rows, width):
    return [it.astype(np.int64) for it in columns(rows, width)]


def binary(rows):
    positive, scores = columns(rows, 2)
    return ScoreByActual.binary(positive.astype(bool), scores.astype(float), EDGES, "yes")


def multiclass(rows):
    actual = [row[0] for row in rows]
    return ScoreByActual.multiclass(actual, [row[1] for row in rows], EDGES, CLASSES)


def errors(rows):
    return Errors.count(*columns(rows, 2), error_edges(10.0), 3.0)


def groups(rows):
    group, actual, selected = codes(rows, 3)
    names = ("f", "m")
    return Groups.count_predictions(group, selected, names) + Groups.count_labelled(
        group, actual, selected, names
    )


ITEMS = st.lists(st.integers(0, 12), max_size=8)
GAINS = st.dictionaries(st.integers(0, 12), st.floats(0, 5), max_size=8)
KINDS = [
    Kind("confusion", st.tuples(CODE, CODE), lambda rows: Confusion.count(*codes(rows, 2), CLASSES)),
    Kind("binary scores", st.tuples(st.booleans(), SCORE), binary),
    Kind("multiclass scores", st.tuples(CODE, st.tuples(SCORE, SCORE, SCORE)), multiclass),
    Kind("errors", st.tuples(NUMBER, NUMBER), errors),
    Kind("rankings", st.tuples(ITEMS, GAINS), lambda rows: Rankings.count(judge(rows, 5), [1, 3, 5])),
    Kind("groups", st.tuples(CODE, st.integers(0, 1), st.integers(0, 1)), groups),
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def same(one, other):
    """Integers must agree exactly, sums of floats up to their rounding."""
    left, right = one.to_dict(), other.to_dict()
    assert left.keys() == right.keys()
    for name, value in left.items():
        if name in one.SHARED:
            assert value == right[name]
            continue
        mine, theirs = np.asarray(value), np.asarray(right[name])
        assert mine.dtype == theirs.dtype
        if mine.dtype.kind == "i":
            np.testing.assert_array_equal(mine, theirs, name)
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12, err_msg=name)


@each_kind
@settings(max_examples=60)
@given(data=st.data())
def test_merging_is_associative_and_commutative_and_nothing_is_its_zero(kind, data):
    a, b, c = (kind.count(data.draw(st.lists(kind.row, max_size=12))) for _ in range(3))
    same(a + b, b + a)
    same((a + b) + c, a + (b + c))
    same(a + kind.count([]), a)


@each_kind
@settings(max_examples=60)
@given(data=st.data())
def test_replicas_order_and_batches_change_nothing(kind, data):
    rows = data.draw(st.lists(kind.row, max_size=25))
    whole = kind.count(rows)
    same(whole, sum((kind.count([row]) for row in rows), kind.count([])))
    same(whole, kind.count(data.draw(st.permutations(rows))))
    replicas = data.draw(st.lists(st.integers(0, 4), min_size=len(rows), max_size=len(rows)))
    parts = [
        kind.count([row for row, where in zip(rows, replicas, strict=True) if where == at]) for at in range(5)
    ]
    same(whole, sum(parts, kind.count([])))


@each_kind
@settings(max_examples=40)
@given(data=st.data())
def test_a_trip_through_strict_json_changes_nothing(kind, data):
    counted = kind.count(data.draw(st.lists(kind.row, max_size=12)))
    text = json.dumps(counted.to_dict(), allow_nan=False)
    restored = type(counted).from_dict(json.loads(text))
    assert json.dumps(restored.to_dict()) == text
    same(restored + counted, counted + counted)


def test_counts_of_different_cells_never_merge():
    with pytest.raises(ValueError, match=r"Confusion.classes: expected the same cells on both sides"):
        Confusion.count([], [], ["a"]) + Confusion.count([], [], ["b"])
    one, two = Confusion.count([0], [0], ["a"]), Confusion.count([0], [0], ["a"])
    broken = Confusion.from_dict(two.to_dict() | {"counts": [1, 2]})
    with pytest.raises(ValueError, match=r"Confusion.counts: expected the same cells"):
        one + broken


def test_the_largest_error_of_replicas_is_the_larger_one():
    edges = error_edges(1.0)
    merged = Errors.count([0.0], [3.0], edges) + Errors.count([0.0, 0.0], [-7.0, 1.0], edges)
    assert merged.absolute_error_max == 7.0
