"""Numbers as JSON has them: what is not defined is null, with the reason beside it."""

import math
from typing import Any

import numpy as np

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire.families import Family

Document = dict[str, Any]


def told(value: float) -> float | None:
    """Return a finite number, or None."""
    number = float(value)
    return number if math.isfinite(number) else None


def reasoned(value: float, why: str) -> Document:
    """Return a number, or null and why there is none."""
    number = told(value)
    return {"value": number} if number is not None else {"value": None, "why": why}


def whole(bank: Bank, family: Family) -> int | None:
    """Return the only count of a family, None where it is not counted."""
    numbers = bank.get(family)
    return None if numbers is None else int(numbers[0])


def by_label(bank: Bank, family: Family, names: tuple[str, ...]) -> dict[str, int]:
    """Return the counts of a family with one label."""
    return dict(zip(names, map(int, bank[family]), strict=True))


def quantiles(bank: Bank, family: Family, edges: tuple[float, ...]) -> Document:
    """Return count and percentiles of a histogram without labels, interpolated within its cells."""
    cells = np.diff(bank[family], prepend=0)
    histogram = Histogram(edges, cells)
    percentiles = {f"p{percent}": told(histogram.quantile(percent / 100)) for percent in (50, 95, 99)}
    return {"count": int(cells.sum()), **percentiles}
