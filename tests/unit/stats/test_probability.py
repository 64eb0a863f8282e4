"""Metrics of scores: exact ones against scikit-learn, binned ones within what they state."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from modelmonitor.stats import outcomes, probability, scores
from modelmonitor.stats.scores import ScoreByActual, score_edges

THRESHOLDS = (0.3, 0.5, 0.7)
DECADES = st.sampled_from([0.3, 0.5, 0.7, math.nextafter(0.5, 0), math.nextafter(0.5, 1), 0.0, 1.0])
ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1) | DECADES), min_size=1, max_size=60)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def drawn(kind, rows, share, rng):
    """Return truth and scores of a model: weak or strong, skewed, piled up at the ends, of few values."""
    y = rng.random(rows) < share
    prior = np.log(share / (1 - share))
    draws = {
        "calibrated": lambda: logistic(rng.normal(0, 1, rows) + 1.5 * y + prior),
        "strong": lambda: logistic(rng.normal(0, 1, rows) + 4 * y + prior - 2),
        "lognormal": lambda: np.clip(rng.lognormal(-5, 1.5, rows) * np.where(y, 6, 1), 0, 1),
        "u-shaped": lambda: np.where(y, rng.beta(2, 1, rows), rng.beta(1, 6, rows)),
        "certain": lambda: np.where(y, rng.beta(5, 0.3, rows), rng.beta(0.2, 8, rows)),
        "few values": lambda: np.round(logistic(rng.normal(0, 1, rows) + 1.2 * y), 1),
    }
    return y, draws[kind]()


KINDS = ("calibrated", "strong", "lognormal", "u-shaped", "certain", "few values")


def binned(kind, rows, share, rng):
    """Return truth, scores and their cells, whose edges another sample of the same model set."""
    reference, reference_scores = drawn(kind, 50_000, share, rng)
    edges = score_edges(THRESHOLDS, scores.reference_edges(reference_scores, reference))
    y, s = drawn(kind, rows, share, rng)
    return y, s, ScoreByActual.binary(y, s, edges, "yes")


# Rows and share of positives; 500 positives or more
AMPLE = pytest.mark.parametrize(
    ("rows", "share"), [(1_000, 0.5), (10_000, 0.1), (50_000, 0.01), (200_000, 0.003)]
)


@AMPLE
@pytest.mark.parametrize("kind", KINDS)
def test_auc_of_64_balanced_cells_is_within_a_thousandth_of_the_exact_one(kind, rows, share, rng):
    y, s, counted = binned(kind, rows, share, rng)
    assert len(counted.edges) <= 95
    distance = abs(float(probability.roc_auc(counted)[0]) - metrics.roc_auc_score(y, s))
    assert distance <= 1e-3
    assert distance <= float(probability.roc_auc_error(counted)[0])
    if kind != "few values":
        assert float(probability.roc_auc_error(counted)[0]) <= 1 / 100


@pytest.mark.parametrize("kind", KINDS)
def test_auc_of_few_positives_is_within_a_hundredth(kind, rng):
    for _ in range(5):
        y, s, counted = binned(kind, 1_000, 0.015, rng)
        assert y.sum() >= 8
        distance = abs(float(probability.roc_auc(counted)[0]) - metrics.roc_auc_score(y, s))
        assert distance <= 1e-2


@AMPLE
@pytest.mark.parametrize("kind", KINDS)
def test_average_precision_of_cells_is_a_little_too_small_and_exact_for_few_values(kind, rows, share, rng):
    y, s, counted = binned(kind, rows, share, rng)
    difference = float(probability.average_precision(counted)[0]) - metrics.average_precision_score(y, s)
    assert -(0.02 if share >= 0.1 else 0.025) <= difference <= 1e-9
    if kind == "few values":
        assert difference == pytest.approx(0, abs=1e-5)


@settings(max_examples=100)
@given(ROWS)
def test_the_bound_of_the_auc_holds_for_any_scores(rows):
    y, s = (np.array(it) for it in zip(*rows, strict=True))
    counted = ScoreByActual.binary(y, s, score_edges(THRESHOLDS, [0.2, 0.8]), "yes")
    if y.all() or not y.any():
        assert math.isnan(probability.roc_auc(counted)[0])
        return
    distance = abs(probability.roc_auc(counted)[0] - metrics.roc_auc_score(y, s))
    assert distance <= probability.roc_auc_error(counted)[0] + 1e-12


@settings(max_examples=100)
@given(ROWS)
def test_metrics_at_a_threshold_are_exact_also_for_scores_that_hit_it(rows):
    y, s = (np.array(it) for it in zip(*rows, strict=True))
    counted = ScoreByActual.binary(y, s, score_edges(THRESHOLDS), "yes")
    for threshold in THRESHOLDS:
        at = probability.at_threshold(counted, threshold)
        matrix = metrics.confusion_matrix(y, s >= threshold, labels=[False, True])
        assert [[at.tn[0], at.fp[0]], [at.fn[0], at.tp[0]]] == matrix.tolist()


def test_a_threshold_that_nobody_declared_is_refused():
    counted = ScoreByActual.binary([True], [0.4], score_edges([0.5]), "yes")
    with pytest.raises(ValueError, match="declare it among the thresholds"):
        probability.at_threshold(counted, 0.4)


@settings(max_examples=100)
@given(ROWS)
def test_log_loss_and_brier_are_exact_and_cells_bound_the_log_loss(rows):
    y, s = (np.array(it) for it in zip(*rows, strict=True))
    counted = ScoreByActual.binary(y, s, score_edges(THRESHOLDS), "yes")
    likely = np.maximum(np.where(y, s, 1 - s), 1e-15)
    loss = probability.log_loss(counted)
    assert loss == pytest.approx(np.mean(-np.log(likely)), rel=1e-9, abs=1e-12)
    assert probability.brier(counted) == pytest.approx(
        metrics.brier_score_loss(y, s, pos_label=True), rel=1e-9
    )
    least, most = probability.log_loss_bounds(counted)
    assert least - 1e-9 <= loss <= most + 1e-9


def three_classes(rows, rng):
    actual = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    logits = rng.normal(0, 1, (rows, 3)) + 1.5 * (actual[:, None] == np.arange(3))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return actual, chances / chances.sum(axis=1, keepdims=True)


def test_multiclass_scores_are_those_of_scikit_learn(rng):
    actual, chances = three_classes(50_000, rng)
    truth = actual[:, None] == np.arange(3)
    edges = score_edges(THRESHOLDS, scores.reference_edges(chances.ravel(), truth.ravel()))
    counted = ScoreByActual.multiclass(actual, chances, edges, ("a", "b", "c"))
    assert probability.log_loss(counted) == pytest.approx(metrics.log_loss(actual, chances), rel=1e-9)
    assert probability.brier(counted) == pytest.approx(
        np.mean(((chances - truth) ** 2).sum(axis=1)), rel=1e-9
    )
    least, most = probability.log_loss_bounds(counted)
    assert least <= probability.log_loss(counted) <= most
    each = probability.roc_auc(counted)
    for average, ours in {
        "macro": outcomes.macro(each),
        "weighted": outcomes.weighted(each, probability.support(counted)),
    }.items():
        exact = metrics.roc_auc_score(actual, chances, multi_class="ovr", average=average)
        assert ours == pytest.approx(exact, abs=1e-3)


def test_a_row_that_no_score_can_be_held_against_is_left_out():
    edges = score_edges([0.5])
    binary = ScoreByActual.binary([True, False, True, True], [0.5, math.nan, 1.5, -0.1], edges, "yes")
    assert (binary.scored_total, int(binary.counts.sum())) == (1, 1)
    rows = [[0.2, 0.8], [0.5, 0.5], [0.1, math.nan]]
    multiclass = ScoreByActual.multiclass([1, 2, 0], rows, edges, ("a", "b"))
    assert (multiclass.scored_total, int(multiclass.counts.sum())) == (1, 2)
    assert probability.log_loss(multiclass) == pytest.approx(-math.log(0.8))


def test_a_certain_miss_costs_a_finite_amount():
    counted = ScoreByActual.binary([True], [0.0], score_edges([0.5]), "yes")
    assert probability.log_loss(counted) == pytest.approx(34.538776, abs=1e-6)
    assert probability.log_loss_bounds(counted)[1] == pytest.approx(34.538776, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_the_calibration_error_is_off_by_half_a_cell_at_most(kind, rng):
    y, s, counted = binned(kind, 50_000, 0.3, rng)
    curve = probability.calibration(counted)
    cells = np.searchsorted(counted.edges, s)
    rows = np.bincount(cells, minlength=curve.score.size)
    exact = np.abs(
        np.bincount(cells, y, curve.score.size) - np.bincount(cells, s, curve.score.size)
    ).sum() / len(s)
    width = np.diff([0, *counted.edges, 1])
    bound = (rows * width / 2).sum() / len(s)
    assert abs(probability.expected_calibration_error(counted)[0] - exact) <= bound + 1e-12


def test_the_calibration_curve_tells_what_came_of_what_was_foretold(rng):
    s = rng.random(100_000)
    edges = score_edges([0.5], [it / 64 for it in range(1, 64) if it != 32])
    counted = ScoreByActual.binary(rng.random(100_000) < s, s, edges, "y")
    curve = probability.calibration(counted)
    np.testing.assert_allclose(curve.share[0], curve.score, atol=0.06)
    assert probability.expected_calibration_error(counted)[0] == pytest.approx(
        math.sqrt(64 / 100_000) / 3, rel=0.2
    )


def test_no_rows_and_one_class_are_no_data():
    edges = score_edges([0.5])
    for counted in (
        ScoreByActual.binary([], [], edges, "yes"),
        ScoreByActual.binary([False, False], [0.1, 0.9], edges, "yes"),
    ):
        assert np.isnan(probability.roc_auc(counted)).all()
        assert np.isnan(probability.roc_auc_error(counted)).all()
        assert np.isnan(probability.average_precision(counted)).all()
    empty = ScoreByActual.multiclass([], [], edges, ("a", "b"))
    assert math.isnan(probability.log_loss(empty))
    assert math.isnan(probability.brier(empty))
    assert np.isnan(probability.expected_calibration_error(empty)).all()
    assert all(math.isnan(it) for it in probability.log_loss_bounds(empty))


@settings(max_examples=100)
@given(
    st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True).filter(lambda it: it > 1e-300), max_size=5),
    st.none() | st.lists(st.floats(-1, 2), max_size=100),
)
def test_edges_always_hold_the_thresholds_and_are_at_most_63(thresholds, quantiles):
    edges = score_edges(thresholds, quantiles)
    assert list(edges) == sorted(set(edges))
    assert all(0 < edge < 1 for edge in edges)
    assert {scores.threshold_edge(it) for it in thresholds} <= set(edges)
    assert len(edges) <= 63
    if quantiles is None:
        assert len(edges) == 63


def test_without_a_reference_edges_read_well_and_are_dense_at_both_ends():
    edges = score_edges([0.5])
    assert [edges[at] for at in (0, 1, 31, -2, -1)] == [
        0.000999,
        0.00125,
        math.nextafter(0.5, 0),
        0.99875,
        0.999001,
    ]


@pytest.mark.parametrize("share", [0.5, 0.1])
@pytest.mark.parametrize(("factor", "shift"), [(1, 2), (1, -2), (0.3, 0), (2.5, 0)])
def test_auc_stays_near_the_exact_one_when_scores_leave_those_of_the_reference(factor, shift, share, rng):
    def lived(factor, shift):
        y = rng.uniform(size=50_000) < share
        return y, logistic(factor * (rng.normal(0, 1, y.size) + 1.5 * y - 1) + shift)

    reference, reference_scores = lived(1, 0)
    y, s = lived(factor, shift)
    edges = score_edges(THRESHOLDS, scores.reference_edges(reference_scores, reference))
    counted = ScoreByActual.binary(y, s, edges, "yes")
    exact = metrics.roc_auc_score(y, s)
    assert len(edges) <= 95
    assert float(probability.roc_auc(counted)[0]) == pytest.approx(exact, abs=0.005)


def test_a_threshold_outside_of_the_scores_is_refused():
    with pytest.raises(ValueError, match=r"thresholds: expected numbers between 0 and 1, got \[0, 1\]"):
        score_edges([0, 0.5, 1])


def test_rare_positives_get_half_of_the_balanced_quantiles(rng):
    y = np.arange(10_000) < 50
    s = np.where(y, 0.9, 0.1) + rng.uniform(-0.05, 0.05, y.size)
    edges = np.array(scores.balanced_quantiles(s, y))
    assert np.count_nonzero(edges > 0.5) == pytest.approx(32, abs=1)
    assert scores.balanced_quantiles([], []) == ()
    assert scores.balanced_quantiles([*s, math.nan], [*y, False]) == tuple(edges)
    plain = scores.balanced_quantiles(s, np.zeros(y.size, dtype=bool))
    np.testing.assert_allclose(plain, np.quantile(s, np.arange(1, 64) / 64), atol=1e-4)
