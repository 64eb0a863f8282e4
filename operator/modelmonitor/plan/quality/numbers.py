"""Quality of numbers from sums over rows, as `stats.regression` tells it."""

from modelmonitor.plan.quality.counts import Counts
from modelmonitor.wire import families

_ALL_OF_THEM = "0.999"
"""Share of the rows whose target was summed: the centre of its sums comes from the reference."""


def rows(counts: Counts) -> str:
    """Return the labelled rows with a value."""
    return counts.of(families.SCORED)


def mean_absolute_error(counts: Counts) -> str:
    """Return the mean size of the error."""
    return f"({_absolute(counts)}) / ({rows(counts)} > 0)"


def mean_squared_error(counts: Counts) -> str:
    """Return the mean squared error."""
    return f"{counts.of(families.SQUARED_ERROR)} / ({rows(counts)} > 0)"


def root_mean_squared_error(counts: Counts) -> str:
    """Return the root of the mean squared error."""
    return f"sqrt({mean_squared_error(counts)})"


def bias(counts: Counts) -> str:
    """Return the mean error: above 0 if predictions are too high."""
    difference = f"{counts.of(families.ERROR_POSITIVE)} - {counts.of(families.ERROR_NEGATIVE)}"
    return f"({difference}) / ({rows(counts)} > 0)"


def mean_absolute_percentage_error(counts: Counts) -> str:
    """Return the mean of |error / actual| over rows whose actual is not 0."""
    return f"{counts.of(families.PERCENTAGE_ERROR)} / ({counts.of(families.PERCENTAGE_ROWS)} > 0)"


def weighted_absolute_percentage_error(counts: Counts) -> str:
    """Return the summed error over the summed actual."""
    return f"({_absolute(counts)}) / ({counts.of(families.ACTUAL_ABSOLUTE)} > 0)"


def r_squared(counts: Counts) -> str:
    """Return the share of the target's variance that predictions explain.

    Its sums are centred on the reference: no sample while the window holds rows of another one.
    """
    squares = counts.of(families.TARGET_SQUARED)
    shift = f"({counts.of(families.TARGET_POSITIVE)} - {counts.of(families.TARGET_NEGATIVE)})"
    spread = f"({squares} - {shift} ^ 2 / {rows(counts)} > 1e-12 * {squares})"
    summed = f"{counts.of(families.ABSOLUTE_ERROR, le='+Inf')} > {_ALL_OF_THEM} * {rows(counts)}"
    return f"1 - {counts.of(families.SQUARED_ERROR)} / {spread} and {summed}"


def error_quantile(counts: Counts, quantile: str) -> str:
    """Return the absolute error that a share of the rows does not exceed, interpolated within its cell."""
    return f"histogram_quantile({quantile}, {counts.of(families.ABSOLUTE_ERROR, 'le')}) >= 0"


def largest_error(counts: Counts) -> str:
    """Return the largest absolute error."""
    return counts.largest_error()


def _absolute(counts: Counts) -> str:
    return f"{counts.of(families.ERROR_POSITIVE)} + {counts.of(families.ERROR_NEGATIVE)}"
