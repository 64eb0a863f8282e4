"""Quality of scores from their cells, as `stats.probability` tells it.

Cells are cumulative. `upper` are the rows up to the upper edge of each cell, `lower` those up to its lower
edge, both under the cell's `le`; which edge is below which one is known from the records of the cells.
"""

from modelmonitor.plan.quality.classes import ROUNDED
from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.quality.sources import Not
from modelmonitor.wire import families
from modelmonitor.wire.config import Task

_UPPER, _LOWER = {"edge": ""}, {"edge": "lower"}
_TRUTH = {"": {}, "true": {"actual": "true"}, "false": {"actual": "false"}}
"""Rows of either kind, those that are of the class, those that are not."""


def roc_auc(counts: Counts) -> str:
    """Return for each class the probability that a row of it scores above another, ties counting half."""
    below = f"({upper(counts, 'false')} + {lower(counts, 'false')})"
    area = f"sum by ({counts.by('class')}) ({inside(counts, 'true')} * {below})"
    return f"{area} / (2 * {total(counts, 'true')} * {total(counts, 'false')} > 0)"


def roc_auc_error(counts: Counts) -> str:
    """Return for each class the standard error of its AUC.

    Source: DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988), Comparing the areas under two or
    more correlated receiver operating characteristic curves, Biometrics 44(3), 837-845.
    """
    parts = (_placement_variance(counts, *sides) for sides in (("true", "false"), ("false", "true")))
    return f"sqrt(clamp_min({' + '.join(parts)}, 0))"


def _placement_variance(counts: Counts, truth: str, others: str) -> str:
    """Return the variance, over rows of one kind, of the share of the others below each, by its rows."""
    below, by = f"({upper(counts, others)} + {lower(counts, others)})", counts.by("class")
    rows, pairs = total(counts, truth), f"(2 * {total(counts, others)} * {total(counts, truth)} > 0)"
    first, second = (f"sum by ({by}) ({inside(counts, truth)} * {below}{power})" for power in ("", " ^ 2"))
    return f"({second} * {rows} / {pairs} ^ 2 - ({first} / {pairs}) ^ 2) / {rows}"


def average_precision(counts: Counts) -> str:
    """Return for each class the area under its precision-recall curve, without interpolation."""
    found = f"{above(counts, 'true')} / ({above(counts)} > 0)"
    area = f"sum by ({counts.by('class')}) ({inside(counts, 'true')} * {found})"
    return f"{area} / ({total(counts, 'true')} > 0)"


def calibration_error(counts: Counts) -> str:
    """Return for each class the mean distance, by row, of a cell's score and its share of positives."""
    foretold = f"{inside(counts)} * on (le) group_left () {counts.cells('le')}"
    gap = f"sum by ({counts.by('class')}) (abs({inside(counts, 'true')} - {foretold}))"
    return f"{gap} / ({total(counts)} > 0)"


def calibration(counts: Counts) -> tuple[str, str, str]:
    """Return rows, rows of the class, and the middle of the score, of each cell of each class."""
    rows = inside(counts)
    score = f"0 * {rows} + on (le) group_left () {counts.cells('le')}"
    return rows, inside(counts, "true"), score


def log_loss(counts: Counts) -> str:
    """Return the mean of -ln(probability given to the actual class)."""
    return f"{counts.of(families.LOG_LOSS)} / ({counts.of(families.SCORED)} > 0)"


def brier(counts: Counts) -> str:
    """Return the mean squared distance of score and truth; of many classes summed over them."""
    return f"{counts.of(families.SQUARED_ERROR)} / ({counts.of(families.SCORED)} > 0)"


def mean_squared_log_loss(counts: Counts) -> str:
    """Return the mean of squares of the logarithmic loss, as if scores were the middles of their cells."""
    squares = [_weighed(counts, "true", f"ln({counts.cells('le')}) ^ 2")]
    if counts.scope.scheme.task is Task.BINARY:
        squares.append(_weighed(counts, "false", f"ln(1 - {counts.cells('le')}) ^ 2"))
    return f"({' + '.join(squares)}) / ({counts.of(families.SCORED)} > 0)"


def mean_squared_brier(counts: Counts) -> str:
    """Return the mean fourth power of score minus truth, of two classes, in the same way."""
    hits, others = (_weighed(counts, *it) for it in (
        ("true", f"(1 - {counts.cells('le')}) ^ 4"), ("false", f"{counts.cells('le')} ^ 4")
    ))  # fmt: skip
    return f"({hits} + {others}) / ({counts.of(families.SCORED)} > 0)"


def _weighed(counts: Counts, truth: str, weight: str) -> str:
    """Return the sum of a weight over rows, by the middle of their cell."""
    return f"sum by ({counts.by()}) ({inside(counts, truth)} * on (le) group_left () {weight})"


def at_threshold(counts: Counts, which: str) -> str:
    """Return the tp, fp, fn or tn of the rule `score >= threshold`, for each class and declared threshold."""
    truth = "true" if which in {"tp", "fn"} else "false"
    at = f"on (le) group_left (threshold) 0 * {counts.cells('le', 'threshold', threshold=Not(''))}"
    by = counts.by("class", "threshold")
    below = f"sum by ({by}) ({upper(counts, truth)} + {at})"
    if which in {"fn", "tn"}:
        return below
    return f"round({total(counts, truth)} - on ({counts.by('class')}) group_right () {below}, {ROUNDED})"


def total(counts: Counts, truth: str = "") -> str:
    """Return the scored rows of each class."""
    return counts.of(families.SCORE_BY_ACTUAL, "class", le="+Inf", **_UPPER, **_TRUTH[truth])


def inside(counts: Counts, truth: str = "") -> str:
    """Return the rows in each cell of each class."""
    return f"({upper(counts, truth)} - {lower(counts, truth)})"


def above(counts: Counts, truth: str = "") -> str:
    """Return the rows above the lower edge of each cell of each class."""
    by = counts.by("class")
    return f"({total(counts, truth)} - on ({by}) group_right () {lower(counts, truth)})"


def upper(counts: Counts, truth: str = "") -> str:
    """Return the rows up to the upper edge of each cell of each class."""
    return counts.of(families.SCORE_BY_ACTUAL, "class", "le", **_UPPER, **_TRUTH[truth])


def lower(counts: Counts, truth: str = "") -> str:
    """Return the rows up to the lower edge of each cell of each class; 0 in the first."""
    if counts.has_lower:
        return counts.of(families.SCORE_BY_ACTUAL, "class", "le", **_LOWER, **_TRUTH[truth])
    return f"({_moved(counts, 'class', **_TRUTH[truth])})"


def lower_of_both(counts: Counts) -> tuple[str, dict[str, str]]:
    """Return the same apart by truth, to be recorded beside the upper ones, and what tells them apart."""
    return _moved(counts, "class", "actual"), _LOWER


def _moved(counts: Counts, *labels: str, **truth: str) -> str:
    """Return the rows up to each edge under the cell that begins there."""

    def count(*more: str, **matchers: str) -> str:
        return counts.of(families.SCORE_BY_ACTUAL, *labels, *more, **_UPPER, **truth, **matchers)

    moved = f'label_replace({count("le")}, "below", "$1", "le", "(.+)")'
    others = f"{moved} + on (below) group_left (le) 0 * {counts.cells('le', 'below', below=Not(''))}"
    first = f"0 * {count(le='+Inf')} + on () group_left (le) 0 * {counts.cells('le', below='')}"
    return f"sum by ({counts.by(*labels, 'le')}) ({others}) or {first}"
