"""ModelMonitor's part: the verdict of `stats.drift` on counts between the edges of the reference."""

import judging
import numpy as np

from modelmonitor.stats import drift
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.distribution import Distribution
from modelmonitor.stats.drift import Rule, Statistic, Verdict
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram

RULES = {
    "PSI above noise, .05 a column": Rule(Statistic.PSI, 0.0, 0.05),
    "PSI above noise, .05 a table": Rule(Statistic.PSI, 0.0, 0.05 / 20),
    "PSI surely above 0.1, one a month": Rule(Statistic.PSI, 0.1, 1 / 8640 / 20),
    "KS above noise, .05 a column": Rule(Statistic.KS, 0.0, 0.05),
}
"""The third is the default of a monitor of 20 columns that looks every five minutes, for predictions."""


def judge(table: judging.Table) -> dict[str, int]:
    """Count each column between the edges (or by the categories) of the reference, and judge."""
    found = dict.fromkeys(RULES, 0)
    for number in range(len(table.names)):
        reference, current = table.reference[:, number], table.current[:, number]
        if table.categorical:
            reference, current = table.texts(reference), table.texts(current)
        empty = _empty(reference, categorical=table.categorical)
        known, live = empty.count(reference), empty.count(current)
        for name, rule in RULES.items():
            if not (table.categorical and rule.statistic is Statistic.KS):
                found[name] += drift.judge(known, live, rule).verdict is Verdict.DRIFT
    return found


def _empty(reference: np.ndarray, *, categorical: bool) -> Distribution:
    if categorical:
        values, rows = np.unique(reference, return_counts=True)
        common = values[rows >= 0.001 * len(reference)]  # as a profile has it
        return Categories.empty(sorted(map(str, common))[:50])
    return Histogram.empty(edges_from_quantiles(reference))


if __name__ == "__main__":
    judging.main(judge)
