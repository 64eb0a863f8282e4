"""KS and Wasserstein on edges: exact where every value is an edge, within the stated error elsewhere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from modelmonitor.stats import cumulative
from modelmonitor.stats.histogram import Histogram

COLUMN = st.lists(st.floats(-10, 10), min_size=2, max_size=60)
EDGES = st.lists(st.floats(-9, 9), min_size=1, max_size=12, unique=True).map(sorted)


def both(edges, reference, live):
    return Histogram.empty(edges).count(reference), Histogram.empty(edges).count(live)


@given(COLUMN, COLUMN)
def test_ks_is_scipys_if_every_value_is_an_edge(reference, live):
    columns = both(np.unique([*reference, *live]), reference, live)
    exact = stats.ks_2samp(reference, live, method="asymp").statistic
    assert cumulative.ks(*columns) == pytest.approx(exact, abs=1e-12)


@given(EDGES, COLUMN, COLUMN)
def test_ks_never_overestimates_and_is_short_by_at_most_the_smaller_share_of_a_cell(edges, reference, live):
    p, q = both(edges, reference, live)
    exact = stats.ks_2samp(reference, live, method="asymp").statistic
    binned = cumulative.ks(p, q)
    smaller = np.minimum(p.counts / len(reference), q.counts / len(live))
    assert binned <= exact + 1e-12
    assert exact - binned <= smaller.max() + 1e-12


@given(EDGES, COLUMN, COLUMN)
def test_wasserstein_is_within_its_stated_error(edges, reference, live):
    p, q = both(edges, reference, live)
    exact = stats.wasserstein_distance(reference, live)
    widths = np.diff([-10, *edges, 10])
    error = np.sum(widths * (p.counts / len(reference) + q.counts / len(live)) / 2)
    assert abs(cumulative.wasserstein(p, q, (-10, 10)) - exact) <= error + 1e-9


def test_wasserstein_of_a_shift_is_the_shift(rng):
    values = rng.standard_normal(50_000)
    p, q = both(np.linspace(-6, 6, 400), values, values + 0.7)
    assert cumulative.wasserstein(p, q, (-7, 7)) == pytest.approx(0.7, abs=0.001)


def test_wasserstein_counts_both_sides_of_a_crossing():
    edges = (0.0, 1.0)
    p, q = Histogram(edges, np.array([1, 2, 1])), Histogram(edges, np.array([2, 0, 2]))
    assert cumulative.wasserstein(p, q, edges) == pytest.approx(0.125)  # from +1/4 to -1/4


@pytest.mark.parametrize(("distance", "n", "m"), [(0.0136, 10_000, 10_000), (0.1, 500, 2000), (0.3, 90, 80)])
def test_the_p_value_is_near_scipys(distance, n, m):
    effective = round(n * m / (n + m))
    assert cumulative.ks_p_value(distance, n, m) == pytest.approx(
        stats.kstwo.sf(distance, effective), rel=0.3
    )
    assert cumulative.ks_p_value(distance, n, m) == pytest.approx(
        stats.kstwobign.sf(distance * math.sqrt(n * m / (n + m))), rel=1e-9
    )


def test_missing_rows_are_no_part_of_either():
    edges = [0.0, 1.0]
    p, q = both(edges, [0, 0.5, 2, math.nan], [0, 0.5, 2])
    assert cumulative.ks(p, q) == 0
    assert cumulative.wasserstein(p, q, (-1, 3)) == 0


def test_no_present_rows_on_a_side_is_no_number():
    p, q = both([0.0], [1.0], [math.nan])
    assert math.isnan(cumulative.ks(p, q))
    assert math.isnan(cumulative.wasserstein(p, q, (-1, 1)))
    assert math.isnan(cumulative.ks_p_value(0.1, 0, 5))


def test_other_edges_are_refused():
    with pytest.raises(ValueError, match="expected the edges"):
        cumulative.ks(Histogram.empty([0.0]).count([1]), Histogram.empty([1.0]).count([1]))


def test_without_rows_there_is_no_distance_also_where_all_values_share_a_cell():
    known, nothing = Histogram((), np.array([9])), Histogram((), np.array([0]), missing=5)
    for one, other in ((known, nothing), (nothing, known)):
        assert math.isnan(cumulative.ks(one, other))
        assert math.isnan(cumulative.wasserstein(one, other, (0.0, 1.0)))
    assert cumulative.ks(known, known) == cumulative.wasserstein(known, known, (0.0, 1.0)) == 0.0
