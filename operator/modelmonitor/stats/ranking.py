"""Quality of rankings, exact, from sums over queries at each depth K.

A query is a ranked list of items and the set of its relevant items, with gains. An item is relevant if its
gain is above 0. For each query, over the first K of its list (a shorter list misses the rest):

- **NDCG@K**: sum of gain / log2(rank + 1), over that of the best list of *all* relevant items, retrieved or
  not. Gains are linear, as in Järvelin, K. and Kekäläinen, J. (2002), Cumulated gain-based evaluation of IR
  techniques, ACM TOIS 20(4), 422-446; for exponential ones give 2^gain - 1.
- **AP@K**: sum of Precision@rank over the ranks that hold a relevant item, divided by min(relevant, K), so
  that the best list of every query scores 1 (TREC divides by all relevant, also those that K leaves no room
  for).
- **HitRate@K**: 1 if there is a relevant item. **Precision@K**: their number / K. **Recall@K**: / all
  relevant.
- **Reciprocal rank**: 1 / rank of the first relevant item of the list, 0 if there is none.

A metric is the mean over the queries that have a relevant item. For others none is defined: they are counted
apart.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats.counters import Counters
from modelmonitor.stats.outcomes import Floats, ratio


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Queries as arrays: what was found at each rank, and what could have been."""

    gains: Floats
    """Gain of the item at each rank, 0 for none; shape (queries, ranks)."""
    relevant: NDArray[np.int64]
    """Number of all relevant items; shape (queries,)."""
    ideal: Floats
    """The largest gains of all relevant items, descending, 0 beyond; shape (queries, ranks)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rankings(Counters):
    """Sums over queries, named after the metric families that carry them; arrays of shape (depths,)."""

    SHARED: ClassVar = frozenset({"depths"})

    depths: tuple[int, ...]
    ranking_queries_total: int
    ranking_queries_without_relevant_total: int
    reciprocal_rank_sum: float
    ndcg_sum: Floats
    average_precision_sum: Floats
    hits_sum: NDArray[np.int64]
    precision_sum: Floats
    recall_sum: Floats

    @classmethod
    def count(cls, judged: Judged, depths: Sequence[int]) -> "Rankings":
        """Count queries; `judged` must reach down to the largest depth."""
        defined = judged.relevant > 0
        gains, ideal = judged.gains[defined], judged.ideal[defined]
        relevant = judged.relevant[defined].astype(np.float64)
        ranks = np.arange(1, gains.shape[1] + 1)
        hit = gains > 0
        gains, ideal = gains / ideal[:, :1], ideal / ideal[:, :1]  # sums of huge gains would overflow
        at = np.asarray(depths, dtype=np.int64) - 1
        hits = np.cumsum(hit, axis=1)
        found = hits[:, at]
        precisions = np.cumsum(np.where(hit, hits / ranks, 0), axis=1)[:, at]
        discounts = 1 / np.log2(ranks + 1)
        ndcg = ratio(np.cumsum(gains * discounts, axis=1)[:, at], np.cumsum(ideal * discounts, axis=1)[:, at])
        first = np.max(np.where(hit, 1 / ranks, 0), axis=1, initial=0)
        return cls(
            depths=tuple(depths),
            ranking_queries_total=len(relevant),
            ranking_queries_without_relevant_total=int(np.count_nonzero(~defined)),
            reciprocal_rank_sum=float(first.sum()),
            ndcg_sum=ndcg.sum(axis=0),
            average_precision_sum=(precisions / np.minimum(relevant[:, None], depths)).sum(axis=0),
            hits_sum=np.count_nonzero(found, axis=0),
            precision_sum=(found / depths).sum(axis=0),
            recall_sum=(found / relevant[:, None]).sum(axis=0),
        )


def judge(queries: Iterable[tuple[Sequence[Hashable], Mapping[Hashable, float]]], ranks: int) -> Judged:
    """Hold ranked lists against their relevant items.

    Parameters
    ----------
    queries : iterable of (items, gains)
        The ranked items, best first; and the gain of each relevant item (1 where relevance has no degrees).
        Gains that are not above 0, or not finite, make no item relevant. An item that is repeated counts
        once, at its first rank.
    ranks : int
        How far down to look: the largest depth.

    Examples
    --------
    >>> judge([(["a", "b"], {"b": 1, "c": 3})], 3).gains.tolist()
    [[0.0, 1.0, 0.0]]
    """
    gains, ideals, relevant = [], [], []
    for items, given in queries:
        known = {item: gain for item, gain in given.items() if 0 < gain < np.inf}
        relevant.append(len(known))
        ideals.append(_row(sorted(known.values(), reverse=True), ranks))
        gains.append(_row([known.pop(item, 0.0) for item in items[:ranks]], ranks))
    shape = (len(relevant), ranks)
    return Judged(
        np.array(gains, dtype=np.float64).reshape(shape),
        np.array(relevant, dtype=np.int64),
        np.array(ideals, dtype=np.float64).reshape(shape),
    )


def ndcg(rankings: Rankings) -> Floats:
    """Return the normalised discounted cumulative gain at each depth; in [0, 1].

    Examples
    --------
    >>> one_of_five = judge([("avwxy", dict.fromkeys("abcde", 1.0))], 5)
    >>> round(float(ndcg(Rankings.count(one_of_five, [5]))[0]), 3)
    0.339
    """
    return _mean(rankings, rankings.ndcg_sum)


def mean_average_precision(rankings: Rankings) -> Floats:
    """Return the mean average precision (MAP) at each depth; in [0, 1]."""
    return _mean(rankings, rankings.average_precision_sum)


def hit_rate(rankings: Rankings) -> Floats:
    """Return the share of queries with a relevant item, at each depth."""
    return _mean(rankings, rankings.hits_sum)


def precision_at(rankings: Rankings) -> Floats:
    """Return the mean share of the first K that is relevant, at each depth."""
    return _mean(rankings, rankings.precision_sum)


def recall_at(rankings: Rankings) -> Floats:
    """Return the mean share of the relevant items that is among the first K, at each depth."""
    return _mean(rankings, rankings.recall_sum)


def mean_reciprocal_rank(rankings: Rankings) -> float:
    """Return the mean of 1 / rank of the first relevant item (MRR), over the whole list that was kept."""
    return float(_mean(rankings, rankings.reciprocal_rank_sum))


def _mean(rankings: Rankings, sums: ArrayLike) -> Floats:
    return ratio(sums, rankings.ranking_queries_total)


def _row(values: Sequence[float], size: int) -> list[float]:
    return [*values[:size], *[0.0] * (size - len(values))]
