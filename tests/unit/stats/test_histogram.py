"""Counts between frozen edges: where a value falls, and the laws of merging."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.stats.histogram import Histogram, count_cells

NUMBERS = st.lists(st.floats(width=32) | st.integers(-5, 5).map(float) | st.just(math.nan), max_size=60)
EDGES = st.lists(st.integers(-4, 4).map(float), max_size=6, unique=True).map(sorted)


@st.composite
def parted(draw):
    """Edges and values that were seen by some replicas."""
    return draw(EDGES), draw(st.lists(NUMBERS, min_size=1, max_size=5))


def test_a_value_on_an_edge_falls_below_it_as_in_prometheus():
    counted = Histogram.empty([1.0, 2.0]).count([1.0, 1.0000001, 2.0, 2.5])
    assert counted.counts.tolist() == [1, 2, 1]


def test_a_missing_value_is_a_cell_of_its_own():
    counted = Histogram.empty([0.0]).count([math.nan, None, 1.0])
    assert counted.cells.tolist() == [0, 1, 2]
    assert counted.cell_names == ("b00", "b01", "missing")
    assert counted.rows == 3


def test_infinities_fall_into_the_open_cells():
    assert Histogram.empty([-1e308, 1e308]).count([-math.inf, math.inf, 0]).counts.tolist() == [1, 1, 1]


def test_a_column_without_edges_has_one_cell_and_the_missing_one():
    assert Histogram.empty([]).count([1.0, math.nan]).cells.tolist() == [1, 1]


@pytest.mark.parametrize("cells", [1, 9, 300])
def test_many_values_are_counted_like_few_ones(cells, rng):
    values = rng.standard_normal(20_000).round(2)
    values[::7], values[::11], values[::13] = math.nan, math.inf, -math.inf
    edges = np.linspace(-2, 2, cells)
    pieces = [count_cells(piece, edges) for piece in np.array_split(values, 100)]
    assert count_cells(values, edges).tolist() == np.sum(pieces, axis=0).tolist()


def test_counts_are_those_of_numpy(rng):
    values, edges = rng.standard_normal(10_000), np.linspace(-3, 3, 13)
    inside = np.histogram(-values, np.concatenate([[-np.inf], -edges[::-1], [np.inf]]))[0][::-1]
    assert count_cells(values, edges)[:-1].tolist() == inside.tolist()


@given(parted())
def test_one_by_one_in_any_order_or_split_over_replicas_is_the_same(case):
    edges, parts = case
    whole = Histogram.empty(edges).count([value for part in parts for value in part])
    backwards = Histogram.empty(edges)
    for part in reversed(parts):
        for value in reversed(part):
            backwards = backwards.count([value])
    replicas = [Histogram.empty(edges).count(part) for part in parts]
    merged = replicas[0]
    for replica in replicas[1:]:
        merged = replica + merged
    assert whole == backwards == merged
    assert whole.rows == sum(map(len, parts))


@given(EDGES, st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_merging_is_associative_and_commutative_and_nothing_is_its_zero(edges, columns):
    a, b, c = (Histogram.empty(edges).count(column) for column in columns)
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Histogram.empty(edges) == a


@given(EDGES, NUMBERS)
def test_a_trip_through_json_changes_nothing(edges, values):
    counted = Histogram.empty(edges).count(values)
    again = Histogram.from_dict(json.loads(json.dumps(counted.to_dict())))
    assert again == counted
    assert hash(again) == hash(counted)
    assert again + counted == counted + again


def test_counts_between_other_edges_are_not_added():
    with pytest.raises(ValueError, match="same cells on both sides"):
        Histogram.empty([1.0]) + Histogram.empty([2.0])


@pytest.mark.parametrize(
    ("edges", "counts", "missing", "words"),
    [
        ((1.0, 1.0), [0, 0, 0], 0, "strictly increasing"),
        ((math.inf,), [0, 0], 0, "finite"),
        ((1.0,), [0], 0, "expected 2 cells, got 1"),
        ((1.0,), [0, -1], 0, "whole numbers >= 0"),
        ((1.0,), [0.5, 1], 0, "whole numbers >= 0"),
        ((1.0,), [0, 1], -1, "whole numbers >= 0"),
    ],
)
def test_what_cannot_be_counts_is_refused(edges, counts, missing, words):
    with pytest.raises(ValueError, match=words):
        Histogram(edges, counts, missing)


def test_counts_cannot_be_changed_behind_our_back():
    given_counts = np.array([1, 2])
    kept = Histogram((0.0,), given_counts)
    given_counts[0] = 99
    assert kept.counts.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        kept.counts[0] = 99


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_of_inner_cells_is_off_by_less_than_a_cell(values, q):
    edges = np.linspace(-101, 101, 102)
    counted = Histogram.empty(edges).count(values)
    exact = np.quantile(values, q, method="inverted_cdf")
    assert abs(counted.quantile(q) - exact) <= 2 + 1e-9


def test_a_quantile_in_an_open_cell_is_its_edge_and_of_nothing_nan():
    counted = Histogram((0.0, 1.0), np.array([5, 0, 5]))
    assert counted.quantile(0.1) == 0.0
    assert counted.quantile(0.9) == 1.0
    assert math.isnan(Histogram.empty([0.0]).quantile(0.5))
    assert math.isnan(Histogram.empty([]).count([1.0]).quantile(0.5))
    with pytest.raises(ValueError, match="share within"):
        counted.quantile(1.1)
