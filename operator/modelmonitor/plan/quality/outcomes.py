"""Rates of true and false positives and negatives, whatever they are counted by: classes, thresholds.

Where a denominator is 0 there is no sample. Definitions are those of `stats.outcomes`.
"""

from collections.abc import Callable

Outcomes = Callable[[str], str]
"""Gives the counts of `tp`, `fp`, `fn` or `tn`, all four with the same labels."""


def precision(of: Outcomes) -> str:
    """Return the share of predicted positives that are positive."""
    return f"{of('tp')} / ({of('tp')} + {of('fp')} > 0)"


def recall(of: Outcomes) -> str:
    """Return the share of positives that were predicted."""
    return f"{of('tp')} / ({of('tp')} + {of('fn')} > 0)"


def f1(of: Outcomes) -> str:
    """Return the harmonic mean of precision and recall."""
    return f"2 * {of('tp')} / (2 * {of('tp')} + {of('fp')} + {of('fn')} > 0)"


def false_positive_rate(of: Outcomes) -> str:
    """Return the share of negatives that were predicted positive."""
    return f"{of('fp')} / ({of('fp')} + {of('tn')} > 0)"


def false_negative_rate(of: Outcomes) -> str:
    """Return the share of positives that were missed."""
    return f"{of('fn')} / ({of('fn')} + {of('tp')} > 0)"


RATES: dict[str, Callable[[Outcomes], str]] = {
    "Precision": precision,
    "Recall": recall,
    "F1": f1,
    "FalsePositiveRate": false_positive_rate,
    "FalseNegativeRate": false_negative_rate,
}
