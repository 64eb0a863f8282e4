"""Fairness gaps between groups, from counts, each with the uncertainty that its rows leave.

A gap is the largest difference, or the smallest ratio, of a rate between two groups. Its limits hold for all
pairs of groups at once (Bonferroni over the pairs; limits of `intervals`, Wilson's unless you ask for exact
ones, as who looks often must), so that many groups do not make a gap out of noise. A group of fewer than
`MINIMUM_ROWS` rows is set aside and named: it would leave every verdict open. Values that the reference does
not declare are a group of their own that is never compared.

Demographic parity compares selection rates, equal opportunity true positive rates, equalised odds true and
false positive rates, whichever gap is the larger. Sources: Hardt, M., Price, E. and Srebro, N. (2016),
Equality of opportunity in supervised learning, NeurIPS; the rule of four fifths: 29 CFR 1607.4(D).
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelmonitor.stats import intervals
from modelmonitor.stats.groups import Groups
from modelmonitor.stats.intervals import Interval
from modelmonitor.stats.outcomes import Floats, ratio
from modelmonitor.stats.special import normal_quantile

Limits = Callable[[ArrayLike, ArrayLike, float], Interval]
"""Of shares: from successes, rows and normal quantile; `intervals.wilson` or `intervals.exact`."""

MINIMUM_ROWS = 30
"""Rows (of the kind that a rate is taken of) below which a group is not compared."""


class State(StrEnum):
    """What can be said of a gap and a tolerance, at the confidence of the gap's limits."""

    MET = "Met"
    VIOLATED = "Violated"
    UNCERTAIN = "Uncertain"
    """The tolerance lies between the limits: more rows would tell."""
    INSUFFICIENT = "Insufficient"
    """Fewer than two groups have rows enough to be compared."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The distance of the two groups that differ most; NaN where fewer than two can be compared."""

    value: float
    low: float
    high: float
    least: str | None
    """The group with the lowest rate."""
    most: str | None
    """The group with the highest rate."""
    left_out: tuple[str, ...]
    """Groups with too few rows to be compared."""


def selection_rate(groups: Groups) -> Floats:
    """Return the share of each declared group's predictions that are positive; shape (groups,)."""
    return ratio(*_selection(groups))


def demographic_parity_difference(
    groups: Groups, confidence: float = 0.95, limits: Limits = intervals.wilson
) -> Gap:
    """Return the largest difference of selection rates; in [0, 1], 0 is parity.

    Examples
    --------
    >>> who, chosen = [0] * 100 + [1] * 100, [True] * 60 + [False] * 40 + [True] * 30 + [False] * 70
    >>> gap = demographic_parity_difference(Groups.count_predictions(who, chosen, ["f", "m"]))
    >>> round(gap.value, 3), round(gap.low, 3), round(gap.high, 3), gap.least, gap.most
    (0.3, 0.163, 0.422, 'm', 'f')
    """
    return _gap(groups, [_selection(groups)], _apart, confidence, limits)


def demographic_parity_ratio(
    groups: Groups, confidence: float = 0.95, limits: Limits = intervals.wilson
) -> Gap:
    """Return the smallest ratio of selection rates (disparate impact); in [0, 1], 1 is parity.

    The rule of four fifths asks for at least .8. NaN, with limits 0 and 1, where nobody is selected.
    """
    gap = _gap(groups, [_selection(groups)], _short_of_one, confidence, limits)
    return replace(gap, value=1 - gap.value, low=1 - gap.high, high=1 - gap.low)


def equal_opportunity_difference(
    groups: Groups, confidence: float = 0.95, limits: Limits = intervals.wilson
) -> Gap:
    """Return the largest difference of true positive rates; in [0, 1], 0 is equal opportunity."""
    return _gap(groups, [_true_positive(groups)], _apart, confidence, limits)


def equalised_odds_difference(
    groups: Groups, confidence: float = 0.95, limits: Limits = intervals.wilson
) -> Gap:
    """Return the larger of the gaps of true and of false positive rates; in [0, 1], 0 is equalised odds."""
    return _gap(groups, [_true_positive(groups), _false_positive(groups)], _apart, confidence, limits)


def at_most(gap: Gap, tolerance: float) -> State:
    """Say whether a difference is surely within, or surely above, what is tolerated."""
    if math.isnan(gap.low):
        return State.INSUFFICIENT
    if gap.low > tolerance:
        return State.VIOLATED
    return State.MET if gap.high <= tolerance else State.UNCERTAIN


def at_least(gap: Gap, tolerance: float) -> State:
    """Say whether a ratio is surely at, or surely below, what is asked for."""
    if math.isnan(gap.low):
        return State.INSUFFICIENT
    if gap.high < tolerance:
        return State.VIOLATED
    return State.MET if gap.low >= tolerance else State.UNCERTAIN


_Rate = tuple[Floats, Floats]
"""Successes and rows by declared group."""

_Distance = Callable[[Interval, Interval], Interval]
"""How far the higher of two shares is from the lower: 0 where they agree."""


def _selection(groups: Groups) -> _Rate:
    counts = groups.selected[:-1].astype(np.float64)
    return counts[:, 1], counts.sum(axis=1)


def _true_positive(groups: Groups) -> _Rate:
    it = groups.outcomes
    return it.tp, it.tp + it.fn


def _false_positive(groups: Groups) -> _Rate:
    it = groups.outcomes
    return it.fp, it.fp + it.tn


def _apart(higher: Interval, lower: Interval) -> Interval:
    it = intervals.difference(higher, lower)
    return Interval(it.value, np.maximum(it.low, 0), np.maximum(it.high, -it.low))


def _short_of_one(higher: Interval, lower: Interval) -> Interval:
    it = intervals.quotient(lower, higher)
    smallest = np.minimum(it.low, ratio(1, it.high))  # the order of the two is not sure either
    return Interval(1 - it.value, 1 - np.minimum(it.high, 1), 1 - smallest)


def _gap(
    groups: Groups, rates: Sequence[_Rate], distance: _Distance, confidence: float, limits: Limits
) -> Gap:
    enough = [rows >= MINIMUM_ROWS for _, rows in rates]
    left_out = tuple(itertools.compress(groups.groups, ~np.all(enough, axis=0)))
    pairs = [math.comb(np.count_nonzero(it), 2) for it in enough]
    if not all(pairs):
        return Gap(math.nan, math.nan, math.nan, None, None, left_out)
    z = normal_quantile(1 - (1 - confidence) / 2 / sum(pairs))
    found = [
        _distances(limits(*rate, z), np.flatnonzero(it), distance)
        for rate, it in zip(rates, enough, strict=True)
    ]
    value, low, high, least, most = (np.concatenate(it) for it in zip(*found, strict=True))
    widest = np.argmax(np.nan_to_num(value, nan=-1))
    names = groups.groups[least[widest]], groups.groups[most[widest]]
    return Gap(float(value[widest]), float(low.max()), float(high.max()), *names, left_out)


def _distances(shares: Interval, compared: NDArray[np.intp], distance: _Distance) -> tuple[NDArray[Any], ...]:
    """Return value and limits of the distance of every two groups, and which of the two is the lower."""
    ordered = compared[np.argsort(shares.value[compared], kind="stable")]
    lower, higher = (ordered[it] for it in np.triu_indices(len(ordered), 1))
    it = distance(_at(shares, higher), _at(shares, lower))
    return it.value, it.low, it.high, lower, higher


def _at(shares: Interval, places: NDArray[np.intp]) -> Interval:
    return Interval(shares.value[places], shares.low[places], shares.high[places])
