"""PSI, Jensen-Shannon, L-infinity: against scipy, and what must hold for any counts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import distance
from scipy.stats import entropy

from modelmonitor.stats import divergence

PAIRS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=30).filter(
    lambda pairs: all(map(sum, zip(*pairs, strict=True)))
)
ALL = [divergence.psi, divergence.js_divergence, divergence.l_infinity]


def sides(pairs):
    return tuple(np.array(side) for side in zip(*pairs, strict=True))


@given(PAIRS)
def test_psi_is_both_relative_entropies_of_scipy(pairs):
    p, q = divergence.shares(*sides(pairs))
    assert divergence.psi(*sides(pairs)) == pytest.approx(entropy(p, q) + entropy(q, p), rel=1e-9, abs=1e-12)


@given(PAIRS)
def test_js_is_the_square_of_scipys_distance_without_a_pseudocount(pairs):
    reference, live = sides(pairs)
    ours = divergence.js_divergence(reference, live, pseudocount=0)
    theirs = distance.jensenshannon(reference, live)
    assert ours == pytest.approx(0 if math.isnan(theirs) else theirs**2, abs=1e-12)
    assert divergence.js_distance(ours) == pytest.approx(math.sqrt(max(ours, 0) / math.log(2)), abs=1e-12)


@pytest.mark.parametrize("measure", ALL)
@given(pairs=PAIRS)
def test_it_does_not_matter_which_side_is_the_reference_or_how_cells_are_ordered(measure, pairs):
    reference, live = sides(pairs)
    value = measure(reference, live)
    assert value >= -1e-12
    assert measure(live, reference) == pytest.approx(value, abs=1e-12)
    assert measure(reference[::-1], live[::-1]) == pytest.approx(value, abs=1e-12)
    assert measure(reference, reference) == pytest.approx(0, abs=1e-12)


@given(PAIRS)
def test_js_and_l_infinity_stay_within_their_bounds(pairs):
    assert divergence.js_divergence(*sides(pairs)) <= math.log(2) + 1e-12
    assert divergence.l_infinity(*sides(pairs)) <= 1


def test_cells_apart_altogether_are_one_bit_apart():
    assert divergence.js_distance(divergence.js_divergence([9, 0], [0, 9], pseudocount=0)) == pytest.approx(1)


@pytest.mark.parametrize("measure", ALL)
@given(pairs=PAIRS)
def test_a_cell_that_is_empty_on_both_sides_is_no_cell(measure, pairs):
    reference, live = sides(pairs)
    assert measure(np.append(reference, 0), np.append(live, 0)) == pytest.approx(
        measure(reference, live), abs=1e-12
    )


def test_small_shifts_make_psi_eight_times_js(rng):
    shares = rng.dirichlet(np.full(10, 20))
    shifted = shares * (1 + rng.uniform(-0.01, 0.01, 10))
    psi = divergence.psi(1e9 * shares, 1e9 * shifted)
    assert psi == pytest.approx(8 * divergence.js_divergence(1e9 * shares, 1e9 * shifted), rel=1e-3)


@pytest.mark.parametrize("measure", ALL)
def test_no_rows_on_a_side_is_no_number(measure):
    assert math.isnan(measure([0, 0], [1, 2]))
    assert math.isnan(measure([1, 2], [0, 0]))
    assert math.isnan(measure([0, 0], [0, 0]))


@pytest.mark.parametrize("measure", ALL)
@pytest.mark.parametrize(
    ("live", "words"), [([1], "expected 2 cells"), ([1, -1], "counts >= 0"), ([1, math.nan], "finite counts")]
)
def test_what_cannot_be_counts_is_refused(measure, live, words):
    with pytest.raises(ValueError, match=words):
        measure([1, 2], live)


def test_one_row_moves_psi_by_the_order_of_one_over_the_rows():
    reference, live = np.full(11, 1000), np.full(11, 100)
    for cell in range(11):
        moved = live.copy()
        moved[cell] += 1
        moved[cell - 1] -= 1
        assert abs(divergence.psi(reference, moved) - divergence.psi(reference, live)) < 1 / live.sum()


def test_an_unseen_category_in_one_row_costs_little_of_a_large_window():
    reference, live = [50_000, 50_000, 0], [5000, 5000, 0]
    assert divergence.psi(reference, [5000, 4999, 1]) - divergence.psi(reference, live) < 10 / 10_000
