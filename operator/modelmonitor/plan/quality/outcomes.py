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


def _precision_variance(of: Outcomes) -> str:
    return _variance(of("tp"), of("fp"))


def _recall_variance(of: Outcomes) -> str:
    return _variance(of("tp"), of("fn"))


def _f1_variance(of: Outcomes) -> str:
    """Return 2 F1 (1 - F1) / (2 TP + FP + FN): two classes share each error, so that theirs add up."""
    return f"2 * {_variance('2 * ' + of('tp'), '(' + of('fp') + ' + ' + of('fn') + ')')}"


def _variance(hits: str, misses: str) -> str:
    """Return the variance of hits / (hits + misses)."""
    return f"{hits} * {misses} / ({hits} + {misses} > 0) ^ 3"


VARIANCES: dict[str, Callable[[Outcomes], str]] = {
    "Precision": _precision_variance,
    "Recall": _recall_variance,
    "F1": _f1_variance,
}
"""Of each class, such that their sum over K² is the variance of the mean over K classes, or more."""
