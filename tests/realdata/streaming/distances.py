"""Distances of what was counted from the reference, held against scipy and numpy on the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from modelmonitor.stats import cumulative, divergence
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.contingency import chi_squared
from modelmonitor.stats.distribution import Distribution
from modelmonitor.stats.histogram import Histogram
from realdata.streaming import oracle
from realdata.streaming.merged import Merged


def live(merged: Merged, column: Mapping[str, Any]) -> Distribution:
    """Return a column as it was counted."""
    name = column["name"]
    missing = int(merged.total("feature_missing_total", feature=name))
    if column["type"] == "Numeric":
        edges, counts = merged.cells("feature_value", feature=name)
        return Histogram(tuple(edges), np.array(counts), missing)
    found = merged.by("feature_category_total", "category", feature=name)
    names = (*column["categories"], oracle.OTHER)
    return Categories(tuple(column["categories"]), np.array([found.get(it, 0) for it in names]), missing)


def reference(merged: Merged, column: Mapping[str, Any]) -> Distribution:
    """Return the reference of a column as it is exposed beside what was counted."""
    cells = merged.by("reference_count", "cell", feature=column["name"])
    missing = cells.pop("missing", 0)
    if column["type"] == "Numeric":
        edges = tuple(column["edges"])
        counts = [cells.get(f"b{number:02d}", 0) for number in range(len(edges) + 1)]
        return Histogram(edges, np.array(counts), missing)
    names = (*column["categories"], oracle.OTHER)
    return Categories(
        tuple(column["categories"]), np.array([cells.get(f"c:{it}", 0) for it in names]), missing
    )


def check(merged: Merged, column: Mapping[str, Any], rows: tuple[Sequence[Any], Sequence[Any]]) -> None:
    """Hold every distance of a column against that of its rows, those of the reference and those sent."""
    before, after = reference(merged, column), live(merged, column)
    assert before.cells.tolist() == [*column["counts"], column.get("missing", 0)]
    p, q = before.cells.astype(float), after.cells.astype(float)
    some = p + q > 0
    table = np.array([p[some], q[some]])
    shares = (table + 0.5) / (table + 0.5).sum(axis=1, keepdims=True)
    psi = np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0]))
    assert divergence.psi(p, q) == pytest.approx(psi, abs=1e-9)
    test = chi_squared(p, q)
    expected = stats.chi2_contingency(table, correction=False)
    assert test.statistic == pytest.approx(expected.statistic, rel=1e-9, abs=1e-9)
    assert test.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)
    if isinstance(before, Histogram) and isinstance(after, Histogram):
        _check_ks(
            before, after, [np.array([it for it in side if oracle.is_number(it)], float) for side in rows]
        )


def _check_ks(before: Histogram, after: Histogram, rows: list[np.ndarray]) -> None:
    """KS on edges is that of the rows, looked at where the edges are; and never above that of all rows."""
    shares = [np.array([np.mean(side <= edge) for edge in before.edges]) for side in rows]
    ours = cumulative.ks(before, after)
    assert ours == pytest.approx(np.max(np.abs(shares[0] - shares[1]), initial=0.0), abs=1e-9)
    assert ours <= stats.ks_2samp(*rows).statistic + 1e-9
