"""The drift verdict: surely more than tolerated, not so, or too few rows to tell. Never two of them at once.

Simulated without drift and exactly at the tolerance, where a verdict is given, false alarms of PSI divided
by alpha are at most 1.15 at .05 and 1.6 at .001; at 1e-5 at most 1.9 for even cells, and 3.3 for a window
of 25 rows a cell whose rarest cells expect 8. JS and KS have fewer. The exception is a reference of 10^6
rows with cells far too rare for the window (50 categories by Zipf's cubed law, 1,000 live rows): 6 at .05,
3 at .001, under 1 at 1e-5. A profile avoids it by counting categories below a share of .001 as others.

Rows are taken to be independent: requests that repeat one another count for more than they tell. Take a
longer window or a larger tolerance then.
"""

import functools
import math
from dataclasses import dataclass
from enum import StrEnum

from modelmonitor.stats import contingency, cumulative, divergence, threshold
from modelmonitor.stats.distribution import Counts, Distribution
from modelmonitor.stats.histogram import Histogram


class Statistic(StrEnum):
    """The distance that is held against its critical value; tolerances are in its own unit."""

    PSI = "PSI"
    """In nats."""
    JS = "JS"
    """Jensen-Shannon divergence, in nats: an eighth of PSI for small shifts."""
    KS = "KS"
    """Largest difference of cumulative shares of a numeric column; its missing rows are left out."""
    CHI_SQUARED = "ChiSquared"
    """Pearson's two-sample statistic times 1/n + 1/m: about PSI, whatever the number of rows.

    A rare cell weighs too much in it: false alarms at .001 are up to 8 times as many where a cell expects a
    tenth of a row, and up to 11 times with a tolerance and 20 rows a cell. Prefer PSI.
    """


class Verdict(StrEnum):
    """What the counts say."""

    DRIFT = "Drift"
    """Surely more than tolerated."""
    NONE = "None"
    """Enough rows to see twice of what is tolerated, and not surely more than tolerated."""
    INSUFFICIENT = "Insufficient"
    """Too few rows on a side, or none: it is not known whether there is drift."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a column at one look."""

    statistic: Statistic
    tolerance: float
    """0 asks for more than noise."""
    alpha: float
    """The chance of a false alarm; see `threshold.alpha_of_budget`."""

    def __post_init__(self) -> None:
        if not (self.tolerance >= 0 and 0 < self.alpha <= 0.5):
            raise ValueError(
                "rule: expected a tolerance >= 0 and an alpha in (0, 0.5], "
                f"got {self.tolerance!r} and {self.alpha!r}"
            )


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and the numbers that it rests on."""

    verdict: Verdict
    value: float
    """The distance; NaN if a side has no rows."""
    critical: float
    """What it must exceed; infinite if a side has no rows."""
    rows: int
    """Live rows that count for the statistic."""
    rows_needed: int | None
    """Live rows from which it can be said that there is none; None if the reference is too small."""


def judge(reference: Distribution, live: Distribution, rule: Rule) -> Finding:
    """Hold the live counts of a column against its reference.

    Parameters
    ----------
    reference, live : Histogram or Categories
        Counts of the same cells; for KS histograms.
    rule : Rule

    Returns
    -------
    Finding
        Insufficient below 20 rows for each filled cell on a side. Drift from there on, if it is sure; that
        there is none is said, with a tolerance, only from the rows on at which the critical value is under
        twice the tolerance.

    Raises
    ------
    ValueError
        If the cells differ, or KS is asked of categories.

    Examples
    --------
    >>> from modelmonitor.stats.categories import Categories
    >>> reference = Categories(("a", "b"), [5000, 5000, 0])
    >>> rule = Rule(Statistic.PSI, tolerance=0.1, alpha=1e-5)
    >>> judge(reference, Categories(("a", "b"), [900, 1100, 0]), rule).verdict.value
    'None'
    """
    p, q = _compared(reference, live, rule.statistic)
    n, m = int(q.sum()), int(p.sum())
    cells = max(2, divergence.filled(p, q)[0].size)
    needed = rows_needed(rule, cells, m)
    s = float(threshold.noise(n, m))
    value, critical = _distance(reference, live, rule.statistic), _critical(rule, cells, s)
    told = min(n, m) >= threshold.ROWS_PER_CELL * cells
    seen = told and needed is not None and n >= needed
    verdict = Verdict.NONE if seen else Verdict.INSUFFICIENT
    return Finding(Verdict.DRIFT if told and value > critical else verdict, value, critical, n, needed)


def rows_needed(rule: Rule, cells: int, m: int) -> int | None:
    """Return the fewest live rows that can tell of no drift against `m` reference rows in `cells` cells.

    None if no number is enough: the reference alone is too uncertain for the tolerance.

    Examples
    --------
    >>> rows_needed(Rule(Statistic.PSI, tolerance=0.1, alpha=1e-5), cells=11, m=10_000)
    1544
    """
    least = threshold.ROWS_PER_CELL * cells
    room = _noise_allowed(rule, cells) - float(threshold.noise(math.inf, m))
    if room <= 0:
        return None
    return max(least, math.floor(1 / room) + 1)


@functools.lru_cache(maxsize=1024)
def _noise_allowed(rule: Rule, cells: int) -> float:
    """Return the largest 1/n + 1/m whose critical value is under twice the tolerance; any, without one."""
    low, high = 0.0, 2.0
    while rule.tolerance > 0 and high - low > 1e-15 + 1e-12 * low:
        middle = (low + high) / 2
        low, high = (middle, high) if _critical(rule, cells, middle) < 2 * rule.tolerance else (low, middle)
    return high


def _compared(reference: Distribution, live: Distribution, statistic: Statistic) -> tuple[Counts, Counts]:
    """Return the counts that the statistic compares."""
    if type(reference) is not type(live) or not reference.same_cells(live):
        raise ValueError(
            "live: expected the cells of the reference, got others; count again between its edges"
        )
    if statistic is not Statistic.KS:
        return reference.cells, live.cells
    if not isinstance(reference, Histogram):
        raise ValueError("KS: expected a numeric column, got categories, which have no order; use PSI")
    return reference.counts, live.counts


def _distance(reference: Distribution, live: Distribution, statistic: Statistic) -> float:
    """Return the distance, NaN if a side has no rows."""
    if isinstance(reference, Histogram) and isinstance(live, Histogram) and statistic is Statistic.KS:
        return cumulative.ks(reference, live)
    if statistic is Statistic.CHI_SQUARED:
        s = float(threshold.noise(live.rows, reference.rows))
        return s * contingency.chi_squared(reference.cells, live.cells).statistic
    distance = divergence.js_divergence if statistic is Statistic.JS else divergence.psi
    return distance(reference.cells, live.cells)


def _critical(rule: Rule, cells: int, s: float) -> float:
    """Return the critical distance in the unit of the tolerance."""
    if rule.statistic is Statistic.KS:
        return float(threshold.critical_ks(s, rule.tolerance, rule.alpha))
    critical = threshold.critical_js if rule.statistic is Statistic.JS else threshold.critical_psi
    return float(critical(cells, s, rule.tolerance, rule.alpha))
