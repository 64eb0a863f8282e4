"""The published distances of the car loans, from their rows, and the frozen counts of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from modelmonitor.stats import cumulative
from modelmonitor.stats.categories import Categories
from modelmonitor.stats.histogram import Histogram
from realdata import packages

FROZEN = json.loads((Path(__file__).parents[1] / "unit" / "stats" / "carloan.json").read_text())


def rows(name):
    """Give the rows behind frozen counts."""
    loans, column = packages.carloan(), name.split(",")[0]
    if name.endswith("no drift"):
        return loans.reference[column][:5000], loans.reference[column][-5000:]
    return loans.reference[column][:10_000], loans.analysis[column][-10_000:]


@pytest.mark.parametrize("name", FROZEN)
def test_the_frozen_counts_are_those_of_the_rows(name):
    for side, frozen in zip(rows(name), FROZEN[name], strict=True):
        empty = Histogram.empty(frozen["edges"]) if "edges" in frozen else Categories.empty(frozen["names"])
        assert empty.count(side).to_dict() == frozen


def test_ks_and_wasserstein_are_the_published_ones_if_every_value_is_an_edge():
    before, after = rows("car_value")
    values = np.unique(np.concatenate([before, after]))
    edges = np.union1d(values, np.nextafter(values, -np.inf))  # no width inside a cell that has rows
    fine = [Histogram.empty(edges).count(side) for side in (before, after)]
    assert cumulative.ks(*fine) == pytest.approx(0.4384, abs=1e-9)
    assert cumulative.wasserstein(*fine, (values[0], values[-1])) == pytest.approx(19237.1116, abs=1e-4)
