"""Quality of rankings from sums over queries, as `stats.ranking` tells it."""

from modelmonitor.plan.quality.counts import Counts
from modelmonitor.wire import families
from modelmonitor.wire.families import Family

AT_DEPTH: dict[str, Family] = {
    "NDCG": families.NDCG,
    "MAP": families.AVERAGE_PRECISION,
    "HitRate": families.HITS,
    "Precision": families.PRECISION,
    "Recall": families.RECALL,
}
"""What is summed at each depth K."""


def queries(counts: Counts) -> str:
    """Return the labelled queries, with and without a relevant item."""
    return f"{judged(counts)} + {counts.of(families.RANKING_EMPTY)}"


def judged(counts: Counts) -> str:
    """Return the queries for which metrics are defined: those with a relevant item."""
    return counts.of(families.RANKING_QUERIES)


def mean_reciprocal_rank(counts: Counts) -> str:
    """Return the mean of 1 / rank of the first relevant item."""
    return f"{counts.of(families.RECIPROCAL_RANK)} / ({judged(counts)} > 0)"


def mean_at(counts: Counts, metric: str, depth: int) -> str:
    """Return the mean of a metric at one depth."""
    return f"{counts.of(AT_DEPTH[metric], k=str(depth))} / ({judged(counts)} > 0)"


def means(counts: Counts) -> str:
    """Return the means of all metrics at all depths; the label `metric` is such as `NDCG@10`."""
    return " or ".join(_at_each_depth(counts, metric) for metric in AT_DEPTH)


def _at_each_depth(counts: Counts, metric: str) -> str:
    each = f"{counts.of(AT_DEPTH[metric], 'k')} / on ({counts.by()}) group_left () ({judged(counts)} > 0)"
    named = f'label_replace({each}, "metric", "{metric}@$1", "k", "(.+)")'
    return f"sum by ({counts.by('metric')}) ({named})"
