"""Quality of scores from their cells, as `stats.probability` tells it.

Cells are cumulative. `upper` are the rows up to the upper edge of each cell, `lower` those up to its lower
edge, both under the cell's `le`; which edge is below which one is known from the records of the cells.
"""

from modelmonitor.plan.quality.classes import ROUNDED
from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.quality.sources import Not
from modelmonitor.wire import families

_TRUTH = {"": {}, "true": {"actual": "true"}, "false": {"actual": "false"}}
"""Rows of either kind, those that are of the class, those that are not."""


def roc_auc(counts: Counts) -> str:
    """Return for each class the probability that a row of it scores above another, ties counting half."""
    below = f"({upper(counts, 'false')} + {lower(counts, 'false')})"
    area = f"sum by ({counts.by('class')}) ({inside(counts, 'true')} * {below})"
    return f"{area} / (2 * {total(counts, 'true')} * {total(counts, 'false')} > 0)"


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


def log_loss(counts: Counts) -> str:
    """Return the mean of -ln(probability given to the actual class)."""
    return f"{counts.of(families.LOG_LOSS)} / ({counts.of(families.SCORED)} > 0)"


def brier(counts: Counts) -> str:
    """Return the mean squared distance of score and truth; of many classes summed over them."""
    return f"{counts.of(families.SQUARED_ERROR)} / ({counts.of(families.SCORED)} > 0)"


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
    return counts.of(families.SCORE_BY_ACTUAL, "class", le="+Inf", **_TRUTH[truth])


def inside(counts: Counts, truth: str = "") -> str:
    """Return the rows in each cell of each class."""
    return f"({upper(counts, truth)} - {lower(counts, truth)})"


def above(counts: Counts, truth: str = "") -> str:
    """Return the rows above the lower edge of each cell of each class."""
    by = counts.by("class")
    return f"({total(counts, truth)} - on ({by}) group_right () {lower(counts, truth)})"


def upper(counts: Counts, truth: str = "") -> str:
    """Return the rows up to the upper edge of each cell of each class."""
    return counts.of(families.SCORE_BY_ACTUAL, "class", "le", **_TRUTH[truth])


def lower(counts: Counts, truth: str = "") -> str:
    """Return the rows up to the lower edge of each cell of each class; 0 in the first."""
    moved = f'label_replace({upper(counts, truth)}, "below", "$1", "le", "(.+)")'
    others = f"{moved} + on (below) group_left (le) 0 * {counts.cells('le', 'below', below='!')}"
    first = f"0 * {total(counts, truth)} + on () group_left (le) 0 * {counts.cells('le', below='')}"
    return f"(sum by ({counts.by('class', 'le')}) ({others}) or {first})"
