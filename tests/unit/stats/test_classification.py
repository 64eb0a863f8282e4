"""Classification metrics against scikit-learn, undeclared classes, and what has no data."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics

from modelmonitor.stats import classification, outcomes
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.codes import positions

CLASSES = ("a", "b", "c", "d")
LABELS = list(range(4))
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)
RATES = {
    "precision": (outcomes.precision, metrics.precision_score),
    "recall": (outcomes.recall, metrics.recall_score),
    "f1": (outcomes.f1, metrics.f1_score),
}


def split(rows):
    actual, predicted = np.array(rows).T
    return actual, predicted, Confusion.count(actual, predicted, CLASSES)


@pytest.mark.parametrize("name", RATES)
@settings(max_examples=80)
@given(rows=ROWS)
def test_rates_of_classes_and_their_averages_are_those_of_scikit_learn(name, rows):
    ours, theirs = RATES[name]
    actual, predicted, confusion = split(rows)
    each = confusion.outcomes

    def expected(average):
        return theirs(actual, predicted, labels=LABELS, average=average, zero_division=np.nan)

    np.testing.assert_allclose(ours(each), expected(None), rtol=1e-9)
    assert float(ours(each.summed())) == pytest.approx(expected("micro"), rel=1e-9, nan_ok=True)
    assert outcomes.macro(ours(each)) == pytest.approx(expected("macro"), rel=1e-9, nan_ok=True)
    if each.support[~np.isnan(ours(each))].any():  # else scikit-learn takes classes that never occur
        mean = outcomes.weighted(ours(each), each.support)
        assert mean == pytest.approx(expected("weighted"), rel=1e-9)
    else:
        assert math.isnan(outcomes.weighted(ours(each), each.support))


@settings(max_examples=80)
@given(rows=ROWS)
def test_accuracy_and_the_matrix_are_those_of_scikit_learn(rows):
    actual, predicted, confusion = split(rows)
    assert classification.accuracy(confusion) == pytest.approx(metrics.accuracy_score(actual, predicted))
    np.testing.assert_array_equal(
        confusion.counts[:-1, :-1], metrics.confusion_matrix(actual, predicted, labels=LABELS)
    )


@settings(max_examples=80)
@given(rows=ROWS)
def test_balanced_accuracy_correlation_and_kappa_are_those_of_scikit_learn(rows):
    actual, predicted, confusion = split(rows)
    assume(set(predicted) <= set(actual))  # scikit-learn warns of a predicted class that never occurs,
    assume(len(set(actual)) > 1)  # and of a single class
    assert classification.balanced_accuracy(confusion) == pytest.approx(
        metrics.balanced_accuracy_score(actual, predicted), rel=1e-9
    )
    kappa = classification.cohen_kappa(confusion)
    assert kappa == pytest.approx(metrics.cohen_kappa_score(actual, predicted), rel=1e-9, abs=1e-12)
    assume(len(set(predicted)) > 1)
    expected = metrics.matthews_corrcoef(actual, predicted)
    assert classification.matthews(confusion) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@settings(max_examples=80)
@given(rows=ROWS)
def test_undeclared_classes_never_agree_in_correlation_and_kappa(rows):
    actual, predicted = np.array([*rows, (0, 1), (1, 0)]).T
    confusion = Confusion.count(actual, predicted, CLASSES[:2])
    apart = np.where(actual < 2, actual, 8), np.where(predicted < 2, predicted, 9)
    kappa, correlation = classification.cohen_kappa(confusion), classification.matthews(confusion)
    assert kappa == pytest.approx(metrics.cohen_kappa_score(*apart), rel=1e-9, abs=1e-12)
    assert correlation == pytest.approx(metrics.matthews_corrcoef(*apart), rel=1e-9, abs=1e-12)


@settings(max_examples=80)
@given(rows=ROWS)
def test_false_rates_are_those_of_each_class_against_the_rest(rows):
    actual, predicted, confusion = split(rows)
    for code in LABELS:
        (tn, fp), (fn, tp) = metrics.confusion_matrix(actual == code, predicted == code, labels=[False, True])
        rates = (
            outcomes.false_positive_rate(confusion.outcomes),
            outcomes.false_negative_rate(confusion.outcomes),
        )
        assert rates[0][code] == pytest.approx(fp / (fp + tn) if fp + tn else math.nan, nan_ok=True)
        assert rates[1][code] == pytest.approx(fn / (fn + tp) if fn + tp else math.nan, nan_ok=True)


def test_counts_of_billions_lose_no_digits():
    confusion = Confusion(("a", "b"), np.array([[3_000_000_000, 1, 0], [2, 3_000_000_000, 0], [0, 0, 0]]))
    assert classification.accuracy(confusion) == pytest.approx(1 - 5e-10, abs=1e-15)
    assert classification.matthews(confusion) == pytest.approx(1 - 1e-9, abs=1e-12)


def test_an_undeclared_class_has_a_row_and_a_column_and_is_never_correct():
    actual = positions(["a", "a", "zebra", "b", "zebra"], ["a", "b"])
    predicted = positions(["a", "yak", "a", "b", "zebra"], ["a", "b"])
    confusion = Confusion.count(actual, predicted, ["a", "b"])
    assert confusion.counts.tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert classification.accuracy(confusion) == pytest.approx(2 / 5)
    assert outcomes.precision(confusion.outcomes).tolist() == [0.5, 1.0]
    assert outcomes.recall(confusion.outcomes).tolist() == [0.5, 1.0]
    assert classification.balanced_accuracy(confusion) == pytest.approx(0.75)


def test_any_number_that_is_no_position_is_an_undeclared_class():
    confusion = Confusion.count([-1, 7, 0], [0, 2**40, 0], ["a"])
    assert confusion.counts.tolist() == [[1, 0], [1, 1]]


def test_without_rows_nothing_has_data():
    empty = Confusion.count([], [], CLASSES)
    for metric in (
        classification.accuracy,
        classification.balanced_accuracy,
        classification.matthews,
        classification.cohen_kappa,
    ):
        assert math.isnan(metric(empty))
    for ours, _ in RATES.values():
        assert np.isnan(ours(empty.outcomes)).all()
        assert math.isnan(outcomes.macro(ours(empty.outcomes)))
        assert math.isnan(outcomes.weighted(ours(empty.outcomes), empty.outcomes.support))


def test_one_class_throughout_is_no_data_for_correlation_and_kappa():
    only = Confusion.count([0] * 5, [0] * 5, CLASSES)
    assert classification.accuracy(only) == 1.0
    assert math.isnan(classification.matthews(only))
    assert math.isnan(classification.cohen_kappa(only))
