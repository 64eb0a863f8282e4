"""Edges at quantiles that never cut a tie, on every shape of column that people have."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram, count_cells


def test_a_smooth_column_is_cut_into_equal_counts(rng):
    values = rng.lognormal(0, 3, 100_000)
    counts = count_cells(values, edges_from_quantiles(values, 10))[:-1]
    assert counts.tolist() == [10_000] * 10


def test_a_constant_column_tells_what_is_smaller_and_larger():
    for value in (0.0, 5.0, -1e300, 1e-300, np.finfo(float).max, -np.finfo(float).max):
        edges = edges_from_quantiles([value] * 50)
        counted = count_cells([value], edges)
        assert counted.sum() == 1
        assert np.isfinite(edges).all()
    edges = edges_from_quantiles([5.0] * 50)
    assert count_cells([4.9, 5.0, np.float32(5.0), 5.1], edges).tolist() == [1, 2, 1, 0]
    assert count_cells([1e-9, 2e-9], edges_from_quantiles([1e-9] * 50)).tolist() == [0, 1, 1, 0]


def test_few_different_values_get_a_cell_each_with_room_outside():
    edges = edges_from_quantiles([0, 0, 0, 1, 1, 3], 10)
    assert edges.tolist() == [-0.5, 0.5, 2.0, 4.0]


def test_a_heavy_tie_is_one_cell_and_never_cut(rng):
    values = np.concatenate([np.zeros(6000), rng.uniform(0.1, 1, 4000)])
    counted = Histogram.empty(edges_from_quantiles(values, 10)).count(values)
    assert counted.counts.max() == 6000
    assert counted.counts[0] == 0  # room below the tie


def test_a_value_that_was_rounded_to_32_bits_stays_in_its_cell(rng):
    values = rng.integers(0, 8, 1000) / 10
    edges = edges_from_quantiles(values)
    assert count_cells(values.astype(np.float32), edges).tolist() == count_cells(values, edges).tolist()


def test_missing_and_infinite_values_do_not_move_edges(rng):
    values = rng.standard_normal(1000)
    spoiled = np.concatenate([values, np.full(500, math.nan), np.full(300, math.inf)])
    assert edges_from_quantiles(spoiled).tolist() == edges_from_quantiles(values).tolist()


def test_one_absurd_value_moves_no_edge_but_the_nearest(rng):
    values = rng.standard_normal(1000)
    spoiled = edges_from_quantiles(np.append(values, 1e6))
    assert np.abs(spoiled - edges_from_quantiles(values)).max() < 0.02


def test_nothing_to_cut_gives_no_edges_and_one_cell_is_refused():
    assert edges_from_quantiles([]).size == 0
    assert edges_from_quantiles([math.nan, math.inf]).size == 0
    with pytest.raises(ValueError, match="at least 2"):
        edges_from_quantiles([1.0], cells=1)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=80), st.integers(2, 12)
)
def test_edges_are_finite_increasing_and_keep_equal_values_together(values, cells):
    edges = edges_from_quantiles(values, cells)
    Histogram.empty(edges)  # refuses what is not finite and strictly increasing
    assert edges.size <= cells + 1
    assert edges_from_quantiles(values[::-1], cells).tolist() == edges.tolist()
    place = np.searchsorted(edges, np.unique(values))
    if np.unique(values).size <= cells:
        assert np.unique(place).size == np.unique(values).size
