"""What common code for metrics gets wrong, pinned with its numbers."""

import math
import warnings

import numpy as np
import pytest
from sklearn import metrics

from modelmonitor.stats import classification, outcomes, probability, ranking, regression
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.ranking import Rankings, judge
from modelmonitor.stats.regression import Errors, error_edges
from modelmonitor.stats.scores import ScoreByActual, score_edges

EDGES = score_edges([0.5])


def rankings(*queries, k=5):
    return Rankings.count(judge(queries, k), [k])


def test_trap_1_the_ideal_list_is_made_of_all_relevant_items():
    one_of_five_found = rankings((["a", "v", "w", "x", "y"], dict.fromkeys("abcde", 1.0)))
    assert float(ranking.ndcg(one_of_five_found)[0]) == pytest.approx(0.339160, abs=1e-6)


def test_trap_2_hit_rate_is_a_share_of_queries_and_precision_one_of_items():
    one_hit = (["a", "v", "w", "x", "y"], {"a": 1.0})
    no_hit = (["v", "w", "x", "y", "z"], {"a": 1.0})
    both = rankings(one_hit, no_hit)
    assert float(ranking.hit_rate(both)[0]) == 0.5
    assert float(ranking.precision_at(both)[0]) == pytest.approx(0.1)


def test_trap_2_reciprocal_rank_is_a_mean_over_queries():
    first, third, never = (["a"], {"a": 1.0}), (["x", "y", "a"], {"a": 1.0}), (["x"], {"a": 1.0})
    assert ranking.mean_reciprocal_rank(rankings(first, third, never)) == pytest.approx((1 + 1 / 3 + 0) / 3)


def test_trap_3_mape_is_defined_when_an_actual_is_0():
    errors = Errors.count([0.0, 100.0, 200.0], [10.0, 110.0, 180.0], error_edges(100.0))
    assert regression.mean_absolute_percentage_error(errors) == pytest.approx(0.10)
    assert regression.undefined_percentage_share(errors) == pytest.approx(1 / 3)
    assert regression.weighted_absolute_percentage_error(errors) == pytest.approx(40 / 300)


def test_trap_3_a_matrix_of_three_classes_is_a_matrix_of_three_classes():
    confusion = Confusion.count([0, 1, 2, 2], [0, 2, 2, 1], ["a", "b", "c"])
    assert confusion.counts[:-1, :-1].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
    assert outcomes.recall(confusion.outcomes).tolist() == [1.0, 0.0, 0.5]
    assert classification.accuracy(confusion) == 0.5


@pytest.mark.parametrize("only", [True, False])
def test_trap_3_the_auc_of_one_class_is_no_data_and_no_error_and_not_a_half(only):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counted = ScoreByActual.binary([only] * 3, [0.2, 0.6, 0.9], EDGES, "yes")
        assert math.isnan(probability.roc_auc(counted)[0])


def test_trap_7_the_auc_of_merged_windows_is_the_pooled_one_and_not_the_mean(rng):
    parts, truth, scored = [], [], []
    for share, shift in [(0.9, 0.3), (0.1, -0.2)]:
        y = rng.random(4_000) < share
        s = np.clip(rng.normal(0.5 + shift + 0.05 * y, 0.1), 0, 1)
        parts.append(ScoreByActual.binary(y, s, score_edges([0.5], np.arange(1, 64) / 64), "yes"))
        truth.append(y)
        scored.append(s)
    pooled = metrics.roc_auc_score(np.concatenate(truth), np.concatenate(scored))
    merged = float(probability.roc_auc(parts[0] + parts[1])[0])
    averaged = float(np.mean([probability.roc_auc(it)[0] for it in parts]))
    assert merged == pytest.approx(pooled, abs=1e-3)
    assert abs(averaged - pooled) > 0.2


def test_trap_7_the_mean_of_ratios_is_not_the_ratio_of_sums():
    busy, idle = (
        Confusion.count([0] * 1000, [0] * 990 + [1] * 10, ["a", "b"]),
        Confusion.count([0], [1], ["a", "b"]),
    )
    assert classification.accuracy(busy + idle) == pytest.approx(990 / 1001)
    averaged = (classification.accuracy(busy) + classification.accuracy(idle)) / 2
    assert averaged == pytest.approx(0.495)


def test_trap_7_the_median_of_merged_errors_is_not_the_mean_of_medians():
    edges = error_edges(10.0)
    calm, wild = Errors.count(np.zeros(99), np.full(99, 1.0), edges), Errors.count([0.0], [50.0], edges)
    assert regression.absolute_error_quantile(calm + wild, 0.5) == pytest.approx(1.0, rel=0.28)
