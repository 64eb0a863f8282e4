"""Ranking metrics against scikit-learn and against their definitions, written the long way."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from modelmonitor.stats import ranking
from modelmonitor.stats.ranking import Rankings, judge

DEPTHS = (1, 3, 5, 8)
ITEMS = st.lists(st.integers(0, 14), max_size=12, unique=True)
GAINS = st.dictionaries(st.integers(0, 14), st.sampled_from([0.5, 1.0, 2.0, 3.0]), max_size=12)
QUERIES = st.lists(st.tuples(ITEMS, GAINS), min_size=1, max_size=6)


def counted(queries, depths=DEPTHS):
    return Rankings.count(judge(queries, max(depths)), depths)


def plain(items, gains, k):
    """Return hit rate, precision, recall, average precision and reciprocal rank of one query, one by one."""
    hits = [item in gains for item in items[:k]]
    precisions = [sum(hits[: at + 1]) / (at + 1) for at, hit in enumerate(hits) if hit]
    first = next((1 / (at + 1) for at, item in enumerate(items[: max(DEPTHS)]) if item in gains), 0.0)
    return any(hits), sum(hits) / k, sum(hits) / len(gains), sum(precisions) / min(len(gains), k), first


def ndcg_of_scikit_learn(items, gains, k):
    """Rank all known items: the list, irrelevant ones where it is short, and last those that it misses."""
    gaps = [f"gap {at}" for at in range(max(DEPTHS) - len(items))]
    ranked = [*items, *gaps, *(item for item in gains if item not in items), "another"]
    return metrics.ndcg_score([[gains.get(item, 0.0) for item in ranked]], [-np.arange(len(ranked))], k=k)


@settings(max_examples=150)
@given(QUERIES)
def test_every_metric_is_the_mean_of_its_definition_over_queries_with_relevant_items(queries):
    rankings = counted(queries)
    judged = [(items, gains) for items, gains in queries if gains]
    assert rankings.ranking_queries_total == len(judged)
    assert rankings.ranking_queries_without_relevant_total == len(queries) - len(judged)
    for at, k in enumerate(DEPTHS):
        ours = (
            ranking.hit_rate(rankings)[at],
            ranking.precision_at(rankings)[at],
            ranking.recall_at(rankings)[at],
            ranking.mean_average_precision(rankings)[at],
            ranking.mean_reciprocal_rank(rankings),
        )
        if judged:
            expected = np.mean([plain(items, gains, k) for items, gains in judged], axis=0)
            np.testing.assert_allclose(ours, expected, rtol=1e-9)
        else:
            assert np.isnan(ours).all()


@settings(max_examples=150)
@given(QUERIES)
def test_ndcg_is_that_of_scikit_learn_over_all_relevant_items(queries):
    rankings = counted(queries)
    judged = [(items, gains) for items, gains in queries if gains]
    for at, k in enumerate(DEPTHS):
        expected = [ndcg_of_scikit_learn(items, gains, k) for items, gains in judged]
        assert ranking.ndcg(rankings)[at] == pytest.approx(
            np.mean(expected) if judged else math.nan, rel=1e-9, nan_ok=True
        )


def test_the_best_list_of_every_query_scores_one_also_at_depths_below_its_relevant_items():
    best = counted([(list(range(12)), {item: 12.0 - item for item in range(12)}), ([7], {7: 1.0})])
    for metric in (ranking.ndcg, ranking.mean_average_precision, ranking.hit_rate):
        np.testing.assert_allclose(metric(best), 1.0)
    assert ranking.mean_reciprocal_rank(best) == 1.0


def test_a_repeated_item_counts_once_and_gains_that_are_none_make_nothing_relevant():
    judged = judge([(["a", "a", "b"], {"a": 1.0, "b": 0.0, "c": math.nan, "d": -1.0, "e": math.inf})], 3)
    assert judged.gains.tolist() == [[1.0, 0.0, 0.0]]
    assert judged.relevant.tolist() == [1]
    assert judged.ideal.tolist() == [[1.0, 0.0, 0.0]]


def test_graded_gains_change_ndcg_only():
    same_order = [(["a", "b", "c"], {"a": 1.0, "c": 3.0}), (["a", "b", "c"], {"a": 1.0, "c": 1.0})]
    graded, plain_ = (counted([query], (3,)) for query in same_order)
    assert ranking.ndcg(graded)[0] == pytest.approx((1 + 3 / 2) / (3 + 1 / math.log2(3)))
    assert ranking.ndcg(plain_)[0] == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    np.testing.assert_array_equal(
        ranking.mean_average_precision(graded), ranking.mean_average_precision(plain_)
    )


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1.0, 1e308])
def test_the_size_of_gains_cannot_spoil_the_sum(size):
    rankings = counted([("abcdefgh", dict.fromkeys("abcdefgh", size))])
    np.testing.assert_allclose(ranking.ndcg(rankings), 1.0)


def test_queries_without_relevant_items_are_no_zeros():
    rankings = counted([(["a"], {}), (["a"], {"a": 1.0})], (1,))
    assert ranking.ndcg(rankings)[0] == 1.0
    assert rankings.ranking_queries_without_relevant_total == 1
    assert np.isnan(ranking.ndcg(counted([(["a"], {})]))).all()
    assert math.isnan(ranking.mean_reciprocal_rank(counted([])))
